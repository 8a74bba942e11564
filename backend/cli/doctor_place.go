package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"imagemaster/backend/config"
	"imagemaster/backend/database"
)

// checkFolder checks who may open the data folder and its files. It runs before
// the database is opened, because opening corrects the modes.
func (d *doctor) checkFolder() {
	if d.config.DSN != "" {
		d.skip("data folder", "not used with a database server")
		return
	}
	folder := d.config.DataDir
	_, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		d.problem("data folder", "%s does not exist: name it with --data, or start the server, which makes it", folder)
		return
	}
	if err != nil {
		d.problem("data folder", "%v", err)
		return
	}
	if err := checkOwner(folder); err != nil {
		d.problem("data folder", "%v", err)
		return
	}
	open, err := openToOthers(folder)
	switch {
	case err != nil:
		d.problem("data folder", "%v", err)
	case len(open) > 0:
		d.problem("data folder", "other users can open %s: run chmod go-rwx on it, and consider who may have read it", strings.Join(open, ", "))
	default:
		d.ok("data folder", "%s and its files are for their owner only", folder)
	}
}

// openToOthers returns the data folder and those of its files that other users
// can open.
func openToOthers(folder string) ([]string, error) {
	if runtime.GOOS == "windows" {
		return nil, nil // files have no modes there
	}
	var open []string
	file := filepath.Join(folder, database.FileName)
	for _, path := range []string{folder, file, file + "-wal", file + "-shm"} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			open = append(open, fmt.Sprintf("%s (mode %04o)", path, mode))
		}
	}
	return open, nil
}

// isHTTPS reports whether people open an https address.
func (d *doctor) isHTTPS() bool { return strings.HasPrefix(d.config.PublicURL, "https:") }

// checkAddress compares the public URL with the address the server listens on.
func (d *doctor) checkAddress() {
	typed, listening, differ := d.config.OtherPort()
	local, everywhere := d.localClients()
	switch {
	case d.isHTTPS():
		d.ok("address", "%s, by a proxy that connects to %s", d.config.PublicURL, d.config.Listen)
	case len(local) > 0 && !slices.ContainsFunc(local, netip.Addr.IsLoopback):
		d.problem("address", "%s is for this machine only, but no client on it reaches %s: listen on 127.0.0.1, or set --public-url to the address people open", d.config.PublicURL, d.config.Listen)
	case differ:
		d.problem("address", "people open port %s, the server listens on %s: make --public-url and --listen agree", typed, listening)
	case everywhere || local == nil:
		d.ok("address", "%s, for this machine only; others reach %s too and are refused", d.config.PublicURL, d.config.Listen)
	default:
		d.ok("address", "%s, on this machine only", d.config.PublicURL)
	}
}

// localClients returns the addresses from which a client on this machine
// reaches the server, none if the server listens on a name that may be any
// address. everywhere reports that it listens on all addresses.
func (d *doctor) localClients() (local []netip.Addr, everywhere bool) {
	loopback := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	host, _, _ := net.SplitHostPort(d.config.Listen) // checked with the options
	address, err := netip.ParseAddr(host)
	switch {
	case host == "" || address == netip.IPv6Unspecified():
		return loopback, true
	case err == nil && address.IsUnspecified():
		return loopback[:1], true
	case err == nil:
		return []netip.Addr{address.Unmap()}, false
	case config.IsLoopback(host):
		return loopback, false
	}
	return nil, false
}

// checkProxies finds settings with which everybody counts as one address. Those
// with which anybody can claim any address are refused with the options.
func (d *doctor) checkProxies() {
	trusted := d.config.TrustedProxies
	local, everywhere := d.localClients()
	onlyHere := !everywhere && len(local) > 0 && !slices.ContainsFunc(local, func(a netip.Addr) bool { return !a.IsLoopback() })
	known := slices.ContainsFunc(local, func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	})
	switch {
	case d.isHTTPS() && len(trusted) == 0:
		d.problem("proxies", "https needs a proxy in front, and --trusted-proxies names none: everybody counts as the proxy's address, "+
			"so one person's wrong passwords slow down all; name the addresses it connects from")
	case len(trusted) > 0 && onlyHere && !known:
		d.problem("proxies", "only this machine reaches %s, and --trusted-proxies does not name its address: add %s", d.config.Listen, local[0])
	case len(trusted) == 0:
		d.ok("proxies", "none")
	default:
		d.ok("proxies", "X-Forwarded-For is trusted from %s", joinPrefixes(trusted))
	}
}

func joinPrefixes(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, p := range prefixes {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
