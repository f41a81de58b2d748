package inventory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	itemsPath   = "/inventory/"
	itemPath    = "/inventory/1"
	adjustPath  = "/inventory/1/adjustments"
	reservePath = "/inventory/reservations"
	someID      = "0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"
)

// badBody is a body that must be refused, and the field that must be named.
type badBody struct {
	path, body string
	status     int
	location   string
}

func TestBadBodies_AreRefusedAndNameTheField(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	before := b.counts(t)
	bad := map[string]badBody{
		"malformed":            {itemsPath, `{"sku": `, 400, ""},
		"malformed in the end": {itemsPath, `{"sku": "A", "qty": 1,}`, 400, ""},
		"two documents":        {itemsPath, `{"sku": "A", "qty": 1}{}`, 400, ""},
		"empty":                {itemsPath, ``, 400, ""},
		"not UTF-8":            {itemsPath, "{\"sku\": \"A\", \"qty\": 1, \"name\": \"\xff\"}", 400, ""},
		"NaN":                  {itemsPath, `{"sku": "A", "qty": NaN}`, 400, ""},
		"price NaN":            {itemsPath, `{"sku": "A", "qty": 1, "price": NaN}`, 400, ""},
		"too deep":             {itemsPath, strings.Repeat("[", 200_000), 400, ""},
		"null":                 {itemsPath, `null`, 422, "body"},
		"an array":             {itemsPath, `[]`, 422, "body"},
		"a text":               {itemsPath, `"x"`, 422, "body"},
		"a number":             {itemsPath, `1`, 422, "body"},
		"10 MB":                {itemsPath, `{"name": "` + strings.Repeat("x", 10<<20) + `"}`, 413, ""},
		"an object":            {reservePath, `{}`, 422, "body"},
		"no members":           {reservePath, `[]`, 422, "body"},
		"null for members":     {reservePath, `null`, 422, "body"},
		"a member that is 1":   {reservePath, `[1]`, 422, "body[0]"},
		"a member that is null": {
			reservePath, `[` + member(`{"sku": "TEA", "quantity": 1}`) + `, null]`, 422, "body[1]",
		},
		"129 members": {reservePath, `[` + strings.Repeat(member(`{"sku": "TEA", "quantity": 1}`)+`,`, 128) + member(`{"sku": "TEA", "quantity": 1}`) + `]`, 422, "body"},
		"10 MB of members": {
			reservePath, `[` + strings.Repeat(member(`{"sku": "TEA", "quantity": 1}`)+`,`, 80_000) + `1]`, 413, "",
		},
	}
	object := func(name, path, good string, fields map[string][]string) {
		for field, values := range fields {
			for _, value := range values {
				body := `{` + good + `, "` + field + `": ` + value + `}`
				bad[name+" with "+field+" "+short(value)] = badBody{path, body, 422, "body." + field}
			}
		}
	}
	const huge = "1e400"
	digits := strings.Repeat("1", 1000)
	quantities := []string{`-1`, `1.5`, `1000000000001`, `"1"`, `true`, `[]`, `{}`, `1e30`, huge, digits, "-" + huge, `1e-400`, `-1e-5`}
	prices := []string{
		`"1e3"`, `"NaN"`, `"Infinity"`, `"-1"`, `-1`, `-0.01`, `"10.005"`, `10.005`, `0.001`, `true`, `""`, `" 1"`, `"1,00"`, `"1."`, `".5"`, `"+1"`, `"0x1"`, `"١"`,
		`"10000000000"`, `10000000000`, `1e10`, `[]`, `{}`, huge, digits, `"` + digits + `"`, `"1\u0000"`,
	}
	skus := []string{`""`, `"../x"`, `"a b"`, `"é"`, `"🍵"`, `"a\u0000"`, `"a\n"`, `".a"`, `"-a"`, `"` + strings.Repeat("x", 65) + `"`, `1`, `["A"]`}
	names := []string{`"a\u0000b"`, `"a\nb"`, `"\u007f"`, `"` + strings.Repeat("é", 201) + `"`, `1`}

	object("new item", itemsPath, `"qty": 1`, map[string][]string{"sku": skus})
	object("new item", itemsPath, `"sku": "A"`, map[string][]string{"qty": quantities})
	object("new item", itemsPath, `"sku": "A", "qty": 1`, map[string][]string{
		"price": prices, "name": names, "reorder_level": quantities,
		"Qty": {`1`}, "SKU": {`"B"`}, "id": {`5`}, "allocated": {`5`}, "extra": {`null`}, "": {`1`}, "ſku": {`"B"`},
	})
	object("change", itemPath, `"name": "N"`, map[string][]string{
		"sku": skus, "qty": quantities, "price": prices, "reorder_level": quantities, "Name": {`"M"`}, "version": {`1`},
	})
	object("adjustment", adjustPath, `"reason": "x"`, map[string][]string{
		"delta": append([]string{`0`, `1e3`, `null`, `-1000000001`}, quantities[1:]...), "Reason": {`"y"`}, "key": {`"k"`},
	})
	object("adjustment", adjustPath, `"delta": 1`, map[string][]string{
		"reason": {`""`, `"a\u0000b"`, `"a\nb"`, `"` + strings.Repeat("x", 201) + `"`, `1`, `null`},
	})
	for _, path := range []string{reservePath + "/releases", reservePath + "/confirmations"} {
		many := `["` + strings.Repeat(someID+`","`, 500) + someID + `"]`
		for _, c := range [][2]string{
			{`{}`, "body"},
			{`{"ids": []}`, "body.ids"},
			{`{"ids": null}`, "body.ids"},
			{`{"ids": "` + someID + `"}`, "body.ids"},
			{`{"ids": ` + many + `}`, "body.ids"},
			{`{"ids": ["x"]}`, "body.ids[0]"},
			{`{"ids": ["` + someID + `", ""]}`, "body.ids[1]"},
			{`{"ids": [1]}`, "body.ids[0]"},
			{`{"ids": [null]}`, "body.ids[0]"},
			{`{"ids": ["` + strings.Replace(someID, "-", "z", 1) + `"]}`, "body.ids[0]"},
			{`{"ids": ["` + strings.Replace(someID, "0", "g", 1) + `"]}`, "body.ids[0]"},
		} {
			bad[path+" "+short(c[0])] = badBody{path, c[0], 422, c[1]}
		}
	}
	for field, values := range map[string][]string{
		"sku":      skus,
		"quantity": append([]string{`0`, `10001`, `null`}, quantities...),
		"price":    prices,
		"Quantity": {`2`},
		"id":       {`1`},
	} {
		for _, value := range values {
			good := map[string]string{"sku": `"quantity": 1`, "quantity": `"sku": "TEA"`}[field]
			if good == "" {
				good = `"sku": "TEA", "quantity": 1`
			}
			bad["line with "+field+" "+short(value)] = badBody{
				reservePath, `[` + member(`{"sku": "CUP", "quantity": 1}`, `{`+good+`, "`+field+`": `+value+`}`) + `]`, 422, "body[0].items[1]." + field,
			}
		}
	}
	for name, c := range map[string][2]string{
		"without id":           {`{"order_id": "o", "items": [{"sku": "TEA", "quantity": 1}]}`, "body[0]"},
		"without items":        {`{"id": "` + someID + `", "order_id": "o"}`, "body[0]"},
		"without lines":        {member(), "body[0].items"},
		"with items null":      {`{"id": "` + someID + `", "order_id": "o", "items": null}`, "body[0].items"},
		"with a bad id":        {strings.Replace(member(`{"sku": "TEA", "quantity": 1}`), someID, "1", 1), "body[0].id"},
		"with a bad order id":  {strings.Replace(member(`{"sku": "TEA", "quantity": 1}`), `"o"`, `"../o"`, 1), "body[0].order_id"},
		"with a flag as text":  {strings.Replace(member(`{"sku": "TEA", "quantity": 1}`), `"o"`, `"o", "check_prices": "no"`, 1), "body[0].check_prices"},
		"with an unknown flag": {strings.Replace(member(`{"sku": "TEA", "quantity": 1}`), `"o"`, `"o", "force": true`, 1), "body[0].force"},
		"with a SKU twice":     {member(`{"sku": "TEA", "quantity": 1}`, `{"sku": "TEA", "quantity": 2}`), "body[0].items"},
		"with 101 lines":       {member(manyLines(101)...), "body[0].items"},
	} {
		bad["reservation "+name] = badBody{reservePath, `[` + c[0] + `]`, 422, c[1]}
	}
	for name, c := range map[string]badBody{
		"a key twice":          {itemsPath, `{"sku": "A", "qty": 1, "sku": "B"}`, 422, "body.sku"},
		"a key twice, escaped": {itemsPath, `{"sku": "A", "qty": 1, "q\u0074y": 2}`, 422, "body.qty"},
		"a key twice, change":  {itemPath, `{"qty": 1, "qty": 2}`, 422, "body.qty"},
		"items twice": {
			reservePath, `[` + strings.Replace(member(`{"sku": "TEA", "quantity": 1}`), `"o"`, `"o", "items": [{"sku": "X", "quantity": 1, "price": "1"}]`, 1) + `]`, 422, "body[0].items",
		},
		"a line's key twice": {reservePath, `[` + member(`{"sku": "TEA", "quantity": 1}`, `{"sku": "CUP", "quantity": 1, "quantity": 2}`) + `]`, 422, "body[0].items[1].quantity"},
		"ids twice":          {reservePath + "/releases", `{"ids": ["` + someID + `"], "ids": ["` + someID + `"]}`, 422, "body.ids"},
	} {
		bad[name] = c
	}
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			client, method := b.admin, http.MethodPost
			if strings.HasPrefix(c.path, reservePath) {
				client = b.service
			}
			if c.path == itemPath {
				method = http.MethodPut
			}
			answer := client.Do(t, method, c.path, c.body)
			answer.WantProblem(c.status, c.location)
			if len(answer.Raw) > 20_000 {
				t.Errorf("the answer is %d bytes long", len(answer.Raw))
			}
		})
	}
	if after := b.counts(t); after != before {
		t.Errorf("a refused request had an effect: %v, then %v", before, after)
	}
	b.wantSound(t)
}

// member is a reservation with these lines.
func member(lines ...string) string {
	return `{"id": "` + someID + `", "order_id": "o", "items": [` + strings.Join(lines, `, `) + `]}`
}

func manyLines(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"sku": "S%d", "quantity": 1}`, i))
	}
	return lines
}

func short(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%s… (%d)", s[:10], len(s))
	}
	return s
}

func TestBodies_MustBeJSON(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "nonsense"} {
		b.admin.Do(t, http.MethodPost, itemsPath, `{"sku": "A", "qty": 1}`, "Content-Type", contentType).WantProblem(http.StatusUnsupportedMediaType, "")
	}
	b.admin.Do(t, http.MethodPost, itemsPath, `{"sku": "A", "qty": 1}`, "Content-Type", "application/json; charset=utf-8").Want(http.StatusCreated)
	b.admin.Do(t, http.MethodPost, itemsPath, `{"sku": "B", "qty": 1}`, "Content-Type", "application/json", "Accept", "text/html").Want(http.StatusCreated)
}

func TestBodies_UpToTheLimitAreTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const limit = 1 << 20
	body := `{"sku": "A", "qty": 1}`
	b.admin.Do(t, http.MethodPost, itemsPath, body+strings.Repeat(" ", limit-len(body))).Want(http.StatusCreated)
	b.admin.Do(t, http.MethodPost, itemsPath, body+strings.Repeat(" ", limit-len(body)+1)).WantProblem(http.StatusRequestEntityTooLarge, "")
}

func TestDocument_IsJSON(t *testing.T) {
	t.Parallel()
	b := setup(t)
	raw := b.anyone.Do(t, http.MethodGet, "/inventory/openapi.json", nil).Want(http.StatusOK).Raw
	if !json.Valid(raw) || !bytes.Contains(raw, []byte(`"3.1.0"`)) {
		t.Errorf("not a document: %.200s", raw)
	}
}

func TestBadAddresses_AreRefusedAndNameTheParameter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	before := b.counts(t)
	for _, c := range []struct {
		method, path string
		status       int
		location     string
	}{
		{"GET", "/inventory/?limit=-1", 422, "query.limit"},
		{"GET", "/inventory/?limit=0", 422, "query.limit"},
		{"GET", "/inventory/?limit=501", 422, "query.limit"},
		{"GET", "/inventory/?limit=1000000000", 422, "query.limit"},
		{"GET", "/inventory/?limit=99999999999999999999", 422, "query.limit"},
		{"GET", "/inventory/?limit=x", 422, "query.limit"},
		{"GET", "/inventory/?limit=1.5", 422, "query.limit"},
		{"GET", "/inventory/?skip=-1", 422, "query.skip"},
		{"GET", "/inventory/?skip=10001", 422, "query.skip"},
		{"GET", "/inventory/?skip=1&cursor=MQ", 422, "query.skip"},
		{"GET", "/inventory/?low_stock=maybe", 422, "query.low_stock"},
		{"GET", "/inventory/?q=" + strings.Repeat("x", 201), 422, "query.q"},
		{"GET", "/inventory/?q=%00", 422, "query.q"},
		{"GET", "/inventory/?q=a%00b", 422, "query.q"},
		{"GET", "/inventory/?q=%ff", 422, "query.q"},
		{"GET", "/inventory/0", 422, "path.id"},
		{"GET", "/inventory/-1", 422, "path.id"},
		{"GET", "/inventory/1.5", 422, "path.id"},
		{"GET", "/inventory/1e0", 422, "path.id"},
		{"GET", "/inventory/tea", 422, "path.id"},
		{"GET", "/inventory/%F0%9F%8D%B5", 422, "path.id"},
		{"GET", "/inventory/9223372036854775808", 422, "path.id"},
		{"GET", "/inventory/%00", 422, "path"},
		{"GET", "/inventory/1%00", 422, "path"},
		{"GET", "/inventory/%ff", 422, "path"},
		{"PUT", "/inventory/0", 422, "path.id"},
		{"POST", "/inventory/tea/adjustments", 422, "path.id"},
		{"GET", "/inventory/0/movements", 422, "path.id"},
		{"GET", "/inventory/1/movements?limit=-1", 422, "query.limit"},
		{"GET", "/inventory/sku/%F0%9F%8D%B5", 422, "path.sku"},
		{"GET", "/inventory/sku/.hidden", 422, "path.sku"},
		{"GET", "/inventory/sku/a%20b", 422, "path.sku"},
		{"GET", "/inventory/sku/" + strings.Repeat("x", 65), 422, "path.sku"},
		{"GET", "/inventory/sku/%00", 422, "path"},
		{"GET", "/inventory/../inventory/1", 404, ""},
		{"GET", "/inventory/%2e%2e%2f1", 404, ""},
		{"GET", "/inventory/sku/..%2f1", 404, ""},
		{"GET", "/inventory/sku/../1", 404, ""},
		{"GET", "/inventory/sku/", 404, ""},
		{"GET", "/inventory//1", 404, ""},
		{"GET", "//inventory/1", 404, ""},
		{"GET", "/inventory/1/", 404, ""},
		{"GET", "/inventory/1/nothing", 404, ""},
		{"GET", "/Inventory/", 404, ""},
		{"GET", "/", 404, ""},
		{"POST", "/inventory/x%2f..%2f1/adjustments", 404, ""},
		{"PATCH", "/inventory/1", 405, ""},
		{"DELETE", "/inventory/", 405, ""},
		{"PUT", "/inventory/", 405, ""},
		{"PUT", "/inventory/sku/TEA", 405, ""},
		{"PATCH", "/inventory/reservations", 405, ""},
		{"DELETE", "/inventory/1/movements", 405, ""},
		{"GET", "/inventory/1/adjustments", 405, ""},
		{"POST", "/inventory/openapi.json", 405, ""},
		{"PUT", "/elsewhere", 404, ""},
		{"FOO", "/elsewhere", 404, ""},
		{"FOO", "/inventory/1", 405, ""},
	} {
		t.Run(c.method+" "+short(c.path), func(t *testing.T) {
			answer := b.admin.Do(t, c.method, c.path, nil)
			problem := answer.WantProblem(c.status, c.location)
			if c.path == "/inventory/?skip=10001" && !strings.Contains(problem.Detail, "cursor") {
				t.Errorf("does not name cursor: %s", problem.Detail)
			}
			if c.status == http.StatusMethodNotAllowed && answer.Header.Get("Allow") == "" {
				t.Error("does not say what is allowed")
			}
		})
	}
	for _, age := range []string{"", "x", "30", "-1s", "1y", "10000000h", "NaN", strings.Repeat("1", 20) + "s"} {
		b.service.Do(t, http.MethodGet, "/inventory/reservations?unconfirmed_for="+age, nil).WantProblem(http.StatusUnprocessableEntity, "query.unconfirmed_for")
	}
	b.service.Do(t, http.MethodGet, "/inventory/reservations", nil).WantProblem(http.StatusUnprocessableEntity, "query.unconfirmed_for")
	b.service.Do(t, http.MethodGet, "/inventory/reservations?unconfirmed_for=2562047h", nil).Want(http.StatusOK)
	if after := b.counts(t); after != before {
		t.Errorf("a refused request had an effect: %v, then %v", before, after)
	}
}

func TestBadHeaders_AreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	for _, tag := range []string{`1`, `"x"`, `""`, `"1`, `'1'`, "`1`", `"1", "2"`, `"-1"`, `"1.0"`, `"99999999999999999999"`, `"\x31"`, strings.Repeat("x", 101)} {
		b.admin.Do(t, http.MethodPut, path(tea.ID), object{"qty": 1}, "If-Match", tag).WantProblem(http.StatusUnprocessableEntity, "header.If-Match")
	}
	for _, key := range []string{strings.Repeat("x", 256), "é", "a\tb"} {
		b.admin.Do(t, http.MethodPost, path(tea.ID)+"/adjustments", object{"delta": 1, "reason": "x"}, "Idempotency-Key", key).
			WantProblem(http.StatusUnprocessableEntity, "header.Idempotency-Key")
	}
	b.wantStock(t, tea.ID, 10, 0)
}
