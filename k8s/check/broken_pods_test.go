package check

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var brokenPods = []breach{
	{"restricted", "", editContainer("Deployment/users", func(c *corev1.Container) { c.SecurityContext.Capabilities = nil }), "Deployment/users: unrestricted capabilities"},
	{"restricted", "", editContainer("StatefulSet/redis", func(c *corev1.Container) { c.SecurityContext.AllowPrivilegeEscalation = nil }), "StatefulSet/redis: allowPrivilegeEscalation != false"},
	{"restricted", "", editContainer("Deployment/web", func(c *corev1.Container) { c.SecurityContext.Privileged = new(true) }), "Deployment/web: privileged"},
	{"restricted", "", editPod("Job/seed", func(p *corev1.PodSpec) { p.SecurityContext.RunAsNonRoot = nil }), "Job/seed: runAsNonRoot != true"},
	{"restricted", "", editPod("Pod/seed-admin", func(p *corev1.PodSpec) { p.SecurityContext.SeccompProfile = nil }), "Pod/seed-admin: seccompProfile"},
	{"restricted", "", editPod("Deployment/gateway", func(p *corev1.PodSpec) { p.HostNetwork = true }), "Deployment/gateway: host namespaces"},
	{"restricted", "", editPod("Deployment/gateway", func(p *corev1.PodSpec) {
		p.Volumes[0].VolumeSource = corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}
	}), "Deployment/gateway: restricted volume types"},

	{"containers", "", editPod("Deployment/web", func(p *corev1.PodSpec) { p.AutomountServiceAccountToken = nil }), "Deployment/web gets a service account's token"},
	{"containers", "", editPod("Job/seed", func(p *corev1.PodSpec) { p.AutomountServiceAccountToken = new(true) }), "Job/seed gets a service account's token"},
	{"containers", "", editContainer("StatefulSet/users-db", func(c *corev1.Container) { c.SecurityContext.ReadOnlyRootFilesystem = nil }), "StatefulSet/users-db: postgres can write to its root"},
	{"containers", "", editPod("Deployment/users", func(p *corev1.PodSpec) {
		p.InitContainers = []corev1.Container{{Name: "first", Resources: p.Containers[0].Resources}}
	}), "Deployment/users: first can write to its root"},
	{"containers", "", editContainer("Deployment/orders", func(c *corev1.Container) { delete(c.Resources.Requests, "cpu") }), "Deployment/orders: orders requests no cpu"},
	{"containers", "", editContainer("Deployment/orders", func(c *corev1.Container) { delete(c.Resources.Limits, "memory") }), "Deployment/orders: orders has no memory limit"},
	{"containers", "", editContainer("Deployment/orders", func(c *corev1.Container) { c.Resources.Requests["memory"] = resource.MustParse("1Gi") }), "orders requests more memory than its limit"},
	{"containers", "", editContainer("Deployment/orders", func(c *corev1.Container) { c.StartupProbe = nil }), "orders has no startup probe"},
	{"containers", "", editContainer("StatefulSet/redis", func(c *corev1.Container) { c.ReadinessProbe = nil }), "redis has no readiness probe"},
	{"containers", "", editContainer("Deployment/gateway", func(c *corev1.Container) { c.LivenessProbe = nil }), "nginx has no liveness probe"},

	{"probes", "", editContainer("Deployment/users", func(c *corev1.Container) { c.StartupProbe.HTTPGet.Path = "/health" }), "Deployment/users: startup probe: there is no route /health"},
	{"probes", "", editContainer("Deployment/web", func(c *corev1.Container) { c.ReadinessProbe.HTTPGet.Path = "/readyz" }), "Deployment/web: readiness probe: there is no route /readyz"},
	{"probes", "", editContainer("Deployment/users", func(c *corev1.Container) { c.LivenessProbe.HTTPGet.Port = intstr.FromString("metrics") }), "Deployment/users: liveness probe: /healthz is not served on port metrics"},
	{"probes", "", editContainer("Deployment/gateway", func(c *corev1.Container) { c.Ports[0].ContainerPort = 80 }), "Deployment/gateway: startup probe: /healthz is not served on port http"},
	{"probes", "", editContainer("Deployment/orders", func(c *corev1.Container) { c.LivenessProbe.HTTPGet.Path = "/readyz" }), "Deployment/orders: liveness probe requests /readyz"},
	{"probes", "", editContainer("Deployment/orders", func(c *corev1.Container) { c.ReadinessProbe.HTTPGet.Path = "/healthz" }), "Deployment/orders: readiness probe requests /healthz"},
	{"probes", "", editContainer("StatefulSet/redis", func(c *corev1.Container) { c.LivenessProbe.TCPSocket.Port = intstr.FromString("http") }), "StatefulSet/redis: liveness probe: there is no port http"},
	{"probes", "", editContainer("StatefulSet/redis", func(c *corev1.Container) { c.StartupProbe.Exec.Command = nil }), "StatefulSet/redis: startup probe requests nothing"},
	{"probes", "", editFile("kit/service.go", `"/readyz", s.readyz`, `"/ready", s.readyz`), "Deployment/users: readiness probe: there is no route /readyz"},
	{"probes", "", editFile("kit/config.go", `envDefault:":8000"`, `envDefault:":8001"`), "Deployment/orders: readiness probe: /readyz is not served on port http"},
	{"probes", "", editFile("web/nginx.conf", "location = /healthz {", "location = /health {"), "Deployment/web: startup probe: there is no route /healthz"},
	{"probes", "", edit("ConfigMap/gateway-config", func(o *corev1.ConfigMap) { o.Data["nginx.conf"] = "listen 8080;" }), "Deployment/gateway: liveness probe: there is no route /healthz"},
}
