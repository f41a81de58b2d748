package orders

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

const (
	// skusAtOnce is how many items inventory creates in one call.
	skusAtOnce = 1000

	// clockSkew is how far ahead the clock of another system may be.
	clockSkew = 5 * time.Minute

	// maxUserID is the largest integer that is exact in JavaScript.
	maxUserID = 1<<53 - 1
)

// earliest is when history begins.
var earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

var importColumns = csvfile.Columns{
	Required: []string{"id", "user_id", "total", "status", "items_json"},
	Optional: []string{"created_at"},
}

// importer records history: orders that were placed elsewhere.
type importer struct {
	store     *Store
	inventory *inventoryClient
	by        int64 // who imports
}

// ImportReport is the answer to an import of orders.
type ImportReport struct {
	csvfile.Report
	InventoryCreated int64 `json:"inventory_created_count" doc:"How many items inventory lacked; they exist now, without stock" example:"3"`
}

// run imports a file. It writes orders only when the whole file has arrived and
// inventory has every item. The items that inventory has created stay if that fails:
// an item without stock does no harm.
func (im importer) run(ctx context.Context, file *csvfile.File, dryRun bool) (report ImportReport, err error) {
	var now time.Time
	if err := im.store.db.QueryRow(ctx, `SELECT now()`).Scan(&now); err != nil {
		return report, err
	}
	report.Report, err = csvfile.Import{
		Columns: `
			id         text COLLATE "C" NOT NULL,
			user_id    bigint NOT NULL,
			total      numeric(20, 2) NOT NULL,
			status     text NOT NULL,
			created_at timestamptz, -- null: the file does not say
			skus       text[] COLLATE "C" NOT NULL,
			quantities integer[] NOT NULL,
			prices     numeric(12, 2)[] NOT NULL
		`,
		Parse: func(row csvfile.Row) ([]any, error) { return parseOrder(row, now.Add(clockSkew)) },
		Key:   "id",
		Prepare: func(ctx context.Context, conn *pgx.Conn) (err error) {
			report.InventoryCreated, err = im.createItems(ctx, conn, dryRun)
			return err
		},
		Preview: func(ctx context.Context, tx pgx.Tx, file *csvfile.File) (created int64, err error) {
			if err := skipOthers(ctx, tx, file); err != nil {
				return 0, err
			}
			err = tx.QueryRow(ctx, `SELECT count(*) FROM staged LEFT JOIN orders o USING (id) WHERE o.id IS NULL`).Scan(&created)
			return created, err
		},
		Apply:   im.applyOrders,
		Changed: im.store.cache.EvictAll,
	}.Run(ctx, im.store.db, file, dryRun)
	return report, err
}

// createItems has inventory create the items that it lacks, of rows that will be
// applied, and counts them.
func (im importer) createItems(ctx context.Context, conn *pgx.Conn, dryRun bool) (n int64, err error) {
	_, err = conn.Exec(ctx, `
		CREATE TEMPORARY TABLE staged_skus AS
		SELECT DISTINCT sku
		FROM staged LEFT JOIN orders o USING (id) CROSS JOIN LATERAL unnest(skus) AS sku
		WHERE o.id IS NULL OR o.imported AND o.deleted_at IS NULL;
		CREATE INDEX ON staged_skus (sku)`)
	if err != nil {
		return 0, err
	}
	for after := ""; ; {
		rows, err := conn.Query(ctx, `SELECT sku FROM staged_skus WHERE sku > $1 ORDER BY sku LIMIT $2`, after, skusAtOnce)
		if err != nil {
			return n, err
		}
		skus, err := pgx.CollectRows(rows, pgx.RowTo[string])
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

// parseOrder gives a row's values for the staging table. latest is the latest time at
// which an order may have been placed.
func parseOrder(row csvfile.Row, latest time.Time) ([]any, error) {
	id, err := kit.ParseText[kit.Identifier]("id", row.Raw("id"))
	if err != nil {
		return nil, err
	}
	if slices.Contains(reservedIDs, string(id)) {
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
	var (
		skus       []string
		quantities []int64
		prices     []kit.Money
	)
	for _, l := range lines {
		skus, quantities, prices = append(skus, l.SKU), append(quantities, l.Quantity), append(prices, l.Price)
	}
	return []any{id, userID, total, status, created, skus, quantities, prices}, nil
}

// totals are amounts up to what the largest order can cost.
var totals = regexp.MustCompile(`^[0-9]{1,16}(\.[0-9]{1,2})?$`)

func readTotal(cell string, lines []Line) (sum kit.Money, err error) {
	for _, l := range lines {
		sum = sum.Plus(l.Price.Times(l.Quantity))
	}
	if !totals.MatchString(cell) {
		return sum, errors.New(`total: expected an amount such as "10.00"`)
	}
	total, err := decimal.NewFromString(cell)
	if err != nil || !total.Equal(sum.Decimal) {
		return sum, fmt.Errorf("total: expected the sum of the lines, %s", sum)
	}
	return sum, nil
}

// readCreated reads when an order was placed, in the precision of the database; nil if
// the file does not say.
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
