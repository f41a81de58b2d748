package audit

import "strings"

// change is SQL for one of the databases.
type change struct{ service, sql string }

// Orders of every kind: ORD-1 is pending, ORD-2 cancelled, ORD-3 deleted while
// pending, ORD-4 deleted after it was shipped, so that it keeps its stock, ORD-5
// imported; two attempts are void.
const (
	goodUsers = `
		INSERT INTO users (name, email, role, password_hash) VALUES ('Ann', 'ann@example.com', 'user', ''), ('Bob', 'bob@example.com', 'user', '')`

	goodStock = `
		INSERT INTO items (sku, name, qty, allocated, price, reorder_level) VALUES
			('COFFEE', 'Coffee', 49, 1, 5, 0),
			('TEA', 'Tea', 95, 5, 10, 0);
		INSERT INTO reservations (id, order_id, state) VALUES
			('00000000-0000-0000-0000-000000000001', 'ORD-1', 'confirmed'),
			('00000000-0000-0000-0000-000000000002', 'ORD-2', 'released'),
			('00000000-0000-0000-0000-000000000003', 'ORD-3', 'released'),
			('00000000-0000-0000-0000-000000000004', 'ORD-4', 'reserved'),
			('00000000-0000-0000-0000-000000000006', null, 'released');
		INSERT INTO reservation_lines (reservation_id, position, item_id, sku, quantity, price) VALUES
			('00000000-0000-0000-0000-000000000001', 0, 2, 'TEA', 2, 10),
			('00000000-0000-0000-0000-000000000001', 1, 1, 'COFFEE', 1, 5),
			('00000000-0000-0000-0000-000000000002', 0, 2, 'TEA', 5, 10),
			('00000000-0000-0000-0000-000000000003', 0, 2, 'TEA', 1, 10),
			('00000000-0000-0000-0000-000000000004', 0, 2, 'TEA', 3, 10);
		INSERT INTO movements (item_id, delta, qty_after, reason) VALUES
			(1, 50, 50, 'initial'), (2, 100, 100, 'initial'),
			(2, -2, 98, 'reserved'), (1, -1, 49, 'reserved'),
			(2, -5, 93, 'reserved'), (2, 5, 98, 'released'),
			(2, -1, 97, 'reserved'), (2, -2, 95, 'set'),
			(77, -1, 0, 'of a deleted item')`

	goodOrders = `
		INSERT INTO holds (reservation_id, order_id, state, released_at) VALUES
			('00000000-0000-0000-0000-000000000001', 'ORD-1', 'held', null),
			('00000000-0000-0000-0000-000000000002', 'ORD-2', 'dropped', now()),
			('00000000-0000-0000-0000-000000000003', 'ORD-3', 'dropped', now()),
			('00000000-0000-0000-0000-000000000004', 'ORD-4', 'held', null),
			('00000000-0000-0000-0000-000000000006', 'ORD-6', 'void', now()),
			('00000000-0000-0000-0000-000000000007', 'ORD-7', 'void', null);
		INSERT INTO orders (id, user_id, status, total, reservation_id, imported, idem_owner, idem_key, deleted_at) VALUES
			('ORD-1', 1, 'pending', 25, '00000000-0000-0000-0000-000000000001', false, 1, 'key', null),
			('ORD-2', 1, 'cancelled', 50, '00000000-0000-0000-0000-000000000002', false, null, null, null),
			('ORD-3', 1, 'pending', 10, '00000000-0000-0000-0000-000000000003', false, null, null, now()),
			('ORD-4', 2, 'shipped', 30, '00000000-0000-0000-0000-000000000004', false, null, null, now()),
			('ORD-5', 2, 'completed', 5, null, true, null, null, null);
		INSERT INTO order_lines (order_id, position, sku, quantity, price) VALUES
			('ORD-1', 0, 'TEA', 2, 10), ('ORD-1', 1, 'COFFEE', 1, 5),
			('ORD-2', 0, 'TEA', 5, 10), ('ORD-3', 0, 'TEA', 1, 10), ('ORD-4', 0, 'TEA', 3, 10), ('ORD-5', 0, 'COFFEE', 1, 5);
		INSERT INTO order_events (order_id, event_type, description, old_value, new_value) VALUES
			('ORD-1', 'created', '', null, 'pending'),
			('ORD-2', 'created', '', null, 'pending'),
			('ORD-2', 'status_changed', '', 'pending', 'cancelled'),
			('ORD-3', 'created', '', null, 'pending'),
			('ORD-3', 'deleted', '', 'pending', null),
			('ORD-4', 'created', '', null, 'processing'),
			('ORD-4', 'status_changed', '', 'processing', 'shipped'),
			('ORD-4', 'deleted', '', 'shipped', null),
			('ORD-5', 'imported', '', null, 'completed')`
)

// goodWebhooks are endpoints: one for all events after event 1, one for deletions
// after event 5, and a deleted one.
const goodWebhooks = `
		INSERT INTO webhook_endpoints (url, events, secret, after_event, deleted_at) VALUES
			('https://a.example', '{order.created,order.status_changed,order.updated,order.deleted}', '', 1, null),
			('https://b.example', '{order.deleted}', '', 5, null),
			('https://c.example', '{order.deleted}', '', 0, now());
		INSERT INTO webhook_deliveries (endpoint_id, event_id, order_id, state, message, reason, delivered_at) VALUES
			(1, 2, 'ORD-2', 'delivered', '{}', null, now()),
			(1, 3, 'ORD-2', 'pending', '{}', null, null),
			(1, 4, 'ORD-3', 'parked', '{}', 'no answer', null),
			(1, 5, 'ORD-3', 'waiting', '{}', null, null),
			(1, 6, 'ORD-4', 'parked', '{}', 'arrived, and was repeated', now()),
			(1, 7, 'ORD-4', 'pending', '{}', null, null),
			(1, 8, 'ORD-4', 'waiting', '{}', null, null),
			(2, 8, 'ORD-4', 'delivered', '{}', null, now())`

const (
	// strayReservation reserves stock for an order that does not exist.
	strayReservation = `
		INSERT INTO reservations (id, order_id, state) VALUES ('00000000-0000-0000-0000-000000000009', 'ORD-9', 'reserved');
		INSERT INTO reservation_lines (reservation_id, position, item_id, sku, quantity, price)
		VALUES ('00000000-0000-0000-0000-000000000009', 0, 2, 'TEA', 1, 10);
		INSERT INTO movements (item_id, delta, qty_after, reason) SELECT 2, -1, qty - 1, 'reserved' FROM items WHERE id = 2;
		UPDATE items SET qty = qty - 1, allocated = allocated + 1 WHERE id = 2`

	releaseOfOrder1 = `
		UPDATE reservations SET state = 'released' WHERE order_id = 'ORD-1';
		INSERT INTO movements (item_id, delta, qty_after, reason) VALUES (2, 2, 97, 'released'), (1, 1, 50, 'released');
		UPDATE items SET qty = 97, allocated = 3 WHERE id = 2;
		UPDATE items SET qty = 50, allocated = 0 WHERE id = 1`
)

// orderOf records an order for one TEA and its hold.
func orderOf(reservation, id string) string {
	return strings.NewReplacer("RESERVATION", reservation, "ORDER", id).Replace(`
		INSERT INTO holds (reservation_id, order_id, state) VALUES ('RESERVATION', 'ORDER', 'held');
		INSERT INTO orders (id, user_id, status, total, reservation_id) VALUES ('ORDER', 1, 'pending', 10, 'RESERVATION');
		INSERT INTO order_lines (order_id, position, sku, quantity, price) VALUES ('ORDER', 0, 'TEA', 1, 10);
		INSERT INTO order_events (order_id, event_type, description, new_value) VALUES ('ORDER', 'created', '', 'pending')`)
}
