package kit

import (
	"net/http"

	"github.com/oklog/ulid/v2"
)

// RequestIDOf is the id a client gave its request in X-Request-ID, if it looks
// like one, otherwise a new one.
func RequestIDOf(r *http.Request) string {
	if id := r.Header.Get("X-Request-ID"); requestIDs.MatchString(id) {
		return id
	}
	return ulid.Make().String()
}
