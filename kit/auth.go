package kit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofrs/uuid/v5"
	"github.com/golang-jwt/jwt/v5"
)

// Role is what a caller may do.
type Role string

// The roles of the contract. RoleService is only in tokens that services make for
// their calls to each other.
const (
	RoleUser    Role = "user"
	RoleAdmin   Role = "admin"
	RoleService Role = "service"
)

// Access is the set of roles that an operation is open to; empty means anyone, even
// without a token.
type Access []Role

// Who may call an operation.
var (
	Anyone           = Access{}
	Users            = Access{RoleUser, RoleAdmin}
	Admins           = Access{RoleAdmin}
	Services         = Access{RoleService}
	UsersAndServices = Access{RoleUser, RoleAdmin, RoleService}
)

// Caller is who makes a request.
type Caller struct {
	UserID  int64  // 0 for a service
	Service string // the name of a service, "" for a person
	Email   string
	Role    Role
	Session string    // the session of a person; "" for a service
	Expires time.Time // the end of the token
}

// IsAdmin reports whether the caller is an administrator.
func (c Caller) IsAdmin() bool { return c.Role == RoleAdmin }

const (
	tokenIssuer   = "microdemo"
	tokenAudience = "microdemo"

	// AccessTokenLife is how long an access token is valid.
	AccessTokenLife = 30 * time.Minute

	serviceTokenLife = time.Minute
)

// Tokens issues and verifies access tokens: JWT (RFC 7519) signed with HMAC
// SHA-256.
type Tokens struct {
	secret   []byte
	accepted jwt.VerificationKeySet
	now      func() time.Time
	parser   *jwt.Parser
}

// NewTokens makes Tokens that sign with secret and read the time from now. They also
// accept what was signed with one of others, so that the key can be rotated; "" is
// no key.
func NewTokens(secret Secret, now func() time.Time, others ...Secret) *Tokens {
	accepted := jwt.VerificationKeySet{Keys: []jwt.VerificationKey{[]byte(secret)}}
	for _, other := range others {
		if other != "" {
			accepted.Keys = append(accepted.Keys, []byte(other))
		}
	}
	return &Tokens{
		secret:   []byte(secret),
		accepted: accepted,
		now:      now,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), // RFC 8725, section 3.1: the token must not choose
			jwt.WithIssuer(tokenIssuer),
			jwt.WithAudience(tokenAudience),
			jwt.WithExpirationRequired(),
			// iat is not checked: another machine's clock may be a little ahead.
			jwt.WithTimeFunc(now),
		),
	}
}

type claims struct {
	Email   string `json:"email,omitempty"`
	Role    Role   `json:"role"`
	Session string `json:"sid,omitempty"` // OpenID Connect Front-Channel Logout 1.0, section 3
	jwt.RegisteredClaims
}

// Issue makes an access token for a session of a user. It is valid for
// AccessTokenLife, or until the session is revoked.
func (t *Tokens) Issue(userID int64, email string, role Role, session string) (string, error) {
	return t.sign(claims{Email: email, Role: role, Session: session}, strconv.FormatInt(userID, 10), AccessTokenLife)
}

// IssueForService makes the short-lived token with which a service calls another.
func (t *Tokens) IssueForService(name string) (string, error) {
	return t.sign(claims{Role: RoleService}, name, serviceTokenLife)
}

func (t *Tokens) sign(c claims, subject string, life time.Duration) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make a token id: %w", err)
	}
	now := t.now()
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer:    tokenIssuer,
		Audience:  jwt.ClaimStrings{tokenAudience},
		Subject:   subject,
		ID:        id.String(),
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(life)),
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(t.secret)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// key returns the keys that a token may be signed with. It refuses a token with a
// critical extension (RFC 7515, section 4.1.11), for it supports none.
func (t *Tokens) key(token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, errors.New("it has a critical header")
	}
	return t.accepted, nil
}

// Verify checks a token's signature, issuer, audience and times, and returns its
// caller.
func (t *Tokens) Verify(token string) (Caller, error) {
	var c claims
	_, err := t.parser.ParseWithClaims(token, &c, t.key)
	if err != nil {
		return Caller{}, fmt.Errorf("verify a token: %w", err)
	}
	switch c.Role {
	case RoleService:
		return Caller{Service: c.Subject, Role: RoleService, Expires: c.ExpiresAt.Time}, nil
	case RoleUser, RoleAdmin:
		id, err := strconv.ParseInt(c.Subject, 10, 64)
		if err != nil || id < 1 {
			return Caller{}, fmt.Errorf("verify a token: subject %q is not a user id", c.Subject)
		}
		if c.Session == "" { // there would be nothing to revoke
			return Caller{}, errors.New("verify a token: it names no session")
		}
		return Caller{UserID: id, Email: c.Email, Role: c.Role, Session: c.Session, Expires: c.ExpiresAt.Time}, nil
	}
	return Caller{}, fmt.Errorf("verify a token: unknown role %q", c.Role)
}

type callerKey struct{}

// CallerFrom returns who makes the request. In operations that are open to anyone it
// is the zero Caller.
func CallerFrom(ctx context.Context) Caller {
	caller, _ := ctx.Value(callerKey{}).(Caller)
	return caller
}

// CheckCallers has check look at every caller with a valid token before the
// operation runs; changes reports whether the request may change something. An
// error of check is answered.
func (a *API) CheckCallers(check func(ctx context.Context, caller Caller, changes bool) error) {
	a.check = check
}

// changes reports whether a method is not safe (RFC 9110, section 9.2.1).
func changes(method string) bool { return method != http.MethodGet && method != http.MethodHead }

func (a *API) checkCaller(ctx context.Context, caller Caller, changes bool) error {
	if a.check == nil {
		return nil
	}
	return a.check(ctx, caller, changes)
}

// authenticate lets a request pass to an operation if its bearer token (RFC 6750)
// has one of the roles. It runs before the body is read.
func (a *API) authenticate(access Access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
		if token == "" || !strings.EqualFold(scheme, "Bearer") {
			a.refuse(ctx, unauthenticated.With())
			return
		}
		caller, err := a.tokens.Verify(token)
		if err != nil {
			a.refuse(ctx, invalidToken.With())
			return
		}
		if err := a.checkCaller(ctx.Context(), caller, changes(ctx.Method())); err != nil {
			a.refuse(ctx, err)
			return
		}
		if !slices.Contains(access, caller.Role) {
			a.refuse(ctx, RoleNotAllowed.With("role", caller.Role))
			return
		}
		if info := requestInfoFrom(ctx.Context()); info != nil {
			info.caller = caller
		}
		next(huma.WithValue(ctx, callerKey{}, caller))
	}
}
