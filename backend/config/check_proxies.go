package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"unicode"
)

// The widest networks that can still hold nothing but proxies, and how many as wide
// as that the whole list may hold.
const (
	widestIPv4 = 8 // such as 10.0.0.0/8
	widestIPv6 = 16
	mostWide   = 4
)

// privateIPv6 is wider, but holds only addresses of the operator's own networks.
var privateIPv6 = netip.MustParsePrefix("fc00::/7")

func isPrivateIPv6(p netip.Prefix) bool {
	return p.Bits() >= privateIPv6.Bits() && privateIPv6.Contains(p.Addr())
}

// checkProxies reads networks and single addresses. A wide network is refused, and
// so are many that together are wide: their clients could claim any address.
func checkProxies(list string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	var errs []error
	for _, item := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		prefix, err := parsePrefix(item)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		prefixes = append(prefixes, prefix)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")) // one line for one option
	}
	if share(prefixes) > mostWide {
		return nil, errors.New("these networks together hold more than your proxies: any client in them can claim any address; name the proxies alone")
	}
	return prefixes, nil
}

// share is how many of the widest networks that are accepted hold as many addresses
// as all of these. What another one holds counts once.
func share(prefixes []netip.Prefix) float64 {
	sum := 0.0
	for i, p := range prefixes {
		inAnother := func(j int, other netip.Prefix) bool {
			return j != i && other.Bits() <= p.Bits() && other.Contains(p.Addr()) && (other != p || j < i)
		}
		counted := isPrivateIPv6(p)
		for j, other := range prefixes {
			counted = counted || inAnother(j, other)
		}
		switch {
		case counted:
		case p.Addr().Is4():
			sum += math.Exp2(float64(widestIPv4 - p.Bits()))
		default:
			sum += math.Exp2(float64(widestIPv6 - p.Bits()))
		}
	}
	return sum
}

func parsePrefix(item string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(item); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(item)
	if err != nil || prefix.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is not a network like 10.0.0.0/8 or an address", item)
	}
	if is4 := prefix.Addr().Is4(); is4 && prefix.Bits() < widestIPv4 || !is4 && prefix.Bits() < widestIPv6 && !isPrivateIPv6(prefix) {
		return netip.Prefix{}, fmt.Errorf("%s holds more than your proxies: any client in it can claim any address; name the proxies alone", item)
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("%s is an address inside a network: the network is %s", item, prefix.Masked())
	}
	return prefix, nil
}
