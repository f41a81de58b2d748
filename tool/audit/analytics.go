package audit

// Analytics reads rollups and the deltas not yet rolled up. These checks compare
// the sum of both with the rows that they count.

var userAnalytics = check{
	holds:  "user analytics equals the users",
	counts: `SELECT count(*) FROM users`,
	units:  []string{"users"},
	breakers: `
		SELECT format('%s: analytics counts %s, there are %s', what, sum(counted), sum(there)) FROM (
			SELECT CASE WHEN is_active THEN 'active ' ELSE 'inactive ' END || role || 's' AS what, users AS counted, 0 AS there FROM user_totals
			UNION ALL
			SELECT CASE WHEN is_active THEN 'active ' ELSE 'inactive ' END || role || 's', users, 0 FROM user_deltas
			UNION ALL
			SELECT CASE WHEN is_active THEN 'active ' ELSE 'inactive ' END || role || 's', 0, 1 FROM users
			UNION ALL
			SELECT 'users of ' || day, signups, 0 FROM user_days
			UNION ALL
			SELECT 'users of ' || day, users, 0 FROM user_deltas
			UNION ALL
			SELECT 'users of ' || (created_at AT TIME ZONE 'UTC')::date, 0, 1 FROM users) AS u
		GROUP BY what HAVING sum(counted) <> sum(there) ORDER BY what`,
}

var stockAnalytics = check{
	holds:  "inventory analytics equals the items",
	counts: `SELECT count(*) FROM items`,
	units:  []string{"items"},
	breakers: `
		SELECT format('%s: analytics counts %s, there are %s', what, counted, there)
		FROM (SELECT coalesce(sum(items), 0) AS items, coalesce(sum(quantity), 0) AS quantity,
		             coalesce(sum(out_of_stock), 0) AS out_of_stock, coalesce(sum(low_stock), 0) AS low_stock
		      FROM (SELECT items, quantity, out_of_stock, low_stock FROM stock_totals
		            UNION ALL
		            SELECT items, quantity, out_of_stock, low_stock FROM stock_deltas) AS t) AS a,
		     (SELECT count(*) AS items, coalesce(sum(qty), 0) AS quantity, count(*) FILTER (WHERE qty = 0) AS out_of_stock,
		             count(*) FILTER (WHERE qty > 0 AND qty < reorder_level) AS low_stock FROM items) AS i,
		     LATERAL (VALUES ('items', a.items, i.items), ('pieces', a.quantity, i.quantity),
		                     ('items out of stock', a.out_of_stock, i.out_of_stock),
		                     ('items low in stock', a.low_stock, i.low_stock)) AS c (what, counted, there)
		WHERE counted <> there`,
}

var orderAnalytics = check{
	holds:  "order analytics equals the orders",
	counts: `SELECT count(*) FROM orders WHERE deleted_at IS NULL`,
	units:  []string{"orders that are not deleted"},
	breakers: `
		WITH there AS (
			SELECT coalesce(user_id, 0) AS user_id, day, status, count(*) AS orders, sum(total) AS revenue
			FROM (SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, status, total FROM orders WHERE deleted_at IS NULL) AS o
			GROUP BY GROUPING SETS ((user_id, day, status), (day, status))
		), kept AS (
			SELECT user_id, day::text AS what, orders, revenue FROM order_days
			UNION ALL
			SELECT user_id, day || ', cancelled', cancelled, 0 FROM order_days
			UNION ALL
			SELECT user_id, status, orders, revenue FROM order_totals
			UNION ALL
			SELECT user_id, status, orders, revenue FROM order_deltas
			UNION ALL
			SELECT user_id, CASE status WHEN 'cancelled' THEN day || ', cancelled' ELSE day::text END,
			       orders, CASE status WHEN 'cancelled' THEN 0 ELSE revenue END FROM order_deltas
		), placed AS (
			SELECT user_id, status AS what, orders, revenue FROM there
			UNION ALL
			SELECT user_id, CASE status WHEN 'cancelled' THEN day || ', cancelled' ELSE day::text END,
			       orders, CASE status WHEN 'cancelled' THEN 0 ELSE revenue END FROM there
		)
		SELECT format('%s, %s: analytics counts %s for %s, there are %s for %s',
		              CASE user_id WHEN 0 THEN 'all buyers' ELSE 'buyer ' || user_id END, what,
		              sum(counted), to_char(sum(sum), 'FM999999999999990.00'), sum(there), to_char(sum(cost), 'FM999999999999990.00'))
		FROM (SELECT user_id, what, orders AS counted, revenue AS sum, 0 AS there, 0 AS cost FROM kept
		      UNION ALL
		      SELECT user_id, what, 0, 0, orders, revenue FROM placed) AS both_sides
		GROUP BY user_id, what HAVING sum(counted) <> sum(there) OR sum(sum) <> sum(cost)
		ORDER BY user_id, what`,
}
