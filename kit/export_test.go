package kit

import "context"

// ErrAccessEnded is why a context of Revocations.Context ended.
var ErrAccessEnded = errAccessEnded

// Run keeps the list current until ctx ends, as a service does.
func (r *Revocations) Run(ctx context.Context) { r.worker.Run(ctx) }

// Watched is how many contexts wait for a revocation.
func (r *Revocations) Watched() (n int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, watchers := range r.watched {
		n += len(watchers)
	}
	return n
}

// Known is how many revoked sessions are kept.
func (r *Revocations) Known() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.revoked)
}
