package users

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerCSV(a *api) {
	handle(a, kit.Admins, kit.CSVExport(huma.Operation{
		OperationID: "export-users", Path: "/users/export/csv", Summary: "Export all users as a file",
		Description: "All users by id, as they are at one moment; nothing of their passwords.",
	}, exportColumns), func(context.Context, User, *struct{}) (*kit.CSVDownload, error) {
		return kit.DownloadCSV("users.csv", exportColumns, a.store.Export), nil
	})

	handle(a, kit.Admins, kit.CSVImport(huma.Operation{
		OperationID: "import-users", Path: "/users/import/csv", Summary: "Import users from a file",
		Description: "Changes users by e-mail address, whatever its case, and creates those that are not there, in one transaction. " +
			"New users have no password until an admin resets it. What is left out or empty stays; a new user is an active user. " +
			"A row that would take the last active admin away is skipped.",
	}, importColumns), func(ctx context.Context, _ User, in *kit.CSVUpload) (*kit.CSVReportOutput, error) {
		var out kit.CSVReportOutput
		err := in.Read(ctx, importColumns, func(ctx context.Context, file *kit.CSVFile) (err error) {
			out.Body, err = a.store.Import(ctx, file, in.DryRun)
			return err
		})
		return &out, err
	})
}
