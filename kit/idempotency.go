package kit

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Idempotency is the Idempotency-Key header. Operations embed it in their input.
type Idempotency struct {
	Key string `header:"Idempotency-Key" minLength:"1" maxLength:"255" pattern:"^[\\x20-\\x7e]+$" patternDescription:"printable ASCII" doc:"With the same key and body, the request has its effect once" example:"cart-7f3a"`
}

// Resolve implements huma.Resolver: it refuses a key that is sent empty, which
// would otherwise be none.
func (i *Idempotency) Resolve(ctx huma.Context) (errs []error) {
	ctx.EachHeader(func(name, value string) {
		if strings.EqualFold(name, "Idempotency-Key") && value == "" {
			errs = append(errs, emptyKey.At("header.Idempotency-Key", nil))
		}
	})
	return errs
}
