package check

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// A breach is an in-memory change that breaks a rule, and what the rule must report.
type breach struct {
	rule   string
	entry  string // default: k8s
	change func(*testing.T, *system)
	want   string
}

func TestRules_ReportWhatBreaksThem(t *testing.T) {
	systems := map[string]*system{}
	for _, entry := range entries {
		systems[entry] = load(t, entry)
	}
	clear(reported)
	for _, b := range slices.Concat(brokenObjects, brokenPods, brokenReferences, brokenNetwork, brokenBuild) {
		t.Run(b.rule+"/"+b.want, func(t *testing.T) {
			if b.entry == "" {
				b.entry = "k8s"
			}
			i := slices.IndexFunc(everyRule, func(r rule) bool { return r.name == b.rule })
			everyRule[i].requireTools(t)
			s := systems[b.entry].clone()
			b.change(t, s)
			found := everyRule[i].check(s)
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, b.want) }) {
				t.Errorf("reported %q, want %q", found, b.want)
			}
		})
	}
	t.Run("every report", func(t *testing.T) {
		for _, r := range everyRule {
			r.requireTools(t)
		}
		sources, err := filepath.Glob("*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		formats := 0
		for _, source := range sources {
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`\.addf\(("[^\n]*?[^\\]")`).FindAllStringSubmatch(string(text), -1) {
				format, err := strconv.Unquote(m[1])
				if err != nil {
					t.Fatal(err)
				}
				formats++
				if !reported[format] {
					t.Errorf("%s: no breach makes a rule report %q", source, format)
				}
			}
		}
		if formats < len(everyRule) {
			t.Errorf("found only %d reports in the source", formats)
		}
	})
}

// edit changes one object.
func edit[T object](name string, change func(T)) func(*testing.T, *system) {
	return func(t *testing.T, s *system) {
		t.Helper()
		for _, o := range all[T](s) {
			if id(o) == name || strings.HasPrefix(id(o), name+"-") && strings.HasPrefix(name, "ConfigMap/") {
				change(o)
				return
			}
		}
		t.Fatalf("there is no %s", name)
	}
}

// editPod changes a pod or pod template.
func editPod(name string, change func(*corev1.PodSpec)) func(*testing.T, *system) {
	return func(t *testing.T, s *system) {
		t.Helper()
		for _, p := range s.pods() {
			if p.id == name {
				change(p.spec)
				return
			}
		}
		t.Fatalf("there is no %s", name)
	}
}

// editContainer changes the pod's only container.
func editContainer(name string, change func(*corev1.Container)) func(*testing.T, *system) {
	return editPod(name, func(p *corev1.PodSpec) { change(&p.Containers[0]) })
}

// setEnv changes or adds a variable.
func setEnv(name, variable, value string) func(*testing.T, *system) {
	return editContainer(name, func(c *corev1.Container) {
		c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == variable })
		c.Env = append(c.Env, corev1.EnvVar{Name: variable, Value: value})
	})
}

// rewrite changes the text of one object and decodes it again.
func rewrite(name, from, to string) func(*testing.T, *system) {
	return func(t *testing.T, s *system) {
		t.Helper()
		for i, m := range s.manifests {
			if id(m.object) == name {
				s.manifests[i] = decode(replace(t, m.text, from, to))
				return
			}
		}
		t.Fatalf("there is no %s", name)
	}
}

// editFile changes the text of one of the other files.
func editFile(name, from, to string) func(*testing.T, *system) {
	return func(t *testing.T, s *system) {
		t.Helper()
		s.files[name] = replace(t, s.files[name], from, to)
	}
}

func replace(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("%q not found", from)
	}
	return strings.Replace(text, from, to, 1)
}

// remove removes one object.
func remove(name string) func(*testing.T, *system) {
	return func(t *testing.T, s *system) {
		t.Helper()
		before := len(s.manifests)
		s.manifests = slices.DeleteFunc(s.manifests, func(m manifest) bool { return id(m.object) == name })
		if len(s.manifests) == before {
			t.Fatalf("there is no %s", name)
		}
	}
}

var brokenObjects = []breach{
	{"versions", "", rewrite("PodDisruptionBudget/users", "policy/v1", "policy/v1beta1"), "PodDisruptionBudget: policy/v1beta1 is not served"},
	{"versions", "", rewrite("Ingress/gateway", "networking.k8s.io/v1", "extensions/v1beta1"), "Ingress: extensions/v1beta1 is not served"},
	{"versions", "", rewrite("Deployment/users", "apps/v1", "v1"), `Deployment is in "apps/v1", not in v1`},

	{"fields", "", rewrite("Deployment/users", "replicas:", "replica:"), `Deployment/users: unknown field "spec.replica"`},
	{"fields", "", rewrite("Job/seed", "backoffLimit:", "backofflimit:"), `Job/seed: unknown field "spec.backofflimit"`},
	{"fields", "", rewrite("Job/seed", "backoffLimit: 2", "backoffLimit: 2\n  backoffLimit: 3"), `already set in map`},
	{"fields", "", rewrite("Service/users", "port: 8000", "port: http"), "Service/users: json: cannot unmarshal string"},
	{"fields", "", rewrite("Service/users", "kind: Service", "kind: Srvice"), `kind "Srvice" is not known`},

	{"objects", "", func(_ *testing.T, s *system) { s.manifests = append(s.manifests, s.manifests[len(s.manifests)-1]) }, "Pod/seed-admin is declared twice"},
	{"objects", "", edit("Service/users", func(o *corev1.Service) { o.Labels = nil }), "Service/users has no label app.kubernetes.io/part-of"},
	{"objects", "", edit("Namespace/microdemo", func(o *corev1.Namespace) { o.Name = "other" }), "Namespace/other is not microdemo"},
	{"objects", "", edit("Namespace/microdemo", func(o *corev1.Namespace) { o.Labels["pod-security.kubernetes.io/enforce"] = "baseline" }), "does not enforce restricted"},
	{"objects", "", edit("Deployment/web", func(o *appsv1.Deployment) { o.Namespace = "" }), `Deployment/web is in namespace ""`},
	{"objects", "", remove("Namespace/microdemo"), "there is no namespace"},

	{"env", "", setEnv("Deployment/users", "DB_PASSWORD", "x"), "DATABASE_URL uses $(DB_PASSWORD), which is not set before"},
	{"env", "", editContainer("Deployment/users", func(c *corev1.Container) { c.Env = append(c.Env, c.Env[0]) }), "DB_PASSWORD is set twice"},
	{"env", "", editContainer("Job/seed", func(c *corev1.Container) { c.Args = append(c.Args, "$(PASSWORD)") }), "an argument uses $(PASSWORD), which is not set"},
}
