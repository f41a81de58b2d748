package orders

// OrderSQL is how one order is read.
const OrderSQL = orderSQL

// Queries are those of a page of the list and of its count, with their values.
var Queries = queries

// The queries of analytics, with their parameters in order.
const (
	TotalsSQL = totalsSQL
	RecentSQL = recentSQL
	NewestSQL = newestSQL
	DaysSQL   = daysSQL
	RollUpSQL = rollUpSQL
)

// ReadItems is how the lines of an order are read from a cell.
var ReadItems = readItems
