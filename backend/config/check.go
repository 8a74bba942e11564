package config

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"math"
	"net"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBrandName   = 24 // bytes, percent-encoded: with more the QR code is too fine (docs/evidence.md, B15)
	maxLogo        = 64 << 10
	maxLogoSide    = 2048 // pixels: a small file can unpack to a picture that fills the memory
	maxHelpContact = 200
	maxSecretFile  = 4 << 10
)

// checkDSN returns the DSN from the flag or its file. Package database parses it.
// No message repeats it.
func checkDSN(f StoreFlags, read ReadFile) (string, error) {
	if f.DatabaseFile == "" {
		return f.Database, nil
	}
	if f.Database != "" {
		return "", errors.New("not together with --database")
	}
	return read.secret(f.DatabaseFile, "DSN", strings.TrimSpace)
}

// secret reads a file of one line. trim removes the characters that are not
// part of the secret.
func (read ReadFile) secret(path, what string, trim func(string) string) (string, error) {
	text, err := read.upTo(path, maxSecretFile)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("every user of this machine may open %[1]s (mode %04[2]o): run chmod 600 %[1]s", path, info.Mode().Perm())
	}
	plain, err := WithoutBOM(text)
	if err != nil {
		return "", fmt.Errorf("%s %w", path, err)
	}
	secret := trim(plain)
	if secret == "" || strings.ContainsAny(secret, "\x00\r\n") {
		return "", fmt.Errorf("%s must hold one line, the %s", path, what)
	}
	return secret, nil
}

// WithoutBOM returns what a file or a pipe holds. Editors on Windows put a byte order
// mark in front, which is no part of any secret, or write UTF-16.
func WithoutBOM(content []byte) (string, error) {
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) || bytes.HasPrefix(content, []byte{0xfe, 0xff}) {
		return "", errors.New("is in UTF-16: save it as UTF-8")
	}
	return string(bytes.TrimPrefix(content, []byte("\ufeff"))), nil
}

func (read ReadFile) upTo(path string, limit int) ([]byte, error) {
	content, err := read(path, limit+1)
	if reason := (*fs.PathError)(nil); errors.As(err, &reason) {
		err = reason.Err // without the path, which is named below
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if len(content) > limit {
		return nil, fmt.Errorf("%s is larger than %d KiB", path, limit>>10)
	}
	return content, nil
}

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

// checkPublicURL returns the origin as browsers write it: in lower case, without
// the default port and without a slash.
func checkPublicURL(text string) (string, error) {
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
	host := strings.ToLower(u.Host)
	own := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(host, own)
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

// checkBrandName refuses a colon: it separates issuer and account in a key URI,
// and some apps understand no escaping of it.
func checkBrandName(name string) (string, error) {
	name, err := checkLine(name, maxBrandName)
	switch {
	case err != nil:
		return "", err
	case name == "":
		return "", errors.New("must not be empty")
	case strings.Contains(name, ":"):
		return "", errors.New("must not contain a colon")
	}
	// Percent-encoded (RFC 3986); QueryEscape writes a space as one plus sign.
	if n := len(url.QueryEscape(name)) + 2*strings.Count(name, " "); n > maxBrandName {
		return "", fmt.Errorf("takes %d bytes in the authenticator's address, at most %d fit; a space takes 3, a letter with an accent 6", n, maxBrandName)
	}
	return name, nil
}

func checkHelpContact(text string) (string, error) { return checkLine(text, maxHelpContact) }

// checkLine accepts one line of text of at most limit letters.
func checkLine(text string, limit int) (string, error) {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
		return "", errors.New("must be one line of plain text")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return "", fmt.Errorf("has %d letters, at most %d are allowed", n, limit)
	}
	return text, nil
}

// unprintable reports characters that are invisible or change how the text
// around them is shown.
func unprintable(r rune) bool {
	return r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) || unicode.In(r, unicode.Bidi_Control)
}

func (read ReadFile) checkLogo(path string) (Logo, error) {
	if path == "" {
		return Logo{}, nil
	}
	content, err := read.upTo(path, maxLogo)
	if err != nil {
		return Logo{}, err
	}
	if bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")) {
		return Logo{Bytes: content, Type: "image/png"}, checkPNG(path, content)
	}
	text, err := WithoutBOM(content)
	if err != nil {
		return Logo{}, fmt.Errorf("%s %w", path, err)
	}
	if isSVG([]byte(text)) {
		return Logo{Bytes: []byte(text), Type: "image/svg+xml"}, nil
	}
	return Logo{}, fmt.Errorf("%s is neither PNG nor SVG", path)
}

func checkPNG(path string, content []byte) error {
	size, err := png.DecodeConfig(bytes.NewReader(content))
	if err == nil && (size.Width > maxLogoSide || size.Height > maxLogoSide) {
		return fmt.Errorf("%s has %d by %d pixels, at most %d by %[4]d are allowed", path, size.Width, size.Height, maxLogoSide)
	}
	if err == nil {
		_, err = png.Decode(bytes.NewReader(content))
	}
	if err != nil {
		return fmt.Errorf("%s is a damaged PNG", path)
	}
	return nil
}

// isSVG accepts well-formed XML whose outermost element is svg.
func isSVG(content []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	root := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return root == "svg"
		}
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok && root == "" {
			root = start.Name.Local
		}
	}
}
