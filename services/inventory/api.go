package inventory

import "microdemo/kit"

// api is what the operations of the service need.
type api struct{ store *Store }

func register(a *kit.API, h api) {
	registerItems(a, h)
	registerMovements(a, h)
	registerReservations(a, h)
	registerReleases(a, h)
	registerMissing(a, h)
	registerAnalytics(a, h)
	registerImport(a, h)
	registerExport(a, h)
}
