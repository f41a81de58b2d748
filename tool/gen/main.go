// Command gen writes the OpenAPI documents of the services into api/, and what the
// console takes from them besides its types into web/src/types.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"microdemo/kit"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	services := []struct {
		name     string
		document func(kit.Env) ([]byte, error)
	}{{"users", users.Document}, {"orders", orders.Document}, {"inventory", inventory.Document}}
	var texts problemTexts
	for _, s := range services {
		raw, err := s.document(kit.NewEnv(slog.New(slog.DiscardHandler)))
		if err != nil {
			return fmt.Errorf("the document of %s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join("api", s.name+".json"), raw, 0o644); err != nil {
			return err
		}
		if err := texts.add(raw); err != nil {
			return fmt.Errorf("the document of %s: %w", s.name, err)
		}
	}
	types := filepath.Join("web", "src", "types")
	if err := os.WriteFile(filepath.Join(types, "problems.ts"), texts.typescript(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(types, "rules.ts"), rules(), 0o644)
}

// rules is a module with the patterns that the console checks before it asks a service.
func rules() []byte {
	return fmt.Appendf(nil, `// Written by `+"`make gen`"+` from the services' input rules.

/** A SKU, or the id of an order. */
export const identifier = /%s/;
`, kit.Identifier("").Schema(nil).Pattern)
}

// problemTexts are the sentences of problems and of field rules, by code.
type problemTexts struct {
	problems, rules map[string]string
}

func (t *problemTexts) add(document []byte) error {
	var d struct {
		Problems []struct{ Type, Detail string }  `json:"x-problems"`
		Rules    []struct{ Code, Message string } `json:"x-field-rules"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return err
	}
	if t.problems == nil {
		t.problems, t.rules = map[string]string{}, map[string]string{}
	}
	for _, p := range d.Problems {
		code := p.Type[strings.LastIndex(p.Type, "/")+1:]
		if other, ok := t.problems[code]; ok && other != p.Detail {
			return fmt.Errorf("the problem %s has two sentences: %q and %q", code, other, p.Detail)
		}
		t.problems[code] = p.Detail
	}
	for _, r := range d.Rules {
		t.rules[r.Code] = r.Message
	}
	return nil
}

// typescript is a module with both, sorted by code.
func (t *problemTexts) typescript() []byte {
	var out strings.Builder
	out.WriteString("// Written by `make gen` from the services' problems and rules. {name} stands for a member of the problem.\n")
	for _, table := range []struct {
		name  string
		texts map[string]string
	}{{"problems", t.problems}, {"fieldRules", t.rules}} {
		fmt.Fprintf(&out, "\nexport const %s = {\n", table.name)
		for _, code := range slices.Sorted(maps.Keys(table.texts)) {
			fmt.Fprintf(&out, "  %q: %q,\n", code, table.texts[code])
		}
		out.WriteString("} as const\n")
	}
	return []byte(out.String())
}
