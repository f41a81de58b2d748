package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"microdemo/kit"
)

// TestImages_HoldAllThatTheProgramsNeed runs the RUN lines of the Dockerfile, and
// then the system from folders that hold what its images hold and nothing else.
func TestImages_HoldAllThatTheProgramsNeed(t *testing.T) {
	t.Parallel()
	onlyThroughNGINX(t)
	needNamespaces(t)
	images := buildStage(t, "..", map[string]string{"TARGETOS": "", "TARGETARCH": "", "VERSION": "of-a-test"})
	s := startBoth(t)
	s.stopOrders()
	s.stopInventory()
	for _, settings := range []*kit.Settings{&s.users.Settings, &s.orders.Settings, &s.inventory.Settings} {
		settings.DatabaseURL = (&commitWire{}).to(t, settings.DatabaseURL) // its socket is not in the images
	}
	users := s.run(images.command(t, "users", "/users"), s.users.Settings)
	inventory := s.run(images.command(t, "inventory", "/inventory"), s.inventory.Settings, "USERS_URL="+users.client.Base)
	orders := s.run(images.command(t, "orders", "/orders"), s.orders.Settings,
		"USERS_URL="+users.client.Base, "INVENTORY_URL="+inventory.client.Base)
	base := startGateway(t, backends{
		users: hostport(users.client.Base), orders: hostport(orders.client.Base), inventory: hostport(inventory.client.Base),
	})
	for _, task := range []string{"seed", "smoke"} {
		out, err := images.command(t, "tool", "/microdemo", task, "--base", base).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", task, err, out)
		}
	}
	version, err := images.command(t, "tool", "/microdemo", "--version").CombinedOutput()
	if err != nil || !strings.Contains(string(version), "of-a-test") {
		t.Errorf("--version: %v, %s; the version is not stamped", err, version)
	}
	s.audit()
}

func TestWebImage_IsBuiltByItsRunLines(t *testing.T) {
	t.Parallel()
	onlyThroughNGINX(t)
	if _, err := exec.LookPath("npm"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("npm is missing")
		}
		t.Skip("npm is missing")
	}
	images := buildStage(t, "../web", map[string]string{"NPM_REGISTRY": ""})
	page, err := os.ReadFile(filepath.Join(images.root(t, "web"), "srv/web/index.html"))
	if err != nil || !strings.Contains(string(page), "<script") {
		t.Errorf("the page of the web image: %v\n%s", err, page)
	}
}

// buildContext is what a Dockerfile has built on this machine.
type buildContext struct {
	dockerfile []string
	built      string // the build stage's file system
}

// buildStage does what the stage "build" of a folder's Dockerfile says, with a
// folder in place of its root.
func buildStage(t testing.TB, dir string, args map[string]string) buildContext {
	t.Helper()
	b := buildContext{instructions(t, filepath.Join(dir, "Dockerfile")), t.TempDir()}
	env, workdir, ran := os.Environ(), b.built, 0
	for _, line := range b.stage("build") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "ENV":
			env = append(env, rest)
		case "WORKDIR":
			workdir = filepath.Join(b.built, rest)
			if err := os.MkdirAll(workdir, 0o755); err != nil {
				t.Fatal(err)
			}
		case "ARG":
			name, _, _ := strings.Cut(rest, "=")
			if value, ok := args[name]; ok {
				env = append(env, name+"="+value)
			}
		case "COPY":
			sources := strings.Fields(rest)
			to := filepath.Join(workdir, sources[len(sources)-1])
			for _, source := range sources[:len(sources)-1] {
				copyContext(t, dir, source, to, len(sources) > 2)
			}
		case "RUN":
			for strings.HasPrefix(rest, "--mount=") { // caches only make it faster
				_, rest, _ = strings.Cut(rest, " ")
				rest = strings.TrimSpace(rest)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(rest, " /out/", " "+b.built+"/out/"))
			cmd.Dir, cmd.Env = workdir, env
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("RUN %s: %v\n%s", rest, err, out)
			}
			ran++
		default:
			t.Fatalf("this test does not know how to do %q", line)
		}
	}
	if ran == 0 {
		t.Fatal("the build stage runs nothing")
	}
	return b
}

// instructions are the lines of a Dockerfile, continued ones in one, without
// comments.
func instructions(t testing.TB, path string) (lines []string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(raw), "\\\n", " ")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// stage is what stands between a stage's FROM line and the next.
func (b buildContext) stage(name string) (lines []string) {
	within := false
	for _, line := range b.dockerfile {
		if strings.HasPrefix(line, "FROM ") {
			within = strings.HasSuffix(line, " AS "+name)
		} else if within {
			lines = append(lines, line)
		}
	}
	return lines
}

// copyContext copies what .dockerignore lets through: a file, or what a folder
// holds. into tells that several are copied into one folder.
func copyContext(t testing.TB, dir, source, to string, into bool) {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, source))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{source}
	if source == "." { // .dockerignore: nothing but what is named after "!"
		names = nil
		for _, line := range instructions(t, filepath.Join(dir, ".dockerignore")) {
			if name, kept := strings.CutPrefix(line, "!"); kept {
				names = append(names, name)
			}
		}
		into = true
	}
	for _, name := range names {
		target := to
		if into || !info.IsDir() {
			target = filepath.Join(to, name)
		}
		copyTree(t, filepath.Join(dir, name), target)
	}
}

// copyTree copies a file or a folder, without tests and what they need, which
// both .dockerignore files leave out.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rest)
		switch {
		case entry.IsDir() && slices.Contains([]string{"testdata", "node_modules"}, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case strings.HasSuffix(path, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// root is a folder with what the target's image holds above its base image.
func (b buildContext) root(t testing.TB, target string) string {
	t.Helper()
	root := t.TempDir()
	copied := 0
	for _, line := range b.stage(target) {
		if rest, ok := strings.CutPrefix(line, "COPY --from=build "); ok {
			from, to, _ := strings.Cut(rest, " ")
			to = filepath.Join(root, to)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(b.built, from), to).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			copied++
		}
	}
	if copied == 0 {
		t.Fatalf("the image %s takes nothing from its build stage", target)
	}
	return root
}

// nonroot is the user that the images run as.
const nonroot = 65532

// command runs a program of an image: its files are all there is, read-only,
// and it is nobody special.
func (b buildContext) command(t testing.TB, target string, argv ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], argv...)
	cmd.Env = []string{containEnv + "=" + b.root(t, target)}
	cmd.SysProcAttr = contained()
	return cmd
}

func contained() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nonroot, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nonroot, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT}, // until contain has done its work
	}
}

// containEnv names the folder that becomes the root of a contained program.
const containEnv = "MICRODEMO_E2E_CONTAIN"

// init turns this test binary into a program of an image: command starts it.
func init() {
	if root := os.Getenv(containEnv); root != "" {
		err := contain(root)
		fmt.Fprintln(os.Stderr, "contain:", err)
		os.Exit(125)
	}
}

// contain makes a folder the read-only root, gives up what it took to do so, and
// becomes the program that the arguments name.
func contain(root string) error {
	err := errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount(root, root, "", unix.MS_BIND, ""),
		unix.Mount("", root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""),
		unix.Chroot(root),
		unix.Chdir("/"),
		unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
		unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
	)
	if err != nil {
		return err
	}
	if os.Getuid() != nonroot {
		return fmt.Errorf("runs as user %d", os.Getuid())
	}
	if err := os.WriteFile("/written", nil, 0o600); !errors.Is(err, unix.EROFS) {
		return fmt.Errorf("the root is not read-only: %w", err)
	}
	return unix.Exec(os.Args[1], os.Args[1:], os.Environ())
}

// needNamespaces skips the test where the kernel lets nobody make namespaces, as
// in most containers.
func needNamespaces(t testing.TB) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/true")
	cmd.SysProcAttr = contained()
	if err := cmd.Run(); err != nil {
		t.Skipf("no user namespaces here: %v", err)
	}
}
