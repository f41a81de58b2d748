package events

import "time"

// SetStall changes how long clients may take nothing.
func (h *Hub) SetStall(d time.Duration) { h.stall = d }

// How events are read and counted.
const (
	AfterSQL             = afterSQL
	AfterOfBuyerSQL      = afterOfBuyerSQL
	CountAfterSQL        = countAfterSQL
	CountAfterOfBuyerSQL = countAfterOfBuyerSQL
)

// LockKey is the advisory lock under which events are numbered.
const LockKey = int64(lockKey)

// RecentEvents is how many events are kept in memory for streams that resume soon.
const RecentEvents = recentEvents
