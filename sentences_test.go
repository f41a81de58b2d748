package microdemo

import (
	"encoding/json"
	"go/ast"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// catalogues are what the console makes of the sentences that the services
// answer: of each, as its format stands in Go, the translation.
const catalogues = "web/src/i18n/server/*.json"

// TestSentences_AreTranslated finds every sentence that a client can be sent and
// wants it in each catalogue, and nothing else there.
func TestSentences_AreTranslated(t *testing.T) {
	t.Parallel()
	said := sentencesOfServices(t)
	if len(said) < 150 {
		t.Errorf("only %d sentences were found", len(said))
	}
	for sentence := range silent {
		if _, ok := said[sentence]; !ok {
			t.Errorf("silent: nothing says %q any more", sentence)
		}
		delete(said, sentence)
	}
	files, err := filepath.Glob(catalogues)
	if err != nil || len(files) < 2 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var translations map[string]string
		if err := json.Unmarshal(text, &translations); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, sentence := range slices.Sorted(maps.Keys(said)) {
			if translations[sentence] == "" {
				t.Errorf("%s lacks %q, said in %s", file, sentence, said[sentence])
			}
		}
		for sentence, translation := range translations {
			if _, ok := said[sentence]; !ok {
				t.Errorf("%s: nothing says %q any more", file, sentence)
			}
			if got, want := gaps(translation), len(verbs.FindAllString(sentence, -1)); got != want {
				t.Errorf("%s: %q has %d values, its translation %d", file, sentence, want, got)
			}
		}
	}
}

// silent are texts that look like sentences which the console shows and are not,
// and why.
var silent = map[string]string{
	"%d outcomes for %d reservations":            "only logged",
	"inventory could not serve this reservation": "only logged",
	"This is a test.":                            "for the receiver of a webhook",
	"Order placed, total %s.":                    ofEvent,
	"Imported, total %s.":                        ofEvent,
	"Imported again, with another %s.":           ofEvent,
	"event: reset\ndata: {\"reason\":\"What happened since the last event you have seen cannot be repeated here; read again what you show.\"}\n": "the console only reads again",
}

const ofEvent = "the console says the type of an event in words of its own"

// composed are said too, but no one expression holds them; each file still has
// the text.
var composed = map[string][]string{
	"kit/http.go":    {"import", "export"},
	"kit/problem.go": {" (%d more)"},
}

var (
	verbs = regexp.MustCompile(`%(?:\.\d+)?[a-z]`)
	gap   = regexp.MustCompile(`\{\{(\d)(?:, (?:say|status|role))?\}\}`)
)

// gaps is how many values a translation has, or -1 if they are not 1, 2, 3 ….
func gaps(translation string) int {
	found := map[string]bool{}
	for _, m := range gap.FindAllStringSubmatch(translation, -1) {
		found[m[1]] = true
	}
	for i := range len(found) {
		if !found[strconv.Itoa(i+1)] {
			return -1
		}
	}
	return len(found)
}

// sentencesOfServices are the sentences that clients can be sent, and where they
// are said.
func sentencesOfServices(t *testing.T) map[string]string {
	t.Helper()
	said := map[string]string{}
	for _, root := range []string{"kit", "services", "tool"} {
		err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if slices.Contains([]string{"kittest", "pgserver", "forecast", "migrations", "testdata"}, d.Name()) {
				return filepath.SkipDir
			}
			r, files, err := newReader(dir, said)
			if err != nil {
				return err
			}
			r.everything = root != "tool"
			r.read(files)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	readHuma(t, said)
	for file, texts := range composed {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if !strings.Contains(string(source), strconv.Quote(text)) {
				t.Errorf("composed: %s has no %q any more", file, text)
			}
			said[text] = file
		}
	}
	for text := range said { // a full stop that is put behind is no other sentence
		if _, twice := said[strings.TrimSuffix(text, ".")]; twice && strings.HasSuffix(text, ".") {
			delete(said, text)
		}
	}
	return said
}

// readHuma reads what huma says of requests: its package validation, what is
// added to the results of a validation, and what is wrong with a body.
func readHuma(t *testing.T, said map[string]string) {
	t.Helper()
	const huma = "github.com/danielgtaylor/huma/v2"
	for _, path := range []string{huma, huma + "/validation"} {
		pkg, err := build.Import(path, ".", build.FindOnly)
		if err != nil {
			t.Fatal(err)
		}
		r, files, err := newReader(pkg.Dir, said)
		if err != nil {
			t.Fatal(err)
		}
		visit := func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if calledName(n) == "Add" && len(n.Args) == 3 {
					r.addAll(n, r.texts(n.Args[2], 0))
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Msg" {
					for _, text := range r.texts(n.Value, 0) {
						r.add(n, strings.ToUpper(text[:1])+text[1:]+".") // as problemFromHuma
					}
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && invalid.MatchString(text) {
					r.add(n, text)
				}
			case *ast.ValueSpec:
				if len(n.Values) == 1 && strings.HasPrefix(n.Names[0].Name, "Msg") {
					r.addAll(n, r.texts(n.Values[0], 0))
				}
			}
			return true
		}
		for _, file := range files {
			switch filepath.Base(r.files.Position(file.Pos()).Filename) {
			case "huma.go", "validate.go", "messages.go":
				for _, decl := range file.Decls {
					r.inside, _ = decl.(*ast.FuncDecl)
					ast.Inspect(decl, visit)
				}
			}
		}
	}
}

// invalid are the values of parameters that huma cannot read.
var invalid = regexp.MustCompile(`^invalid (?:integer|float|boolean|floating value)$`)

func TestSentences_AreFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := `package p
const aName = "letters"
type in struct { ID string ` + "`pattern:\"^[a-z]*$\" patternDescription:\"small letters\"`" + ` }
func a(n int) error { return kit.Errorf(kit.NotFound, "There is no thing %d.", n) }
func b(old bool) error {
	why := "is new"
	if old {
		why = "is old"
	}
	return kit.InvalidField("body.x", nil, "the thing %s", why)
}
func c(column string) error { return fmt.Errorf("%s: expected %s", column, aName) }
func d(err error) error { return fmt.Errorf("read the thing: %w", err) }
func e() *kit.Error { return &kit.Error{Message: "Too many " + what() + "s."} }
func what() string { return number }
const sql = "SELECT format('Sent %s times.', n)"
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	r, files, err := newReader(dir, said)
	if err != nil {
		t.Fatal(err)
	}
	r.everything = true
	r.read(files)
	want := []string{
		"Sent %s times.", "There is no thing %d.", "Too many %ss.", "expected letters", "small letters", "the thing is new", "the thing is old",
	}
	if got := slices.Sorted(maps.Keys(said)); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
