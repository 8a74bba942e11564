package app

import (
	"net/netip"
	"net/url"
	"strings"
)

// Target is the address of a request to an application, as its proxy tells it.
type Target struct {
	Origin string // as browsers write it
	Path   string // raw, without the query
	Query  string // raw, with its question mark; "" = none
}

// Page returns path and query.
func (t Target) Page() string { return t.Path + t.Query }

// ParseTarget reads an address such as https://wiki.example.com/page?x=1. It refuses
// whatever could be read in two ways: a user name, a dot at the end of the host, a
// fragment, characters that no address has.
func ParseTarget(text string) (Target, bool) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return Target{}, false
	}
	end := strings.IndexByte(rest, '/')
	if end < 0 {
		return Target{}, false
	}
	return NewTarget(scheme, rest[:end], rest[end:])
}

// NewTarget puts an address together from its parts. uri is path and query.
func NewTarget(scheme, host, uri string) (Target, bool) {
	switch scheme = lowerASCII(scheme); scheme {
	case "wss":
		scheme = "https"
	case "ws":
		scheme = "http"
	case "https", "http":
	default:
		return Target{}, false
	}
	host = lowerASCII(host)
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return Target{}, false
		}
	}
	if !isHostPart(name) {
		return Target{}, false
	}
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		host = name
	}
	if !strings.HasPrefix(uri, "/") || strings.ContainsAny(uri, "#") {
		return Target{}, false
	}
	for i := range len(uri) {
		if uri[i] <= ' ' || uri[i] == 0x7f {
			return Target{}, false
		}
	}
	path, query, has := strings.Cut(uri, "?")
	if has {
		query = "?" + query
	}
	return Target{Origin: scheme + "://" + host, Path: path, Query: query}, true
}

// isHostPart says whether a host without its port, in small letters, is a name, an IPv4
// address, or an IPv6 address in brackets.
func isHostPart(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && address.Is6() && address.Zone() == "" && strings.HasSuffix(inner, "]")
	}
	return host != "" && !strings.HasSuffix(host, ".") && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// lowerASCII makes small letters of capital ones, and of nothing else: the lower case
// of some other letters is an ASCII letter.
func lowerASCII(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return 'A' <= r && r <= 'Z' }) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// ReservedPrefix is the part of every host that belongs to the gate.
const ReservedPrefix = "/.imagemaster/"

// IsReserved says whether a target, in any reading, belongs to the gate.
func (t Target) IsReserved() bool {
	reserved := strings.TrimSuffix(ReservedPrefix, "/")
	decoded, err := url.PathUnescape(t.Path)
	return strings.Contains(lowerASCII(t.Path), reserved) || err == nil && strings.Contains(lowerASCII(decoded), reserved)
}

// SafePage returns the page to go to after a sign-in: path and query of the same host.
// Anything else becomes the root (docs/evidence.md, G12).
func SafePage(page string) string {
	ok := len(page) <= MaxTarget && strings.HasPrefix(page, "/") && !strings.HasPrefix(page, "//") && !strings.HasPrefix(page, "/\\") &&
		!strings.HasPrefix(page, ReservedPrefix)
	for i := range len(page) {
		ok = ok && page[i] > ' ' && page[i] < 0x7f
	}
	if !ok || strings.Contains(page, "#") {
		return "/"
	}
	return page
}

// HostName returns the host of the target's origin, without its port.
func (t Target) HostName() string { return HostOf(t.Origin) }
