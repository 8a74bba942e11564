package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"imagemaster/backend/config"
	"imagemaster/backend/database"
)

// checkFolder looks at who may open the data, before opening it tightens the
// files.
func (d *doctor) checkFolder() {
	if d.config.DSN != "" {
		d.skip("data folder", "not used with a database server")
		return
	}
	folder := d.config.DataDir
	info, err := os.Stat(folder)
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
	open, err := openToOthers(folder, info)
	switch {
	case err != nil:
		d.problem("data folder", "%v", err)
	case len(open) > 0:
		d.problem("data folder", "other users can open %s: run chmod go-rwx on it, and think of who may have read it", strings.Join(open, ", "))
	default:
		d.ok("data folder", "%s and its files are for their owner only", folder)
	}
}

// openToOthers returns what in the data folder other users can open.
func openToOthers(folder string, info fs.FileInfo) ([]string, error) {
	if runtime.GOOS == "windows" {
		return nil, nil // files have no modes there
	}
	var open []string
	look := func(path string, info fs.FileInfo) {
		if info.Mode().Perm()&0o077 != 0 {
			open = append(open, fmt.Sprintf("%s (mode %04o)", path, info.Mode().Perm()))
		}
	}
	look(folder, info)
	for _, name := range []string{database.FileName, database.FileName + "-wal", database.FileName + "-shm"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		look(filepath.Join(folder, name), info)
	}
	return open, nil
}

// checkAddress compares what people type with where the server listens.
func (d *doctor) checkAddress() {
	public, err := url.Parse(d.config.PublicURL)
	if err != nil {
		d.problem("address", "%v", err)
		return
	}
	typed, listening, differ := d.config.OtherPort()
	switch {
	case public.Scheme == "https":
		d.ok("address", "%s, by a proxy that connects to %s", d.config.PublicURL, d.config.Listen)
	case len(d.callers()) > 0 && !slices.ContainsFunc(d.callers(), netip.Addr.IsLoopback):
		d.problem("address", "%s is for this machine only, but nobody on it reaches %s: listen on 127.0.0.1, or set --public-url to what people type", d.config.PublicURL, d.config.Listen)
	case differ:
		d.problem("address", "people open port %s, the server listens on %s: make --public-url and --listen agree", typed, listening)
	default:
		d.ok("address", "%s, on this machine only", d.config.PublicURL)
	}
}

// callers are addresses from which somebody on this machine reaches the server,
// none where the name of another host does not tell.
func (d *doctor) callers() []netip.Addr {
	host, _, err := net.SplitHostPort(d.config.Listen)
	if err != nil {
		return nil
	}
	four, six := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
	address, err := netip.ParseAddr(host)
	switch {
	case host == "" || address == netip.IPv6Unspecified() || err != nil && config.IsLoopback(host):
		return []netip.Addr{four, six}
	case err != nil:
		return nil
	case address.IsUnspecified():
		return []netip.Addr{four}
	}
	return []netip.Addr{address.Unmap()}
}

// Networks wider than these hold more than somebody's proxies.
const (
	widestFour = 8
	widestSix  = 16
)

// checkProxies looks for what makes everybody count as one address, or lets
// anybody claim any address.
func (d *doctor) checkProxies() {
	trusted := d.config.TrustedProxies
	for _, p := range trusted {
		if widest := map[bool]int{true: widestFour, false: widestSix}[p.Addr().Is4()]; p.Bits() < widest {
			d.problem("proxies", "%s holds more than your proxies: who calls from it can claim any address; name the proxies alone", p)
			return
		}
	}
	callers := d.callers()
	onlyHere := len(callers) > 0 && !slices.ContainsFunc(callers, func(a netip.Addr) bool { return !a.IsLoopback() }) && !d.listensEverywhere()
	known := slices.ContainsFunc(callers, func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	})
	switch https := strings.HasPrefix(d.config.PublicURL, "https:"); {
	case https && len(trusted) == 0:
		d.problem("proxies", "https needs a proxy in front, and --trusted-proxies names none: everybody counts as the proxy's address, "+
			"so one person's wrong passwords hold up all; name the addresses it connects from")
	case len(trusted) > 0 && onlyHere && !known:
		d.problem("proxies", "only this machine reaches %s, and --trusted-proxies does not name its address: add %s", d.config.Listen, callers[0])
	case len(trusted) == 0:
		d.ok("proxies", "none")
	default:
		d.ok("proxies", "X-Forwarded-For is believed from %s", joinPrefixes(trusted))
	}
}

func (d *doctor) listensEverywhere() bool {
	host, _, err := net.SplitHostPort(d.config.Listen)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == "" || err == nil && address.IsUnspecified()
}

func joinPrefixes(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, p := range prefixes {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
