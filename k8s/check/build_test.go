package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const (
	local    = "microdemo-kb-"
	registry = "ghcr.io/owner/microservices-architecture-demo-kb-" // `make deploy-ghcr` replaces the owner
)

var (
	builtImage = regexp.MustCompile(`^(` + local + `|` + regexp.QuoteMeta(registry) + `)([a-z]+):latest$`)
	official   = regexp.MustCompile(`^(postgres:15|redis:7|nginx:1\.\d+-alpine)$`)
	stage      = regexp.MustCompile(`^FROM (?:--platform=\S+ )?(\S+) AS (\S+)$`)
)

// splitImage returns the build target and the prefix of one of our images, or empty
// strings for any other image.
func splitImage(image string) (target, prefix string) {
	if m := builtImage.FindStringSubmatch(image); m != nil {
		return m[2], m[1]
	}
	return "", ""
}

// stages returns the names of a Dockerfile's stages, and which have an entrypoint.
func stages(dockerfile string) (names []string, starts map[string]bool) {
	starts = map[string]bool{}
	for line := range strings.Lines(dockerfile) {
		if m := stage.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			names = append(names, m[2])
			starts[m[2]] = starts[m[1]]
		} else if strings.HasPrefix(line, "ENTRYPOINT ") && len(names) > 0 {
			starts[names[len(names)-1]] = true
		}
	}
	return names, starts
}

// makeVariable returns the words in the value of a variable of the Makefile.
func (s *system) makeVariable(name string) []string {
	text := strings.ReplaceAll(s.files["Makefile"], "\\\n", " ")
	if m := regexp.MustCompile(`(?m)^` + name + `\s*:=(.*)$`).FindStringSubmatch(text); m != nil {
		return strings.Fields(m[1])
	}
	return nil
}

// checkImages: every image is built by `make build` or an official one, and is
// pulled as its overlay says.
func checkImages(s *system) (found problems) {
	built := s.makeVariable("GO_IMAGES")
	_, starts := stages(s.files["Dockerfile"])
	for _, target := range built {
		if !starts[target] {
			found.addf("the Dockerfile has no target %s with an entrypoint", target)
		}
	}
	names, starts := stages(s.files["web/Dockerfile"])
	if last := names[len(names)-1]; last != "web" || !starts[last] {
		found.addf("web/Dockerfile ends with target %s", last)
	}
	if strings.Contains(s.files["Makefile"], "-t "+local+"web:latest web\n") {
		built = append(built, "web")
	}
	used := map[string]bool{}
	for _, p := range s.pods() {
		for _, c := range p.containers() {
			target, prefix := splitImage(c.Image)
			used[target] = true
			if target == "" {
				if !official.MatchString(c.Image) {
					found.addf("%s: %s is neither one of our images nor an official one", p.id, c.Image)
				}
				continue
			}
			if !slices.Contains(built, target) {
				found.addf("%s: %s is not built", p.id, c.Image)
			}
			wantPrefix, wantPull := local, corev1.PullIfNotPresent
			if p.serves { // seed.sh takes its images from the Deployments
				switch filepath.Base(s.entry) {
				case "ghcr":
					wantPrefix, wantPull = registry, corev1.PullAlways
				case "dev-local":
					wantPull = corev1.PullNever
				}
			}
			if prefix != wantPrefix || c.ImagePullPolicy != wantPull {
				found.addf("%s: %s is pulled %s, not %s… %s", p.id, c.Image, c.ImagePullPolicy, wantPrefix, wantPull)
			}
		}
	}
	for _, target := range built {
		if !used[target] {
			found.addf("image %s is built but not used", target)
		}
	}
	return found
}

// checkWorkloads: `make wait` waits for every workload.
func checkWorkloads(s *system) (found problems) {
	waited := s.makeVariable("WORKLOADS")
	var existing []string
	for _, o := range all[object](s) {
		switch o.(type) {
		case *appsv1.Deployment, *appsv1.StatefulSet:
			existing = append(existing, strings.ToLower(id(o)))
			if !slices.Contains(waited, existing[len(existing)-1]) {
				found.addf("make wait does not wait for %s", id(o))
			}
		}
	}
	for _, name := range waited {
		if !slices.Contains(existing, name) {
			found.addf("make wait waits for %s, which does not exist", name)
		}
	}
	return found
}

var (
	makeRule = regexp.MustCompile(`^([^\s:=#][^:=#]*):([^=].*|)$`)
	colour   = regexp.MustCompile(`\x1b\[\d*m`)
)

// checkTargets: each target of the Makefile has a help text, and `make help` prints
// it. Exempt are files and the parts of a target: those are named after it and follow
// it in its .PHONY line.
func checkTargets(s *system) (found problems) {
	shown, err := help(s.files["Makefile"])
	if err != nil {
		found.addf("make help fails: %v", err)
	}
	described, parts, phony := map[string]bool{}, map[string]string{}, map[string]bool{}
	var targets []string
	for line := range strings.Lines(strings.ReplaceAll(s.files["Makefile"], "\\\n", " ")) {
		m := makeRule.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		if m[1] == ".PHONY" {
			names := strings.Fields(m[2])
			for _, name := range names {
				phony[name] = true
				if strings.HasPrefix(name, names[0]+"-") {
					parts[name] = names[0]
				}
			}
			continue
		}
		_, words, _ := strings.Cut(m[2], "## ")
		for _, name := range strings.Fields(m[1]) {
			if strings.ContainsAny(name, "/$.%") {
				continue
			}
			targets = append(targets, name)
			described[name] = described[name] || strings.TrimSpace(words) != ""
		}
	}
	for _, name := range targets {
		switch {
		case !phony[name]:
			found.addf("target %s is not in .PHONY", name)
		case !described[name] && !described[parts[name]]:
			found.addf("target %s has no ## help", name)
		case described[name] && !slices.Contains(shown, name):
			found.addf("target %s is not in make help", name)
		}
	}
	return found
}

// help returns the targets that `make help` prints.
func help(makefile string) (names []string, err error) {
	dir, err := os.MkdirTemp("", "help")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("make", "--no-print-directory", "help")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	out, err := cmd.Output()
	for line := range strings.Lines(colour.ReplaceAllString(string(out), "")) {
		if words := strings.Fields(line); len(words) > 1 {
			names = append(names, words[0])
		}
	}
	return names, err
}
