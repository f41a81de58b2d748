package inventory

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

func registerImport(a *kit.API, h api) {
	kit.Register(a, kit.Admins, csvfile.ImportOperation(huma.Operation{
		OperationID: "import-items", Path: "/inventory/import/csv", Summary: "Import items from a file",
		Description: "Sets items by SKU, and creates those that do not exist, in one transaction. Columns that are left out stay as they are; " +
			"an empty price removes the price. A change of qty is a movement like any other.",
	}, importColumns), csvfile.ImportHandler(importColumns, func(ctx context.Context, file *csvfile.File, dryRun bool) (csvfile.Report, error) {
		return h.store.Import(ctx, file, dryRun, kit.CallerFrom(ctx).UserID)
	}))
}

func registerExport(a *kit.API, h api) {
	kit.Register(a, kit.Users, csvfile.ExportOperation(huma.Operation{
		OperationID: "export-items", Path: "/inventory/export/csv", Summary: "Export all items as a file",
		Description: "All items by number, as they are at one moment.",
	}, exportColumns), csvfile.ExportHandler("inventory.csv", exportColumns, h.store.Export))
}
