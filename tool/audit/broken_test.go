package audit

import (
	"strings"
	"testing"
)

// The checks, as they are printed.
const (
	ledger       = "stock equals its ledger and is never negative"
	allocated    = "allocated stock equals the live reservations"
	userFigures  = "user analytics equals the users"
	stockFigures = "inventory analytics equals the items"
	orderFigures = "order analytics equals the orders"

	emails     = "every e-mail address has one user"
	totals     = "every order costs what its lines cost"
	keys       = "every order id and Idempotency-Key has one order"
	histories  = "every history begins once and ends once"
	statuses   = "every status is the last one of its history"
	legal      = "every status change was legal"
	delivered  = "every event was delivered or is in the queue"
	owned      = "every live reservation has an order that owns it"
	reserved   = "every order that owns stock has it reserved"
	kept       = "no void or dropped hold keeps stock"
	holds      = "every hold is of an order that owns stock"
	journalled = "every acknowledged order exists exactly once"
)

// r begins the ids of reservations.
const r = "00000000-0000-0000-0000-00000000000"

var breakages = map[string]struct {
	breaks  []change
	journal string
	row     string   // listed under the first of
	broken  []string // all that must fail
	again   bool     // needs a second look
}{
	"two users with one address": {
		breaks: []change{{"users", `DROP INDEX users_email_key; INSERT INTO users (name, email, role, password_hash) VALUES ('Ann', 'ANN@example.com', 'user', '')`}},
		row:    "ann@example.com: users 1, 3", broken: []string{emails},
	},

	"users miscounted by analytics": {
		breaks: []change{{"users", `INSERT INTO user_totals (role, is_active, users) VALUES ('admin', false, 2)`}},
		row:    "inactive admins: analytics counts 2, there are 0", broken: []string{userFigures},
	},
	"users missing from analytics": {
		breaks: []change{{"users", `
				ALTER TABLE users DISABLE TRIGGER users_added;
				INSERT INTO users (name, email, role, password_hash, created_at) VALUES ('Cy', 'cy@example.com', 'user', '', '2026-01-31 23:59Z')`}},
		row: "users of 2026-01-31: analytics counts 0, there are 1", broken: []string{userFigures},
	},
	"stock miscounted by analytics": {
		breaks: []change{{"inventory", `INSERT INTO stock_deltas (items, quantity, out_of_stock, low_stock) VALUES (0, 1, 0, 0)`}},
		row:    "pieces: analytics counts 145, there are 144", broken: []string{stockFigures},
	},
	"items missing from analytics": {
		breaks: []change{{"inventory", `
				ALTER TABLE items DISABLE TRIGGER items_added;
				INSERT INTO items (sku, name, qty, reorder_level) VALUES ('NONE', '', 0, 0)`}},
		row: "items out of stock: analytics counts 0, there are 1", broken: []string{stockFigures},
	},
	"orders miscounted by analytics": {
		breaks: []change{{"orders", `INSERT INTO order_totals (user_id, status, orders, revenue) VALUES (0, 'completed', 1, 0.01)`}},
		row:    "all buyers, completed: analytics counts 2 for 5.01, there are 1 for 5.00", broken: []string{orderFigures},
	},
	"days miscounted by analytics": {
		breaks: []change{{"orders", `INSERT INTO order_days (user_id, day, orders, revenue, cancelled) VALUES (2, '2026-01-31', 0, 0, 1)`}},
		row:    "buyer 2, 2026-01-31, cancelled: analytics counts 1 for 0.00, there are 0 for 0.00", broken: []string{orderFigures},
	},
	"an order missing from analytics": {
		breaks: []change{{"orders", `
				ALTER TABLE orders DISABLE TRIGGER orders_changed;
				UPDATE orders SET user_id = 3 WHERE id = 'ORD-5'`}},
		row: "buyer 3, completed: analytics counts 0 for 0.00, there are 1 for 5.00", broken: []string{orderFigures},
	},

	"stock that differs from its movements": {
		breaks: []change{{"inventory", `UPDATE items SET qty = qty + 1 WHERE sku = 'TEA'`}},
		row:    "item TEA: qty is 96, but its movements add up to 95", broken: []string{ledger},
	},
	"stock without any movement": {
		breaks: []change{{"inventory", `INSERT INTO items (sku, name, qty, reorder_level) VALUES ('MILK', '', 1, 0)`}},
		row:    "item MILK: qty is 1, but its movements add up to 0", broken: []string{ledger},
	},
	"negative stock": {
		breaks: []change{{"inventory", `
				ALTER TABLE items DROP CONSTRAINT items_qty_not_negative;
				UPDATE items SET qty = -1 WHERE sku = 'TEA';
				INSERT INTO movements (item_id, delta, qty_after, reason) VALUES (2, -96, -1, 'reserved')`}},
		row: "item TEA: qty is -1", broken: []string{ledger},
	},
	"a ledger with another last stock": {
		breaks: []change{{"inventory", `UPDATE movements SET qty_after = 7 WHERE id = 8`}},
		row:    "item TEA: qty is 95, but its newest movement, 8, left 7", broken: []string{ledger},
	},
	"allocated stock without a reservation": {
		breaks: []change{{"inventory", `UPDATE items SET allocated = 6 WHERE sku = 'TEA'`}},
		row:    "item TEA: allocated is 6, but live reservations have 5", broken: []string{allocated},
	},
	"a live reservation of a deleted item": {
		breaks: []change{{"inventory", `DELETE FROM items WHERE sku = 'COFFEE'`}},
		row:    "item number 1, which does not exist: allocated is 0, but live reservations have 1", broken: []string{allocated},
	},

	"a wrong total": {
		breaks: []change{{"orders", `UPDATE orders SET total = 24.99 WHERE id = 'ORD-1'`}},
		row:    "order ORD-1: its total is 24.99, but its lines cost 25.00", broken: []string{totals},
	},
	"an order without lines": {
		breaks: []change{{"orders", `DELETE FROM order_lines WHERE order_id = 'ORD-5'; UPDATE orders SET total = 0 WHERE id = 'ORD-5'`}},
		row:    "order ORD-5: it has no lines", broken: []string{totals},
	},
	"an id with two orders": {
		breaks: []change{{"orders", `
				ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;
				INSERT INTO orders (id, user_id, status, total, imported) VALUES ('ORD-5', 1, 'completed', 5, true)`}},
		row: "order ORD-5: it exists 2 times", broken: []string{keys},
	},
	"a key with two orders": {
		breaks: []change{{"orders", `
				ALTER TABLE orders DROP CONSTRAINT orders_idem_key;
				UPDATE orders SET idem_owner = 1, idem_key = 'key' WHERE id = 'ORD-3'`}},
		row: "key key of user 1: it has the orders ORD-1, ORD-3", broken: []string{keys},
	},
	"an acknowledged order that is missing": {
		journal: "ORD-1\nORD-404\n", row: "order ORD-404: it does not exist", broken: []string{journalled},
	},
	"an acknowledged order that exists twice": {
		breaks: []change{{"orders", `
				ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;
				INSERT INTO orders (id, user_id, status, total, imported) VALUES ('ORD-5', 1, 'completed', 5, true)`}},
		journal: "ORD-5\n", row: "order ORD-5: it exists 2 times", broken: []string{journalled, keys},
	},

	"an order without history": {
		breaks: []change{{"orders", `DELETE FROM order_events WHERE order_id = 'ORD-1'`}},
		row:    "order ORD-1: it has no events", broken: []string{histories, statuses},
	},
	"an order that was created twice": {
		breaks: []change{{"orders", `INSERT INTO order_events (order_id, event_type, description, new_value) VALUES ('ORD-1', 'created', '', 'pending')`}},
		row:    "order ORD-1: it was created 2 times", broken: []string{histories},
	},
	"an event before the creation": {
		breaks: []change{{"orders", `
				INSERT INTO order_events (order_id, event_type, description, new_value) VALUES ('ORD-1', 'updated', '', 'x');
				UPDATE order_events SET event_type = 'updated' WHERE id = 1;
				INSERT INTO order_events (order_id, event_type, description, new_value) VALUES ('ORD-1', 'created', '', 'pending')`}},
		row: "order ORD-1: event 1 is older than its creation", broken: []string{histories},
	},
	"a deleted event of an order that is not deleted": {
		breaks: []change{{"orders", `INSERT INTO order_events (order_id, event_type, description) VALUES ('ORD-1', 'deleted', '')`}},
		row:    "order ORD-1: it has a deleted event, but is not deleted", broken: []string{histories},
	},
	"a deleted order without a deleted event": {
		breaks: []change{{"orders", `UPDATE orders SET deleted_at = now() WHERE id = 'ORD-2'`}},
		row:    "order ORD-2: it is deleted and has 0 deleted events", broken: []string{histories},
	},
	"an event after the deletion": {
		breaks: []change{{"orders", `INSERT INTO order_events (order_id, event_type, description) VALUES ('ORD-3', 'updated', '')`}},
		row:    "order ORD-3: event 10 is newer than its deletion", broken: []string{histories},
	},
	"a status missing from the history": {
		breaks: []change{{"orders", `UPDATE orders SET status = 'processing' WHERE id = 'ORD-1'`}},
		row:    "order ORD-1: its status is processing, but its history ends in pending", broken: []string{statuses},
	},
	"a step that is not legal": {
		breaks: []change{{"orders", `
				UPDATE orders SET status = 'delivered' WHERE id = 'ORD-1';
				INSERT INTO order_events (order_id, event_type, description, old_value, new_value) VALUES ('ORD-1', 'status_changed', '', 'pending', 'delivered')`}},
		row: "order ORD-1: event 10 changed it from pending to delivered", broken: []string{legal},
	},
	"a step from another status": {
		breaks: []change{{"orders", `
				UPDATE orders SET status = 'shipped' WHERE id = 'ORD-1';
				INSERT INTO order_events (order_id, event_type, description, old_value, new_value) VALUES ('ORD-1', 'status_changed', '', 'processing', 'shipped')`}},
		row: "order ORD-1: event 10 changed it from processing to shipped, but it was pending", broken: []string{legal},
	},

	"an event that was not queued": {
		breaks: []change{{"orders", goodWebhooks}, {"orders", `DELETE FROM webhook_deliveries WHERE endpoint_id = 1 AND event_id = 8`}},
		row:    "webhook 1: event 8 of order ORD-4 was never queued", broken: []string{delivered},
	},
	"a delivery that waits forever": {
		breaks: []change{{"orders", goodWebhooks}, {"orders", `UPDATE webhook_deliveries SET state = 'delivered', reason = NULL, delivered_at = now() WHERE endpoint_id = 1 AND event_id = 4`}},
		row:    "webhook 1: event 5 of order ORD-3 waits for no earlier one", broken: []string{delivered},
	},
	"a delivery that overtook another": {
		breaks: []change{{"orders", goodWebhooks}, {"orders", `UPDATE webhook_deliveries SET state = 'delivered', delivered_at = now() WHERE endpoint_id = 1 AND event_id = 8`}},
		row:    "webhook 1: event 8 of order ORD-4 overtook an earlier one", broken: []string{delivered},
	},

	"a reservation without a hold": {
		breaks: []change{{"inventory", strayReservation}},
		row:    "reservation " + r + "9 (reserved, for order ORD-9): it has no hold", broken: []string{owned}, again: true,
	},
	"a void reservation": {
		breaks: []change{{"inventory", strayReservation}, {"orders", `INSERT INTO holds VALUES ('` + r + `9', 'ORD-9', 'void')`}},
		row:    "reservation " + r + "9 (reserved, for order ORD-9): its hold is void", broken: []string{kept, owned}, again: true,
	},
	"a cancelled order that keeps its stock": {
		breaks: []change{{"inventory", `
				UPDATE reservations SET state = 'confirmed' WHERE order_id = 'ORD-3';
				INSERT INTO movements (item_id, delta, qty_after, reason) VALUES (2, -1, 94, 'reserved');
				UPDATE items SET qty = 94, allocated = 6 WHERE id = 2`}},
		row: "reservation " + r + "3 (confirmed, for order ORD-3): its hold is dropped", broken: []string{kept, owned}, again: true,
	},
	"a reservation held for a missing order": {
		breaks: []change{{"inventory", strayReservation}, {"orders", `INSERT INTO holds VALUES ('` + r + `9', 'ORD-9', 'held')`}},
		row:    "reservation " + r + "9 is held for order ORD-9, which does not refer to it", broken: []string{holds, owned}, again: true,
	},
	"a cancelled order that is still held": {
		breaks: []change{{"orders", `
				UPDATE orders SET status = 'cancelled' WHERE id = 'ORD-1';
				INSERT INTO order_events (order_id, event_type, description, old_value, new_value) VALUES ('ORD-1', 'status_changed', '', 'pending', 'cancelled')`}},
		row: "reservation " + r + "1 (confirmed, for order ORD-1): order ORD-1 is cancelled", broken: []string{owned, holds}, again: true,
	},
	"a reservation of another order": {
		breaks: []change{{"inventory", `UPDATE reservations SET order_id = 'ORD-8' WHERE order_id = 'ORD-1'`}},
		row:    "reservation " + r + "1 (confirmed, for order ORD-8): it belongs to order ORD-1", broken: []string{owned}, again: true,
	},

	"an order whose stock was released": {
		breaks: []change{{"inventory", releaseOfOrder1}},
		row:    "order ORD-1 (pending): inventory has released its reservation " + r + "1 or never had it", broken: []string{reserved}, again: true,
	},
	"an order that was deleted after shipping and lost its stock": {
		breaks: []change{{"inventory", `
				UPDATE reservations SET state = 'released' WHERE order_id = 'ORD-4';
				INSERT INTO movements (item_id, delta, qty_after, reason) VALUES (2, 3, 98, 'released');
				UPDATE items SET qty = 98, allocated = 2 WHERE id = 2`}},
		row: "order ORD-4 (shipped): inventory has released", broken: []string{reserved}, again: true,
	},
	"an order with other lines than its reservation": {
		breaks: []change{{"inventory", `UPDATE reservation_lines SET sku = 'CHAI' WHERE item_id = 2 AND quantity = 2`}},
		row:    "order ORD-1 (pending): it has ordered COFFEE 1, TEA 2, but reservation " + r + "1 has CHAI 2, COFFEE 1", broken: []string{reserved}, again: true,
	},
	"an order with another quantity than its reservation": {
		breaks: []change{{"orders", `UPDATE order_lines SET quantity = 4, price = 5 WHERE order_id = 'ORD-1' AND sku = 'TEA'`}},
		row:    "order ORD-1 (pending): it has ordered COFFEE 1, TEA 4, but reservation " + r + "1 has COFFEE 1, TEA 2", broken: []string{reserved}, again: true,
	},
	"an order whose hold was dropped": {
		breaks: []change{{"orders", `UPDATE holds SET state = 'dropped' WHERE order_id = 'ORD-1'`}},
		row:    "order ORD-1 (pending): its reservation " + r + "1 is dropped", broken: []string{reserved, owned, kept}, again: true,
	},
	"an order with the hold of another": {
		breaks: []change{{"orders", `UPDATE holds SET order_id = 'ORD-8' WHERE order_id = 'ORD-1'`}},
		row:    "order ORD-1 (pending): its reservation " + r + "1 is held for order ORD-8", broken: []string{reserved},
	},
	"an order without a hold": {
		breaks: []change{{"orders", `
				ALTER TABLE orders DROP CONSTRAINT orders_reservation_id_fkey;
				DELETE FROM holds WHERE order_id = 'ORD-1'`}},
		row: "order ORD-1 (pending): it has no hold", broken: []string{reserved, owned}, again: true,
	},
	"an order without a reservation": {
		breaks: []change{{"orders", `
				ALTER TABLE orders DROP CONSTRAINT orders_own_stock;
				UPDATE orders SET imported = false WHERE id = 'ORD-5'`}},
		row: "order ORD-5 (completed): it has no hold", broken: []string{reserved},
	},

	"a hold of no order": {
		breaks: []change{{"orders", `INSERT INTO holds VALUES ('` + r + `9', 'ORD-9', 'held')`}},
		row:    "reservation " + r + "9 is held for order ORD-9, which does not refer to it", broken: []string{holds},
	},
	"a deleted order that holds stock": {
		breaks: []change{{"orders", `UPDATE holds SET state = 'held' WHERE order_id = 'ORD-3'`}},
		row:    "reservation " + r + "3 is held for order ORD-3, which is deleted", broken: []string{holds},
	},
	"an imported order that holds stock": {
		breaks: []change{{"orders", `
				INSERT INTO holds VALUES ('` + r + `9', 'ORD-5', 'held');
				UPDATE orders SET reservation_id = '` + r + `9' WHERE id = 'ORD-5'`}},
		row: "reservation " + r + "9 is held for order ORD-5, which is imported", broken: []string{holds},
	},
}

func TestAudit_ReportsWhatIsBroken(t *testing.T) {
	t.Parallel()
	for name, c := range breakages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAudited(t)
			for _, b := range c.breaks {
				a.exec(b.service, b.sql)
			}
			if c.journal != "" {
				a.options.Journal = strings.NewReader(c.journal)
			}
			a.wantBroken(c.broken...)
			_, below, _ := strings.Cut(a.out.String(), "BROKEN  "+c.broken[0])
			below, _, _ = strings.Cut(below, "\nok ")
			below, _, _ = strings.Cut(below, "\nBROKEN ")
			if n := strings.Count(below, "\n          "+c.row); n != 1 {
				t.Errorf("listed %d times under %q: %s\n%s", n, c.broken[0], c.row, &a.out)
			}
			if again := a.waits == 1; again != c.again {
				t.Errorf("it waited %d times", a.waits)
			}
		})
	}
}
