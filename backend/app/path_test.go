package app_test

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"imagemaster/backend/app"
)

// oddPaths are those that applications read in different ways.
var oddPaths = map[string][]string{
	"a dot segment":          {"/.", "/..", "/./", "/../", "/./admin", "/x/../admin", "/x/./y", "/x/..", "/x/.", "/admin/..", "/admin/.", "/x/.././y"},
	"an empty segment":       {"//", "//admin", "/x//y", "/x//", "///"},
	"a backslash":            {`/\admin`, `/x\..\admin`, `/\`, `/x\`},
	"a semicolon":            {"/admin;x", "/admin;jsessionid=1/y", "/;/admin", "/x;", "/x;/../admin"},
	"a control character":    {"/admin\x00", "/\tadmin", "/x\n", "/x\r\n", "/x\x1b", "/x\x7f", "/ ", "/x y"},
	"a non-ASCII character":  {"/é", "/x\x80", "/\xc0\xafadmin", "/\u212aelvin", "/ａdmin", "/x\u200b", "/\ufeff"},
	"the mark of a query":    {"/x?y", "/x#y", "/?", "/#"},
	"an encoded slash":       {"/x%2fy", "/x%2Fy", "/%2f", "/%2Fadmin", "/x%2f..%2fadmin"},
	"an encoded dot":         {"/%2e", "/%2E%2e/admin", "/x/.%2e/admin", "/a%2eb", "/%2eimagemaster/x"},
	"an encoded backslash":   {"/x%5cy", "/%5C", "/x%5c..%5Cadmin"},
	"an encoded percent":     {"/%25", "/%252e%252e/admin", "/x%25y", "/%2561dmin"},
	"an encoded semicolon":   {"/x%3by", "/%3B"},
	"an encoded NUL":         {"/%00", "/admin%00", "/admin%00.html"},
	"an encoded control":     {"/%0a", "/x%0d%0aX: y", "/%09admin", "/x%1f", "/x%7f"},
	"an invalid encoding":    {"/%", "/x%", "/%z", "/%zz", "/%2", "/%u002f", "/%u0061dmin", "/%%41", "/%-1", "/x%2/", "/%4", "/%0x41", "/%+1"},
	"encoded, but not UTF-8": {"/%c0%af", "/%C0%AE%c0%ae/admin", "/%e0%80%af", "/%f8%80%80%80%af", "/%ff", "/x%80", "/%ed%a0%80", "/%f4%90%80%80", "/%c3"},
	"no slash at first":      {"", "*", "admin", "x/y", "http://x/y", ".", "?", "%2fadmin"},
}

// ordinaryPaths have one reading.
var ordinaryPaths = []string{"/", "/x", "/x/", "/x/y.html", "/.well-known/x", "/...", "/x..y/", "/..x", "/x.", "/-_~!$&'()*+,=:@", "/x%20y", "/x/%20", "/a%2bb", "/%41%7e",
	"/%c3%a9", "/%C3%89t%c3%a9/%E2%82%AC", "/%e6%97%a5%e6%9c%ac", "/%F0%9F%98%80.png", "/e%cc%81", "/x%3fy", "/x%23", "/%7bid%7d", "/%22x%22", "/%3cx%3e"}

// A path with two readings is allowed only if every rule for the method allows it and
// one of them is for all paths.
func TestOddPaths(t *testing.T) {
	public := func(path string) app.Rule { return app.Rule{Path: path, Who: app.Public} }
	forStaff := func(path string) app.Rule {
		return app.Rule{Path: path, Who: app.Groups, Groups: []int64{staff}, Factor: app.Password}
	}
	reading := func(r app.Rule) app.Rule { r.Reading = true; return r }
	fresh := func(r app.Rule) app.Rule { r.MaxAgeMinutes = 5; return r }
	member := app.Person{SignedIn: true, PasswordAt: at(0), Groups: []int64{staff}}
	late, other := member, member
	late.PasswordAt, other.Groups = at(6), []int64{crew}
	for what, c := range map[string]struct {
		rules  []app.Rule
		method string
		person app.Person
		odd    string // what becomes of odd paths
	}{
		"one rule for all":              {[]app.Rule{public("/")}, "GET", app.Person{}, "yes"},
		"nobody, all rules public":      {[]app.Rule{public("/zz"), public("/")}, "GET", app.Person{}, "yes"},
		"a member, all rules allow":     {[]app.Rule{forStaff("/zz"), public("/")}, "GET", member, "yes"},
		"nobody, one rule for a group":  {[]app.Rule{forStaff("/zz"), public("/")}, "GET", app.Person{}, "sign_in"},
		"the same behind the public":    {[]app.Rule{public("/"), forStaff("/zz")}, "GET", app.Person{}, "sign_in"},
		"another group":                 {[]app.Rule{forStaff("/zz"), public("/")}, "GET", other, "no"},
		"another group behind":          {[]app.Rule{public("/"), forStaff("/zz")}, "GET", other, "no"},
		"nothing for all paths":         {[]app.Rule{public("/x"), public("/zz")}, "GET", member, "no"},
		"no rules":                      {nil, "GET", member, "no"},
		"one rule asks again":           {[]app.Rule{public("/"), fresh(forStaff("/zz"))}, "GET", late, "password"},
		"a rule of another method":      {[]app.Rule{reading(forStaff("/zz")), public("/")}, "POST", other, "yes"},
		"a rule for reading, HEAD":      {[]app.Rule{reading(forStaff("/zz")), public("/")}, "HEAD", other, "no"},
		"all paths for reading only":    {[]app.Rule{reading(public("/")), public("/zz")}, "POST", member, "no"},
		"all paths for reading, GET":    {[]app.Rule{reading(public("/")), public("/zz")}, "GET", app.Person{}, "yes"},
		"two factors somewhere, paused": {[]app.Rule{{Path: "/zz", Who: app.Everybody, Factor: app.TwoFactors}, public("/")}, "GET", app.Person{SignedIn: true, HasFactor: true}, "code"},
		"a key somewhere, paused": {[]app.Rule{{Path: "/zz", Who: app.Everybody, Factor: app.Resistant}, {Path: "/", Who: app.Everybody, Factor: app.TwoFactors}}, "GET",
			app.Person{SignedIn: true, HasFactor: true, HasKey: true}, "key"},
	} {
		a := &app.Application{Rules: c.rules}
		for kind, paths := range oddPaths {
			for _, path := range paths {
				if d := a.Decide(c.method, path, &c.person, monday); outcome(d) != c.odd || !d.Ambiguous || d.Rule != 0 {
					t.Errorf("%s, %s, %s %q: %+v, want %s", what, kind, c.method, path, d, c.odd)
				}
			}
		}
	}
}

func TestOrdinaryPaths(t *testing.T) {
	a := &app.Application{Rules: []app.Rule{{Path: "/zz", Who: app.Groups, Groups: []int64{staff}, Factor: app.Password}, {Path: "/", Who: app.Public}}}
	for _, path := range ordinaryPaths {
		if d := a.Decide("GET", path, &app.Person{}, monday); outcome(d) != "yes" || d.Ambiguous || d.Rule != 2 {
			t.Errorf("%q: %+v", path, d)
		}
	}
}

// A path that is below a prefix only for applications that decode it or ignore case has
// two readings. The letters beyond ASCII are those that become ASCII in capitals, in
// small letters, or folded.
func TestPathsThatOnlySomeReadAsAPrefix(t *testing.T) {
	a := &app.Application{Rules: []app.Rule{{Path: "/Kiosk/files", Who: app.Groups, Groups: []int64{staff}, Factor: app.Password}, {Path: "/", Who: app.Public}}}
	for path, ambiguous := range map[string]bool{
		"/kiosk/files": true, "/KIOSK/FILES": true, "/Kiosk/Files/x": true, "/kIOSK/fILES/": true,
		"/%4biosk/files": true, "/Kiosk/file%73": true, "/Kios%6B/%66%69%6c%65%73/x": true, "/%6biosk/files": true,
		"/%E2%84%AAiosk/files": true, "/Kio%c5%bfk/files": true, "/Kiosk/file%C5%BF": true, // Kelvin sign, long s
		"/K%c4%b1osk/files": true, "/K%c4%b0osk/files": true, // i without and with a dot
		"/Kiosk/%ef%ac%81les": true, "/kiosk/%ef%ac%81le%c5%bf": true, // a ligature of f and i
		"/kiosk": false, "/kiosk/file": false, "/Kiosk/filess": false, "/Kiosk/fil%c3%a9s": false, "/%6biosk": false, "/Kiosk%20/files": false, "/x/kiosk/files": false,
		"/Ki%c3%b6sk/files": false, "/%ce%9aiosk/files": false, // a Greek capital kappa only looks alike
	} {
		want := map[bool]string{true: "sign_in", false: "yes"}[ambiguous]
		if d := a.Decide("GET", path, &app.Person{}, monday); outcome(d) != want || d.Ambiguous != ambiguous {
			t.Errorf("%s: %+v, want %s", path, d, want)
		}
	}
	if d := a.Decide("GET", "/Kiosk/files/x", &app.Person{}, monday); d.Rule != 1 || d.Ambiguous {
		t.Errorf("as the rule says: %+v", d)
	}
	// A prefix of a later rule does not matter where an earlier one decides.
	a.Rules = []app.Rule{{Path: "/a", Who: app.Public}, {Path: "/a/b", Who: app.Groups, Groups: []int64{staff}}}
	if d := a.Decide("GET", "/a/B", &app.Person{}, monday); d.Rule != 1 || d.Ambiguous {
		t.Errorf("a later rule: %+v", d)
	}
}

// No letter is forgotten: every one that changes into ASCII letters by its case, in any
// of the ways that languages have for it, gives a path two readings.
func TestEveryLetterThatBecomesASCII(t *testing.T) {
	fold, found := cases.Fold(), 0
	lower, upper := cases.Lower(language.Und), cases.Upper(language.Und)
	for r := rune(utf8.RuneSelf); r < 0x20000; r++ { // no case beyond
		text := string(r)
		if !utf8.ValidRune(r) {
			continue
		}
		for _, changed := range []string{string(unicode.ToLower(r)), string(unicode.ToUpper(r)), string(unicode.ToTitle(r)), string(unicode.SimpleFold(r)),
			fold.String(text), lower.String(text), upper.String(text), strings.ToLower(upper.String(text)), strings.ToUpper(lower.String(text))} {
			if strings.Trim(changed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
				continue
			}
			found++
			a := &app.Application{Rules: []app.Rule{{Path: "/x" + changed, Who: app.Public}}}
			if d := a.Decide("GET", "/x"+url.PathEscape(text), &app.Person{}, monday); !d.Ambiguous {
				t.Errorf("%q becomes %q", r, changed)
			}
		}
	}
	if found < 13 {
		t.Errorf("only %d changes were found", found)
	}
}

// readings are what naive applications may make of a raw path, to be compared with
// prefixes: they decode it once, clean it, and do or do not ignore case.
func readings(raw string) (all []string) {
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		decoded = lenient(raw)
	}
	for _, text := range []string{raw, decoded, strings.ReplaceAll(decoded, `\`, "/"), withoutParameters(raw), withoutParameters(decoded), beforeNUL(decoded)} {
		all = append(all, path.Clean("/"+text))
	}
	if twice, err := url.PathUnescape(decoded); err == nil {
		all = append(all, path.Clean("/"+twice))
	}
	return all
}

// lenient decodes what is an encoding and keeps the rest.
func lenient(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if c, err := url.PathUnescape(raw[i:min(len(raw), i+3)]); raw[i] == '%' && err == nil {
			b.WriteString(c)
			i += 2
			continue
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}

func withoutParameters(text string) string {
	var kept []string
	for segment := range strings.SplitSeq(text, "/") {
		name, _, _ := strings.Cut(segment, ";")
		kept = append(kept, name)
	}
	return strings.Join(kept, "/")
}

func beforeNUL(text string) string {
	before, _, _ := strings.Cut(text, "\x00")
	return before
}

// FuzzDecide: a path is never allowed where any reading of it leads to a rule that
// refuses, and a path with two readings never where any rule for its method refuses.
func FuzzDecide(f *testing.F) {
	for _, paths := range oddPaths {
		for _, path := range paths {
			f.Add(path, "/admin", true)
		}
	}
	for _, path := range append(ordinaryPaths, "/Admin/x", "/%61dmin", "/adm%C4%B1n", "/adm%c4%b0n/x", "/%41DMIN/", "/admin%20") {
		f.Add(path, "/Admin", false)
	}
	f.Add("/%e2%84%aaelvin", "/kelvin", false)
	f.Add("/%ef%ac%81%c5%bfh", "/fish", false)
	fold := cases.Fold()
	same := map[string]func(string) string{"exact": strings.Clone, "small": strings.ToLower, "capital": strings.ToUpper, "folded": fold.String}
	f.Fuzz(func(t *testing.T, raw, prefix string, reading bool) {
		parsed, err := app.Parse(app.Application{Name: "x", Addresses: []string{"https://wiki.example.com"},
			Rules: []app.Rule{{Path: prefix, Who: app.Groups, Groups: []int64{staff}, Factor: app.Password, Reading: reading}}}, "")
		if err != nil {
			return
		}
		refusing, public := parsed.Rules[0], app.Rule{Path: "/", Who: app.Public}
		for _, rules := range [][]app.Rule{{refusing, public}, {public, refusing}, {{Path: "/a", Who: app.Public}, refusing, public}} {
			a := &app.Application{Rules: rules}
			for _, method := range []string{"GET", "POST"} {
				d := a.Decide(method, raw, &app.Person{SignedIn: true, PasswordAt: at(0)}, monday)
				refuses := !reading || method == "GET"
				if d.Allowed && d.Ambiguous && refuses {
					t.Fatalf("%s %q has two readings and is allowed, although the rule for %s refuses", method, raw, refusing.Path)
				}
				if !d.Allowed || !refuses {
					continue
				}
				for _, read := range readings(raw) {
					for how, change := range same {
						if i := firstBelow(rules, read, change); i < 0 || rules[i].Who != app.Public {
							t.Fatalf("%s %q is allowed, %+v, although an application may read it as %q, %s, below %s", method, raw, d, read, how, refusing.Path)
						}
					}
				}
			}
		}
	})
}

// firstBelow returns the first rule whose path, changed as the application changes it,
// the read path is below, -1 = none.
func firstBelow(rules []app.Rule, read string, change func(string) string) int {
	for i, rule := range rules {
		if prefix := change(rule.Path); prefix == "/" || strings.HasPrefix(change(read)+"/", prefix+"/") {
			return i
		}
	}
	return -1
}

// A rule's own path reads in one way: it decides about itself.
func FuzzPrefix(f *testing.F) {
	for _, path := range append(ordinaryPaths, "/a/b/", "  /x ", "/%2e", "/a;b", "//", "/a//", "/é") {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		parse := func(path string) (string, error) {
			a, err := app.Parse(app.Application{Name: "x", Addresses: []string{"https://wiki.example.com"}, Rules: []app.Rule{{Path: path, Who: app.Public, Factor: app.NoFactor}}}, "")
			if err != nil {
				return "", err
			}
			return a.Rules[0].Path, nil
		}
		path, err := parse(typed)
		if err != nil {
			return
		}
		if again, err := parse(path); err != nil || again != path {
			t.Fatalf("%q becomes %q, and that %q, %v", typed, path, again, err)
		}
		a := &app.Application{Rules: []app.Rule{{Path: path, Who: app.Public}}}
		for _, below := range []string{path, strings.TrimSuffix(path, "/") + "/", strings.TrimSuffix(path, "/") + "/below"} {
			if d := a.Decide("GET", below, &app.Person{}, monday); !d.Allowed || d.Rule != 1 || d.Ambiguous {
				t.Fatalf("%q under %q: %s", below, path, fmt.Sprintf("%+v", d))
			}
		}
	})
}
