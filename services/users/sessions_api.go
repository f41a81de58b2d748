package users

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// registerSessions registers what happens to a session after signing in.
func registerSessions(a *api) {
	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "refresh", Method: http.MethodPost, Path: "/users/refresh", Summary: "Get the next token",
		Description: "A refresh token is valid for one use, which answers another. A token that is used twice may have been stolen, " +
			"so the second use revokes the session: send one request at a time, and keep what it answers.",
		Errors: []int{http.StatusUnauthorized},
	}, a.refresh)
	handle(a, kit.Users, huma.Operation{
		OperationID: "logout", Method: http.MethodPost, Path: "/users/logout", Summary: "Sign out", DefaultStatus: http.StatusNoContent,
		Description: "Revokes the session of the token, and its refresh token. Other sessions continue.",
	}, func(ctx context.Context, _ User, _ *noInput) (*noOutput, error) {
		return nil, a.store.SignOut(ctx, kit.CallerFrom(ctx).Session)
	})
}

// Refreshing is the body that asks for the next token.
type Refreshing struct {
	RefreshToken string `json:"refresh_token" maxLength:"200" doc:"The refresh_token of the last answer" example:"c2hvd24gb25jZQ"`
}

func (a *api) refresh(ctx context.Context, in *struct{ Body Refreshing }) (*tokenOutput, error) {
	grant, reused, err := a.store.Refresh(ctx, in.Body.RefreshToken)
	if reused && kit.IsKind(err, kit.Unauthenticated) {
		a.log.WarnContext(ctx, "a refresh token was used again; its session was revoked",
			"user_id", grant.UserID, "session", grant.Session, "request_id", kit.RequestID(ctx))
	}
	if err != nil {
		return nil, err
	}
	return a.token(grant)
}

// checkSession refuses people whose session was revoked, from the commit on that
// revoked it.
func (a *api) checkSession(ctx context.Context, caller kit.Caller, _ bool) error {
	if caller.Role == kit.RoleService {
		return nil
	}
	signedIn, err := a.store.IsSignedIn(ctx, caller.Session)
	if err == nil && !signedIn {
		return kit.SessionRevoked.With()
	}
	return err
}
