package users

import (
	"context"
	"net/http"
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
}

func register(a *api) {
	registerSignIn(a)
	registerMe(a)
	registerAccounts(a)
	registerAnalytics(a)
	registerCSV(a)
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

func errDeactivated() error {
	return kit.Errorf(kit.Forbidden, "This account is deactivated; ask an administrator.")
}

// Token is the answer to signing in.
type Token struct {
	AccessToken string `json:"access_token" doc:"Send it with every request as Authorization: Bearer …" example:"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln"`
	TokenType   string `json:"token_type" enum:"bearer" doc:"The kind of token (RFC 6750)" example:"bearer"`
	ExpiresIn   int64  `json:"expires_in" doc:"How long access_token is good for, in seconds" example:"1800"`
}

type tokenOutput struct{ Body Token }

func (a *api) token(id int64, email string, role kit.Role) (*tokenOutput, error) {
	access, err := a.tokens.Issue(id, email, role)
	return &tokenOutput{Token{access, "bearer", int64(kit.AccessTokenLife.Seconds())}}, err
}

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

func registerSignIn(a *api) {
	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "register", Method: http.MethodPost, Path: "/users/register",
		Summary:       "Make an account of one's own",
		Description:   "The new user has the role user and is signed in at once.",
		DefaultStatus: http.StatusCreated,
		Errors:        []int{http.StatusConflict, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct{ Body Registration }) (*tokenOutput, error) {
		hash, err := a.passwords.hash(ctx, string(in.Body.Password))
		if err != nil {
			return nil, err
		}
		user, err := a.store.Create(ctx, NewUser{in.Body.Name, in.Body.Email, kit.RoleUser, hash})
		if err != nil {
			return nil, err
		}
		return a.token(user.ID, string(user.Email), user.Role)
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
		match, err := a.passwords.match(ctx, in.Body.Password, account.PasswordHash)
		switch {
		case err != nil:
			return nil, err
		case !match:
			return nil, kit.Errorf(kit.Unauthenticated, "The e-mail address or the password is wrong.")
		case !account.IsActive: // told only to those who know the password
			return nil, errDeactivated()
		}
		return a.token(account.ID, account.Email, account.Role)
	})
}
