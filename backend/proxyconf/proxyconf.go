// Package proxyconf fills the examples of docs/examples in: the finished settings of a
// reverse proxy for one application. It is pure: the words of an example are replaced by
// those of the application, and every word that has to be there is looked for, so that
// an example cannot change without this package.
//
// Administrators copy the result into their proxy. An address that is not written as the
// product itself stores it is refused, and a listener whose name has characters that
// settings would read in another way is left out.
package proxyconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"imagemaster/backend/config"
)

// Settings are the finished settings of each proxy.
type Settings struct {
	Nginx, Caddy, Traefik string
}

// What the examples say, and what stands in its place in the result.
const (
	exampleHost = "wiki.example.com"
	exampleSlug = "wiki-example-com"
	exampleGate = "127.0.0.1:8081"
)

// noSocket stands in place of settings for Traefik, which reaches TCP ports only.
const noSocket = `# Traefik cannot reach a unix socket (github.com/traefik/traefik/issues/4881). Let the
# gate listen on a loopback address, such as --gate-listen 127.0.0.1:8081.
`

// Fill makes the settings for an application with these origins, from the files
// gate-nginx.conf, gate-Caddyfile and gate-traefik.yml of a file system. gate is the
// address on which the gate listens, HOST:PORT or unix:PATH; "" = that of the examples.
func Fill(examples fs.FS, origins []string, gate string) (Settings, error) {
	if examples == nil {
		return Settings{}, errors.New("proxyconf: no examples")
	}
	if gate == "" {
		gate = exampleGate
	}
	note := ""
	if !isPlain(gate) {
		gate, note = exampleGate, "# Replace "+exampleGate+" by --gate-listen. It has characters that need quotes here.\n"
	}
	sites, err := parseSites(origins)
	if err != nil {
		return Settings{}, err
	}
	var s Settings
	for _, proxy := range []struct {
		file string
		fill func(text string, sites []site, gate string) (string, error)
		into *string
	}{{"gate-nginx.conf", fillNginx, &s.Nginx}, {"gate-Caddyfile", fillCaddy, &s.Caddy}, {"gate-traefik.yml", fillTraefik, &s.Traefik}} {
		text, err := fs.ReadFile(examples, proxy.file)
		if err != nil {
			return Settings{}, fmt.Errorf("proxyconf: %w", err)
		}
		if *proxy.into, err = proxy.fill(string(text), sites, gate); err != nil {
			return Settings{}, fmt.Errorf("proxyconf: %s: %w", proxy.file, err)
		}
		*proxy.into = note + *proxy.into
	}
	return s, nil
}

// isPlain says whether a listener has no character with a meaning in settings.
func isPlain(gate string) bool {
	return strings.Trim(gate, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-:[]") == ""
}

// site is one address of an application.
type site struct {
	origin string // https://wiki.example.com:8443
	scheme string
	host   string // with its port where that is not the scheme's own, as in the Host header
	name   string // without a port; an IPv6 address in its brackets
	port   string
}

func parseSites(origins []string) ([]site, error) {
	if len(origins) == 0 {
		return nil, errors.New("proxyconf: an application without an address")
	}
	sites := make([]site, len(origins))
	for i, origin := range origins {
		if checked, err := config.ParseOrigin(origin); err != nil || checked != origin {
			return nil, fmt.Errorf("proxyconf: %q is not an address as it is stored", origin)
		}
		s := site{origin: origin}
		s.scheme, s.host, _ = strings.Cut(origin, "://")
		s.name, s.port = s.host, map[string]string{"https": "443", "http": "80"}[s.scheme]
		if colon := strings.LastIndexByte(s.host, ':'); colon > strings.LastIndexByte(s.host, ']') {
			s.name, s.port = s.host[:colon], s.host[colon+1:]
		}
		sites[i] = s
	}
	return sites, nil
}

func (s site) isIPv6() bool { return strings.HasPrefix(s.name, "[") }

// slug is a name for the site in settings.
func (s site) slug() string {
	slug := strings.Trim(strings.NewReplacer(".", "-", ":", "-", "[", "", "]", "").Replace(s.name), "-")
	if s.host != s.name {
		slug += "-" + s.port
	}
	return slug
}

// listen is what nginx listens on. Plain http is for this machine only.
func (s site) listen() string {
	switch {
	case s.scheme == "https" && s.isIPv6():
		return "[::]:" + s.port + " ssl"
	case s.scheme == "https":
		return s.port + " ssl"
	case s.isIPv6():
		return s.name + ":" + s.port
	case strings.HasPrefix(s.name, "127."):
		return s.name + ":" + s.port
	}
	return "127.0.0.1:" + s.port
}

// replace replaces words, given as pairs. Where two fit, the earlier one does. Each has
// to occur.
func replace(text string, words ...string) (string, error) {
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(text, words[i]) {
			return "", fmt.Errorf("the example lacks %q", words[i])
		}
	}
	return strings.NewReplacer(words...).Replace(text), nil
}

// cut divides a text before a line that begins with a word.
func cut(text, line string) (head, rest string, err error) {
	at := strings.Index(text, "\n"+line)
	if at < 0 {
		return "", "", fmt.Errorf("the example has no line %q", line)
	}
	return text[:at+1], text[at+1:], nil
}

// without deletes the lines that hold a word.
func without(text, word string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, word) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// comment is the beginning of filled settings.
func comment(sites []site) string {
	text := ""
	for _, s := range sites {
		text += "# For " + s.origin + "\n"
	}
	return text + "# Replace 127.0.0.1:3000 by where the application listens.\n"
}

// afterIntroduction cuts the first comment off, which tells how to fill an example in.
func afterIntroduction(text string) string {
	for strings.HasPrefix(text, "#") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.TrimLeft(text, "\n")
}

func fillNginx(text string, sites []site, gate string) (string, error) {
	shared, block, err := cut(text, "server {")
	if err != nil {
		return "", err
	}
	upstream := "http://" + gate
	if strings.HasPrefix(gate, "unix:") {
		upstream += ":" // ends the path
	}
	var filled strings.Builder
	filled.WriteString(comment(sites) + "\n" + afterIntroduction(shared))
	for i, s := range sites {
		if i > 0 {
			filled.WriteByte('\n')
		}
		block, err := replace(block,
			"listen 443 ssl;", "listen "+s.listen()+";",
			"server_name "+exampleHost+";", "server_name "+s.name+";",
			"/etc/ssl/"+exampleHost+".", "/etc/ssl/"+strings.Trim(s.name, "[]")+".",
			"X-Forwarded-Proto https;", "X-Forwarded-Proto "+s.scheme+";",
			"https://"+exampleHost, s.origin,
			exampleHost, s.host,
			"http://"+exampleGate+"/", upstream+"/",
			"http://"+exampleGate+";", strings.TrimSuffix(upstream, ":")+";")
		if err != nil {
			return "", err
		}
		if s.scheme == "http" {
			block = without(block, "ssl_certificate")
		}
		filled.WriteString(block)
	}
	return filled.String(), nil
}

func fillCaddy(text string, sites []site, gate string) (string, error) {
	_, block, err := cut(text, exampleHost+" {")
	if err != nil {
		return "", err
	}
	if socket, ok := strings.CutPrefix(gate, "unix:"); ok {
		gate = "unix/" + socket
	}
	var filled strings.Builder
	filled.WriteString(comment(sites))
	for i, s := range sites {
		if i > 0 {
			filled.WriteByte('\n')
		}
		address := s.host
		if s.scheme == "http" {
			address = s.origin
		}
		block, err := replace(block, exampleHost+" {", address+" {", exampleGate, gate)
		if err != nil {
			return "", err
		}
		filled.WriteString(block)
	}
	return filled.String(), nil
}

func fillTraefik(text string, sites []site, gate string) (string, error) {
	if strings.HasPrefix(gate, "unix:") {
		return noSocket, nil
	}
	head, rest, err := cut(text, "http:\n")
	if err != nil {
		return "", err
	}
	routers, shared, err := cut(rest, "  middlewares:\n")
	if err != nil {
		return "", err
	}
	start, routers, err := cut(routers, "    # Sign-in")
	if err != nil {
		return "", err
	}
	_, warning, err := cut(head, "# NOT TRIED")
	if err != nil {
		return "", err
	}
	var filled strings.Builder
	filled.WriteString(comment(sites) + "#\n" + warning + start)
	own := sites[0].slug() // names middlewares and services
	for _, s := range sites {
		router, err := s.router(routers, own)
		if err != nil {
			return "", err
		}
		filled.WriteString(router)
	}
	shared, err = replace(shared, exampleSlug, own, exampleGate, gate)
	if err != nil {
		return "", err
	}
	filled.WriteString(shared)
	return filled.String(), nil
}

// router fills the routers of one site. own names what the sites share.
func (s site) router(text, own string) (string, error) {
	text, err := replace(text,
		"    "+exampleSlug+"-gate:", "    "+s.slug()+"-gate:",
		"    "+exampleSlug+":", "    "+s.slug()+":",
		exampleSlug, own,
		"Host(`"+exampleHost+"`)", s.hostRule())
	if err == nil && s.scheme == "http" {
		text, err = replace(without(text, "tls: {}"), `"websecure"`, `"web"`)
	}
	return text, err
}

// hostRule is how Traefik finds a request of the site. It reads an IPv6 address with
// its brackets where no port follows, and without them elsewhere.
func (s site) hostRule() string {
	if s.isIPv6() {
		return "(Host(`" + s.name + "`) || Host(`" + strings.Trim(s.name, "[]") + "`))"
	}
	return "Host(`" + s.name + "`)"
}
