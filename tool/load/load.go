// Package load puts a running system under load and counts what it answers.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	loadItems    = 20
	loadStock    = 1_000_000
	loadPassword = "load-password"
)

// Options says where the load goes and how much of it.
type Options struct {
	Base          string // the gateway
	AdminEmail    string
	AdminPassword string
	Clients       int           // users at once, each with one request at a time
	Duration      time.Duration // it stops by itself
	Journal       io.Writer     // gets a line per acknowledged order; may be nil
	Report        func(line string)
}

// Result counts what came back.
type Result struct {
	Requests int64
	Failed   int64 // answers of 5xx, and requests without an answer
}

// load is one run. Its operations are what people do in a shop, mixed.
type load struct {
	Options
	api   *apiclient.Client
	admin string

	mu      sync.Mutex
	failed  int64
	first   error                              // of the failures
	times   map[string]*hdrhistogram.Histogram // by operation, in microseconds
	answers map[string]map[string]int64        // by operation and outcome
	placed  map[int][]string                   // some ids of each client's orders
}

// Run lets clients read and write for a while, and counts. Each client is a
// user of its own, load-N@example.com; items are LOAD-NN.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Clients < 1 || o.Clients > 1000 || o.Duration <= 0 || o.Duration > time.Hour {
		return Result{}, errors.New("load takes 1 to 1000 clients, for at most an hour")
	}
	if o.Report == nil {
		o.Report = func(string) {}
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
				l.step(context.WithoutCancel(ctx), i, token) // a request that was begun is ended
			}
		})
	}
	clients.Wait()
	stopReports()
	return l.summarize(time.Since(began)), ctx.Err()
}

// prepare makes the items and signs everybody in.
func (l *load) prepare(ctx context.Context) (tokens []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute+time.Duration(l.Clients)*time.Second)
	defer cancel()
	if l.admin, err = l.api.Login(ctx, l.AdminEmail, l.AdminPassword); err != nil {
		return nil, err
	}
	for i := range loadItems {
		item := apiclient.Object{"sku": loadSKU(i), "name": "Load item", "qty": loadStock, "price": "1.00"}
		if err := l.api.Call(ctx, http.MethodPost, "/inventory/", l.admin, item, nil); err != nil && !apiclient.IsStatus(err, http.StatusConflict) {
			return nil, err
		}
	}
	stillThere := terminal.Every(time.Second, func() { l.Report(fmt.Sprintf("signing in %d clients …", l.Clients)) })
	defer stillThere()
	for i := range l.Clients {
		email := fmt.Sprintf("load-%d@example.com", i)
		var answer struct {
			Token string `json:"access_token"`
		}
		err := l.api.Call(ctx, http.MethodPost, "/users/register", "", apiclient.Object{"name": "Load", "email": email, "password": loadPassword}, &answer)
		if apiclient.IsStatus(err, http.StatusConflict) {
			answer.Token, err = l.api.Login(ctx, email, loadPassword)
		}
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, answer.Token)
	}
	return tokens, nil
}

func loadSKU(i int) string { return fmt.Sprintf("LOAD-%02d", i) }

// step makes one request of a client.
func (l *load) step(ctx context.Context, client int, token string) {
	sku := loadSKU(rand.IntN(loadItems))
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
		l.request(ctx, "read oneself", http.MethodGet, "/users/me", token, nil, nil)
	}
}

func (l *load) newOrder() apiclient.Object {
	var items []apiclient.Object
	for _, i := range rand.Perm(loadItems)[:1+rand.IntN(3)] {
		items = append(items, apiclient.Object{"sku": loadSKU(i), "quantity": 1 + rand.IntN(2)})
	}
	return apiclient.Object{"items": items}
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
		outcome, failed = "without an answer", true
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

// all merges the times of every operation. The caller holds mu.
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
	names := make([]string, 0, len(l.times))
	for what := range l.times {
		names = append(names, what)
	}
	slices.Sort(names)
	for _, what := range names {
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
		l.Report("the first failure: " + l.first.Error())
	}
	return Result{Requests: all.TotalCount(), Failed: l.failed}
}
