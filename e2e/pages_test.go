package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestHealth_OfEveryServiceThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	for _, prefix := range []string{"", "/users", "/orders", "/inventory"} {
		var got struct {
			Status string `json:"status"`
		}
		s.anyone.Do(t, "GET", prefix+"/healthz", nil).Want(200).Into(&got)
		if got.Status != "healthy" {
			t.Errorf("%s/healthz is %q", prefix, got.Status)
		}
		if prefix == "" {
			continue
		}
		var ready struct {
			Status      string `json:"status"`
			Database    string `json:"database"`
			Redis       string `json:"redis"`
			Revocations string `json:"revocations"`
		}
		a := s.anyone.Do(t, "GET", prefix+"/readyz", nil).Want(200).Into(&ready)
		if ready.Status != "ready" || ready.Database != "ok" || ready.Redis != "ok" || (ready.Revocations == "ok") == (prefix == "/users") || strings.Count(string(a.Raw), "\n") < 4 {
			t.Errorf("%s/readyz: %s", prefix, a.Raw)
		}
	}
}

// TestDocs_LoadAllFromTheServiceItself follows what the page of each service loads;
// the browser tests look at what it shows.
func TestDocs_LoadAllFromTheServiceItself(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	loads := regexp.MustCompile(`(?:src|href|data-document)="([^"]*)"`)
	for name, d := range readDocuments(t) {
		page := s.anyone.Do(t, "GET", "/"+name+"/docs", nil).Want(200)
		if ct := page.Header.Get("Content-Type"); ct != "text/html; charset=utf-8" {
			t.Errorf("%s: content type %q", name, ct)
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", name, policy)
		}
		if inline := regexp.MustCompile(`<script>|<style|style=| on[a-z]+=`).Find(page.Raw); inline != nil {
			t.Errorf("%s: the page has %q", name, inline)
		}
		var files []string
		for _, found := range loads.FindAllStringSubmatch(string(page.Raw), -1) {
			if found[1] == "data:," {
				continue
			}
			if !strings.HasPrefix(found[1], "/"+name+"/") {
				t.Errorf("%s: the page loads %s", name, found[1])
			}
			file := s.anyone.Do(t, "GET", found[1], nil).Want(200)
			if len(file.Raw) == 0 || file.Header.Get("Content-Type") == "" {
				t.Errorf("%s: %s has no content", name, found[1])
			}
			files = append(files, found[1])
		}
		if !slices.Contains(files, "/"+name+"/openapi.json") || len(files) < 4 {
			t.Errorf("%s: the page loads only %q", name, files)
		}
		var shown struct{ Paths map[string]any }
		unmarshal(t, s.anyone.Do(t, "GET", "/"+name+"/openapi.json", nil), &shown)
		for _, template := range d.templates {
			if shown.Paths[template] == nil {
				t.Errorf("%s: the document lacks %s", name, template)
			}
		}
	}
}

func TestRedirects_LeadToTheSlashAndKeepTheMethod(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		for _, prefix := range []string{"/users", "/orders", "/inventory"} {
			a := s.admin.Do(t, method, prefix+"?limit=1&q=a%20b", m{}).Want(308)
			if to := a.Header.Get("Location"); to != prefix+"/?limit=1&q=a%20b" {
				t.Errorf("%s %s leads to %q", method, prefix, to)
			}
		}
	}
}

func TestUnknownAddresses_AreProblems(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	for request, status := range map[string]int{
		"GET /nothing":                           404,
		"GET /metrics":                           404,
		"GET /users/1/nothing":                   404,
		"GET /inventory/reservations":            404,
		"POST /inventory/reservations":           404,
		"POST /inventory/reservations/releases":  404,
		"GET /inventory/%72eservations":          404,
		"GET /orders//":                          404,
		"PATCH /users/1":                         405,
		"DELETE /users/":                         405,
		"POST /inventory/1":                      405,
		"PUT /orders/":                           405,
		"POST /healthz":                          405,
		"POST /users/healthz":                    405,
		"POST /users/docs":                       405,
		"PROPFIND /orders/":                      405,
		"PROPFIND /orders/nothing/here/whatever": 404,
	} {
		method, address, _ := strings.Cut(request, " ")
		s.admin.Do(t, method, address, nil).WantProblem(status, "")
	}
}
