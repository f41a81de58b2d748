package orders

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"microdemo/kit"
)

const (
	// skusAtOnce is how many items inventory creates at once.
	skusAtOnce = 1000

	// clockSkew is how far the clock that wrote a file may be ahead.
	clockSkew = 5 * time.Minute

	// maxUserID is the largest number that JavaScript counts exactly.
	maxUserID = 1<<53 - 1
)

// earliest is the oldest time that history begins at.
var earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// importer records history: orders that were placed elsewhere.
type importer struct {
	store     *Store
	inventory *inventoryClient
}

// run imports a file. Nothing is written before the whole file has arrived and
// inventory has every item; then all of it is, in one transaction. What inventory
// has created stays when that fails: an item without stock is no harm.
func (im importer) run(ctx context.Context, file *kit.CSVFile, by int64, dryRun bool) (report ImportReport, err error) {
	err = im.store.Staging(ctx, func(s *staging) error {
		if err := s.take(ctx, file); err != nil {
			return err
		}
		if report.InventoryCreated, err = im.createItems(ctx, s, dryRun); err != nil {
			return err
		}
		count := s.apply
		if dryRun {
			count = s.judge
		}
		created, updated, err := count(ctx, by, file.Skip)
		report.CSVReport = file.Report(created, updated)
		return err
	})
	return report, err
}

// createItems has inventory create what it lacks, and counts that.
func (im importer) createItems(ctx context.Context, s *staging, dryRun bool) (n int64, err error) {
	if err := s.gatherSKUs(ctx); err != nil {
		return 0, err
	}
	for after := ""; ; {
		skus, err := s.skus(ctx, after, skusAtOnce)
		if err != nil || len(skus) == 0 {
			return n, err
		}
		created, err := im.inventory.createMissing(ctx, skus, dryRun)
		if err != nil {
			return n, err
		}
		n += int64(len(created))
		after = skus[len(skus)-1]
	}
}

// stagedColumns are those of import_rows, as stagedRow fills them.
var stagedColumns = []string{"n", "id", "user_id", "total", "status", "created_at", "skus", "quantities", "prices"}

// stagedRow reads an order from a row of a file. The error says what is wrong
// with it. latest is when it may have been placed at the latest.
func stagedRow(row kit.CSVRow, latest time.Time) ([]any, error) {
	id := row.Raw("id")
	switch {
	case !names.MatchString(id):
		return nil, errors.New("id: expected " + aName)
	case slices.Contains(reservedIDs, id):
		return nil, fmt.Errorf("id: %s cannot be an order's id", id)
	}
	userID, err := strconv.ParseInt(row.Raw("user_id"), 10, 64)
	if err != nil || userID < 1 || userID > maxUserID {
		return nil, fmt.Errorf("user_id: expected a whole number from 1 to %d", int64(maxUserID))
	}
	status := row.Raw("status")
	if _, known := next[Status(status)]; !known {
		return nil, errors.New("status: expected pending, processing, shipped, delivered, completed or cancelled")
	}
	lines, err := readItems(row.Raw("items_json"))
	if err != nil {
		return nil, err
	}
	total, err := readTotal(row.Raw("total"), lines)
	if err != nil {
		return nil, err
	}
	created, err := readCreated(row.Raw("created_at"), latest)
	if err != nil {
		return nil, err
	}
	var skus []string
	var quantities []int32
	var prices []pgtype.Numeric
	for _, l := range lines {
		skus = append(skus, l.SKU)
		quantities = append(quantities, int32(l.Quantity))
		prices = append(prices, numeric(l.Price.Decimal))
	}
	return []any{row.N, id, userID, numeric(total), status, created, skus, quantities, prices}, nil
}

// numeric is a number as COPY takes it.
func numeric(d decimal.Decimal) pgtype.Numeric {
	return pgtype.Numeric{Int: d.Coefficient(), Exp: d.Exponent(), Valid: true}
}

// totals are amounts up to what the largest order can cost.
var totals = regexp.MustCompile(`^[0-9]{1,16}(\.[0-9]{1,2})?$`)

func readTotal(cell string, lines []Line) (decimal.Decimal, error) {
	var sum kit.Money
	for _, l := range lines {
		sum = sum.Plus(l.Price.Times(l.Quantity))
	}
	if !totals.MatchString(cell) {
		return decimal.Decimal{}, errors.New(`total: expected an amount such as "10.00"`)
	}
	total, err := decimal.NewFromString(cell)
	if err != nil || !total.Equal(sum.Decimal) {
		return decimal.Decimal{}, fmt.Errorf("total: expected the sum of the lines, %s", sum)
	}
	return total, nil
}

// readCreated reads when an order was placed, as exactly as the database keeps
// it; nil if the file does not say.
func readCreated(cell string, latest time.Time) (*time.Time, error) {
	if cell == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, cell)
	switch {
	case err != nil:
		return nil, errors.New("created_at: expected a time such as 2026-01-02T15:04:05Z")
	case at.Before(earliest):
		return nil, errors.New("created_at: expected a time not before 1970")
	case at.After(latest):
		return nil, errors.New("created_at: expected a time that is not in the future")
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at, nil
}
