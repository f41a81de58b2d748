package inventory

import (
	"context"
	"errors"
	"slices"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// stock is an item as a batch of reservations sees it while it is allotted.
type stock struct {
	ID    int64
	SKU   kit.Identifier
	Qty   int64
	Price *kit.Money
}

// lockItems locks in the order of ids, so that batches cannot deadlock.
const lockItems = `
	SELECT id, sku, qty, price FROM items WHERE sku = ANY($1)
	ORDER BY id FOR NO KEY UPDATE`

// lockStock locks the items with these SKUs. With skipLocked it leaves items that
// another transaction has locked; busy are their SKUs.
func lockStock(ctx context.Context, tx pgx.Tx, skus []kit.Identifier, skipLocked bool) (items map[kit.Identifier]*stock, busy map[kit.Identifier]bool, err error) {
	sql := lockItems
	if skipLocked {
		sql += ` SKIP LOCKED`
	}
	locked, err := kit.Rows[stock](ctx, tx, sql, skus)
	if err != nil {
		return nil, nil, err
	}
	items = make(map[kit.Identifier]*stock, len(locked))
	for i := range locked {
		items[locked[i].SKU] = &locked[i]
	}
	busy = map[kit.Identifier]bool{}
	others := slices.DeleteFunc(slices.Clone(skus), func(sku kit.Identifier) bool { return items[sku] != nil })
	if !skipLocked || len(others) == 0 {
		return items, busy, nil
	}
	rows, err := tx.Query(ctx, `SELECT sku FROM items WHERE sku = ANY($1)`, others)
	if err != nil {
		return nil, nil, err
	}
	existing, err := pgx.CollectRows(rows, pgx.RowTo[kit.Identifier])
	for _, sku := range existing {
		busy[sku] = true
	}
	return items, busy, err
}

// allot takes the lines of a reservation from items, or says for each line why it
// cannot.
func allot(items map[kit.Identifier]*stock, r Reservation) (lines []Line, problems []LineProblem) {
	for _, l := range r.Items {
		item, ok := items[l.SKU]
		if !ok {
			problems = append(problems, LineProblem{SKU: string(l.SKU), Reason: reasonMissing, Requested: l.Quantity})
			continue
		}
		if item.Qty < l.Quantity {
			problems = append(problems, LineProblem{SKU: string(l.SKU), Reason: reasonShort, Available: item.Qty, Requested: l.Quantity})
			continue
		}
		price := l.Price
		if price == nil {
			price = item.Price
		}
		catalogue := item.Price != nil && price != nil && price.Equal(*item.Price)
		named := l.Price != nil && (r.AllowNamedPrice || !r.checksPrices())
		if !catalogue && !named {
			problems = append(problems, LineProblem{SKU: string(l.SKU), Reason: reasonPrice, Price: item.Price})
			continue
		}
		lines = append(lines, Line{l.SKU, l.Quantity, price})
	}
	if problems != nil {
		return nil, problems
	}
	if total := cost(lines); r.Total != nil && !r.Total.Equal(total) {
		return nil, []LineProblem{{Reason: reasonTotal, Price: &total}}
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
	orderIDs []kit.Identifier
	hashes   [][]byte

	lineOf     []uuid.UUID
	positions  []int16
	itemIDs    []int64
	skus       []kit.Identifier
	quantities []int64
	prices     []string
	qtyAfter   []int64
	lineOrder  []kit.Identifier

	sums map[int64]int64 // by item
}

func (a *allotment) add(r Reservation, lines []Line, items map[kit.Identifier]*stock) {
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
