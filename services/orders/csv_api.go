package orders

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

var (
	exportColumns = []string{"id", "user_id", "total", "status", "items_json", "created_at"}
	importColumns = kit.CSVColumns{
		Required: []string{"id", "user_id", "total", "status", "items_json"},
		Optional: []string{"created_at"},
	}
)

func registerCSV(a *kit.API, h api) {
	kit.Register(a, kit.Users, kit.CSVExport(huma.Operation{
		OperationID: "export-orders", Path: "/orders/export/csv", Summary: "Export orders",
		Description: "By id, as they are at one moment: the caller's own; for administrators, all.",
	}, exportColumns), h.exportCSV)
	kit.Register(a, kit.Admins, kit.CSVImport(huma.Operation{
		OperationID: "import-orders", Path: "/orders/import/csv", Summary: "Import orders",
		Description: "Records history, by id: takes no stock, and changes only orders that were imported. Items that inventory lacks are created without stock.",
	}, importColumns), h.importCSV)
}

func (h api) exportCSV(ctx context.Context, _ *struct{}) (*kit.CSVDownload, error) {
	caller := kit.CallerFrom(ctx)
	owner := caller.UserID
	if caller.IsAdmin() {
		owner = 0
	}
	return kit.DownloadCSV("orders.csv", exportColumns, func(ctx context.Context, w *kit.CSVWriter) error {
		return h.store.Export(ctx, owner, func(o Exported) error {
			items, err := json.Marshal(o.Items)
			if err != nil {
				return err
			}
			return w.Row(o.ID, o.UserID, o.Total, string(o.Status), string(items), o.CreatedAt)
		})
	}), nil
}

// ImportReport is the answer to an import of orders.
type ImportReport struct {
	kit.CSVReport
	InventoryCreated int64 `json:"inventory_created_count" doc:"How many items inventory lacked; they are there now, without stock" example:"3"`
}

type importOutput struct{ Body ImportReport }

func (h api) importCSV(ctx context.Context, in *kit.CSVUpload) (*importOutput, error) {
	out := &importOutput{}
	err := in.Read(ctx, importColumns, func(ctx context.Context, file *kit.CSVFile) (err error) {
		out.Body, err = importer{h.store, h.placer.inventory}.run(ctx, file, kit.CallerFrom(ctx).UserID, in.DryRun)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
