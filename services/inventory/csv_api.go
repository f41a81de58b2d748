package inventory

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerCSV(a *kit.API, h api) {
	kit.Register(a, kit.Users, kit.CSVExport(huma.Operation{
		OperationID: "export-items", Path: "/inventory/export/csv", Summary: "Export all items as a file",
		Description: "All items by number, as they are at one moment.",
	}, exportColumns), h.exportCSV)
	kit.Register(a, kit.Admins, kit.CSVImport(huma.Operation{
		OperationID: "import-items", Path: "/inventory/import/csv", Summary: "Import items from a file",
		Description: "Sets items by SKU, and creates those that are not there, in one transaction. Columns that are left out stay as they are; " +
			"an empty price takes the price away. A change of qty is a movement like any other.",
	}, importColumns), h.importCSV)
}

func (h api) exportCSV(context.Context, *struct{}) (*kit.CSVDownload, error) {
	return kit.DownloadCSV("inventory.csv", exportColumns, h.store.Export), nil
}

func (h api) importCSV(ctx context.Context, in *kit.CSVUpload) (*kit.CSVReportOutput, error) {
	var out kit.CSVReportOutput
	err := in.Read(ctx, importColumns, func(ctx context.Context, file *kit.CSVFile) (err error) {
		out.Body, err = h.store.Import(ctx, file, in.DryRun, kit.CallerFrom(ctx).UserID)
		return err
	})
	return &out, err
}
