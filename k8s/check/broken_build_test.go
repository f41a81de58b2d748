package check

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

func setImage(name, image string) func(*testing.T, *system) {
	return editContainer(name, func(c *corev1.Container) { c.Image = image })
}

var brokenBuild = []breach{
	{"images", "", setImage("Deployment/users", "microdemo-kb-people:latest"), "Deployment/users: microdemo-kb-people:latest is not built"},
	{"images", "", setImage("Deployment/users", "users:latest"), "Deployment/users: users:latest is neither one of our images nor an official one"},
	{"images", "", setImage("StatefulSet/redis", "redis"), "StatefulSet/redis: redis is neither one of our images nor an official one"},
	{"images", "", setImage("Job/seed", "microdemo-kb-users:latest"), "image tool is built but not used"},
	{"images", "", editFile("Makefile", "microdemo-kb-web:latest web\n", "microdemo-kb-web:latest .\n"), "Deployment/web: microdemo-kb-web:latest is not built"},
	{"images", "", editFile("Dockerfile", "FROM service AS orders", "FROM service AS order"), "the Dockerfile has no target orders"},
	{"images", "", editFile("Dockerfile", `ENTRYPOINT ["/microdemo"]`, ""), "the Dockerfile has no target tool with an entrypoint"},
	{"images", "", editFile("web/Dockerfile", "FROM server AS web", "FROM server AS console"), "web/Dockerfile ends with target console"},
	{"images", "", editContainer("Deployment/web", func(c *corev1.Container) { c.ImagePullPolicy = "" }), "Deployment/web: microdemo-kb-web:latest is pulled"},
	{"images", "k8s/overlays/ghcr", setImage("Deployment/web", "microdemo-kb-web:latest"), "Deployment/web: microdemo-kb-web:latest is pulled Always"},
	{"images", "k8s/overlays/ghcr", setImage("Deployment/web", registry+"web:v1"), "web:v1 is neither one of our images"},
	{"images", "k8s/overlays/dev-local", editContainer("Deployment/web", func(c *corev1.Container) { c.ImagePullPolicy = corev1.PullAlways }), "pulled Always, not microdemo-kb-… Never"},

	{"workloads", "", edit("Deployment/web", func(o *appsv1.Deployment) { o.Name = "console" }), "make wait does not wait for Deployment/console"},
	{"workloads", "", remove("StatefulSet/redis"), "make wait waits for statefulset/redis, which does not exist"},
	{"workloads", "", editFile("Makefile", "deployment/gateway", ""), "make wait does not wait for Deployment/gateway"},

	{"targets", "", editFile("Makefile", "\nurl: ## ", "\nurl: # "), "target url has no ## help"},
	{"targets", "", editFile("Makefile", "\nurl: ## print the", "\nurl: ##\n# print the"), "target url has no ## help"},
	{"targets", "", editFile("Makefile", "\nlint: lint-go lint-$(WEB) ## ", "\nlint: lint-go lint-$(WEB) # "), "target lint-go has no ## help"},
	{"targets", "", editFile("Makefile", ".PHONY: url\nurl:", ".PHONY: url2\nurl2:"), "target url2 is not in make help"},
	{"targets", "", editFile("Makefile", ".PHONY: url\n", ""), "target url is not in .PHONY"},
	{"targets", "", editFile("Makefile", "\t@awk", "\t@exit 1; awk"), "make help fails"},
}
