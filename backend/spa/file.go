package spa

import (
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// file is one file of the build in every coding it can be sent in, the preferred
// one first and the plain one last.
type file struct {
	contentType string
	cache       string
	vary        string
	policy      string // its own Content-Security-Policy; "" = that of every answer
	variants    []variant
}

// variant is the file in one coding. Its strong ETag is a hash of its own bytes,
// so two codings of a file never share one (RFC 9110 section 8.8.3).
type variant struct {
	encoding string // content coding, "" = none
	etag     string
	body     []byte
}

// encodings are the codings that the build makes, the preferred one first.
var encodings = []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

// contentTypes lists the types of files in a build. The table of the operating
// system is not used: it differs from machine to machine.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
}

// load reads every file of fsys, by the path of its requests. It leaves out
// index.html, which is a template, and files whose name begins with a dot.
func load(fsys fs.FS) (map[string]*file, error) {
	files := map[string]*file{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == indexName || strings.HasPrefix(path.Base(name), ".") || isVariant(fsys, name) {
			return err
		}
		f, err := read(fsys, name)
		files["/"+name] = f
		return err
	})
	return files, err
}

// isVariant reports whether name is the compressed form of another file.
func isVariant(fsys fs.FS, name string) bool {
	for _, e := range encodings {
		plain, cut := strings.CutSuffix(name, e.suffix)
		if e.suffix == "" || !cut {
			continue
		}
		if _, err := fs.Stat(fsys, plain); err == nil {
			return true
		}
	}
	return false
}

func read(fsys fs.FS, name string) (*file, error) {
	f := &file{contentType: contentTypes[path.Ext(name)], cache: cacheRevalidate, vary: fiber.HeaderAcceptEncoding}
	if f.contentType == "" {
		f.contentType = "application/octet-stream"
	}
	if strings.HasPrefix(name, "assets/") {
		f.cache = cacheForever
	}
	for _, e := range encodings {
		body, err := fs.ReadFile(fsys, name+e.suffix)
		if err != nil && e.suffix != "" {
			continue // the build leaves out a variant that would not be smaller
		}
		if err != nil {
			return nil, err
		}
		f.variants = append(f.variants, newVariant(e.coding, body))
	}
	return f, nil
}

func newVariant(encoding string, body []byte) variant {
	sum := sha256.Sum256(body)
	return variant{encoding: encoding, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`, body: body}
}

// choose returns the first variant that the client accepts. The plain one is sent
// even if the client refuses it: there is no other left.
func (f *file) choose(acceptEncoding string) variant {
	for _, v := range f.variants[:len(f.variants)-1] {
		if accepts(acceptEncoding, v.encoding) {
			return v
		}
	}
	return f.variants[len(f.variants)-1]
}

// accepts reads an Accept-Encoding field (RFC 9110 section 12.5.3): a coding
// counts when it, or else "*", is listed with a weight above zero.
func accepts(field, coding string) bool {
	wildcard := false
	for item := range strings.SplitSeq(field, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		wanted := weight(parameters) > 0
		if name == coding {
			return wanted
		}
		if name == "*" {
			wildcard = wanted
		}
	}
	return wildcard
}

// weight returns the q parameter, 1 when there is none, and 0 when it is
// malformed, so that such a coding is not used.
func weight(parameters string) float64 {
	name, value, found := strings.Cut(strings.TrimSpace(parameters), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}

// matches reads an If-None-Match field (RFC 9110 section 13.1.2). The comparison
// is weak: a proxy may have marked our tag with W/.
func matches(field, etag string) bool {
	for tag := range strings.SplitSeq(field, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}
