package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"strings"
)

// UnixPrefix stands before the path of a unix socket.
const UnixPrefix = "unix:"

// maxSocketPath is how long the path of a unix socket may be on every system, in bytes.
const maxSocketPath = 103

// gate checks the address of the gate, at which proxies ask about requests to
// applications. It believes what it is told, so only this machine may reach it.
func (p *problems) gate(f ServeFlags) string {
	if f.GateListen == "" {
		return ""
	}
	address := value(p, "gate-listen", f.GateListen, checkGateListen)
	for _, other := range []struct{ option, address string }{{"listen", f.Listen}, {"metrics-listen", f.MetricsListen}} {
		if address != "" && other.address != "" && overlap(address, other.address) {
			p.add("gate-listen", fmt.Errorf("%s is taken by --%s: choose another port or a unix socket", address, other.option))
		}
	}
	return address
}

// checkGateListen returns HOST:PORT of this machine, or unix: and a path.
func checkGateListen(text string) (string, error) {
	socket, isSocket := strings.CutPrefix(text, UnixPrefix)
	if isSocket || strings.HasPrefix(text, "/") {
		return checkSocket(socket)
	}
	address, err := checkListen(text)
	if err != nil {
		return "", fmt.Errorf("%w, or the path of a unix socket such as /run/imagemaster/gate.sock", err)
	}
	host, port, _ := net.SplitHostPort(address)
	if host == "localhost" {
		return address, nil
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return "", errors.New("must be an address of this machine such as 127.0.0.1:8081, or the path of a unix socket: only the proxy may ask the gate")
	}
	return net.JoinHostPort(ip.Unmap().WithZone("").String(), port), nil
}

func checkSocket(name string) (string, error) {
	switch clean := path.Clean(name); {
	case !strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || clean == "/":
		return "", fmt.Errorf("%q is not the whole path of a unix socket, such as /run/imagemaster/gate.sock", name)
	case strings.ContainsFunc(name, unprintable):
		return "", errors.New("must not hold invisible characters")
	case len(clean) > maxSocketPath:
		return "", fmt.Errorf("the path has %d bytes, that of a unix socket has at most %d", len(clean), maxSocketPath)
	default:
		return UnixPrefix + clean, nil
	}
}

// overlap reports that two addresses cannot both be listened on, as far as that can be
// told without looking names up.
func overlap(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || strings.HasPrefix(a, UnixPrefix) || !samePort(portA, portB) {
		return false
	}
	ipA, errA := netip.ParseAddr(hostA)
	ipB, errB := netip.ParseAddr(hostB)
	switch {
	case everywhere(hostA) || everywhere(hostB):
		return true
	case errA == nil && errB == nil:
		return ipA.Unmap() == ipB.Unmap()
	}
	return IsLoopback(strings.ToLower(hostA)) && IsLoopback(strings.ToLower(hostB))
}

func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

func samePort(a, b string) bool { return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0") }
