package users

import (
	"context"
	"strings"

	"microdemo/kit/csvfile"
)

var exportColumns = []string{"id", "name", "email", "role", "is_active", "created_at"}

// Export writes all users, as they are at one moment, by id.
func (s *Store) Export(ctx context.Context, w *csvfile.Writer) error {
	return csvfile.ExportTable(ctx, s.db, w, `SELECT `+strings.Join(exportColumns, ", ")+` FROM users ORDER BY id`)
}
