package users

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

func registerImport(a *api) {
	imports := csvfile.ImportHandler(importColumns, func(ctx context.Context, file *csvfile.File, dryRun bool) (csvfile.Report, error) {
		return a.store.Import(ctx, file, dryRun)
	})
	handle(a, kit.Admins, csvfile.ImportOperation(huma.Operation{
		OperationID: "import-users", Path: "/users/import/csv", Summary: "Import users from a file",
		Description: "Changes users by e-mail address, whatever its case, and creates those that do not exist, in one transaction. " +
			"New users have no password until an admin resets it. Values that are left out or empty stay; a new user is an active user. " +
			"A row that would remove the last active admin is skipped.",
	}, importColumns), func(ctx context.Context, _ User, in *csvfile.Upload) (*csvfile.Imported[csvfile.Report], error) {
		return imports(ctx, in)
	})
}

func registerExport(a *api) {
	exports := csvfile.ExportHandler("users.csv", exportColumns, func(ctx context.Context, w *csvfile.Writer) error {
		return a.store.Export(ctx, w)
	})
	handle(a, kit.Admins, csvfile.ExportOperation(huma.Operation{
		OperationID: "export-users", Path: "/users/export/csv", Summary: "Export all users as a file",
		Description: "All users by id, as they are at one moment, without their passwords.",
	}, exportColumns), func(ctx context.Context, _ User, in *struct{}) (*csvfile.Download, error) {
		return exports(ctx, in)
	})
}
