package inventory

import (
	"context"
	"errors"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// allot takes the lines of r from items, or tells for each line why it cannot.
func allot(items map[string]*stock, r Reservation) (lines []Line, problems []LineProblem) {
	for _, l := range r.Lines {
		item, ok := items[l.SKU]
		if !ok {
			problems = append(problems, LineProblem{SKU: l.SKU, Reason: ReasonMissing, Requested: l.Quantity})
			continue
		}
		if item.Qty < l.Quantity {
			problems = append(problems, LineProblem{SKU: l.SKU, Reason: ReasonShort, Available: item.Qty, Requested: l.Quantity})
			continue
		}
		price := l.Price
		if price == nil {
			price = item.Price
		}
		catalogue := item.Price != nil && price != nil && price.Equal(*item.Price)
		named := l.Price != nil && (r.AllowNamedPrice || !r.CheckPrices)
		if !catalogue && !named {
			problems = append(problems, LineProblem{SKU: l.SKU, Reason: ReasonPrice, Price: item.Price})
			continue
		}
		lines = append(lines, Line{l.SKU, l.Quantity, price})
	}
	if problems != nil {
		return nil, problems
	}
	if total := cost(lines); r.Total != nil && !r.Total.Equal(total) {
		return nil, []LineProblem{{Reason: ReasonTotal, Price: &total}}
	}
	for _, l := range lines {
		items[l.SKU].Qty -= l.Quantity
	}
	return lines, nil
}

func cost(lines []Line) (total kit.Money) {
	for _, l := range lines {
		total = total.Plus(l.Price.Times(l.Quantity))
	}
	return total
}

// allotment is what a batch of reservations writes, column by column.
type allotment struct {
	ids      []uuid.UUID
	orderIDs []string
	hashes   [][]byte

	lineOf     []uuid.UUID
	positions  []int16
	itemIDs    []int64
	skus       []string
	quantities []int64
	prices     []string
	qtyAfter   []int64
	lineOrder  []string

	sums map[int64]int64 // by item
}

func (a *allotment) add(r Reservation, lines []Line, items map[string]*stock) {
	a.ids = append(a.ids, r.ID)
	a.orderIDs = append(a.orderIDs, r.OrderID)
	a.hashes = append(a.hashes, r.hash())
	if a.sums == nil {
		a.sums = map[int64]int64{}
	}
	for i, l := range lines {
		item := items[l.SKU]
		a.lineOf = append(a.lineOf, r.ID)
		a.positions = append(a.positions, int16(i))
		a.itemIDs = append(a.itemIDs, item.ID)
		a.skus = append(a.skus, l.SKU)
		a.quantities = append(a.quantities, l.Quantity)
		a.prices = append(a.prices, l.Price.String())
		a.qtyAfter = append(a.qtyAfter, item.Qty)
		a.lineOrder = append(a.lineOrder, r.OrderID)
		a.sums[item.ID] += l.Quantity
	}
}

func (a *allotment) write(ctx context.Context, tx pgx.Tx) error {
	if len(a.ids) == 0 {
		return nil
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO reservations (id, order_id, body_hash, state)
		SELECT id, order_id, body_hash, 'reserved'
		FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS r (id, order_id, body_hash)
		ORDER BY id
		ON CONFLICT (id) DO NOTHING`, a.ids, a.orderIDs, a.hashes)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != int64(len(a.ids)) {
		return errRaced
	}
	var itemIDs, sums []int64
	for id, n := range a.sums {
		itemIDs, sums = append(itemIDs, id), append(sums, n)
	}
	tag, err = tx.Exec(ctx, `
		UPDATE items
		SET qty = qty - n, allocated = allocated + n, version = version + 1, updated_at = now()
		FROM unnest($1::bigint[], $2::bigint[]) AS taken (item_id, n)
		WHERE items.id = item_id AND qty >= n`, itemIDs, sums)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != int64(len(itemIDs)) {
		return errors.New("stock that was locked and counted is not there")
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO reservation_lines (reservation_id, position, item_id, sku, quantity, price)
		SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[], $5::bigint[], $6::numeric[])`,
		a.lineOf, a.positions, a.itemIDs, a.skus, a.quantities, a.prices)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO movements (item_id, delta, qty_after, reason, order_id)
		SELECT item_id, -quantity, qty_after, 'reserved', order_id
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) WITH ORDINALITY AS m (item_id, quantity, qty_after, order_id, place)
		ORDER BY place`,
		a.itemIDs, a.quantities, a.qtyAfter, a.lineOrder)
	return err
}
