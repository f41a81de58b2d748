package users

import "microdemo/kit"

var (
	accountGone = kit.ProblemType{
		Kind: kit.Unauthenticated, Code: "account-gone", Detail: "The account of this token no longer exists.",
		Remedy: "Sign in with another account.",
	}
	accountDeactivated = kit.ProblemType{
		Kind: kit.Forbidden, Code: "account-deactivated", Detail: "This account is deactivated; ask an administrator.",
		Remedy: "An admin can activate the account again.",
	}
	wrongCredentials = kit.ProblemType{
		Kind: kit.Unauthenticated, Code: "wrong-credentials", Detail: "The e-mail address or the password is wrong.",
		Remedy: "Correct them; an admin can reset the password.",
	}
	// The reason is left out: it would help only an attacker.
	refreshTokenInvalid = kit.ProblemType{
		Kind: kit.Unauthenticated, Code: "refresh-token-invalid", Detail: "The refresh token is not valid, or no longer valid; sign in again.",
		Remedy: "Sign in again. Use each refresh token once, and keep the one that is answered.",
	}
	tooManyAttempts = kit.ProblemType{
		Kind: kit.RateLimited, Code: "too-many-attempts", Detail: "There were too many attempts; try again in {seconds} seconds.",
		Remedy: "Wait as long as Retry-After says, and try again.",
	}
	signInBusy = kit.ProblemType{
		Kind: kit.RateLimited, Code: "sign-in-busy", Detail: "Too many people are signing in right now; try again in a moment.",
		Remedy: "Wait as long as Retry-After says, and try again.",
	}
	notYourAccount = kit.ProblemType{
		Kind: kit.Forbidden, Code: "not-your-account", Detail: "This is someone else's account.",
		Remedy: "Use your own id, or an admin's token.",
	}
	adminsOnly = kit.ProblemType{
		Kind: kit.Forbidden, Code: "admin-fields", Detail: "Only an admin can change role and is_active.",
		Remedy: "Leave both out, or send them unchanged.",
	}
	userNotFound = kit.ProblemType{
		Kind: kit.NotFound, Code: "user-not-found", Detail: "There is no user {id}.",
		Remedy: "Check the id; the user may have been deleted.",
	}
	emailTaken = kit.ProblemType{
		Kind: kit.Conflict, Code: "email-taken", Detail: "The e-mail address {email} is taken.",
		Remedy: "Use another address; case makes no difference.",
	}
	lastAdmin = kit.ProblemType{
		Kind: kit.Conflict, Code: "last-admin", Detail: "This is the last active admin; make another one first.",
		Remedy: "Make another user an admin, who can sign in, and try again.",
	}
)

var problemTypes = []kit.ProblemType{
	accountGone, accountDeactivated, wrongCredentials, refreshTokenInvalid, tooManyAttempts, signInBusy,
	notYourAccount, adminsOnly, userNotFound, emailTaken, lastAdmin,
}

var (
	oneListOfIDs       = kit.Rule{Code: "one-list-of-ids", Message: "expected 1 to 100 ids in one list, separated by commas"}
	notCurrentPassword = kit.Rule{Code: "not-current-password", Message: "expected your current password"}
	preferencesObject  = kit.Rule{Code: "preferences-object", Message: "expected an object"}
	preferencesSize    = kit.Rule{Code: "preferences-size", Message: "expected at most 16 KiB"}
	preferencesDepth   = kit.Rule{Code: "preferences-depth", Message: "expected at most {maximum} levels"}
	preferencesNUL     = kit.Rule{Code: "preferences-nul", Message: "expected texts without NUL characters"}
)

var rules = []kit.Rule{oneListOfIDs, notCurrentPassword, preferencesObject, preferencesSize, preferencesDepth, preferencesNUL}
