package webhooks

// How deliveries are queued, found, leased and listed.
const (
	EnqueueSQL           = enqueueSQL
	DueSQL               = dueSQL
	LeaseSQL             = leaseSQL
	DeliveriesSQL        = deliveriesSQL
	DeliveriesOfOrderSQL = deliveriesOfOrderSQL
)
