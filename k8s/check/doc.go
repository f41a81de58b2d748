// Package check tests the manifests in k8s: it finds what a cluster would reject,
// and what it would accept although it cannot work. It is a module of its own to
// keep the Kubernetes libraries out of microdemo's dependencies.
//
// Run it with -count=1: the files it reads are outside the module, so go test
// would not notice that they have changed.
package check
