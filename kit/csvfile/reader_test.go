package csvfile_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

var itemColumns = csvfile.Columns{Required: []string{"sku", "qty"}, Optional: []string{"name"}, Ignored: []string{"id"}}

// readCSV reads a whole file, each row as "sku|qty|name".
func readCSV(r io.Reader) (rows []string, err error) {
	file, err := csvfile.NewFile(r, itemColumns)
	if err != nil {
		return nil, err
	}
	for row, err := range file.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, strings.Join([]string{row.Raw("sku"), row.Raw("qty"), row.Text("name")}, "|"))
	}
	return rows, nil
}

func TestFile_ReadsWhatSpreadsheetsWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"plain":               {"sku,qty\nA,1\nB,2\n", []string{"A|1|", "B|2|"}},
		"no end of line":      {"sku,qty\nA,1", []string{"A|1|"}},
		"CRLF":                {"sku,qty\r\nA,1\r\nB,2\r\n", []string{"A|1|", "B|2|"}},
		"BOM":                 {"\uFEFFsku,qty\nA,1\n", []string{"A|1|"}},
		"BOM and quotes":      {"\uFEFF\"sku\",\"qty\"\nA,1\n", []string{"A|1|"}},
		"any order":           {"qty,name,sku\n1,Tea,A\n", []string{"A|1|Tea"}},
		"exported columns":    {"id,sku,name,qty\n7,A,Tea,1\n", []string{"A|1|Tea"}},
		"names in capitals":   {"SKU, Qty\nA,1\n", []string{"A|1|"}},
		"blanks":              {"sku,qty\n A , 1 \n", []string{"A|1|"}},
		"blank lines":         {"sku,qty\n\nA,1\n\n", []string{"A|1|"}},
		"quoted":              {"sku,qty,name\nA,1,\"a \"\"b\"\", c\"\n", []string{`A|1|a "b", c`}},
		"line break in quote": {"sku,qty,name\nA,1,\"a\nb\"\n", []string{"A|1|a\nb"}},
		"guarded":             {"sku,qty,name\nA,1,'=1+1\nB,2,'quoted'\nC,3,=1\nD,4,''-\n", []string{"A|1|=1+1", "B|2|'quoted'", "C|3|=1", "D|4|'-"}},
		"header only":         {"sku,qty\n", nil},
		"long, but not too":   {"sku,qty,name\nA,1," + strings.Repeat("x", 64<<10-10) + "\n", []string{"A|1|" + strings.Repeat("x", 64<<10-10)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(c.content), iotest.OneByteReader(strings.NewReader(c.content))} {
				if got, err := readCSV(r); err != nil || !slices.Equal(got, c.want) {
					t.Errorf("got %.200q, %v; want %.200q", got, err, c.want)
				}
			}
		})
	}
}

func TestFile_RefusesMalformedFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, want string }{
		"empty":               {"", "row 1"},
		"only a BOM":          {"\uFEFF", "row 1 must name"},
		"column missing":      {"sku,name\nA,Tea\n", "Row 1: the column qty is missing"},
		"column twice":        {"sku,qty,SKU\n", "Row 1: the column sku appears twice"},
		"column unknown":      {"sku,qty,prize\n", `"prize" is not known`},
		"too few fields":      {"sku,qty\nA,1\nB\n", "Row 3 has 1 fields"},
		"too many fields":     {"sku,qty\nA,1,2\n", "Row 2 has 3 fields"},
		"quote not closed":    {"sku,qty\nA,1\n\"B,2\n", "Row 3 is not valid CSV"},
		"quote inside":        {"sku,qty\nA\"B,1\n", "Row 2 is not valid CSV"},
		"not UTF-8":           {"sku,qty,name\nA,1,Tea\nB,2,Caf\xe9\n", "Row 3 is not in UTF-8"},
		"UTF-16":              {"\xff\xfes\x00k\x00u\x00", "Row 1 is not in UTF-8"},
		"UTF-16 without mark": {"s\x00k\x00u\x00,\x00q\x00", "Row 1 contains a NUL"},
		"row without end":     {"sku,qty\n" + strings.Repeat("x", 80<<10), "Row 2 is longer than 64 KiB"},
		"field without end":   {"sku,qty\n\"" + strings.Repeat("x\n", 80<<10), "Row 2 is longer than 64 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readCSV(strings.NewReader(c.content))
			if !kit.IsKind(err, kit.Malformed) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestFile_DoesNotTakeACutFileForAWholeOne(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line went dead")
	for _, content := range []string{"", "sku,q", "sku,qty\n", "sku,qty\nA,1\n", "sku,qty\nA,1\nB,", "sku,qty\nA,\"1"} {
		_, err := readCSV(io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("sku,qty\nA,1\n")
	f.Add("\uFEFFqty,sku,name\r\n1,\"A\",'=x\r\n")
	f.Add("sku,qty\n\"A,1\n")
	f.Fuzz(func(t *testing.T, content string) {
		rows, err := readCSV(strings.NewReader(content))
		if err != nil && !kit.IsKind(err, kit.Malformed) {
			t.Fatalf("%v", err)
		}
		again, errAgain := readCSV(iotest.HalfReader(strings.NewReader(content)))
		if !slices.Equal(rows, again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("read %q, %v and then %q, %v", rows, err, again, errAgain)
		}
	})
}
