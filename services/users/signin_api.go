package users

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// registerSignIn registers the two ways to a session that need no token.
func registerSignIn(a *api) {
	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "register", Method: http.MethodPost, Path: "/users/register", Summary: "Create your account", DefaultStatus: http.StatusCreated,
		Description: "The new user has the role user and is signed in at once.",
		Errors:      []int{http.StatusConflict, http.StatusTooManyRequests},
	}, a.register)
	kit.Register(a.http, kit.Anyone, huma.Operation{
		OperationID: "login", Method: http.MethodPost, Path: "/users/login", Summary: "Sign in",
		Description: "An unknown e-mail address and a wrong password have the same answer.",
		Errors:      []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests},
	}, a.login)
}

// Token is the answer to signing in.
type Token struct {
	AccessToken  string `json:"access_token" doc:"Send it with every request as Authorization: Bearer …" example:"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln"`
	TokenType    string `json:"token_type" enum:"bearer" doc:"The kind of token (RFC 6750)" example:"bearer"`
	ExpiresIn    int64  `json:"expires_in" doc:"How long access_token is valid, in seconds" example:"1800"`
	RefreshToken string `json:"refresh_token" doc:"Gets the next token, once, from POST /users/refresh" example:"c2hvd24gb25jZQ"`
}

type tokenOutput struct{ Body Token }

func (a *api) token(g Grant) (*tokenOutput, error) {
	access, err := a.tokens.Issue(g.UserID, g.Email, g.Role, g.Session.String())
	return &tokenOutput{Token{access, "bearer", int64(kit.AccessTokenLife.Seconds()), g.Refresh}}, err
}

// Registration is the body that creates the caller's account.
type Registration struct {
	Name     Name     `json:"name" doc:"Your name" example:"Bob"`
	Email    Email    `json:"email" doc:"The address to sign in with; unique in any case" example:"bob@example.com"`
	Password Password `json:"password" doc:"The password to sign in with" example:"password123"`
}

func (a *api) register(ctx context.Context, in *struct{ Body Registration }) (*tokenOutput, error) {
	refund, err := a.throttle.attempt(ctx, string(in.Body.Email))
	if err != nil {
		return nil, err
	}
	hash, err := a.passwords.hash(ctx, string(in.Body.Password))
	if err != nil {
		refund()
		return nil, err
	}
	grant, err := a.store.Register(ctx, NewUser{in.Body.Name, in.Body.Email, kit.RoleUser, hash})
	if err != nil {
		return nil, err
	}
	return a.token(grant)
}

// Credentials is the body that signs in.
type Credentials struct {
	Email    Email  `json:"email" doc:"The address of the account, in any case" example:"bob@example.com"`
	Password string `json:"password" format:"password" maxLength:"200" doc:"Its password" example:"password123"`
}

func (a *api) login(ctx context.Context, in *struct{ Body Credentials }) (*tokenOutput, error) {
	account, _, err := a.store.Account(ctx, in.Body.Email)
	if err != nil {
		return nil, err
	}
	match, err := a.attempt(ctx, string(in.Body.Email), in.Body.Password, account.PasswordHash)
	switch {
	case err != nil:
		return nil, err
	case !match:
		return nil, wrongCredentials.With()
	}
	grant, err := a.store.SignIn(ctx, account.ID, account.PasswordHash)
	if err != nil {
		return nil, err
	}
	return a.token(grant)
}

// attempt reports whether hash is that of the password, unless there were too many
// failed attempts.
func (a *api) attempt(ctx context.Context, account, password, hash string) (bool, error) {
	refund, err := a.throttle.attempt(ctx, account)
	if err != nil {
		return false, err
	}
	match, err := a.passwords.match(ctx, password, hash)
	if match || err != nil {
		refund()
	}
	return match, err
}
