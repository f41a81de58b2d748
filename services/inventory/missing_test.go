package inventory_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const missingPath = "/inventory/reservations/items"

// createMissing asks for items and gives those that were created.
func (b *bench) createMissing(t *testing.T, query string, skus ...string) []string {
	t.Helper()
	var got struct {
		Created []string `json:"created"`
	}
	b.service.Do(t, http.MethodPost, missingPath+query, object{"skus": skus}).Want(http.StatusOK).Into(&got)
	return got.Created
}

func TestCreateMissing_MakesItemsWithoutStockAndLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	skus := []string{"b", "TEA", "A", "b", "tea"}
	for _, want := range []struct {
		query   string
		created []string
	}{{"?dry_run=true", []string{"A", "b", "tea"}}, {"", []string{"A", "b", "tea"}}, {"", []string{}}, {"?dry_run=true", []string{}}} {
		if got := b.createMissing(t, want.query, skus...); !slices.Equal(got, want.created) || got == nil {
			t.Errorf("%q created %v, want %v", want.query, got, want.created)
		}
	}
	if diff := cmp.Diff(tea, b.read(t, tea.ID)); diff != "" {
		t.Error(diff)
	}
	var made item
	b.user.Do(t, http.MethodGet, "/inventory/sku/tea", nil).Want(http.StatusOK).Into(&made)
	if diff := cmp.Diff(item{SKU: "tea", ReorderLevel: 20}, made, cmpopts.IgnoreFields(item{}, "ID", "CreatedAt", "UpdatedAt")); diff != "" {
		t.Error(diff)
	}
	if counts := b.counts(t); counts[0] != 4 || counts[1] != 1 {
		t.Errorf("%d items, %d movements; want 4, 1", counts[0], counts[1])
	}
	b.wantSound(t)
}

func TestCreateMissing_EachItemOnceHoweverManyAskAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var skus []string
	for i := range 1000 {
		skus = append(skus, fmt.Sprintf("SKU-%d", i))
	}
	statuses := inParallel(8, func(i int) int {
		mine := slices.Clone(skus)
		if i%2 == 0 {
			slices.Reverse(mine)
		}
		answer, err := b.service.Try(http.MethodPost, missingPath, object{"skus": mine})
		if err != nil {
			t.Error(err)
		}
		return answer.Status
	})
	if counts := b.counts(t); counts[0] != 1000 || slices.ContainsFunc(statuses, func(s int) bool { return s != http.StatusOK }) {
		t.Errorf("answered %v and made %d items", statuses, counts[0])
	}
}

func TestCreateMissing_RefusesWhatIsNoSKU(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := b.counts(t)
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprint("S", i)
	}
	for name, c := range map[string]struct {
		body     any
		location string
	}{
		"none":      {object{"skus": []string{}}, "body.skus"},
		"left out":  {object{}, "body"},
		"null":      {object{"skus": nil}, "body.skus"},
		"too many":  {object{"skus": many}, "body.skus"},
		"bad":       {object{"skus": []string{"A", "a b"}}, "body.skus[1]"},
		"empty":     {object{"skus": []string{""}}, "body.skus[0]"},
		"no text":   {object{"skus": []any{1}}, "body.skus[0]"},
		"and more":  {object{"skus": []string{"A"}, "qty": 5}, "body.qty"},
		"dry maybe": {object{"skus": []string{"A"}}, "query.dry_run"},
	} {
		address := missingPath
		if name == "dry maybe" {
			address += "?dry_run=maybe"
		}
		t.Run(name, func(t *testing.T) {
			b.service.Do(t, http.MethodPost, address, c.body).WantProblem(http.StatusUnprocessableEntity, c.location)
		})
	}
	if after := b.counts(t); after != before {
		t.Errorf("a refused request had an effect: %v, then %v", before, after)
	}
}
