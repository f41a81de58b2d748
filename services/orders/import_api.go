package orders

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

func registerImport(a *kit.API, h api) {
	kit.Register(a, kit.Admins, csvfile.ImportOperation(huma.Operation{
		OperationID: "import-orders", Path: "/orders/import/csv", Summary: "Import orders",
		Description: "Records history, by id: takes no stock, and changes only orders that were imported. Items that inventory lacks are created without stock.",
	}, importColumns), csvfile.ImportHandler(importColumns, func(ctx context.Context, file *csvfile.File, dryRun bool) (ImportReport, error) {
		return importer{h.store, h.placer.inventory, kit.CallerFrom(ctx).UserID}.run(ctx, file, dryRun)
	}))
}

func registerExport(a *kit.API, h api) {
	kit.Register(a, kit.Users, csvfile.ExportOperation(huma.Operation{
		OperationID: "export-orders", Path: "/orders/export/csv", Summary: "Export orders",
		Description: "By id, as they are at one moment: the caller's own; for administrators, all.",
	}, exportColumns), csvfile.ExportHandler("orders.csv", exportColumns, func(ctx context.Context, w *csvfile.Writer) error {
		owner := int64(0)
		if caller := kit.CallerFrom(ctx); !caller.IsAdmin() {
			owner = caller.UserID
		}
		return h.store.Export(ctx, w, owner)
	}))
}
