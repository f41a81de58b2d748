package users

import (
	"context"
	"time"

	"microdemo/kit/csvfile"
)

var exportColumns = []string{"id", "name", "email", "role", "is_active", "created_at"}

// exportedUser is a user as a row of a file.
type exportedUser struct {
	ID        int64
	Name      string
	Email     string
	Role      string
	IsActive  bool
	CreatedAt time.Time
}

// Export writes all users, as they are at one moment, by id.
func (s *Store) Export(ctx context.Context, w *csvfile.Writer) error {
	return csvfile.Export(ctx, s.db, func(u exportedUser) error {
		return w.Row(u.ID, u.Name, u.Email, u.Role, u.IsActive, u.CreatedAt)
	}, `SELECT id, name, email, role, is_active, created_at FROM users ORDER BY id`)
}
