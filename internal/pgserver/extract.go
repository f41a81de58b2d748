package pgserver

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of an unpacked package; the largest one is 130 MB in about 1,000 files.
const (
	maxUnpacked = 512 << 20
	maxFiles    = 20_000
)

// checkIntegrity compares a file with a Subresource Integrity string.
func checkIntegrity(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	sum := sha512.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("%s is not the expected package: its integrity is %s instead of %s", filepath.Base(file), got, want)
	}
	return nil
}

// extract unpacks an npm tarball into dir, without its leading "package/".
// os.Root keeps every write inside dir, whatever the names are.
func extract(ctx context.Context, tarball, dir string) error {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(tarball), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()

	archive := tar.NewReader(io.LimitReader(unzipped, maxUnpacked))
	for files := 0; ; files++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && files == maxFiles {
			err = errors.New("too many files")
		}
		if err == nil {
			err = extractFile(root, header, archive)
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(tarball), err)
		}
	}
	return makeLinks(root)
}

func extractFile(root *os.Root, header *tar.Header, content io.Reader) error {
	name, ok := strings.CutPrefix(header.Name, "package/")
	switch {
	case header.Typeflag == tar.TypeDir:
		return nil // made for their files
	case header.Typeflag != tar.TypeReg:
		return fmt.Errorf("%q is neither a file nor a folder", header.Name)
	case !ok || !filepath.IsLocal(name):
		return fmt.Errorf("%q is outside of the package", header.Name)
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if header.Mode&0o100 != 0 {
		mode = 0o755
	}
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Close())
}

// makeLinks makes the links between libraries. npm tarballs cannot contain links: the
// package lists them for an install script, which is not run here.
func makeLinks(root *os.Root) error {
	const list = "native/pg-symlinks.json"
	text, err := root.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	for _, l := range links {
		// Root checks the place of a link, but not its target.
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("%s: link %q to %q leaves the package", list, l.Target, l.Source)
		}
		to, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil {
			return fmt.Errorf("%s: %w", list, err)
		}
		if err := root.Symlink(to, l.Target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
