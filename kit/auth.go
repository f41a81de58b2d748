package kit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofrs/uuid/v5"
	"github.com/golang-jwt/jwt/v5"
)

// Role is what a caller may be.
type Role string

// The roles of the contract. RoleService is only ever in tokens that services
// make for each other.
const (
	RoleUser    Role = "user"
	RoleAdmin   Role = "admin"
	RoleService Role = "service"
)

// Access is the set of roles an operation is open to; empty means anyone, also
// without a token.
type Access []Role

// Who may call an operation, in the words of the contract.
var (
	Anyone           = Access{}
	Users            = Access{RoleUser, RoleAdmin}
	Admins           = Access{RoleAdmin}
	Services         = Access{RoleService}
	UsersAndServices = Access{RoleUser, RoleAdmin, RoleService}
)

func (a Access) allows(role Role) bool {
	for _, r := range a {
		if r == role {
			return true
		}
	}
	return false
}

// Caller is who makes a request.
type Caller struct {
	UserID  int64  // 0 for a service
	Service string // the name of a service, "" for a person
	Email   string
	Role    Role
}

// IsAdmin tells whether the caller is an administrator.
func (c Caller) IsAdmin() bool { return c.Role == RoleAdmin }

const (
	tokenIssuer   = "microdemo"
	tokenAudience = "microdemo"

	// AccessTokenLife is how long an access token is good for.
	AccessTokenLife = 30 * time.Minute

	serviceTokenLife = time.Minute
)

// Tokens makes and checks access tokens: JWT (RFC 7519) signed with HMAC
// SHA-256.
type Tokens struct {
	secret []byte
	now    func() time.Time
	parser *jwt.Parser
}

// NewTokens makes Tokens that sign with secret and read the time from now.
func NewTokens(secret Secret, now func() time.Time) *Tokens {
	return &Tokens{
		secret: []byte(secret),
		now:    now,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), // RFC 8725, section 3.1: the token does not choose
			jwt.WithIssuer(tokenIssuer),
			jwt.WithAudience(tokenAudience),
			jwt.WithExpirationRequired(),
			// iat is not checked: another machine's clock may be a little ahead.
			jwt.WithTimeFunc(now),
		),
	}
}

type claims struct {
	Email string `json:"email,omitempty"`
	Role  Role   `json:"role"`
	jwt.RegisteredClaims
}

// Issue makes an access token for a user. It is good for AccessTokenLife.
func (t *Tokens) Issue(userID int64, email string, role Role) (string, error) {
	return t.sign(strconv.FormatInt(userID, 10), email, role, AccessTokenLife)
}

// IssueForService makes the short-lived token a service calls another with.
func (t *Tokens) IssueForService(name string) (string, error) {
	return t.sign(name, "", RoleService, serviceTokenLife)
}

func (t *Tokens) sign(subject, email string, role Role, life time.Duration) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make a token id: %w", err)
	}
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Email: email,
		Role:  role,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Audience:  jwt.ClaimStrings{tokenAudience},
			Subject:   subject,
			ID:        id.String(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
	})
	signed, err := token.SignedString(t.secret)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// Verify checks a token's signature, issuer, audience and times and says whose
// it is.
func (t *Tokens) Verify(token string) (Caller, error) {
	var c claims
	_, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.secret, nil })
	if err != nil {
		return Caller{}, fmt.Errorf("verify a token: %w", err)
	}
	switch c.Role {
	case RoleService:
		return Caller{Service: c.Subject, Role: RoleService}, nil
	case RoleUser, RoleAdmin:
		id, err := strconv.ParseInt(c.Subject, 10, 64)
		if err != nil || id < 1 {
			return Caller{}, fmt.Errorf("verify a token: subject %q is not a user id", c.Subject)
		}
		return Caller{UserID: id, Email: c.Email, Role: c.Role}, nil
	}
	return Caller{}, fmt.Errorf("verify a token: unknown role %q", c.Role)
}

type callerKey struct{}

// CallerFrom says who makes the request. Operations that are open to anyone
// have the zero Caller.
func CallerFrom(ctx context.Context) Caller {
	caller, _ := ctx.Value(callerKey{}).(Caller)
	return caller
}

// authenticate lets a request through to an operation if its bearer token
// (RFC 6750) gives one of the roles. It runs before the body is read.
func (a *API) authenticate(access Access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
		if token == "" || !strings.EqualFold(scheme, "Bearer") {
			a.refuse(ctx, Errorf(Unauthenticated, "Sign in first: the request carries no bearer token."))
			return
		}
		caller, err := a.tokens.Verify(token)
		if err != nil {
			a.refuse(ctx, Errorf(Unauthenticated, "The token is not valid, or not any more; sign in again."))
			return
		}
		if !access.allows(caller.Role) {
			a.refuse(ctx, Errorf(Forbidden, "This is not open to your role (%s).", caller.Role))
			return
		}
		if info := requestInfoFrom(ctx.Context()); info != nil {
			info.caller = caller
		}
		next(huma.WithValue(ctx, callerKey{}, caller))
	}
}
