package check

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var brokenReferences = []breach{
	{"services", "", edit("Service/users", func(o *corev1.Service) { o.Spec.Selector["app"] = "user" }), "Service/users selects the pods of 0 workloads"},
	{"services", "", edit("Service/users", func(o *corev1.Service) {
		o.Spec.Selector = map[string]string{"app.kubernetes.io/component": "service"}
	}), "Service/users selects the pods of 3 workloads"},
	{"services", "", edit("Service/redis", func(o *corev1.Service) { o.Spec.Ports[0].Name = "" }), "Service/redis: port 6379 has no name"},
	{"services", "", edit("Service/redis", func(o *corev1.Service) { o.Spec.Ports[0].TargetPort = intstr.FromString("http") }), `Service/redis: target port "http" is not the name`},
	{"services", "", edit("Service/redis", func(o *corev1.Service) { o.Spec.Ports[0].TargetPort = intstr.FromInt32(6379) }), `Service/redis: target port "6379" is not the name`},

	{"selectors", "", edit("Deployment/users", func(o *appsv1.Deployment) { o.Spec.Template.Labels["app"] = "user" }), "Deployment/users does not select exactly its own pods"},
	{"selectors", "", edit("StatefulSet/redis", func(o *appsv1.StatefulSet) { o.Spec.Selector.MatchLabels = nil }), "StatefulSet/redis does not select exactly its own pods"},
	{"selectors", "", edit("StatefulSet/redis", func(o *appsv1.StatefulSet) { o.Spec.ServiceName = "cache" }), "StatefulSet/redis: there is no Service cache"},
	{"selectors", "", edit("PodDisruptionBudget/web", func(o *policyv1.PodDisruptionBudget) { o.Spec.Selector.MatchLabels["app"] = "www" }), "PodDisruptionBudget/web does not select"},
	{"selectors", "", edit("Ingress/gateway", func(o *networkingv1.Ingress) {
		o.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Port.Name = "https"
	}), "Ingress/gateway: there is no Service gateway with port https"},
	{"selectors", "", remove("Service/gateway"), "Ingress/gateway: there is no Service gateway"},

	{"references", "", editPod("Deployment/gateway", func(p *corev1.PodSpec) { p.Volumes[0].ConfigMap.Name = "gateway-config" }), "Deployment/gateway: there is no ConfigMap gateway-config"},
	{"references", "", editPod("Deployment/gateway", func(p *corev1.PodSpec) {
		p.Volumes[0].ConfigMap.Items = []corev1.KeyToPath{{Key: "extra.conf", Path: "extra.conf"}}
	}), "with extra.conf"},
	{"references", "", editFile("k8s/secrets.sh", "make_secret jwt secret-key", ""), "Deployment/orders: there is no Secret jwt with secret-key"},
	{"references", "", editFile("k8s/secrets.sh", "make_secret users-db password", "make_secret users-db pass"), "StatefulSet/users-db: there is no Secret users-db with password"},
	{"references", "", editFile("k8s/seed/seed.sh", "generic seed-admin", "generic admin"), "Job/seed: there is no Secret seed-admin"},
	{"references", "", editContainer("Deployment/web", func(c *corev1.Container) {
		c.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "web"}}}}
	}), "Deployment/web: there is no ConfigMap web"},
	{"references", "", editContainer("Deployment/web", func(c *corev1.Container) {
		c.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "web"}}}}
	}), "Deployment/web: there is no Secret web"},
	{"references", "", editContainer("Deployment/web", func(c *corev1.Container) {
		c.Env = []corev1.EnvVar{{Name: "X", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{Key: "x"}}}}
	}), "Deployment/web: there is no ConfigMap  with x"},
	{"references", "", editPod("Deployment/web", func(p *corev1.PodSpec) {
		p.Volumes[0].VolumeSource = corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "jwt", Items: []corev1.KeyToPath{{Key: "key"}}}}
	}), "Deployment/web: there is no Secret jwt with key"},
	{"references", "", editPod("Deployment/web", func(p *corev1.PodSpec) {
		p.Volumes[0].VolumeSource = corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}
	}), "Deployment/web: there is no PersistentVolumeClaim data"},
	{"references", "", editPod("Deployment/web", func(p *corev1.PodSpec) { p.Volumes[0].VolumeSource = corev1.VolumeSource{} }), "volume tmp is of an unchecked kind"},
	{"references", "", edit("StatefulSet/redis", func(o *appsv1.StatefulSet) { o.Spec.VolumeClaimTemplates = nil }), "StatefulSet/redis: there is no volume data"},
}

// editPolicy changes the NetworkPolicy of that name.
func editPolicy(name string, change func(*networkingv1.NetworkPolicySpec)) func(*testing.T, *system) {
	return edit("NetworkPolicy/"+name, func(o *networkingv1.NetworkPolicy) { change(&o.Spec) })
}

var brokenNetwork = []breach{
	{"edges", "", setEnv("Deployment/orders", "USERS_URL", "http://people:8000"), "Deployment/orders connects to people, which is not a Service"},
	{"edges", "", setEnv("Deployment/orders", "INVENTORY_URL", "http://inventory:8080"), "Deployment/orders connects to inventory:8080, which is not a port"},
	{"edges", "", setEnv("Deployment/orders", "INVENTORY_URL", ""), "orders can connect to inventory:8000 without need"},
	{"edges", "", setEnv("Deployment/orders", "DATABASE_URL", "postgres://orders:x@users-db:5432/ordersdb"), "orders cannot connect to users-db:5432"},
	{"edges", "", setEnv("Deployment/users", "REDIS_URL", "redis://web:80/0"), "users cannot connect to web:8080"},
	{"edges", "", setEnv("Deployment/users", "DATABASE_URL", "postgres://users:x@orders-db/usersdb"), "users cannot connect to orders-db:5432"},
	{"edges", "", editContainer("Job/seed", func(c *corev1.Container) { c.Args[2] = "http://users:8000" }), "seed cannot connect to users:8000"},
	{"edges", "", edit("ConfigMap/gateway-config", func(o *corev1.ConfigMap) {
		o.Data["upstreams.conf"] += "upstream cache {\n server redis:6379;\n}\n"
	}), "gateway cannot connect to redis:6379"},
	{"edges", "", edit("ConfigMap/gateway-config", func(o *corev1.ConfigMap) { o.Data["nginx.conf"] += "proxy_pass http://people;" }), "Deployment/gateway passes requests to people"},
	{"edges", "", editPolicy("users", func(p *networkingv1.NetworkPolicySpec) {
		p.Ingress[0].From[0].PodSelector.MatchExpressions[0].Values = []string{"gateway"}
	}), "users:8000 does not accept orders"},
	{"edges", "", editPolicy("users", func(p *networkingv1.NetworkPolicySpec) { p.Ingress[0].Ports[0].Port.IntVal = 9000 }), "users:9000 accepts gateway without need"},
	{"edges", "", editPolicy("redis", func(p *networkingv1.NetworkPolicySpec) { p.Ingress[0].From = nil }), "redis:6379 accepts outside without need"},
	{"edges", "", editPolicy("orders", func(p *networkingv1.NetworkPolicySpec) { p.Egress[0].To, p.Egress[0].Ports = nil, nil }), "orders can connect to outside:53 without need"},
	{"edges", "", editPolicy("dns", func(p *networkingv1.NetworkPolicySpec) { p.Egress[0].Ports = p.Egress[0].Ports[1:] }), "orders cannot connect to DNS:53"},
	{"edges", "", remove("NetworkPolicy/default-deny"), "seed:53 accepts outside without need"},
	{"edges", "", remove("NetworkPolicy/inventory-db"), "inventory-db:5432 does not accept inventory"},
	{"edges", "", edit("Service/users", func(o *corev1.Service) { o.Spec.Type = corev1.ServiceTypeNodePort }), "users:8000 does not accept outside"},
	{"edges", "", func(t *testing.T, s *system) {
		remove("NetworkPolicy/default-deny")(t, s)
		remove("NetworkPolicy/dns")(t, s)
	}, "redis can connect to outside:53 without need"},
	{"edges", "", editPolicy("users", func(p *networkingv1.NetworkPolicySpec) {
		p.Egress[0].To = append(p.Egress[0].To, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}})
		p.Egress[0].Ports = nil
	}), "users can connect to outside:53 without need"},
	{"edges", "", editPolicy("users", func(p *networkingv1.NetworkPolicySpec) {
		p.Ingress[0].From[0].NamespaceSelector = &metav1.LabelSelector{}
		p.Ingress[0].From[0].PodSelector = nil
	}), "users:8000 accepts outside without need"},

	{"edges", "", editPolicy("orders", func(p *networkingv1.NetworkPolicySpec) { p.Egress = p.Egress[:3] }), "orders cannot connect to outside:443"},
	{"edges", "", editContainer("Deployment/orders", func(c *corev1.Container) {
		c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "WEBHOOK_URLS" })
	}), "orders can connect to outside:80 without need"},

	{"policies", "", editPolicy("orders", func(p *networkingv1.NetworkPolicySpec) {
		p.Egress[3].To[0].IPBlock.Except = []string{"10.0.0.0/9", "172.16.0.0/12"}
	}), "NetworkPolicy/orders: 0.0.0.0/0 includes 10.0.0.0/8"},
	{"policies", "", editPolicy("web", func(p *networkingv1.NetworkPolicySpec) { p.PolicyTypes = nil }), "NetworkPolicy/web does not set policyTypes"},
	{"policies", "", editPolicy("web", func(p *networkingv1.NetworkPolicySpec) { p.PodSelector.MatchLabels["app"] = "www" }), "NetworkPolicy/web: nothing has the labels app=www"},
	{"policies", "", editPolicy("web", func(p *networkingv1.NetworkPolicySpec) { p.Ingress[0].From[0].PodSelector.MatchLabels["app"] = "nginx" }), "NetworkPolicy/web: nothing has the labels app=nginx"},
	{"policies", "", editPolicy("redis", func(p *networkingv1.NetworkPolicySpec) {
		p.Ingress[0].From[0].PodSelector.MatchExpressions[0].Values = []string{"users", "people"}
	}), "NetworkPolicy/redis: nothing is labelled app=people"},
	{"policies", "", editPolicy("web", func(p *networkingv1.NetworkPolicySpec) { p.Ingress[0].Ports[0].Port = new(intstr.FromString("http")) }), "NetworkPolicy/web: port http is not a number"},
}
