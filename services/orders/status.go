package orders

import "slices"

// Status is where an order stands.
type Status string

// The statuses of an order.
const (
	Pending    Status = "pending"
	Processing Status = "processing"
	Shipped    Status = "shipped"
	Delivered  Status = "delivered"
	Completed  Status = "completed"
	Cancelled  Status = "cancelled"
)

// next is the whole status machine: what may follow what.
var next = map[Status][]Status{
	Pending:    {Processing, Completed, Cancelled},
	Processing: {Shipped, Completed, Cancelled},
	Shipped:    {Delivered, Completed, Cancelled},
	Delivered:  {Completed},
	Cancelled:  {Pending},
	Completed:  {},
}

// mayBecome tells whether an order can go from one status to another.
func (s Status) mayBecome(to Status) bool { return slices.Contains(next[s], to) }

// keepsStockWhenDeleted tells whether the goods of an order have left, so that
// deleting it gives nothing back.
func (s Status) keepsStockWhenDeleted() bool {
	return s == Shipped || s == Delivered || s == Completed
}

// Next lists what may follow a status.
func (s Status) Next() []Status { return slices.Clone(next[s]) }

// OwnsStock tells whether an order with this status still has the stock that it
// took. One that was imported never took any.
func (s Status) OwnsStock(deleted bool) bool {
	return s != Cancelled && (!deleted || s.keepsStockWhenDeleted())
}
