// Package check holds tests of the manifests in k8s, of all that a cluster would
// refuse, or run without doing what was meant. It is a module of its own, for
// the libraries of Kubernetes that it needs are no business of microdemo's.
//
// Run it with -count=1: what it reads is outside of the module, and go test would
// not notice that it has changed.
package check
