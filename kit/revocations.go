package kit

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// RevocationLife is how long a revocation is listed: longer than access tokens
	// are valid, for clocks differ.
	RevocationLife = AccessTokenLife + 5*time.Minute

	// RevocationsPerPage is the most sessions on a page; a page with fewer is the
	// last.
	RevocationsPerPage = 1000

	maxInterval = 2 * time.Second // leaves time for an attempt without an answer
	pollTimeout = 2 * time.Second
)

// errAccessEnded is why a context of Revocations.Context ended with its caller's
// access.
var errAccessEnded = errors.New("the token has expired or was revoked")

// Revocation is the revocation of a session.
type Revocation struct {
	Number  int64  `json:"number" minimum:"1" doc:"Its place in the order of all revocations" example:"12"`
	Session string `json:"session" doc:"The session, as sid in its access tokens" example:"01936e2e-5f0a-7cc3-8f5e-0d3c9b1a2f47"`
}

// RevocationPage is what the service that keeps the sessions answers: the sessions
// revoked in the last RevocationLife, by number. A revocation must never become
// visible after one with a higher number.
type RevocationPage struct {
	Last    int64        `json:"last" minimum:"0" doc:"The highest number so far" example:"12"`
	Revoked []Revocation `json:"revoked" doc:"By number; fewer than 1000 are the last"`
}

// Revocations is a list of the revoked sessions whose access tokens may still be
// valid. It polls the service that keeps the sessions for new ones.
type Revocations struct {
	client *Client
	path   string
	now    func() time.Time
	log    *slog.Logger
	trust  time.Duration
	worker *Worker
	loaded chan struct{} // closed when the list is complete for the first time

	mu      sync.RWMutex
	after   int64                // the highest number in the list
	revoked map[string]time.Time // the sessions, and when each can be forgotten
	tidied  time.Time
	asOf    time.Time // when the list was last complete
	failing bool
	watched map[string]map[*watcher]struct{} // by session
}

type watcher struct{ end func() }

// NewRevocations makes the list of the revoked sessions that client answers at path.
// The service whose API it is given to with RefuseRevoked keeps it current.
func NewRevocations(client *Client, path string, s Settings, env Env) *Revocations {
	r := &Revocations{
		client: client, path: path, now: env.Now, log: env.Log, trust: s.RevocationsTrust,
		loaded: make(chan struct{}), revoked: map[string]time.Time{}, watched: map[string]map[*watcher]struct{}{},
	}
	r.worker = NewWorker("revocations", s.RevocationsInterval, env.Log, r.poll)
	r.worker.Wake() // the first poll is at once
	env.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "revocations_age_seconds", Help: "The age of the list of revoked sessions.",
	}, func() float64 {
		r.mu.RLock()
		defer r.mu.RUnlock()
		return r.now().Sub(r.asOf).Seconds()
	}))
	return r
}

// RefuseRevoked refuses callers whose session was revoked. The service of the API
// keeps r current, and is not ready before r is loaded.
func (a *API) RefuseRevoked(r *Revocations) {
	a.revocations = r
	a.CheckCallers(r.check)
}

// check refuses people whose session was revoked. While the list is outdated it also
// refuses requests that change something: a caller whose revocation has not arrived
// can then only read.
func (r *Revocations) check(_ context.Context, caller Caller, changes bool) error {
	if caller.Role == RoleService {
		return nil
	}
	unknown := func(message string) error {
		return &Error{Kind: Unavailable, Message: message, RetryAfter: 2 * time.Second, Cause: errors.New("revoked sessions are not known")}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, revoked := r.revoked[caller.Session]
	switch {
	case revoked:
		return SessionRevoked.With()
	case r.asOf.IsZero():
		return unknown("The service has only just started; try again.")
	case changes && r.now().Sub(r.asOf) > r.trust:
		return unknown("It cannot be checked right now whether you may still change things; try again.")
	}
	return nil
}

// poll adds new revocations to the list.
func (r *Revocations) poll(ctx context.Context) error {
	asked := r.now()
	for {
		r.mu.RLock()
		after := r.after
		r.mu.RUnlock()
		page, err := r.ask(ctx, after)
		switch {
		case err != nil:
			r.failed(ctx, err)
			return nil
		case page.Last < after: // a restored database assigns its numbers again
			r.mu.Lock()
			r.after = 0
			r.mu.Unlock()
			continue
		}
		if r.add(page.Revoked); len(page.Revoked) < RevocationsPerPage {
			r.completed(ctx, asked)
			return nil
		}
	}
}

func (r *Revocations) ask(ctx context.Context, after int64) (page RevocationPage, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	err = r.client.Call(ctx, http.MethodGet, r.path+"?after="+strconv.FormatInt(after, 10), nil, &page)
	return page, err
}

func (r *Revocations) add(new []Revocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	forget := r.now().Add(RevocationLife)
	for _, n := range new {
		r.after = max(r.after, n.Number)
		r.revoked[n.Session] = forget
		for w := range r.watched[n.Session] {
			w.end()
		}
	}
}

func (r *Revocations) completed(ctx context.Context, asOf time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asOf.IsZero() {
		close(r.loaded)
	}
	if r.failing {
		r.log.InfoContext(ctx, "the list of revoked sessions is current again")
	}
	r.asOf, r.failing = asOf, false
	if now := r.now(); now.Sub(r.tidied) > time.Minute {
		maps.DeleteFunc(r.revoked, func(_ string, forget time.Time) bool { return now.After(forget) })
		r.tidied = now
	}
}

// failed logs that there was no answer, once: the next attempt is soon.
func (r *Revocations) failed(ctx context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.failing && ctx.Err() == nil {
		r.failing = true
		r.log.WarnContext(ctx, "cannot update the list of revoked sessions", "as_of", r.asOf, "error", err)
	}
}

func (r *Revocations) isLoaded() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return !r.asOf.IsZero()
}

// state describes for readyz how current the list is.
func (r *Revocations) state() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch {
	case r.asOf.IsZero():
		return "not loaded yet"
	case r.now().Sub(r.asOf) > r.trust:
		return "not current (nothing can be changed)"
	}
	return "ok"
}

// Context returns ctx, which also ends when the caller's token expires or the session
// is revoked. It is for long answers, such as a stream. stop must be called. A nil
// Revocations only watches expiry.
func (r *Revocations) Context(ctx context.Context, caller Caller) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	end := func() { cancel(errAccessEnded) }
	now, unwatch := time.Now, func() {}
	if r != nil {
		now, unwatch = r.now, r.watch(caller.Session, end)
	}
	expiry := time.AfterFunc(caller.Expires.Sub(now()), end)
	return ctx, func() {
		expiry.Stop()
		unwatch()
		cancel(nil)
	}
}

// watch calls end when the session is revoked, at once if it is already.
func (r *Revocations) watch(session string, end func()) (unwatch func()) {
	w := &watcher{end}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, revoked := r.revoked[session]; revoked {
		end()
	}
	if r.watched[session] == nil {
		r.watched[session] = map[*watcher]struct{}{}
	}
	r.watched[session][w] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if delete(r.watched[session], w); len(r.watched[session]) == 0 {
			delete(r.watched, session)
		}
	}
}
