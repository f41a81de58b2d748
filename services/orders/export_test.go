package orders

import "time"

// OrderSQL is how one order is read.
const OrderSQL = orderSQL

// How deliveries are queued, found, taken and listed.
const (
	RecordSQL            = recordSQL
	DueSQL               = dueSQL
	LeaseSQL             = leaseSQL
	DeliveriesSQL        = deliveriesSQL
	DeliveriesOfOrderSQL = deliveriesOfOrderSQL
)

// Queries are those of a page of the list and of its count, with their values.
var Queries = queries

// The queries of analytics, with their parameters in order.
const (
	TotalsSQL = totalsSQL
	RecentSQL = recentSQL
	NewestSQL = newestSQL
	DaysSQL   = daysSQL
	FoldSQL   = foldSQL
)

// ReadItems is how the lines of an order are read from a cell.
var ReadItems = readItems

// Stalling is settings with another time for which a client may take nothing.
func (c EventSettings) Stalling(stall time.Duration) EventSettings {
	c.stall = stall
	return c
}

// How events are read and counted for one buyer.
const (
	EventsOfBuyerSQL      = eventsOfBuyerSQL
	CountEventsOfBuyerSQL = countEventsOfBuyerSQL
	EventsSQL             = eventsSQL
	CountEventsSQL        = countEventsSQL
)

// EventLock is the advisory lock under which events are numbered.
const EventLock = int64(eventLock)

// RecentEvents is how many events are kept for streams that resume soon.
const RecentEvents = recentEvents
