// Command deb writes the Debian package: deb ARCH VERSION BINARY FOLDER OUT. FOLDER
// holds the man pages, the completions and the changelog; the other files come from
// docs/examples.
//
// It is a module of its own, so that the product does not depend on a tool.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: deb ARCH VERSION BINARY FOLDER OUT")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]); err != nil {
		fmt.Fprintln(os.Stderr, "deb:", err)
		os.Exit(1)
	}
}

func write(arch, version, binary, folder, out string) error {
	made, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	at := time.Unix(made, 0).UTC()
	const examples = "docs/examples"
	content := func(from, to string, mode os.FileMode, kind string) *files.Content {
		return &files.Content{Source: from, Destination: to, Type: kind, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode, MTime: at}}
	}
	doc := func(from, name string) *files.Content {
		return content(from, "/usr/share/doc/imagemaster/"+name, 0o644, files.TypeFile)
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "imagemaster", Arch: arch, Platform: "linux", Version: version, Section: "net", Priority: "optional",
		Maintainer: "ImageMaster operators <root@localhost>", License: "Apache-2.0", MTime: at,
		Description: "sign-in with a second factor\nUser name and password, then a one-time code from an authenticator app or a\nbackup code. One program holds the web interface, the API and the commands of\nthe operator.",
		Overridables: nfpm.Overridables{
			Depends:    []string{"systemd | systemd-standalone-sysusers | systemd-sysusers"},
			Recommends: []string{"nginx | caddy"},
			Scripts: nfpm.Scripts{
				PostInstall: filepath.Join(examples, "debian", "postinst"),
				PreRemove:   filepath.Join(examples, "debian", "prerm"),
				PostRemove:  filepath.Join(examples, "debian", "postrm"),
			},
			Contents: files.Contents{
				content(binary, "/usr/bin/imagemaster", 0o755, files.TypeFile),
				content(filepath.Join(examples, "debian", "imagemaster-admin"), "/usr/sbin/imagemaster-admin", 0o755, files.TypeFile),
				content(filepath.Join(examples, "imagemaster.service"), "/usr/lib/systemd/system/imagemaster.service", 0o644, files.TypeFile),
				content(filepath.Join(examples, "imagemaster.sysusers"), "/usr/lib/sysusers.d/imagemaster.conf", 0o644, files.TypeFile),
				content(filepath.Join(examples, "imagemaster.env"), "/etc/imagemaster/imagemaster.env", 0o600, files.TypeConfigNoReplace),
				content(filepath.Join(folder, "man"), "/usr/share/man/man1/imagemaster.1.gz", 0o644, files.TypeFile),
				content(filepath.Join(folder, "admin"), "/usr/share/man/man8/imagemaster-admin.8.gz", 0o644, files.TypeFile),
				content(filepath.Join(folder, "bash"), "/usr/share/bash-completion/completions/imagemaster", 0o644, files.TypeFile),
				content(filepath.Join(folder, "zsh"), "/usr/share/zsh/vendor-completions/_imagemaster", 0o644, files.TypeFile),
				content(filepath.Join(folder, "fish"), "/usr/share/fish/vendor_completions.d/imagemaster.fish", 0o644, files.TypeFile),
				content(filepath.Join(examples, "debian", "lintian-overrides"), "/usr/share/lintian/overrides/imagemaster", 0o644, files.TypeFile),
				doc(filepath.Join(examples, "debian", "copyright"), "copyright"),
				doc(filepath.Join(folder, "changelog"), "changelog.gz"),
				doc(filepath.Join(folder, "licenses"), "licenses.gz"),
				doc(filepath.Join(examples, "nginx.conf"), "examples/nginx.conf"),
				doc(filepath.Join(examples, "Caddyfile"), "examples/Caddyfile"),
				doc(filepath.Join(examples, "gate-nginx.conf"), "examples/gate-nginx.conf"),
				doc(filepath.Join(examples, "gate-Caddyfile"), "examples/gate-Caddyfile"),
				doc(filepath.Join(examples, "gate-traefik.yml"), "examples/gate-traefik.yml"),
				doc(filepath.Join(examples, "mariadb.sql"), "examples/mariadb.sql"),
			},
		},
	})
	if err := nfpm.PrepareForPackager(info, "deb"); err != nil {
		return err
	}
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := deb.Default.Package(info, file); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
