package check

import (
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var variable = regexp.MustCompile(`\$\(([A-Z_]+)\)`)

// selected returns the pods that a selector matches; an empty one matches all.
func (s *system) selected(selector *metav1.LabelSelector) []pod {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil // every caller reports an empty selection
	}
	return slices.DeleteFunc(s.pods(), func(p pod) bool { return !parsed.Matches(labels.Set(p.meta.Labels)) })
}

// podsOf returns the pods that a Service selects.
func (s *system) podsOf(service *corev1.Service) []pod {
	if len(service.Spec.Selector) == 0 {
		return nil
	}
	return s.selected(&metav1.LabelSelector{MatchLabels: service.Spec.Selector})
}

// checkServices: each Service selects the pods of one workload and has named ports.
func checkServices(s *system) (found problems) {
	for _, service := range all[*corev1.Service](s) {
		pods := s.podsOf(service)
		if len(pods) != 1 {
			found.addf("%s selects the pods of %d workloads, not of one", id(service), len(pods))
			continue
		}
		for _, port := range service.Spec.Ports {
			if port.Name == "" {
				found.addf("%s: port %d has no name", id(service), port.Port)
			}
			if _, ok := pods[0].port(port.TargetPort.StrVal); port.TargetPort.Type != intstr.String || !ok {
				found.addf("%s: target port %q is not the name of a port of %s", id(service), port.TargetPort.String(), pods[0].id)
			}
		}
	}
	return found
}

// checkSelectors: workloads, budgets and the ingress select what they are meant to.
func checkSelectors(s *system) (found problems) {
	for _, o := range all[object](s) {
		switch o := o.(type) {
		case *appsv1.Deployment:
			if pods := s.selected(o.Spec.Selector); len(pods) != 1 || pods[0].id != id(o) {
				found.addf("%s does not select exactly its own pods", id(o))
			}
		case *appsv1.StatefulSet:
			if pods := s.selected(o.Spec.Selector); len(pods) != 1 || pods[0].id != id(o) {
				found.addf("%s does not select exactly its own pods", id(o))
			}
			if s.service(o.Spec.ServiceName) == nil {
				found.addf("%s: there is no Service %s", id(o), o.Spec.ServiceName)
			}
		case *policyv1.PodDisruptionBudget:
			if len(s.selected(o.Spec.Selector)) != 1 {
				found.addf("%s does not select the pods of one workload", id(o))
			}
		case *networkingv1.Ingress:
			for _, rule := range o.Spec.Rules {
				for _, path := range rule.HTTP.Paths {
					backend := path.Backend.Service
					service := s.service(backend.Name)
					if service == nil || !slices.ContainsFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == backend.Port.Name }) {
						found.addf("%s: there is no Service %s with port %s", id(o), backend.Name, backend.Port.Name)
					}
				}
			}
		}
	}
	return found
}

func (s *system) service(name string) *corev1.Service {
	for _, service := range all[*corev1.Service](s) {
		if service.Name == name {
			return service
		}
	}
	return nil
}

var (
	madeSecret = regexp.MustCompile(`(?m)^make_secret ([a-z-]+) ([a-z-]+)$`)
	seedSecret = regexp.MustCompile(`create secret generic ([a-z-]+) --from-file=([a-z-]+)=`)
)

// secrets returns the keys of the Secrets that the scripts create, by name.
func (s *system) secrets() map[string][]string {
	made := map[string][]string{}
	for _, m := range slices.Concat(
		madeSecret.FindAllStringSubmatch(s.files["k8s/secrets.sh"], -1),
		seedSecret.FindAllStringSubmatch(s.files["k8s/seed/seed.sh"], -1),
	) {
		made[m[1]] = append(made[m[1]], m[2])
	}
	return made
}

// checkReferences: every ConfigMap, Secret, claim and volume that is referred to exists.
func checkReferences(s *system) (found problems) {
	secrets, configs := s.secrets(), map[string][]string{}
	for _, m := range all[*corev1.ConfigMap](s) {
		configs[m.Name] = []string{}
		for key := range m.Data {
			configs[m.Name] = append(configs[m.Name], key)
		}
	}
	claims := map[string][]string{}
	for _, c := range all[*corev1.PersistentVolumeClaim](s) {
		claims[c.Name] = []string{}
	}
	for _, p := range s.pods() {
		want := func(kind string, existing map[string][]string, name, key string) {
			if keys, ok := existing[name]; !ok || key != "" && !slices.Contains(keys, key) {
				found.addf("%s: there is no %s %s", p.id, kind, strings.TrimSuffix(name+" with "+key, " with "))
			}
		}
		volumes := slices.Clone(p.claims)
		for _, v := range p.spec.Volumes {
			volumes = append(volumes, v.Name)
			switch {
			case v.ConfigMap != nil:
				want("ConfigMap", configs, v.ConfigMap.Name, "")
				for _, item := range v.ConfigMap.Items {
					want("ConfigMap", configs, v.ConfigMap.Name, item.Key)
				}
			case v.Secret != nil:
				want("Secret", secrets, v.Secret.SecretName, "")
				for _, item := range v.Secret.Items {
					want("Secret", secrets, v.Secret.SecretName, item.Key)
				}
			case v.PersistentVolumeClaim != nil:
				want("PersistentVolumeClaim", claims, v.PersistentVolumeClaim.ClaimName, "")
			case v.EmptyDir == nil:
				found.addf("%s: volume %s is of an unchecked kind", p.id, v.Name)
			}
		}
		for _, c := range p.containers() {
			for _, mount := range c.VolumeMounts {
				if !slices.Contains(volumes, mount.Name) {
					found.addf("%s: there is no volume %s", p.id, mount.Name)
				}
			}
			for _, e := range c.Env {
				if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil && !isTrue(e.ValueFrom.SecretKeyRef.Optional) {
					want("Secret", secrets, e.ValueFrom.SecretKeyRef.Name, e.ValueFrom.SecretKeyRef.Key)
				}
				if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil {
					want("ConfigMap", configs, e.ValueFrom.ConfigMapKeyRef.Name, e.ValueFrom.ConfigMapKeyRef.Key)
				}
			}
			for _, from := range c.EnvFrom {
				if from.SecretRef != nil {
					want("Secret", secrets, from.SecretRef.Name, "")
				}
				if from.ConfigMapRef != nil {
					want("ConfigMap", configs, from.ConfigMapRef.Name, "")
				}
			}
		}
	}
	return found
}

// isTrue reports whether an optional setting is present and true.
func isTrue(b *bool) bool { return b != nil && *b }
