package csvfile

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// A batch of rows is copied when it has this many rows, or bytes of file.
const (
	stageRows  = 5000
	stageBytes = 4 << 20
)

// stage copies the rows of a file into the table staged and refuses a file with two
// rows for one key. No transaction is open while the file arrives. After stage the
// whole file has arrived.
func (im Import) stage(ctx context.Context, conn *pgx.Conn, file *File) error {
	if _, err := conn.Exec(ctx, `CREATE TEMPORARY TABLE staged (n bigint NOT NULL, `+im.Columns+`)`); err != nil {
		return err
	}
	table, err := conn.Query(ctx, `SELECT * FROM staged`)
	if err != nil {
		return err
	}
	table.Close()
	var columns []string
	for _, field := range table.FieldDescriptions() {
		columns = append(columns, field.Name)
	}
	if err := im.copyRows(ctx, conn, file, columns); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `ANALYZE staged`); err != nil {
		return err
	}
	return im.refuseRepeatedKeys(ctx, conn)
}

func (im Import) copyRows(ctx context.Context, conn *pgx.Conn, file *File, columns []string) error {
	var batch [][]any
	size := 0
	flush := func() error {
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{"staged"}, columns, pgx.CopyFromRows(batch)); err != nil {
			return fmt.Errorf("copy into staged: %w", err)
		}
		batch, size = batch[:0], 0
		return nil
	}
	for row, err := range file.Rows() {
		if err != nil {
			return err
		}
		values, err := im.Parse(row)
		if err != nil {
			file.Skip(row.n, err.Error())
			continue
		}
		batch = append(batch, append([]any{row.n}, values...))
		for _, cell := range row.cells {
			size += len(cell)
		}
		if len(batch) >= stageRows || size >= stageBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (im Import) refuseRepeatedKeys(ctx context.Context, conn *pgx.Conn) error {
	key := cmp.Or(im.CompareBy, im.Key)
	var (
		row, first int64
		value      string
	)
	err := conn.QueryRow(ctx, `
		SELECT n, first, `+im.Key+`
		FROM (SELECT `+key+`, min(n) AS first FROM staged GROUP BY 1 HAVING count(*) > 1) AS repeated
		JOIN staged USING (`+key+`)
		WHERE n > first
		ORDER BY n LIMIT 1`).Scan(&row, &first, &value)
	switch {
	case kit.IsNoRows(err):
		return nil
	case err != nil:
		return err
	}
	return keyRepeated.With("row", row, "column", im.Key, "value", value, "first", first)
}
