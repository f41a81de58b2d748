package users

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// registerMe registers what people do with their own accounts.
func registerMe(a *api) {
	handle(a, kit.Users, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/users/me", Summary: "Read who is signed in",
		Description: "The user whose token the request carries.",
	}, func(_ context.Context, me User, _ *noInput) (*userOutput, error) {
		return &userOutput{me}, nil
	})
	handle(a, kit.Users, huma.Operation{
		OperationID: "change-my-password", Method: http.MethodPut, Path: "/users/me/password", Summary: "Change your password",
		Description:   "This session continues; your other sessions are signed out. A wrong current password is 422, to tell it from a token that is not valid.",
		DefaultStatus: http.StatusNoContent,
		Errors:        []int{http.StatusTooManyRequests},
	}, a.changePassword)
	handle(a, kit.Users, huma.Operation{
		OperationID: "get-my-preferences", Method: http.MethodGet, Path: "/users/me/preferences", Summary: "Read your preferences",
		Description: "The object that was stored last; an empty one at first.",
	}, func(_ context.Context, me User, _ *noInput) (*preferencesOutput, error) {
		return &preferencesOutput{me.Preferences}, nil
	})
	handle(a, kit.Users, huma.Operation{
		OperationID: "set-my-preferences", Method: http.MethodPut, Path: "/users/me/preferences", Summary: "Replace your preferences",
		Description: "Answers the object as it is stored. At most 16 KiB and 32 levels.",
	}, func(ctx context.Context, me User, in *preferencesInput) (*preferencesOutput, error) {
		return &preferencesOutput{in.Body.Preferences}, a.store.SetPreferences(ctx, me.ID, in.Body.Preferences)
	})
}

// PasswordChange is the body that changes the caller's password.
type PasswordChange struct {
	CurrentPassword string   `json:"current_password" format:"password" maxLength:"200" doc:"The current password" example:"password123"`
	NewPassword     Password `json:"new_password" doc:"The new password" example:"correct horse battery"`
}

func (a *api) changePassword(ctx context.Context, me User, in *struct{ Body PasswordChange }) (*noOutput, error) {
	wrong := kit.InvalidFields(notCurrentPassword.At("body.current_password", nil))
	old, err := a.store.PasswordHash(ctx, me.ID)
	if err != nil {
		return nil, err
	}
	match, err := a.attempt(ctx, fmt.Sprintf("user %d", me.ID), in.Body.CurrentPassword, old)
	if err != nil {
		return nil, err
	}
	if !match {
		return nil, wrong
	}
	hash, err := a.passwords.hash(ctx, string(in.Body.NewPassword))
	if err != nil {
		return nil, err
	}
	replaced, err := a.store.ReplacePassword(ctx, me.ID, old, hash, kit.CallerFrom(ctx).Session)
	if err == nil && !replaced {
		return nil, wrong
	}
	return nil, err
}

type preferencesOutput struct{ Body Preferences }

// PreferencesChange is the body that replaces preferences.
type PreferencesChange struct {
	Preferences Preferences `json:"preferences" doc:"Any JSON object of at most 16 KiB. It replaces the stored one." example:"{\"theme\": \"dark\"}"`
}

type preferencesInput struct{ Body PreferencesChange }

// Resolve implements huma.Resolver.
func (in *preferencesInput) Resolve(huma.Context) []error {
	p := &in.Body.Preferences
	if len(p.RawMessage) == 0 { // the body was refused already
		return nil
	}
	if err := p.compact("body.preferences"); err != nil {
		return []error{err}
	}
	return nil
}
