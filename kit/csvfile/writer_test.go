package csvfile_test

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"pgregory.net/rapid"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

func TestWriter_GuardsTextsAndNothingElse(t *testing.T) {
	t.Parallel()
	price, err := kit.ParseMoney("", "7.5")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := csvfile.NewWriter(&out)
	for _, cells := range [][]any{
		{"=1+1", "+1", "-1", "@a", "\ta", "'=1", "＝1"},
		{"a=1", "'a'", "1", "", " =1", "é", "a\"b"},
		{int64(-5), -5, true, price, pgtype.Numeric{Int: big.NewInt(75), Exp: -1, Valid: true}, pgtype.Numeric{}, nil},
	} {
		if err := w.Row(cells...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "'=1+1,'+1,'-1,'@a,'\ta,''=1,'＝1\r\n" +
		"a=1,'a',1,,\" =1\",é,\"a\"\"b\"\r\n" +
		"-5,-5,true,7.50,7.50,,\r\n"
	if out.String() != want {
		t.Errorf("wrote\n%q, want\n%q", out.String(), want)
	}
}

func TestWriter_IsReadBack(t *testing.T) {
	t.Parallel()
	text := rapid.Custom(func(t *rapid.T) string {
		begin := rapid.SampledFrom([]string{"", "'", "''", "=", "'=", "''+", "-", "@", "\t", "\n", "＝", "\uFEFF", `"`}).Draw(t, "begin")
		return begin + strings.NewReplacer("\x00", "", "\r", "").Replace(rapid.String().Draw(t, "rest")) // line breaks are read as \n
	})
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(text, 1, 20).Draw(t, "texts")
		var file bytes.Buffer
		w := csvfile.NewWriter(&file)
		_ = w.Row("name", "sku", "qty")
		for _, one := range texts {
			_ = w.Row(one, "A", 1)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		rows, err := readCSV(&file)
		if err != nil || len(rows) != len(texts) {
			t.Fatalf("%d rows of %d, %v", len(rows), len(texts), err)
		}
		for i, row := range rows {
			if row != "A|1|"+texts[i] {
				t.Fatalf("%q became %q", texts[i], row)
			}
		}
	})
}
