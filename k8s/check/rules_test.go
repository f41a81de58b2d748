package check

import (
	"os"
	"os/exec"
	"testing"
)

// A rule reports the problems of a system, one line each.
type rule struct {
	name  string
	check func(*system) problems
}

var everyRule = []rule{
	{"versions", checkVersions},
	{"fields", checkFields},
	{"objects", checkObjects},
	{"restricted", checkRestricted},
	{"containers", checkContainers},
	{"env", checkEnv},
	{"services", checkServices},
	{"selectors", checkSelectors},
	{"references", checkReferences},
	{"probes", checkProbes},
	{"edges", checkEdges},
	{"policies", checkPolicies},
	{"images", checkImages},
	{"workloads", checkWorkloads},
	{"targets", checkTargets},
}

// requireTools skips the test if the rule needs a program that is missing. In CI the
// test fails.
func (r rule) requireTools(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("make"); r.name != "targets" || err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("make is missing")
	}
	t.Skip("make is missing")
}

func TestManifests_KeepEveryRule(t *testing.T) {
	for _, entry := range entries {
		s := load(t, entry)
		for _, r := range everyRule {
			t.Run(entry+"/"+r.name, func(t *testing.T) {
				r.requireTools(t)
				for _, problem := range r.check(s) {
					t.Error(problem)
				}
			})
		}
	}
}
