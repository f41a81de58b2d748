package kit

import (
	"cmp"
	"regexp"
	"slices"
	"sync"
)

// The problems that any operation can answer.
var (
	malformedBody = ProblemType{
		Malformed, "malformed-body", "The body is not valid JSON: {reason}.",
		"Send one JSON value in UTF-8, with each key at most once.",
	}
	unauthenticated = ProblemType{
		Unauthenticated, "token-missing", "Sign in first: the request carries no bearer token.",
		"Send the access_token of POST /users/login in the Authorization header.",
	}
	invalidToken = ProblemType{
		Unauthenticated, "token-invalid", "The token is not valid, or not any more; sign in again.",
		"Get a new access token with POST /users/refresh, or sign in again.",
	}
	addressNotFound = ProblemType{
		NotFound, "address-not-found", "There is nothing at this address.",
		"Check the path against the operations of this document.",
	}
	methodNotAllowed = ProblemType{
		MethodNotAllowed, "method-not-allowed", "This address takes {allowed}, not {method}.",
		"Use one of the methods in the Allow header.",
	}
	bodyTooLarge = ProblemType{
		TooLarge, "body-too-large", "The body is too large: at most {limit}.",
		"Send less at once.",
	}
	unsupportedMediaType = ProblemType{
		UnsupportedMedia, "unsupported-media-type", "Send the body as {expected}.",
		"Set the Content-Type header.",
	}
	invalid = ProblemType{
		Invalid, "invalid", "{location}: {message}.",
		"Correct the fields that errors names; at most ten are named.",
	}
	unstorableText = ProblemType{
		Invalid, "unstorable-text", "A text in the request holds a character that cannot be stored.",
		"Leave out NUL characters, and send UTF-8.",
	}
	numberTooLarge = ProblemType{
		Invalid, "number-too-large", "A number in the request is too large.",
		"Keep to the limits in this document.",
	}
	databaseUnavailable = ProblemType{
		Unavailable, "database-unavailable", "The service cannot reach its database right now; try again.",
		"Wait as long as Retry-After says, and try again.",
	}
	internalError = ProblemType{
		Internal, "internal-error", "Something went wrong on our side.",
		"Report the request id in instance; the log says more.",
	}

	// RoleNotAllowed is for callers whose role does not open the operation.
	RoleNotAllowed = ProblemType{
		Forbidden, "role-not-allowed", "This is not open to your role ({role}).",
		"Use an account with one of the roles that the operation is open to.",
	}
	// SessionRevoked is for access tokens of a session that was revoked.
	SessionRevoked = ProblemType{
		Unauthenticated, "session-revoked", "You were signed out; sign in again.",
		"Sign in again: the session was signed out, or an admin changed the account.",
	}
	// busy is for work that is refused because too much of it waits.
	busy = ProblemType{
		Unavailable, "busy", "The service is busy right now; try again.",
		"Wait as long as Retry-After says, and try again.",
	}
	// ServiceUnavailable is for a service that does not answer another one.
	ServiceUnavailable = ProblemType{
		Unavailable, "service-unavailable", "The {service} service does not answer right now; try again.",
		"Wait as long as Retry-After says, and try again. What was asked for may have happened.",
	}
)

func commonProblems() []ProblemType {
	return []ProblemType{
		malformedBody, unauthenticated, invalidToken, SessionRevoked, RoleNotAllowed, addressNotFound, methodNotAllowed, bodyTooLarge,
		unsupportedMediaType, invalid, unstorableText, numberTooLarge, databaseUnavailable, internalError, busy, ServiceUnavailable,
	}
}

// schemaRules are the rules of JSON Schema that huma checks. It words them by
// their messages, so that a message gives the rule and its parameters back.
var schemaRules = []Rule{
	{"unexpected-property", "unexpected property"},
	{"date-time", "expected string to be RFC 3339 date-time"},
	{"date", "expected string to be RFC 3339 date"},
	{"uuid", "expected string to be RFC 4122 uuid: {reason}"},
	{"number-or-string", "expected a number or a string"},
	{"boolean", "expected boolean"},
	{"number", "expected number"},
	{"integer", "expected integer"},
	{"string", "expected string"},
	{"array", "expected array"},
	{"object", "expected object"},
	{"unique-items", "expected array items to be unique"},
	{"one-of", `expected value to be one of "{values}"`},
	{"minimum", "expected number >= {minimum}"},
	{"maximum", "expected number <= {maximum}"},
	{"min-length", "expected length >= {minimum}"},
	{"max-length", "expected length <= {maximum}"},
	{"pattern", "expected string to be {description}"},
	{"min-items", "expected array length >= {minimum}"},
	{"max-items", "expected array length <= {maximum}"},
	{"required", "expected required property {property} to be present"},
	{"parameter-required", "required {place} parameter is missing"},
	{"single-value", "expected at most one value, but received multiple values"},
	repeatedKey, numberSize, plainDigits, // see unmarshal
}

// parameterMessages are huma's messages for parameters that it cannot read, and
// the message of the rule that they break.
var parameterMessages = map[string]string{
	"invalid integer":        "expected integer",
	"invalid float":          "expected number",
	"invalid floating value": "expected number",
	"invalid boolean":        "expected boolean",
}

// otherRule is the code of a message that names no rule.
const otherRule = "invalid"

// Rules of kit's own inputs.
var (
	unstorableValue = Rule{"unstorable-text", "the text is not valid UTF-8 or holds a NUL character"}
	skipTooLarge    = Rule{"skip-too-large", "expected at most {maximum}; go further with cursor"}
	skipAndCursor   = Rule{"skip-and-cursor", "expected skip or cursor, not both"}
	unknownCursor   = Rule{"unknown-cursor", "expected a cursor that a Link header gave"}
	wholeNumber     = Rule{"whole-number", "expected a whole number from {minimum} to {maximum}"}
	emptyKey        = Rule{"idempotency-key-length", "expected 1 to 255 characters"}
	validJSON       = Rule{"json", "expected valid JSON"}
	repeatedKey     = Rule{"repeated-key", "expected this key only once"}
	numberSize      = Rule{"number-size", "expected a number of a sensible size"}
	plainDigits     = Rule{"plain-digits", "expected a number in plain digits"}
	moneyShape      = Rule{"money", `expected an amount such as "10.00": not negative, at most two decimals, at most {maximum}`}
)

func commonRules() []Rule {
	return slices.Concat(schemaRules, []Rule{
		{otherRule, ""}, unstorableValue, skipTooLarge, skipAndCursor, unknownCursor, wholeNumber, emptyKey, validJSON, moneyShape,
	})
}

// schemaRule is a schemaRules entry with what finds it by a message.
type schemaRule struct {
	Rule
	message *regexp.Regexp
}

var parameter = regexp.MustCompile(`\\\{([a-z_]+)\\\}`)

var matchedRules = sync.OnceValue(func() []schemaRule {
	rules := make([]schemaRule, len(schemaRules))
	for i, r := range schemaRules {
		rules[i] = schemaRule{r, regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(r.Message), `(?P<$1>.*)`) + "$")}
	}
	return rules
})

// fieldOf is the error of a value whose validation gave this message.
func fieldOf(location, message string, value any) FieldError {
	message = cmp.Or(parameterMessages[message], message)
	for _, r := range matchedRules() {
		found := r.message.FindStringSubmatch(message)
		if found == nil {
			continue
		}
		var params []any
		for i, name := range r.message.SubexpNames()[1:] {
			params = append(params, name, found[i+1])
		}
		return r.At(location, value, params...)
	}
	return FieldError{Location: location, Message: message, Value: value, Code: otherRule}
}
