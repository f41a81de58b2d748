package orders

// The queries of lists, and what reads one order.
const OrderSQL = orderSQL

// Queries are the queries for a page and for the count, with their values.
var Queries = queries
