package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const (
	namespace = "microdemo"
	partOf    = "app.kubernetes.io/part-of" // `make down` deletes by it
)

// versionOf is the API version of each kind.
var versionOf = map[string]string{
	"Namespace": "v1", "ConfigMap": "v1", "Secret": "v1", "Service": "v1", "PersistentVolumeClaim": "v1", "Pod": "v1",
	"Deployment": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1", "CronJob": "batch/v1",
	"Ingress": "networking.k8s.io/v1", "NetworkPolicy": "networking.k8s.io/v1",
	"PodDisruptionBudget": "policy/v1", "HorizontalPodAutoscaler": "autoscaling/v2",
}

// checkVersions: current clusters serve each object's API version.
func checkVersions(s *system) (found problems) {
	for _, m := range s.manifests {
		switch want := versionOf[m.kind.Kind]; {
		case !slices.Contains(served, m.kind.APIVersion):
			found.addf("%s: %s is not served", m.kind.Kind, m.kind.APIVersion)
		case want != m.kind.APIVersion:
			found.addf("%s is in %q, not in %s", m.kind.Kind, want, m.kind.APIVersion)
		}
	}
	return found
}

// checkFields: no object has a field that its type lacks.
func checkFields(s *system) (found problems) {
	for _, m := range s.manifests {
		for _, fault := range m.faults {
			name := m.kind.Kind
			if m.object != nil {
				name = id(m.object)
			}
			found.addf("%s: %v", name, fault)
		}
	}
	return found
}

// checkObjects: every object is declared once, in our namespace, with our label.
func checkObjects(s *system) (found problems) {
	seen := map[string]bool{}
	for _, o := range all[object](s) {
		if seen[id(o)] {
			found.addf("%s is declared twice", id(o))
		}
		seen[id(o)] = true
		if o.GetLabels()[partOf] != "microdemo" {
			found.addf("%s has no label %s", id(o), partOf)
		}
		if ns, ok := o.(*corev1.Namespace); ok {
			if ns.Name != namespace {
				found.addf("%s is not %s", id(o), namespace)
			}
			if ns.Labels[api.EnforceLevelLabel] != string(api.LevelRestricted) {
				found.addf("%s does not enforce restricted", id(o))
			}
		} else if o.GetNamespace() != namespace {
			found.addf("%s is in namespace %q", id(o), o.GetNamespace())
		}
	}
	if !seen["Namespace/"+namespace] {
		found.addf("there is no namespace")
	}
	return found
}

// checkRestricted: Pod Security admission would admit each pod.
func checkRestricted(s *system) (found problems) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		panic(err) // the library's own checks
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, p := range s.pods() {
		for _, result := range evaluator.EvaluatePod(level, p.meta, p.spec) {
			if !result.Allowed {
				found.addf("%s: %s: %s", p.id, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
	}
	return found
}

// checkContainers: rules beyond those of restricted.
func checkContainers(s *system) (found problems) {
	for _, p := range s.pods() {
		if p.spec.AutomountServiceAccountToken == nil || *p.spec.AutomountServiceAccountToken {
			found.addf("%s gets a service account's token", p.id)
		}
		for _, c := range p.containers() {
			if sc := c.SecurityContext; sc == nil || sc.ReadOnlyRootFilesystem == nil || !*sc.ReadOnlyRootFilesystem {
				found.addf("%s: %s can write to its root file system", p.id, c.Name)
			}
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				request, limit := c.Resources.Requests[name], c.Resources.Limits[name]
				switch {
				case !positive(request):
					found.addf("%s: %s requests no %s", p.id, c.Name, name)
				case !positive(limit):
					found.addf("%s: %s has no %s limit", p.id, c.Name, name)
				case request.Cmp(limit) > 0:
					found.addf("%s: %s requests more %s than its limit", p.id, c.Name, name)
				}
			}
		}
		if !p.serves {
			continue
		}
		for _, c := range p.spec.Containers {
			for _, probe := range probes(c) {
				if probe.Probe == nil {
					found.addf("%s: %s has no %s probe", p.id, c.Name, probe.name)
				}
			}
		}
	}
	return found
}

func positive(q resource.Quantity) bool { return q.Sign() > 0 }

type namedProbe struct {
	name string
	*corev1.Probe
}

func probes(c corev1.Container) []namedProbe {
	return []namedProbe{{"startup", c.StartupProbe}, {"readiness", c.ReadinessProbe}, {"liveness", c.LivenessProbe}}
}

// checkEnv: each $(NAME) refers to a variable set before it; Kubernetes leaves other
// references unexpanded.
func checkEnv(s *system) (found problems) {
	for _, p := range s.pods() {
		for _, c := range p.containers() {
			set := map[string]bool{}
			for _, e := range c.Env {
				for _, m := range variable.FindAllStringSubmatch(e.Value, -1) {
					if !set[m[1]] {
						found.addf("%s: %s uses $(%s), which is not set before it", p.id, e.Name, m[1])
					}
				}
				if set[e.Name] {
					found.addf("%s: %s is set twice", p.id, e.Name)
				}
				set[e.Name] = true
			}
			for _, arg := range slices.Concat(c.Command, c.Args) {
				for _, m := range variable.FindAllStringSubmatch(arg, -1) {
					if !set[m[1]] {
						found.addf("%s: an argument uses $(%s), which is not set", p.id, m[1])
					}
				}
			}
		}
	}
	return found
}
