// Command gen writes the OpenAPI documents of the services into api/.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"microdemo/kit"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
)

func main() {
	documents := map[string]func(kit.Env) ([]byte, error){
		"users": users.Document, "orders": orders.Document, "inventory": inventory.Document,
	}
	for name, document := range documents {
		raw, err := document(kit.NewEnv(slog.New(slog.DiscardHandler)))
		if err == nil {
			err = os.WriteFile(filepath.Join("api", name+".json"), raw, 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "write the document of %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}
