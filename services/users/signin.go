package users

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// Token is the answer to signing in.
type Token struct {
	AccessToken  string `json:"access_token" doc:"Send it with every request as Authorization: Bearer …" example:"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln"`
	TokenType    string `json:"token_type" enum:"bearer" doc:"The kind of token (RFC 6750)" example:"bearer"`
	ExpiresIn    int64  `json:"expires_in" doc:"How long access_token is good for, in seconds" example:"1800"`
	RefreshToken string `json:"refresh_token" doc:"Gives the next token, once, at POST /users/refresh" example:"c2hvd24gb25jZQ"`
}

type tokenOutput struct{ Body Token }

// Registration is the body that makes an account of one's own.
type Registration struct {
	Name     Name     `json:"name" doc:"What you are called" example:"Bob"`
	Email    Email    `json:"email" doc:"The address to sign in with; unique whatever its case" example:"bob@example.com"`
	Password Password `json:"password" doc:"The password to sign in with" example:"password123"`
}

// Credentials is the body that signs in.
type Credentials struct {
	Email    Email  `json:"email" doc:"The address of the account, in any case" example:"bob@example.com"`
	Password string `json:"password" format:"password" maxLength:"200" doc:"Its password" example:"password123"`
}

// Refreshing is the body that asks for the next token.
type Refreshing struct {
	RefreshToken string `json:"refresh_token" maxLength:"200" doc:"The refresh_token that was answered last" example:"c2hvd24gb25jZQ"`
}

func errDeactivated() error {
	return kit.Errorf(kit.Forbidden, "This account is deactivated; ask an administrator.")
}

func errWrongPassword() error {
	return kit.Errorf(kit.Unauthenticated, "The e-mail address or the password is wrong.")
}

// errNotRefreshed does not say why, which would help only those who try.
func errNotRefreshed() error {
	return kit.Errorf(kit.Unauthenticated, "The refresh token is not valid, or not any more; sign in again.")
}

func (a *api) token(g Grant) (*tokenOutput, error) {
	access, err := a.tokens.Issue(g.UserID, g.Email, g.Role, g.Session.String())
	return &tokenOutput{Token{access, "bearer", int64(kit.AccessTokenLife.Seconds()), g.Refresh}}, err
}

// checkSession refuses people whose session was revoked, from the moment on in
// which it was.
func (a *api) checkSession(ctx context.Context, caller kit.Caller, _ bool) error {
	if caller.Role == kit.RoleService {
		return nil
	}
	signedIn, err := a.store.IsSignedIn(ctx, caller.Session)
	if err == nil && !signedIn {
		return kit.Errorf(kit.Unauthenticated, "You were signed out; sign in again.")
	}
	return err
}

// attempt tells whether a password is the one that hash was made from, unless
// there were too many attempts that failed.
func (a *api) attempt(ctx context.Context, account, password, hash string) (bool, error) {
	forgive, err := a.throttle.attempt(ctx, account)
	if err != nil {
		return false, err
	}
	match, err := a.passwords.match(ctx, password, hash)
	if match || err != nil {
		forgive()
	}
	return match, err
}

func registerSignIn(a *api) {
	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "register", Method: http.MethodPost, Path: "/users/register",
		Summary:       "Make an account of one's own",
		Description:   "The new user has the role user and is signed in at once.",
		DefaultStatus: http.StatusCreated,
		Errors:        []int{http.StatusConflict, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct{ Body Registration }) (*tokenOutput, error) {
		forgive, err := a.throttle.attempt(ctx, string(in.Body.Email))
		if err != nil {
			return nil, err
		}
		hash, err := a.passwords.hash(ctx, string(in.Body.Password))
		if err != nil {
			forgive()
			return nil, err
		}
		grant, err := a.store.Register(ctx, NewUser{in.Body.Name, in.Body.Email, kit.RoleUser, hash})
		if err != nil {
			return nil, err
		}
		return a.token(grant)
	})

	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: "/users/login",
		Summary:     "Sign in",
		Description: "An unknown e-mail address and a wrong password are answered alike.",
		Errors:      []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct{ Body Credentials }) (*tokenOutput, error) {
		account, _, err := a.store.Account(ctx, in.Body.Email)
		if err != nil {
			return nil, err
		}
		match, err := a.attempt(ctx, string(in.Body.Email), in.Body.Password, account.PasswordHash)
		switch {
		case err != nil:
			return nil, err
		case !match:
			return nil, errWrongPassword()
		}
		grant, err := a.store.SignIn(ctx, account.ID, account.PasswordHash)
		if err != nil {
			return nil, err
		}
		return a.token(grant)
	})

	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "refresh", Method: http.MethodPost, Path: "/users/refresh",
		Summary: "Get the next token",
		Description: "A refresh token is good for one use and gives another. One that is used twice may have been stolen, " +
			"so the second use signs out: ask once at a time, and keep what is answered.",
		Errors: []int{http.StatusUnauthorized},
	}, func(ctx context.Context, in *struct{ Body Refreshing }) (*tokenOutput, error) {
		grant, reused, err := a.store.Refresh(ctx, in.Body.RefreshToken)
		if reused && kit.IsKind(err, kit.Unauthenticated) {
			a.log.WarnContext(ctx, "a refresh token was used again; its session was revoked",
				"user_id", grant.UserID, "session", grant.Session, "request_id", kit.RequestID(ctx))
		}
		if err != nil {
			return nil, err
		}
		return a.token(grant)
	})

	handle(a, kit.Users, huma.Operation{
		OperationID: "logout", Method: http.MethodPost, Path: "/users/logout",
		Summary:       "Sign out",
		Description:   "Revokes the session that the token was made for, and its refresh token. Other sessions go on.",
		DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ User, _ *noInput) (*noOutput, error) {
		return nil, a.store.SignOut(ctx, kit.CallerFrom(ctx).Session)
	})
}

type revocationsInput struct {
	After int64 `query:"after" minimum:"0" doc:"Only those with a higher number" example:"11"`
}

// registerRevocations registers what the other services ask.
func registerRevocations(a *api) {
	handle(a, kit.Services, huma.Operation{
		OperationID: "list-revocations", Method: http.MethodGet, Path: "/users/revocations",
		Summary:     "Sessions that were revoked",
		Description: "Those whose access tokens may not have expired yet, by number, at most 1000.",
	}, func(ctx context.Context, _ User, in *revocationsInput) (*struct{ Body kit.RevocationPage }, error) {
		page, err := a.store.Revocations(ctx, in.After)
		return &struct{ Body kit.RevocationPage }{page}, err
	})
}
