package users

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

type idInput struct {
	ID int64 `path:"id" minimum:"1" doc:"The user's id" example:"7"`
}

type listInput struct {
	kit.Page
	Q        string              `query:"q" maxLength:"254" doc:"Only users whose e-mail address or name begins with this, whatever the case" example:"bob"`
	Role     kit.Role            `query:"role" enum:"user,admin" doc:"Only users with this role" example:"admin"`
	IsActive optionalParam[bool] `query:"is_active" doc:"Only active, or only inactive, users" example:"true"`
	IDs      []int64             `query:"ids" minItems:"1" maxItems:"100" minimum:"1" doc:"Only these users, as far as they exist; separated by commas" example:"[2, 7]"`
}

// Resolve implements huma.Resolver. Huma takes an empty list for one that was
// left out, which would answer everybody, and reads the first of several.
func (in *listInput) Resolve(ctx huma.Context) []error {
	errs := in.Page.Resolve(ctx)
	address := ctx.URL()
	if sent := address.Query()["ids"]; len(sent) > 1 || len(sent) == 1 && sent[0] == "" {
		errs = append(errs, &huma.ErrorDetail{Location: "query.ids", Message: "expected 1 to 100 ids in one list, separated by commas"})
	}
	return errs
}

// optionalParam is a query parameter that can be left out; huma takes no
// pointers there.
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

// UserCreation is the body that makes an account for someone.
type UserCreation struct {
	Name     Name     `json:"name" doc:"What the person is called" example:"Bob"`
	Email    Email    `json:"email" doc:"The address to sign in with; unique whatever its case" example:"bob@example.com"`
	Password Password `json:"password,omitempty" doc:"The password; left out, one is made and answered once as temp_password" example:"password123"`
	Role     kit.Role `json:"role,omitempty" enum:"user,admin" default:"user" doc:"What the person may do" example:"user"`
}

// CreatedUser is a user who was just made.
type CreatedUser struct {
	User
	TempPassword string `json:"temp_password,omitempty" doc:"The password that was made; it is shown this once. Left out if the request named one." example:"5XJ4KQ7M2ZP6R3WYB7TDNCVAHE"`
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
	ID   int64 `path:"id" minimum:"1" doc:"The user's id" example:"7"` // huma does not see the fields of an embedded idInput
	Body UserChange
}

// TempPassword is a password to sign in with once and then change.
type TempPassword struct {
	TempPassword string `json:"temp_password" doc:"The new password; it is shown this once" example:"5XJ4KQ7M2ZP6R3WYB7TDNCVAHE"`
}

func (in *listInput) filter() Filter {
	return Filter{Prefix: in.Q, Role: in.Role, IsActive: in.IsActive.pointer(), IDs: in.IDs}
}

func (a *api) search(ctx context.Context, in *listInput) (*kit.List[User], error) {
	var after Match
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	found, total, err := a.store.Search(ctx, in.filter(), after, in.Skip, in.Limit+1)
	if err != nil {
		return nil, err
	}
	list, err := kit.NewList(in.Page, found, total, func(f Found) any { return Match{f.Rank, f.Key, f.ID} })
	if err != nil {
		return nil, err
	}
	people := make([]User, len(list.Body))
	for i, f := range list.Body {
		people[i] = f.User
	}
	return &kit.List[User]{Link: list.Link, Total: list.Total, Body: people}, nil
}

// registerAccounts registers what is done with any account.
func registerAccounts(a *api) {
	handle(a, kit.Admins, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/users/",
		Summary:     "List users",
		Description: "By id; with q, those whose e-mail matches by e-mail, then those whose name does by name. Filters narrow the list together.",
	}, func(ctx context.Context, _ User, in *listInput) (*kit.List[User], error) {
		if in.Q != "" {
			return a.search(ctx, in)
		}
		var after struct {
			ID int64 `json:"id"`
		}
		if _, err := in.After(&after); err != nil {
			return nil, err
		}
		users, total, err := a.store.List(ctx, in.filter(), after.ID, in.Skip, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return kit.NewList(in.Page, users, total, func(u User) any {
			after.ID = u.ID
			return after
		})
	})

	handle(a, kit.Admins, huma.Operation{
		OperationID: "create-user", Method: http.MethodPost, Path: "/users/",
		Summary:       "Make an account for someone",
		Description:   "Without a password one is made and answered once.",
		DefaultStatus: http.StatusCreated,
		Errors:        []int{http.StatusConflict, http.StatusTooManyRequests},
	}, func(ctx context.Context, _ User, in *struct{ Body UserCreation }) (*struct{ Body CreatedUser }, error) {
		created, err := a.create(ctx, in.Body)
		return &struct{ Body CreatedUser }{created}, err
	})

	handle(a, kit.UsersAndServices, huma.Operation{
		OperationID: "get-user", Method: http.MethodGet, Path: "/users/{id}",
		Summary:     "One user",
		Description: "People see themselves, admins and services everyone.",
		Errors:      []int{http.StatusNotFound},
	}, func(ctx context.Context, me User, in *idInput) (*userOutput, error) {
		if me.ID == in.ID {
			return &userOutput{me}, nil
		}
		if me.Role == kit.RoleUser {
			return nil, errNotYou()
		}
		user, err := a.store.User(ctx, in.ID)
		return &userOutput{user}, err
	})

	handle(a, kit.Users, huma.Operation{
		OperationID: "update-user", Method: http.MethodPut, Path: "/users/{id}",
		Summary: "Change a user",
		Description: "People change their own name and e-mail address, admins also the role and the activity of anyone. What is left out stays. " +
			"Another role, or deactivation, signs the user out everywhere. The last active admin can be neither demoted nor deactivated (409).",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, me User, in *updateInput) (*userOutput, error) {
		change := Change{in.Body.Name, in.Body.Email, in.Body.Role, in.Body.IsActive}
		if me.Role != kit.RoleAdmin {
			if me.ID != in.ID {
				return nil, errNotYou()
			}
			if change.Role != nil && *change.Role != me.Role || change.IsActive != nil && *change.IsActive != me.IsActive {
				return nil, kit.Errorf(kit.Forbidden, "Only an admin can change role and is_active.")
			}
			change.Role, change.IsActive = nil, nil
		}
		user, err := a.store.Update(ctx, in.ID, change)
		return &userOutput{user}, err
	})

	handle(a, kit.Admins, huma.Operation{
		OperationID: "delete-user", Method: http.MethodDelete, Path: "/users/{id}",
		Summary:       "Delete a user",
		Description:   "The user is signed out everywhere; the user's orders stay. The last active admin cannot be deleted (409).",
		DefaultStatus: http.StatusNoContent,
		Errors:        []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, _ User, in *idInput) (*noOutput, error) {
		return nil, a.store.Delete(ctx, in.ID)
	})

	handle(a, kit.Admins, huma.Operation{
		OperationID: "reset-password", Method: http.MethodPost, Path: "/users/{id}/reset_password",
		Summary:     "Give a user a new password",
		Description: "The old password is not valid any more, and the user is signed out everywhere; the new one is answered once.",
		Errors:      []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, func(ctx context.Context, _ User, in *idInput) (*struct{ Body TempPassword }, error) {
		password, hash, err := a.passwords.temporary(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body TempPassword }{TempPassword{password}}, a.store.SetPassword(ctx, in.ID, hash)
	})
}

func errNotYou() error {
	return kit.Errorf(kit.Forbidden, "This is someone else's account.")
}

func (a *api) create(ctx context.Context, c UserCreation) (CreatedUser, error) {
	var (
		temporary, hash string
		err             error
	)
	if c.Password == "" {
		temporary, hash, err = a.passwords.temporary(ctx)
	} else {
		hash, err = a.passwords.hash(ctx, string(c.Password))
	}
	if err != nil {
		return CreatedUser{}, err
	}
	user, err := a.store.Create(ctx, NewUser{c.Name, c.Email, c.Role, hash})
	return CreatedUser{user, temporary}, err
}
