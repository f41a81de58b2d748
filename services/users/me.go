package users

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

type userOutput struct{ Body User }

type preferencesOutput struct{ Body Preferences }

type noInput struct{}

type noOutput struct{}

// PasswordChange is the body that changes one's own password.
type PasswordChange struct {
	CurrentPassword string   `json:"current_password" format:"password" maxLength:"200" doc:"The password up to now" example:"password123"`
	NewPassword     Password `json:"new_password" doc:"The password from now on" example:"correct horse battery"`
}

// registerMe registers what people do with their own accounts.
func registerMe(a *api) {
	handle(a, kit.Users, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/users/me",
		Summary:     "Who is signed in",
		Description: "The user whose token the request carries.",
	}, func(_ context.Context, me User, _ *noInput) (*userOutput, error) {
		return &userOutput{me}, nil
	})

	handle(a, kit.Users, huma.Operation{
		OperationID: "change-my-password", Method: http.MethodPut, Path: "/users/me/password",
		Summary:       "Change one's own password",
		Description:   "The session goes on; all others of yours are signed out. A wrong current password is 422, so that it is told from a token that is not valid.",
		DefaultStatus: http.StatusNoContent,
		Errors:        []int{http.StatusTooManyRequests},
	}, func(ctx context.Context, me User, in *struct{ Body PasswordChange }) (*noOutput, error) {
		return nil, a.changePassword(ctx, me, in.Body)
	})

	handle(a, kit.Users, huma.Operation{
		OperationID: "get-my-preferences", Method: http.MethodGet, Path: "/users/me/preferences",
		Summary:     "One's own preferences",
		Description: "The object that was put here last; an empty one at first.",
	}, func(_ context.Context, me User, _ *noInput) (*preferencesOutput, error) {
		return &preferencesOutput{me.Preferences}, nil
	})

	handle(a, kit.Users, huma.Operation{
		OperationID: "set-my-preferences", Method: http.MethodPut, Path: "/users/me/preferences",
		Summary:     "Replace one's own preferences",
		Description: "Answers the object as it is kept. At most 16 KiB and 32 levels.",
	}, func(ctx context.Context, me User, in *preferencesInput) (*preferencesOutput, error) {
		if err := a.store.SetPreferences(ctx, me.ID, in.Body.Preferences); err != nil {
			return nil, err
		}
		return &preferencesOutput{in.Body.Preferences}, nil
	})
}

func (a *api) changePassword(ctx context.Context, me User, change PasswordChange) error {
	wrong := kit.InvalidField("body.current_password", nil, "expected your current password")
	old, err := a.store.PasswordHash(ctx, me.ID)
	if err != nil {
		return err
	}
	match, err := a.attempt(ctx, fmt.Sprintf("user %d", me.ID), change.CurrentPassword, old)
	if err != nil {
		return err
	}
	if !match {
		return wrong
	}
	hash, err := a.passwords.hash(ctx, string(change.NewPassword))
	if err != nil {
		return err
	}
	replaced, err := a.store.ReplacePassword(ctx, me.ID, old, hash, kit.CallerFrom(ctx).Session)
	if err == nil && !replaced {
		return wrong
	}
	return err
}
