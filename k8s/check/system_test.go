package check

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const root = "../.."

// entries are the folders for `kubectl apply -k`.
var entries = []string{"k8s", "k8s/overlays/dev-local", "k8s/overlays/ghcr"}

// extras are manifests applied individually.
var extras = []string{"k8s/base/60-ingress.yaml", "k8s/seed/seed-job.yaml", "k8s/seed/seed-admin.yaml"}

// files are the other files that the manifests must agree with.
var files = []string{
	"Makefile", "Dockerfile", "web/Dockerfile", "web/nginx.conf",
	"kit/service.go", "kit/config.go", "k8s/secrets.sh", "k8s/seed/seed.sh",
}

// served are the API versions of current clusters.
var served = []string{"v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "policy/v1", "autoscaling/v2"}

var types = map[string]object{
	"Namespace":               &corev1.Namespace{},
	"ConfigMap":               &corev1.ConfigMap{},
	"Secret":                  &corev1.Secret{},
	"Service":                 &corev1.Service{},
	"PersistentVolumeClaim":   &corev1.PersistentVolumeClaim{},
	"Pod":                     &corev1.Pod{},
	"Deployment":              &appsv1.Deployment{},
	"StatefulSet":             &appsv1.StatefulSet{},
	"Job":                     &batchv1.Job{},
	"CronJob":                 &batchv1.CronJob{},
	"Ingress":                 &networkingv1.Ingress{},
	"NetworkPolicy":           &networkingv1.NetworkPolicy{},
	"PodDisruptionBudget":     &policyv1.PodDisruptionBudget{},
	"HorizontalPodAutoscaler": &autoscalingv2.HorizontalPodAutoscaler{},
}

type object interface {
	runtime.Object
	metav1.Object
}

// A manifest is one object as sent to the cluster.
type manifest struct {
	text   string
	kind   metav1.TypeMeta
	object object // nil if its kind is unknown
	faults []error
}

// A system is everything to check for one entry.
type system struct {
	entry     string
	manifests []manifest
	files     map[string]string
}

func load(t *testing.T, entry string) *system {
	t.Helper()
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, entry))
	if err != nil {
		t.Fatalf("render %s: %v", entry, err)
	}
	s := &system{entry: entry, files: map[string]string{}}
	for _, r := range rendered.Resources() {
		s.manifests = append(s.manifests, decode(r.MustYaml()))
	}
	for _, name := range extras {
		s.manifests = append(s.manifests, decode(read(t, name)))
	}
	for _, name := range files {
		s.files[name] = read(t, name)
	}
	return s
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// decode is as strict as the API server with --validate=strict: unknown, miscapitalized
// and duplicate fields are faults.
func decode(text string) manifest {
	m := manifest{text: text}
	data, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		m.faults = []error{err}
		data, _ = yaml.YAMLToJSON([]byte(text))
	}
	_ = json.UnmarshalCaseSensitivePreserveInts(data, &m.kind)
	sample, ok := types[m.kind.Kind]
	if !ok {
		m.faults = append(m.faults, fmt.Errorf("kind %q is not known here", m.kind.Kind))
		return m
	}
	m.object = sample.DeepCopyObject().(object)
	strict, err := json.UnmarshalStrict(data, m.object)
	m.faults = append(m.faults, strict...)
	if err != nil {
		m.faults = append(m.faults, err)
	}
	return m
}

func (s *system) clone() *system {
	c := &system{entry: s.entry, files: maps.Clone(s.files), manifests: slices.Clone(s.manifests)}
	for i, m := range c.manifests {
		if m.object != nil {
			c.manifests[i].object = m.object.DeepCopyObject().(object)
		}
	}
	return c
}

// id returns an object's name in kubectl's notation: Deployment/users.
func id(o object) string {
	return o.GetObjectKind().GroupVersionKind().Kind + "/" + o.GetName()
}

// all returns the objects of one type.
func all[T object](s *system) []T {
	var found []T
	for _, m := range s.manifests {
		if o, ok := m.object.(T); ok {
			found = append(found, o)
		}
	}
	return found
}

// A pod is a plain pod or a workload's pod template.
type pod struct {
	id     string // of the pod or workload
	name   string
	meta   *metav1.ObjectMeta
	spec   *corev1.PodSpec
	claims []string // from volumeClaimTemplates
	serves bool     // runs until stopped, unlike a Job
}

func (s *system) pods() []pod {
	var pods []pod
	for _, o := range all[object](s) {
		p := pod{id: id(o), name: o.GetName()}
		switch o := o.(type) {
		case *corev1.Pod:
			p.meta, p.spec = &o.ObjectMeta, &o.Spec
		case *appsv1.Deployment:
			p.meta, p.spec, p.serves = &o.Spec.Template.ObjectMeta, &o.Spec.Template.Spec, true
		case *appsv1.StatefulSet:
			p.meta, p.spec, p.serves = &o.Spec.Template.ObjectMeta, &o.Spec.Template.Spec, true
			for _, claim := range o.Spec.VolumeClaimTemplates {
				p.claims = append(p.claims, claim.Name)
			}
		case *batchv1.Job:
			p.meta, p.spec = &o.Spec.Template.ObjectMeta, &o.Spec.Template.Spec
		case *batchv1.CronJob:
			p.meta, p.spec = &o.Spec.JobTemplate.Spec.Template.ObjectMeta, &o.Spec.JobTemplate.Spec.Template.Spec
		default:
			continue
		}
		pods = append(pods, p)
	}
	return pods
}

// containers returns all containers of a pod, including init containers.
func (p pod) containers() []corev1.Container {
	return slices.Concat(p.spec.InitContainers, p.spec.Containers)
}

// port returns the number of the pod's port with that name or number.
func (p pod) port(name string) (int32, bool) {
	for _, c := range p.containers() {
		for _, port := range c.Ports {
			if port.Name == name || fmt.Sprint(port.ContainerPort) == name {
				return port.ContainerPort, true
			}
		}
	}
	return 0, false
}

// config returns the text of a file from a ConfigMap that the pod mounts.
func (p pod) config(s *system, file string) (string, bool) {
	for _, v := range p.spec.Volumes {
		for _, m := range all[*corev1.ConfigMap](s) {
			if text, ok := m.Data[file]; ok && v.ConfigMap != nil && v.ConfigMap.Name == m.Name {
				return text, true
			}
		}
	}
	return "", false
}

// problems are what a rule finds.
type problems []string

// reported holds the formats of all problems reported so far.
var reported = map[string]bool{}

func (p *problems) addf(format string, args ...any) {
	reported[format] = true
	*p = append(*p, fmt.Sprintf(format, args...))
}
