package users

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// registerAccounts registers what is done with any account.
func registerAccounts(a *api) {
	handle(a, kit.Admins, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/users/", Summary: "List users",
		Description: "By id; with q, users whose e-mail address matches by address, then those whose name matches by name. Filters narrow the list together.",
	}, a.list)
	handle(a, kit.Admins, huma.Operation{
		OperationID: "create-user", Method: http.MethodPost, Path: "/users/", Summary: "Create an account for someone", DefaultStatus: http.StatusCreated,
		Description: "Without a password, one is generated and answered once.",
		Errors:      []int{http.StatusConflict, http.StatusTooManyRequests},
	}, a.create)
	handle(a, kit.UsersAndServices, huma.Operation{
		OperationID: "get-user", Method: http.MethodGet, Path: "/users/{id}", Summary: "Read a user",
		Description: "People see themselves, admins and services everyone.",
		Errors:      []int{http.StatusNotFound},
	}, a.get)
	handle(a, kit.Users, huma.Operation{
		OperationID: "update-user", Method: http.MethodPut, Path: "/users/{id}", Summary: "Change a user",
		Description: "People change their own name and e-mail address, admins also the role and the activity of anyone. Fields that are left out stay. " +
			"Another role, or deactivation, signs the user out everywhere. The last active admin can be neither demoted nor deactivated (409).",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, a.update)
	handle(a, kit.Admins, huma.Operation{
		OperationID: "delete-user", Method: http.MethodDelete, Path: "/users/{id}", Summary: "Delete a user", DefaultStatus: http.StatusNoContent,
		Description: "The user is signed out everywhere; the user's orders stay. The last active admin cannot be deleted (409).",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, _ User, in *UserID) (*noOutput, error) {
		return nil, a.store.Delete(ctx, in.ID)
	})
	handle(a, kit.Admins, huma.Operation{
		OperationID: "reset-password", Method: http.MethodPost, Path: "/users/{id}/reset_password", Summary: "Give a user a new password",
		Description: "The old password is no longer valid, and the user is signed out everywhere; the new one is answered once.",
		Errors:      []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, a.resetPassword)
}

// UserID is the user in a path. It is exported because huma fills no fields of
// embedded types that are not.
type UserID struct {
	ID int64 `path:"id" minimum:"1" doc:"The user's id" example:"7"`
}

type userOutput struct{ Body User }

type noInput struct{}

type noOutput struct{}

type listInput struct {
	kit.Page
	Q        string              `query:"q" maxLength:"254" doc:"Only users whose e-mail address or name begins with this, in any case" example:"bob"`
	Role     kit.Role            `query:"role" enum:"user,admin" doc:"Only users with this role" example:"admin"`
	IsActive optionalParam[bool] `query:"is_active" doc:"Only active, or only inactive, users" example:"true"`
	IDs      []int64             `query:"ids" minItems:"1" maxItems:"100" minimum:"1" doc:"Only these users, as far as they exist; separated by commas" example:"[2, 7]"`
}

// Resolve implements huma.Resolver. Huma reads only the first of several lists, and
// takes an empty one for none, which would answer all users.
func (in *listInput) Resolve(ctx huma.Context) []error {
	errs := in.Page.Resolve(ctx)
	address := ctx.URL()
	if sent := address.Query()["ids"]; len(sent) > 1 || len(sent) == 1 && sent[0] == "" {
		errs = append(errs, oneListOfIDs.At("query.ids", nil))
	}
	return errs
}

// optionalParam is a query parameter that can be left out; huma takes no pointers
// there.
type optionalParam[T any] struct {
	Value T
	sent  bool
}

// Schema implements huma.SchemaProvider.
func (o optionalParam[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver implements huma.ParamWrapper.
func (o *optionalParam[T]) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet implements huma.ParamReactor.
func (o *optionalParam[T]) OnParamSet(sent bool, _ any) { o.sent = sent }

func (o *optionalParam[T]) pointer() *T {
	if !o.sent {
		return nil
	}
	return &o.Value
}

func (a *api) list(ctx context.Context, _ User, in *listInput) (*kit.List[User], error) {
	filter := Filter{Prefix: in.Q, Role: in.Role, IsActive: in.IsActive.pointer(), IDs: in.IDs}
	if in.Q == "" {
		return kit.ListPage(in.Page, User.position, func(w kit.Window[Position]) ([]User, int, error) { return a.store.List(ctx, filter, w) })
	}
	found, err := kit.ListPage(in.Page, Found.match, func(w kit.Window[Match]) ([]Found, int, error) { return a.store.Search(ctx, filter, w) })
	if err != nil {
		return nil, err
	}
	return kit.MapList(found, func(f Found) User { return f.User }), nil
}

// UserCreation is the body that creates an account for someone.
type UserCreation struct {
	Name     Name     `json:"name" doc:"The person's name" example:"Bob"`
	Email    Email    `json:"email" doc:"The address to sign in with; unique in any case" example:"bob@example.com"`
	Password Password `json:"password,omitempty" doc:"The password; left out, one is generated and answered once as temp_password" example:"password123"`
	Role     kit.Role `json:"role,omitempty" enum:"user,admin" default:"user" doc:"What the person may do" example:"user"`
}

// CreatedUser is a user who was just created.
type CreatedUser struct {
	User
	TempPassword string `json:"temp_password,omitempty" doc:"The generated password, shown only this once. Left out if the request named one." example:"5XJ4KQ7M2ZP6R3WYB7TDNCVAHE"`
}

type createdOutput struct{ Body CreatedUser }

func (a *api) create(ctx context.Context, _ User, in *struct{ Body UserCreation }) (*createdOutput, error) {
	var (
		temporary, hash string
		err             error
	)
	if in.Body.Password == "" {
		temporary, hash, err = a.passwords.temporary(ctx)
	} else {
		hash, err = a.passwords.hash(ctx, string(in.Body.Password))
	}
	if err != nil {
		return nil, err
	}
	user, err := a.store.Create(ctx, NewUser{in.Body.Name, in.Body.Email, in.Body.Role, hash})
	return &createdOutput{CreatedUser{user, temporary}}, err
}

func (a *api) get(ctx context.Context, me User, in *UserID) (*userOutput, error) {
	if me.ID == in.ID {
		return &userOutput{me}, nil
	}
	if me.Role == kit.RoleUser {
		return nil, notYourAccount.With()
	}
	user, err := a.store.User(ctx, in.ID)
	return &userOutput{user}, err
}

// UserChange is the body that changes a user.
type UserChange struct {
	Name     *Name     `json:"name,omitempty" doc:"A new name" example:"Bob"`
	Email    *Email    `json:"email,omitempty" doc:"A new address to sign in with" example:"bob@example.com"`
	Role     *kit.Role `json:"role,omitempty" enum:"user,admin" doc:"What the person may do; only admins change it" example:"user"`
	IsActive *bool     `json:"is_active,omitempty" doc:"Whether the person may sign in; only admins change it" example:"true"`

	ID          kit.Ignored `json:"id,omitempty"`
	Preferences kit.Ignored `json:"preferences,omitempty"`
	CreatedAt   kit.Ignored `json:"created_at,omitempty"`
}

type updateInput struct {
	UserID
	Body UserChange
}

func (a *api) update(ctx context.Context, me User, in *updateInput) (*userOutput, error) {
	change := Change{in.Body.Name, in.Body.Email, in.Body.Role, in.Body.IsActive}
	if me.Role != kit.RoleAdmin {
		if me.ID != in.ID {
			return nil, notYourAccount.With()
		}
		if change.Role != nil && *change.Role != me.Role || change.IsActive != nil && *change.IsActive != me.IsActive {
			return nil, adminsOnly.With()
		}
		change.Role, change.IsActive = nil, nil
	}
	user, err := a.store.Update(ctx, in.ID, change)
	return &userOutput{user}, err
}

// TempPassword is a password to sign in with once and then change.
type TempPassword struct {
	TempPassword string `json:"temp_password" doc:"The new password, shown only this once" example:"5XJ4KQ7M2ZP6R3WYB7TDNCVAHE"`
}

func (a *api) resetPassword(ctx context.Context, _ User, in *UserID) (*struct{ Body TempPassword }, error) {
	password, hash, err := a.passwords.temporary(ctx)
	if err != nil {
		return nil, err
	}
	return &struct{ Body TempPassword }{TempPassword{password}}, a.store.SetPassword(ctx, in.ID, hash)
}
