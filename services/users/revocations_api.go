package users

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// registerRevocations registers what other services ask about sessions.
func registerRevocations(a *api) {
	handle(a, kit.Services, huma.Operation{
		OperationID: "list-revocations", Method: http.MethodGet, Path: "/users/revocations", Summary: "List revoked sessions",
		Description: "Sessions whose access tokens may not have expired yet, by number, at most 1000.",
	}, func(ctx context.Context, _ User, in *revocationsInput) (*revocationsOutput, error) {
		page, err := a.store.Revocations(ctx, in.After)
		return &revocationsOutput{page}, err
	})
}

type revocationsInput struct {
	After int64 `query:"after" minimum:"0" doc:"Only those with a higher number" example:"11"`
}

type revocationsOutput struct{ Body kit.RevocationPage }
