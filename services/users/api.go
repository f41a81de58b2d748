package users

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// api is the operations of the service.
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
	registerMe(a)
	registerAccounts(a)
	registerAnalytics(a)
	registerImport(a)
	registerExport(a)
	registerRevocations(a)
}

// handle registers an operation that is not open to anyone. A token tells what
// was true when it was made; this service knows what is true now, so whoever
// was deleted, deactivated or demoted since is refused at once. The handler is
// given the caller as stored; of a service, only the role.
func handle[I, O any](a *api, access kit.Access, op huma.Operation, handler func(context.Context, User, *I) (*O, error)) {
	kit.Register(a.http, access, op, func(ctx context.Context, in *I) (*O, error) {
		me, err := a.caller(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(access, me.Role) {
			return nil, kit.Errorf(kit.Forbidden, "This is not open to your role (%s) any more.", me.Role)
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
		return User{}, kit.Errorf(kit.Unauthenticated, "The account of this token does not exist any more.")
	case err != nil:
		return User{}, err
	case !me.IsActive:
		return User{}, errDeactivated()
	}
	return me, nil
}
