package api

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// maxHops bounds how much of a forwarding header is read.
const maxHops = 32

// addressReader finds the address of the client behind the operator's proxies.
type addressReader struct{ trusted []netip.Prefix }

// read returns the address of the client, and of the proxy that sent it; no proxy
// where the client connected directly. Each proxy appends the address it saw to
// X-Forwarded-For, so the client may have invented everything left of that: the
// walk goes from the right and ends at the first address that is no trusted
// proxy. No other header counts. If the header is malformed, the peer is the
// client.
func (a addressReader) read(c *fiber.Ctx) (client, proxy netip.Addr) {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	peer = peer.Unmap()
	if !a.isTrusted(peer) {
		return peer, netip.Addr{}
	}
	var lines []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		lines = append(lines, string(line))
	}
	if client = a.walk(peer, lines); client == peer {
		return peer, netip.Addr{}
	}
	return client, peer
}

func (a addressReader) walk(peer netip.Addr, lines []string) netip.Addr {
	if len(lines) == 0 {
		return peer
	}
	hops := strings.Split(strings.Join(lines, ","), ",")
	client := peer
	for i, hop := range slices.Backward(hops) {
		addr, ok := parseHop(hop)
		if !ok || len(hops)-i > maxHops {
			return peer
		}
		client = addr
		if !a.isTrusted(addr) {
			break
		}
	}
	return client
}

// parseHop reads one entry, with or without a port.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if addr, err := netip.ParseAddr(hop); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

func (a addressReader) isTrusted(addr netip.Addr) bool {
	return slices.ContainsFunc(a.trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}
