package e2e

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
)

var nextLink = regexp.MustCompile(`^<(/[^<>]+)>; rel="next"$`)

// follow reads a list page by page to its end, as its Link headers lead. between,
// if not nil, runs after every page.
func follow[T any](t testing.TB, client kittest.Client, address string, between func()) (pages [][]T) {
	t.Helper()
	for {
		var page []T
		a := client.Do(t, "GET", address, nil).Want(200).Into(&page)
		pages = append(pages, page)
		link := a.Header.Get("Link")
		if link == "" {
			return pages
		}
		next := nextLink.FindStringSubmatch(link)
		if next == nil || len(pages) > 100 {
			t.Fatalf("%s: page %d leads to %q", address, len(pages), link)
		}
		address = next[1]
		if between != nil {
			between()
		}
	}
}

func orderIDs(pages ...[]order) []string {
	ids := []string{}
	for _, page := range pages {
		for _, o := range page {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

func TestOrders_AreListedByFilter(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 100, "10.00")
	s.stock("CUP", 100, "2.00")
	eve, eveID := s.register("eve@example.com")
	placed := map[string]order{}
	for _, c := range []struct {
		client kittest.Client
		id     string
		skus   []string
		status string
	}{
		{s.bob, "B-1", []string{"TEA"}, ""},
		{s.bob, "B-2", []string{"CUP", "TEA"}, "processing"},
		{eve, "E-1", []string{"CUP"}, "cancelled"},
		{eve, "b_x", []string{"TEA"}, ""},
	} {
		var items []m
		for _, sku := range c.skus {
			items = append(items, m{"sku": sku, "quantity": 1})
		}
		var o order
		c.client.Do(t, "POST", "/orders/", m{"id": c.id, "items": items}).Want(201).Into(&o)
		placed[c.id] = o
		if c.status != "" {
			s.admin.Do(t, "PUT", "/orders/"+c.id, m{"status": c.status}).Want(200)
		}
	}
	at := func(id string) string { return placed[id].CreatedAt.Format(time.RFC3339Nano) }
	east := url.QueryEscape(placed["E-1"].CreatedAt.In(time.FixedZone("", 5*3600)).Format(time.RFC3339Nano))
	first, last := placed["B-1"].CreatedAt.Format(time.DateOnly), placed["b_x"].CreatedAt.Format(time.DateOnly)
	tomorrow := placed["b_x"].CreatedAt.AddDate(0, 0, 1).Format(time.DateOnly)
	all := []string{"b_x", "E-1", "B-2", "B-1"}
	for query, want := range map[string][]string{
		"":                              all,
		"status=pending":                {"b_x", "B-1"},
		"status=cancelled":              {"E-1"},
		"status=completed":              {},
		fmt.Sprint("user_id=", s.bobID): {"B-2", "B-1"},
		fmt.Sprint("user_id=", eveID, "&sku=TEA"): {"b_x"},
		"user_id=4711":              {},
		"sku=TEA":                   {"b_x", "B-2", "B-1"},
		"sku=CUP&status=processing": {"B-2"},
		"sku=NONE":                  {},
		"q=B-":                      {"B-2", "B-1"},
		"q=b_":                      {"b_x"},
		"q=_":                       {},
		"created_from=" + at("B-2"): {"b_x", "E-1", "B-2"},
		"created_to=" + at("B-2"):   {"B-2", "B-1"},
		"created_from=" + at("B-2") + "&created_to=" + at("E-1"): {"E-1", "B-2"},
		"created_from=" + east:                                                   {"b_x", "E-1"},
		"created_from=" + first + "&created_to=" + last:                          all,
		"created_from=" + tomorrow:                                               {},
		"created_from=0000-01-01&created_to=9999-12-31T23:59:59.999999999-23:59": all,
		"created_to=2020-01-31":                                                  {},
	} {
		var list []order
		a := s.admin.Do(t, "GET", "/orders/?"+query, nil).Want(200).Into(&list)
		if diff := cmp.Diff(want, orderIDs(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		if total := a.Header.Get("X-Total-Count"); total != fmt.Sprint(len(want)) {
			t.Errorf("%s: X-Total-Count %s, want %d", query, total, len(want))
		}
	}
	// Users see their own, whatever they ask for.
	for query, want := range map[string][]string{"": {"B-2", "B-1"}, "sku=CUP": {"B-2"}, fmt.Sprint("user_id=", eveID): {}} {
		var list []order
		s.bob.Do(t, "GET", "/orders/?"+query, nil).Want(200).Into(&list)
		if diff := cmp.Diff(want, orderIDs(list)); diff != "" {
			t.Errorf("bob, %s (-want +got):\n%s", query, diff)
		}
	}
	for query, location := range map[string]string{
		"created_from=2026-02-30": "created_from", "created_to=2026-01-31T12:00": "created_to", "user_id=0": "user_id",
		"sku=%2e%2e": "sku", "skip=1&cursor=e30": "skip", "cursor=bnVsbA": "cursor",
	} {
		s.admin.Do(t, "GET", "/orders/?"+query, nil).WantProblem(422, "query."+location)
	}
}

func TestOrders_PagesByLinkMissAndRepeatNothingWhileOrdersComeIn(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 1000, "10.00")
	var want []string
	for i := range 23 {
		id := fmt.Sprintf("OLD-%02d", i)
		s.bob.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
		want = append(want, id)
	}
	slices.Reverse(want)
	placed := 0
	pages := follow[order](t, s.bob, "/orders/?limit=5&sku=TEA&status=pending", func() {
		placed++
		s.bob.Do(t, "POST", "/orders/", m{"id": fmt.Sprintf("NEW-%02d", placed), "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	})
	if diff := cmp.Diff(want, orderIDs(pages...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if placed != 4 {
		t.Errorf("%d pages, want 5", placed+1)
	}
	// A link leads on from skip as well.
	skipped := follow[order](t, s.bob, "/orders/?limit=10&skip=20&q=OLD", nil)
	if diff := cmp.Diff(want[20:], orderIDs(skipped...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rest := orderIDs(follow[order](t, s.bob, "/orders/?limit=10&skip=5&q=OLD", nil)...); !slices.Equal(rest, want[5:]) {
		t.Errorf("from 5 on: %v", rest)
	}
}

func TestOrders_PagesBySkip(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 1000, "10.00")
	var want []string
	for i := range 7 {
		id := fmt.Sprintf("A-%d", i)
		s.bob.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
		want = append(want, id)
	}
	slices.Reverse(want)
	var got []string
	for skip := 0; skip < 9; skip += 3 {
		var page []order
		a := s.admin.Do(t, "GET", fmt.Sprintf("/orders/?limit=3&skip=%d", skip), nil).Want(200).Into(&page)
		if total := a.Header.Get("X-Total-Count"); total != "7" {
			t.Errorf("X-Total-Count %s", total)
		}
		got = append(got, orderIDs(page)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimeline_TellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100, "10.00")
	eve, eveID := s.register("eve@example.com")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	s.admin.Do(t, "PUT", "/orders/A", m{"user_id": eveID}).Want(200)
	eve.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}).Want(200)
	s.admin.Do(t, "DELETE", "/orders/A", nil).Want(204)
	type event struct {
		ID          int64     `json:"id"`
		OrderID     string    `json:"order_id"`
		EventType   string    `json:"event_type"`
		Description string    `json:"description"`
		OldValue    *string   `json:"old_value"`
		NewValue    *string   `json:"new_value"`
		UserID      *int64    `json:"user_id"`
		CreatedAt   time.Time `json:"created_at"`
	}
	want := []string{
		fmt.Sprint("created by ", s.bobID), "updated by 1", fmt.Sprint("status_changed by ", eveID), "deleted by 1",
	}
	for _, path := range []string{"/orders/A/timeline", "/orders/A/timeline?limit=3"} {
		var story []string
		events := slices.Concat(follow[event](t, s.admin, path, nil)...)
		for i, e := range events {
			if e.OrderID != "A" || e.Description == "" || e.UserID == nil || i > 0 && e.ID <= events[i-1].ID {
				t.Fatalf("event %+v", e)
			}
			story = append(story, fmt.Sprintf("%s by %d", e.EventType, *e.UserID))
		}
		if diff := cmp.Diff(want, story); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}
