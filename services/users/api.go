package users

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// api is what the operations of the service need.
type api struct {
	http      *kit.API
	store     *Store
	passwords *passwords
	tokens    *kit.Tokens
	now       func() time.Time
	throttle  *throttle
	log       *slog.Logger
}

func register(a *api) {
	a.http.CheckCallers(a.checkSession)
	registerSignIn(a)
	registerSessions(a)
	registerRevocations(a)
	registerMe(a)
	registerAccounts(a)
	registerAnalytics(a)
	registerImport(a)
	registerExport(a)
}

// handle registers an operation for callers with a token. A token says what was true
// when it was issued; this service knows what is true now, and refuses at once users
// who were deleted, deactivated or demoted since. The handler gets the caller as
// stored; of a service, only the role.
func handle[I, O any](a *api, access kit.Access, op huma.Operation, handler func(context.Context, User, *I) (*O, error)) {
	kit.Register(a.http, access, op, func(ctx context.Context, in *I) (*O, error) {
		me, err := a.caller(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(access, me.Role) {
			return nil, kit.RoleNotAllowed.With("role", me.Role)
		}
		return handler(ctx, me, in)
	})
}

func (a *api) caller(ctx context.Context) (User, error) {
	caller := kit.CallerFrom(ctx)
	if caller.Role == kit.RoleService {
		return User{Role: kit.RoleService}, nil
	}
	me, err := a.store.User(ctx, caller.UserID)
	switch {
	case kit.IsKind(err, kit.NotFound):
		return User{}, accountGone.With()
	case err != nil:
		return User{}, err
	case !me.IsActive:
		return User{}, accountDeactivated.With()
	}
	return me, nil
}
