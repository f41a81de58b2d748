// Package load puts a running system under load and counts what it answers.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"microdemo/tool/apiclient"
	"microdemo/tool/terminal"
)

const (
	items    = 20
	stock    = 1_000_000
	password = "load-password"
)

// Options says which system gets how much load.
type Options struct {
	Base          string // the gateway
	AdminEmail    string
	AdminPassword string
	Clients       int // concurrent users, each with one request at a time
	Duration      time.Duration
	Journal       io.Writer // for the ids of acknowledged orders, one per line; may be nil
	Report        func(line string)
}

// Result counts responses.
type Result struct {
	Requests int64
	Failed   int64 // 5xx, and requests without a response
}

// load is one run: a mix of what buyers do.
type load struct {
	Options
	api   *apiclient.Client
	admin string

	mu      sync.Mutex
	failed  int64
	first   error                              // the first failure
	times   map[string]*hdrhistogram.Histogram // by operation, in microseconds
	answers map[string]map[string]int64        // by operation and outcome
	placed  map[int][]string                   // some ids of each client's orders
}

// Run has clients read and write for a while and counts the responses. Each client
// is a user of its own, load-N@example.com; the items are LOAD-NN.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Clients < 1 || o.Clients > 1000 || o.Duration <= 0 || o.Duration > time.Hour {
		return Result{}, errors.New("load takes 1 to 1000 clients, for at most an hour")
	}
	l := &load{
		Options: o,
		api:     apiclient.New(o.Base, o.Report),
		times:   map[string]*hdrhistogram.Histogram{},
		answers: map[string]map[string]int64{},
		placed:  map[int][]string{},
	}
	tokens, err := l.prepare(ctx)
	if err != nil {
		return Result{}, err
	}
	l.Report(fmt.Sprintf("%d clients for %s", o.Clients, o.Duration))
	began := time.Now()
	running, cancel := context.WithTimeout(ctx, o.Duration)
	defer cancel()
	stopReports := terminal.Every(time.Second, func() { l.progress(began) })
	var clients sync.WaitGroup
	for i, token := range tokens {
		clients.Go(func() {
			for running.Err() == nil {
				l.step(context.WithoutCancel(ctx), i, token) // finish the last request
			}
		})
	}
	clients.Wait()
	stopReports()
	return l.summarize(time.Since(began)), ctx.Err()
}

// prepare creates the items and signs the clients in.
func (l *load) prepare(ctx context.Context) (tokens []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute+time.Duration(l.Clients)*time.Second)
	defer cancel()
	if l.admin, err = l.api.Login(ctx, l.AdminEmail, l.AdminPassword); err != nil {
		return nil, err
	}
	for i := range items {
		item := apiclient.Object{"sku": skuOf(i), "name": "Load item", "qty": stock, "price": "1.00"}
		if err := l.api.Call(ctx, http.MethodPost, "/inventory/", l.admin, item, nil); err != nil && !apiclient.IsStatus(err, http.StatusConflict) {
			return nil, err
		}
	}
	stop := terminal.Every(time.Second, func() { l.Report(fmt.Sprintf("signing in %d clients …", l.Clients)) })
	defer stop()
	for i := range l.Clients {
		email := fmt.Sprintf("load-%d@example.com", i)
		var answer struct {
			Token string `json:"access_token"`
		}
		err := l.api.Call(ctx, http.MethodPost, "/users/register", "", apiclient.Object{"name": "Load", "email": email, "password": password}, &answer)
		if apiclient.IsStatus(err, http.StatusConflict) {
			answer.Token, err = l.api.Login(ctx, email, password)
		}
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, answer.Token)
	}
	return tokens, nil
}

func skuOf(i int) string { return fmt.Sprintf("LOAD-%02d", i) }

// step makes one request of a client.
func (l *load) step(ctx context.Context, client int, token string) {
	sku := skuOf(rand.IntN(items))
	id := l.someOrder(client)
	switch n := rand.IntN(100); {
	case n < 30:
		l.request(ctx, "place an order", http.MethodPost, "/orders/", token, l.newOrder(), func(id string) { l.remember(client, id) })
	case n < 55:
		l.request(ctx, "read an item", http.MethodGet, "/inventory/sku/"+sku, token, nil, nil)
	case n < 75 && id != "":
		l.request(ctx, "read an order", http.MethodGet, "/orders/"+id, token, nil, nil)
	case n < 83:
		l.request(ctx, "list orders", http.MethodGet, "/orders/?limit=20", token, nil, nil)
	case n < 86:
		l.request(ctx, "list items", http.MethodGet, "/inventory/?limit=20&q=load", token, nil, nil)
	case n < 92 && id != "":
		l.request(ctx, "cancel an order", http.MethodPut, "/orders/"+id, token, apiclient.Object{"status": "cancelled"}, nil)
	case n < 96 && id != "":
		l.request(ctx, "change a status", http.MethodPut, "/orders/"+id, l.admin, apiclient.Object{"status": "processing"}, nil)
	case n < 98 && id != "":
		l.request(ctx, "read a timeline", http.MethodGet, "/orders/"+id+"/timeline", token, nil, nil)
	default:
		l.request(ctx, "read the own user", http.MethodGet, "/users/me", token, nil, nil)
	}
}

func (l *load) newOrder() apiclient.Object {
	var lines []apiclient.Object
	for _, i := range rand.Perm(items)[:1+rand.IntN(3)] {
		lines = append(lines, apiclient.Object{"sku": skuOf(i), "quantity": 1 + rand.IntN(2)})
	}
	return apiclient.Object{"items": lines}
}

func (l *load) someOrder(client int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ids := l.placed[client]; len(ids) > 0 {
		return ids[rand.IntN(len(ids))]
	}
	return ""
}

func (l *load) remember(client int, id string) {
	const enough = 50
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Journal != nil {
		fmt.Fprintln(l.Journal, id)
	}
	if ids := l.placed[client]; len(ids) < enough {
		l.placed[client] = append(ids, id)
	} else {
		ids[rand.IntN(enough)] = id
	}
}

func (l *load) request(ctx context.Context, what, method, path, token string, in any, made func(id string)) {
	var answer struct {
		ID string `json:"id"`
	}
	var out any
	if made != nil {
		out = &answer
	}
	began := time.Now()
	err := l.api.Try(ctx, method, path, token, in, out)
	took := time.Since(began)

	outcome, failed := "ok", false
	var refused *apiclient.Refusal
	switch {
	case errors.As(err, &refused):
		outcome, failed = strconv.Itoa(refused.Status), refused.Status >= 500
	case err != nil:
		outcome, failed = "no response", true
	case made != nil:
		made(answer.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if failed {
		if l.failed++; l.first == nil {
			l.first = fmt.Errorf("%s: %w", what, err)
		}
	}
	if l.times[what] == nil {
		l.times[what] = hdrhistogram.New(1, time.Minute.Microseconds(), 3)
		l.answers[what] = map[string]int64{}
	}
	_ = l.times[what].RecordValue(min(took, time.Minute).Microseconds()) // in range by min
	l.answers[what][outcome]++
}

func (l *load) progress(began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all()
	seconds := time.Since(began).Seconds()
	l.Report(fmt.Sprintf("%4.0f s  %8d requests  %6.0f/s  %d failed", seconds, all.TotalCount(), float64(all.TotalCount())/seconds, l.failed))
}

// all merges the times of all operations. The caller holds mu.
func (l *load) all() *hdrhistogram.Histogram {
	all := hdrhistogram.New(1, time.Minute.Microseconds(), 3)
	for _, h := range l.times {
		all.Merge(h)
	}
	return all
}

func (l *load) summarize(took time.Duration) Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	row := func(what string, h *hdrhistogram.Histogram, answers string) {
		ms := func(quantile float64) float64 { return float64(h.ValueAtQuantile(quantile)) / 1000 }
		l.Report(fmt.Sprintf("%-16s %8d  %7.0f/s  p50 %7.1f ms  p99 %7.1f ms  %s",
			what, h.TotalCount(), float64(h.TotalCount())/took.Seconds(), ms(50), ms(99), answers))
	}
	for _, what := range slices.Sorted(maps.Keys(l.times)) {
		var answers []string
		for outcome, n := range l.answers[what] {
			answers = append(answers, fmt.Sprintf("%d %s", n, outcome))
		}
		slices.Sort(answers)
		row(what, l.times[what], strings.Join(answers, ", "))
	}
	all := l.all()
	row("all", all, fmt.Sprintf("%d failed", l.failed))
	if l.first != nil {
		l.Report("first failure: " + l.first.Error())
	}
	return Result{Requests: all.TotalCount(), Failed: l.failed}
}
