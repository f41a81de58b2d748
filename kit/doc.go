// Package kit is what two services need, mechanism without meaning:
//
//   - errors.go: errors with a kind and a code; problem.go: how they are answered;
//     rules.go: the problems and rules of every service
//   - http.go: an API and its operations; request.go: what handlers learn of a
//     request; json.go: how strictly bodies are read; docs.go: the OpenAPI document
//     and its page
//   - input.go, money.go: types of values in requests; value.go: their rules
//     elsewhere, as in files; list.go: pages, cursors and totals
//   - auth.go: roles, tokens, callers; revocations.go: revoked sessions
//   - config.go: settings; main.go: a service's main function; service.go: building,
//     serving and stopping it; telemetry.go: log, clock, metrics, version
//   - postgres.go: connections and transactions; rollup.go: deltas, rollups and days
//   - batch.go: many callers' work in one batch; worker.go: background work;
//     client.go: calls to other services
//
// The packages below it hold a cache, CSV files, and help for tests.
package kit
