package orders

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

var exportColumns = []string{"id", "user_id", "total", "status", "items_json", "created_at"}

// exportedOrder is an order as a row of a file.
type exportedOrder struct {
	ID        string
	UserID    int64
	Total     kit.Money
	Status    string
	Items     []Line
	CreatedAt time.Time
}

// Export writes orders, by id, all as they are at one moment: those of one buyer, or
// with 0 those of all buyers.
func (s *Store) Export(ctx context.Context, w *csvfile.Writer, owner int64) error {
	return csvfile.Export(ctx, s.db, pgx.RowToStructByName, func(o exportedOrder) error {
		items, err := json.Marshal(o.Items)
		if err != nil {
			return err
		}
		return w.Row(o.ID, o.UserID, o.Total, o.Status, string(items), o.CreatedAt)
	}, `
		SELECT id, user_id, total, status, created_at,
		       (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
		        FROM order_lines WHERE order_id = id) AS items
		FROM orders
		WHERE deleted_at IS NULL AND ($1::bigint = 0 OR user_id = $1)
		ORDER BY id`, owner)
}
