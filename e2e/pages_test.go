package e2e

import (
	"html"
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

func TestDocs_ShowEveryOperationWithoutTheNet(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	for name, d := range readDocuments(t) {
		a := s.anyone.Do(t, "GET", "/"+name+"/docs", nil).Want(200)
		page := html.UnescapeString(string(a.Raw))
		if ct := a.Header.Get("Content-Type"); ct != "text/html; charset=utf-8" {
			t.Errorf("%s: content type %q", name, ct)
		}
		for _, template := range d.templates {
			for _, op := range d.Paths.Value(template).Operations() {
				if !strings.Contains(page, op.Summary) {
					t.Errorf("%s: the page lacks %s", name, op.OperationID)
				}
			}
		}
		for _, loads := range []string{"<script", " src=", "<link", "@import", "url("} {
			if strings.Contains(page, loads) {
				t.Errorf("%s: the page has %q", name, loads)
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
