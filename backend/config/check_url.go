package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

func checkListen(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%q is not HOST:PORT, for example 127.0.0.1:8080", address)
	}
	if _, err := checkPort(port); err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !isHostName(host) {
		return "", fmt.Errorf("%q is neither an address nor a host name", host)
	}
	return address, nil
}

func checkPort(port string) (int, error) {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	return int(n), nil
}

// ParseOrigin checks an address without a path: https, or http for this machine. It
// returns the origin as browsers write it: in lower case, without
// the default port and without a slash.
func ParseOrigin(text string) (string, error) {
	u, err := parseURL(text)
	if err != nil {
		return "", err
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return "", fmt.Errorf("%q must end after the host: the product needs a host of its own, no path", text)
	}
	return originOf(u), nil
}

// checkAppURL accepts an address with a path, or none.
func checkAppURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unprintable(r) }) {
		return "", errors.New("must not hold spaces or invisible characters")
	}
	u, err := parseURL(text)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// parseURL accepts https, and http for this machine, with a host in ASCII.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errors.New("must be an address like https://login.example.org")
	}
	if u.User != nil {
		return nil, errors.New("must not hold a user name or password")
	}
	host := strings.ToLower(u.Hostname())
	address, err := netip.ParseAddr(host)
	if err != nil && !isHostName(host) {
		return nil, fmt.Errorf("%q is not a host name (one with other letters than a to z is written as xn--…)", host)
	}
	if address.Zone() != "" { // no browser takes one
		return nil, fmt.Errorf("must not hold a zone: write %s", address.WithZone(""))
	}
	if strings.HasSuffix(u.Host, ":") {
		return nil, errors.New("the port after the colon is missing")
	}
	if u.Port() != "" {
		if _, err := checkPort(u.Port()); err != nil {
			return nil, err
		}
	}
	if u.Scheme == "http" && !IsLoopback(host) {
		return nil, fmt.Errorf("must begin with https: over http browsers protect nothing, except for localhost, and %s is another host", host)
	}
	return u, nil
}

func originOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if address, err := netip.ParseAddr(host); err == nil {
		host = address.String()
		if address.Is6() {
			host = "[" + host + "]"
		}
	}
	number, _ := strconv.Atoi(port) // checked; browsers write no zeros in front
	if number != 0 && number != map[string]int{"https": 443, "http": 80}[u.Scheme] {
		host += ":" + strconv.Itoa(number)
	}
	return u.Scheme + "://" + host
}

// IsLoopback reports whether browsers trust a host over http.
func IsLoopback(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// isHostName accepts names of letters, digits and hyphens (RFC 1123 section
// 2.1). Browsers read a name whose last label is all digits as an address.
func isHostName(host string) bool {
	if len(host) > 253 {
		return false
	}
	labels := strings.Split(strings.ToLower(host), ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}
