// Package backend holds only the tests of the layers: a package imports packages
// of lower floors, never of its own or a higher one.
package backend

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "imagemaster/backend/"

// floors lists the packages from the lowest floor to the highest.
var floors = [][]string{
	{"access", "metrics"},
	{"apperr", "config", "database", "framing", "gatecheck", "listener", "systemd"},
	{"password", "proxyconf", "secretbox", "sheet", "qr", "crockford", "opaque", "useragent"}, // pure: no database, no HTTP
	{"account", "session", "totp", "backupcode", "helpcode", "passkey", "throttle", "audit", "notify", "canary", "group", "app", "policy"},
	{"auth", "rotation", "backup"}, // use cases
	{"people"},                     // use cases of administrators, on the core of auth
	{"health", "system"},
	{"api", "spa", "cli", "gate"},
	{"server"},
}

// These packages are on no floor: only tests may import them. testdb opens
// databases through package database.
const (
	testdb     = "testdb"
	testmail   = "testmail"
	testserver = "testserver"
	testkey    = "testkey"
)

func besideTheFloors(pkg string) bool {
	return pkg == testdb || pkg == testkey || pkg == testmail || pkg == testserver
}

// homes lists, for each library, the only packages that may import it.
var homes = map[string][]string{
	"github.com/alecthomas/kong":             {"cli"},
	"github.com/alexedwards/argon2id":        {"password"},
	"github.com/andybalholm/brotli":          {"spa"},
	"github.com/danielgtaylor/huma/v2":       {"api"},
	"github.com/go-sql-driver/mysql":         {"database", testdb},
	"github.com/descope/virtualwebauthn":     {testkey},
	"github.com/go-webauthn/webauthn":        {"passkey"},
	"github.com/gofiber/fiber/v2":            {"api", "gate", "spa"},
	"github.com/johnfercher/maroto/v2":       {"sheet"},
	"github.com/libtnb/sqlite":               {"database"},
	"github.com/pquerna/otp":                 {"totp"},
	"github.com/pressly/goose/v3":            {"database"},
	"github.com/valyala/fasthttp":            {"api", "framing", "gate"},
	"github.com/yeqown/go-qrcode/v2":         {"qr"},
	"golang.org/x/crypto/argon2":             {"password"},
	"gorm.io/driver/mysql":                   {"database"},
	"gorm.io/gorm":                           {"account", "session", "totp", "backupcode", "throttle", "audit", "notify", "canary", "group", "app", "helpcode", "passkey", "policy", "database", "auth"},
	"modernc.org/sqlite":                     {"database", testdb},
	"net/http":                               {"api", "gate", "metrics", testserver},
	"github.com/VictoriaMetrics/metrics":     {"metrics"},
	"crypto/aes":                             {"secretbox"},
	"crypto/hkdf":                            {"secretbox"},
	"database/sql":                           {"database", testdb, "auth"},
	"math/rand":                              {"database"}, // spreads retries; secrets come from crypto/rand
	"os/exec":                                {testdb, testmail, testserver},
	"html/template":                          {"api", "gate", "notify", "spa"},
	"github.com/wneessen/go-mail":            {"notify"},
	"github.com/gofiber/contrib":             {},
	"github.com/gofiber/fiber/v2/middleware": {},
}

// source is one Go file.
type source struct {
	pkg, file string // "totp", "store.go"
	imports   []string
	doc       bool // has a package comment
}

func (s source) test() bool    { return strings.HasSuffix(s.file, "_test.go") }
func (s source) where() string { return s.pkg + "/" + s.file }

// readSources reads the imports of all files of all packages.
func readSources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || filepath.Dir(name) == "." {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{pkg: filepath.ToSlash(filepath.Dir(name)), file: entry.Name(), doc: file.Doc != nil}
		s.imports, err = importsOf(file)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func importsOf(file *ast.File) ([]string, error) {
	var paths []string
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func floorOf(pkg string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, pkg) })
}

func TestEveryPackageHasItsFloor(t *testing.T) {
	found, documented := map[string]bool{}, map[string]bool{}
	for _, s := range readSources(t) {
		found[s.pkg] = true
		documented[s.pkg] = documented[s.pkg] || s.doc && !s.test()
		if !besideTheFloors(s.pkg) && floorOf(s.pkg) < 0 {
			t.Errorf("%s stands on no floor", s.where())
		}
	}
	for _, pkg := range slices.Concat(floors...) {
		if !found[pkg] {
			t.Errorf("there is no package %s", pkg)
		}
		if found[pkg] && !documented[pkg] {
			t.Errorf("package %s does not say what it is for", pkg)
		}
	}
}

func TestImportsGoDownwards(t *testing.T) {
	checked := 0
	for _, s := range readSources(t) {
		for _, imported := range s.imports {
			pkg, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			checked++
			if !mayImport(s, pkg) {
				t.Errorf("%s imports %s, which is not below it", s.where(), pkg)
			}
		}
	}
	if checked == 0 {
		t.Error("no import was found")
	}
}

func mayImport(s source, pkg string) bool {
	switch {
	case s.pkg == pkg:
		return s.test() // from its own external test package
	case besideTheFloors(pkg):
		return s.test()
	case s.pkg == testdb:
		return pkg == "database"
	case s.test():
		return floorOf(pkg) <= floorOf(s.pkg) // packages of the same floor make the rows that a test needs
	}
	return floorOf(pkg) < floorOf(s.pkg)
}

func TestLibrariesStayAtHome(t *testing.T) {
	for _, s := range readSources(t) {
		for _, imported := range s.imports {
			library := libraryOf(imported)
			if library != "" && !s.test() && !slices.Contains(homes[library], s.pkg) {
				t.Errorf("%s imports %s; only %q may", s.where(), imported, homes[library])
			}
		}
	}
}

// libraryOf returns the longest entry of homes that is a prefix of an import path.
func libraryOf(imported string) string {
	best := ""
	for library := range maps.Keys(homes) {
		if (imported == library || strings.HasPrefix(imported, library+"/")) && len(library) > len(best) {
			best = library
		}
	}
	return best
}

// Only the files store.go and store_….go import GORM, so that a reader finds
// every query there.
func TestGORMStaysInStores(t *testing.T) {
	stores := 0
	for _, s := range readSources(t) {
		for _, imported := range s.imports {
			if libraryOf(imported) != "gorm.io/gorm" || s.pkg == "database" || s.pkg == testdb || s.test() {
				continue
			}
			if s.file == "store.go" || strings.HasPrefix(s.file, "store_") {
				stores++
			} else {
				t.Errorf("%s imports %s", s.where(), imported)
			}
		}
	}
	if stores == 0 {
		t.Error("no store was found")
	}
}

// The pure packages import neither the database nor the network.
func TestPurePackagesArePure(t *testing.T) {
	for _, s := range readSources(t) {
		if s.test() || floorOf(s.pkg) != floorOf("secretbox") {
			continue
		}
		for _, imported := range s.imports {
			if imported == module+"database" || path.Dir(imported) == "net" || imported == "net" {
				t.Errorf("%s imports %s", s.where(), imported)
			}
		}
	}
}

// Fiber's own tests fail with a newer fasthttp; ours do not notice.
func TestFasthttpIsHeld(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	versions := regexp.MustCompile(`(?m)^(?:require)?\s*github\.com/valyala/fasthttp\s+(\S+)`).FindAllSubmatch(text, -1)
	if len(versions) != 1 || string(versions[0][1]) != "v1.69.0" {
		t.Errorf("go.mod requires fasthttp %q, want v1.69.0 once", versions)
	}
	if regexp.MustCompile(`(?m)^\s*(replace|exclude)\b`).Match(text) {
		t.Error("go.mod replaces or excludes modules")
	}
}

// Older releases of Fiber allow session fixation and predictable ids
// (CVE-2024-38513, CVE-2025-66630).
func TestFiberIsMended(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^\s*github\.com/gofiber/fiber/v2 v2\.(\d+)\.(\d+)$`).FindSubmatch(text)
	if m == nil {
		t.Fatal("go.mod does not require Fiber")
	}
	minor, _ := strconv.Atoi(string(m[1]))
	patch, _ := strconv.Atoi(string(m[2]))
	if minor < 52 || minor == 52 && patch < 15 {
		t.Errorf("Fiber is v2.%d.%d, want at least v2.52.15", minor, patch)
	}
}

// A rule that accepts everything would fail no other test.
func TestRulesRefuse(t *testing.T) {
	for _, c := range []struct {
		from source
		pkg  string
		want bool
	}{
		{source{pkg: "auth", file: "signin.go"}, "totp", true},
		{source{pkg: "totp", file: "store.go"}, "auth", false},
		{source{pkg: "totp", file: "store.go"}, "account", false},
		{source{pkg: "totp", file: "store.go"}, testdb, false},
		{source{pkg: "totp", file: "store_test.go"}, testdb, true},
		{source{pkg: "notify", file: "courier.go"}, testmail, false},
		{source{pkg: "notify", file: "courier_test.go"}, testmail, true},
		{source{pkg: testmail, file: "testmail.go"}, "notify", false},
		{source{pkg: "cli", file: "cli.go"}, testserver, false},
		{source{pkg: "totp", file: "totp_test.go"}, "auth", false},
		{source{pkg: "totp", file: "store_test.go"}, "account", true},
		{source{pkg: "totp", file: "totp_test.go"}, "totp", true},
		{source{pkg: "api", file: "api.go"}, "spa", false},
		{source{pkg: "cli", file: "cli.go"}, "api", false},
		{source{pkg: "config", file: "config.go"}, "database", false},
		{source{pkg: testdb, file: "testdb.go"}, "database", true},
		{source{pkg: testdb, file: "testdb.go"}, "auth", false},
	} {
		if got := mayImport(c.from, c.pkg); got != c.want {
			t.Errorf("%s may import %s: %v, want %v", c.from.where(), c.pkg, got, c.want)
		}
	}
	for imported, want := range map[string]string{"gorm.io/gorm/clause": "gorm.io/gorm", "gorm.io/gorma": "", "github.com/gofiber/fiber/v2/middleware/limiter": "github.com/gofiber/fiber/v2/middleware"} {
		if got := libraryOf(imported); got != want {
			t.Errorf("%s belongs to %q, want %q", imported, got, want)
		}
	}
}
