package check

import (
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

// TestAPIServer_AcceptsEverything applies all manifests to a real API server and
// creates the pods that controllers would create, because Pod Security admission
// checks only pods. KUBEBUILDER_ASSETS is a folder with etcd and kube-apiserver.
func TestAPIServer_AcceptsEverything(t *testing.T) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Skip("KUBEBUILDER_ASSETS is not set")
	}
	server := startAPIServer(t)
	for _, entry := range entries {
		s := load(t, entry)
		for _, m := range s.manifests {
			if err := server.apply(t, m.text); err != nil {
				t.Errorf("%s: %s %s: %v", entry, m.kind.Kind, m.object.GetName(), err)
			}
			if m.kind.Kind == "Namespace" {
				server.createServiceAccount(t)
			}
		}
		for _, p := range s.pods() {
			if err := server.admit(t, p); err != nil {
				t.Errorf("%s: a pod of %s: %v", entry, p.id, err)
			}
		}
	}

	// The same server rejects invalid objects, so accepting the others means something.
	if err := server.apply(t, "{apiVersion: v1, kind: Service, metadata: {name: wrong, namespace: microdemo}, spec: {prots: []}}"); err == nil {
		t.Error("an unknown field was accepted")
	}
	broken := load(t, entries[0]).pods()[0]
	broken.spec.HostNetwork = true
	if err := server.admit(t, broken); err == nil {
		t.Error("a pod in the host's network was accepted")
	}
}

// apiServer is a real API server without controllers.
type apiServer struct{ client client.Client }

func startAPIServer(t *testing.T) apiServer {
	t.Helper()
	env := &envtest.Environment{}
	config, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return apiServer{client.WithFieldValidation(c, metav1.FieldValidationStrict)}
}

// apply does the same as `kubectl apply --server-side --validate=strict`.
func (s apiServer) apply(t *testing.T, text string) error {
	t.Helper()
	var o unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return s.client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(&o), client.FieldOwner("check"), client.ForceOwnership)
}

// createServiceAccount does what a controller does for each namespace; without it
// no pod is admitted.
func (s apiServer) createServiceAccount(t *testing.T) {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: namespace}}
	if err := client.IgnoreAlreadyExists(s.client.Create(t.Context(), account)); err != nil {
		t.Fatal(err)
	}
}

// admit returns an error unless the pod would be admitted.
func (s apiServer) admit(t *testing.T, p pod) error {
	t.Helper()
	o := &corev1.Pod{ObjectMeta: *p.meta.DeepCopy(), Spec: *p.spec.DeepCopy()}
	o.Name, o.GenerateName, o.Namespace = "", p.name+"-", namespace
	for _, claim := range p.claims {
		source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim + "-" + p.name + "-0"}}
		o.Spec.Volumes = append(o.Spec.Volumes, corev1.Volume{Name: claim, VolumeSource: source})
	}
	return s.client.Create(t.Context(), o, client.DryRunAll)
}
