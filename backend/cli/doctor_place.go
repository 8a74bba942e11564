package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagemaster/backend/access"
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
		d.warn("data folder", "%s does not exist: the first start makes it, or name another with --data", folder)
		return
	}
	if err != nil {
		d.problem("data folder", "%v", err)
		return
	}
	if err := access.CheckOwner("data folder", folder, d.config.Rule); err != nil {
		d.problem("data folder", "%v", err)
		return
	}
	open, err := openToOthers(folder, d.config.Rule)
	switch {
	case err != nil:
		d.problem("data folder", "%v", err)
	case len(open) > 0 && strings.HasPrefix(open[0], folder+" "):
		d.problem("data folder", "other users can open %s: run chmod go-rwx on it, and consider who may have read it", strings.Join(open, ", "))
	case len(open) > 0:
		d.warn("data folder", "other users could open %s: the start of a server or a command ends that; consider who may have read it", strings.Join(open, ", "))
	case d.config.Rule == access.Group:
		d.ok("data folder", "%s and its files are for their owner and group only", folder)
	default:
		d.ok("data folder", "%s and its files are for their owner only", folder)
	}
}

// openToOthers returns the data folder and those of its files that other users
// can open.
func openToOthers(folder string, rule access.Rule) ([]string, error) {
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
		if !rule.Allows(info) {
			open = append(open, fmt.Sprintf("%s (mode %04o)", path, info.Mode().Perm()))
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
		d.warn("address", "%s is for this machine only, but no client on it reaches %s: listen on 127.0.0.1, or set --public-url to the address people open", d.config.PublicURL, d.config.Listen)
	case differ:
		d.warn("address", "people open port %s, the server listens on %s: make --public-url and --listen agree", typed, listening)
	case everywhere || local == nil:
		d.warn("address", "%s is for this machine only, but others can connect to %s too, without encryption: listen on 127.0.0.1, unless a container or a firewall keeps them away",
			d.config.PublicURL, d.config.Listen)
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

// checkProxies finds a proxy that is not named, with which everybody counts as one
// address. What is wrong in any case is refused with the options.
func (d *doctor) checkProxies() {
	trusted := d.config.TrustedProxies
	local, everywhere := d.localClients()
	onlyHere := !everywhere && len(local) > 0 && !slices.ContainsFunc(local, func(a netip.Addr) bool { return !a.IsLoopback() })
	known := slices.ContainsFunc(local, func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	})
	switch {
	case len(trusted) > 0 && onlyHere && !known:
		d.warn("proxies", "only this machine reaches %s, and --trusted-proxies does not name its address: add %s", d.config.Listen, local[0])
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
