package kit

import "time"

// Days is how far a time series goes back. Operations embed it in their input.
type Days struct {
	Days int `query:"days" minimum:"1" maximum:"180" default:"30" doc:"How many UTC days, the last of which is today." example:"30"`
}

// RecentDays is how many days "recent" means in analytics.
const RecentDays = 7

// LastDays is the first and the last of so many UTC days, the last of which is
// that of now.
func LastDays(now time.Time, days int) (from, to time.Time) {
	to = now.UTC().Truncate(24 * time.Hour)
	return to.AddDate(0, 0, 1-days), to
}
