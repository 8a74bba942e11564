package app_test

import (
	"net/url"
	"strings"
	"testing"

	"imagemaster/backend/app"
)

const wiki = "https://wiki.example.com"

func TestTargets(t *testing.T) {
	for text, want := range map[string]app.Target{
		"https://wiki.example.com/":              {Origin: wiki, Path: "/"},
		"https://wiki.example.com/page?x=1":      {Origin: wiki, Path: "/page", Query: "?x=1"},
		"https://wiki.example.com/page?":         {Origin: wiki, Path: "/page", Query: "?"},
		"https://wiki.example.com/a?b?c/d":       {Origin: wiki, Path: "/a", Query: "?b?c/d"},
		"https://wiki.example.com//evil.com/":    {Origin: wiki, Path: "//evil.com/"},
		"https://wiki.example.com/\\evil.com":    {Origin: wiki, Path: "/\\evil.com"},
		"https://wiki.example.com/../%2e%2E/;x":  {Origin: wiki, Path: "/../%2e%2E/;x"},
		"https://wiki.example.com/https://evil/": {Origin: wiki, Path: "/https://evil/"},
		"https://wiki.example.com/@evil.com":     {Origin: wiki, Path: "/@evil.com"},
		"https://wiki.example.com/é":             {Origin: wiki, Path: "/é"},
		"HTTPS://Wiki.EXAMPLE.com/Page?X=Y":      {Origin: wiki, Path: "/Page", Query: "?X=Y"},
		"https://wiki.example.com:443/":          {Origin: wiki, Path: "/"},
		"wss://wiki.example.com/socket":          {Origin: wiki, Path: "/socket"},
		"WSS://wiki.example.com:443/socket":      {Origin: wiki, Path: "/socket"},
		"https://wiki.example.com:8443/":         {Origin: wiki + ":8443", Path: "/"},
		"https://wiki.example.com:80/":           {Origin: wiki + ":80", Path: "/"},
		"http://localhost/":                      {Origin: "http://localhost", Path: "/"},
		"http://localhost:80/":                   {Origin: "http://localhost", Path: "/"},
		"ws://localhost:80/":                     {Origin: "http://localhost", Path: "/"},
		"http://localhost:443/":                  {Origin: "http://localhost:443", Path: "/"},
		"http://127.0.0.1:3000/x":                {Origin: "http://127.0.0.1:3000", Path: "/x"},
		"http://[::1]/":                          {Origin: "http://[::1]", Path: "/"},
		"http://[::1]:80/":                       {Origin: "http://[::1]", Path: "/"},
		"http://[::1]:3000/":                     {Origin: "http://[::1]:3000", Path: "/"},
		"https://[2001:DB8::1]:443/":             {Origin: "https://[2001:db8::1]", Path: "/"},
	} {
		got, ok := app.ParseTarget(text)
		if !ok || got != want {
			t.Errorf("%q: %+v, %t, want %+v", text, got, ok, want)
		}
		if got.Page() != want.Path+want.Query {
			t.Errorf("%q: the page is %q", text, got.Page())
		}
	}
}

func TestRefusedTargets(t *testing.T) {
	for _, text := range []string{
		"", "/", "wiki.example.com/", "//wiki.example.com/", "https:/wiki.example.com/", "https:wiki.example.com/", "://wiki.example.com/", "https//wiki.example.com/",
		"https://wiki.example.com", "https://wiki.example.com?x", "https:///", "https:///wiki.example.com/", "https://:443/",
		"ftp://wiki.example.com/", "javascript://wiki.example.com/", "httpss://wiki.example.com/", " https://wiki.example.com/", "https ://wiki.example.com/", "http\u017f://wiki.example.com/",
		"https://anna@wiki.example.com/", "https://anna:word@wiki.example.com/", "https://@wiki.example.com/", "https://wiki.example.com@evil.com/", "https://wiki.example.com%40evil.com/",
		"https://wiki.example.com./", "https://wiki.example.com.:443/", "https://./",
		"https://wiki.example.com/#x", "https://wiki.example.com#/x", "https://wiki.example.com/x?y#z",
		"https://wiki.example.comhttp://evil/", "https://wiki.example.comhttps://evil/x", "https://wiki.example.com:/", "https://wiki.example.com:x/", "https://wiki.example.com:-1/",
		"https://wiki.example.com:+443/", "https://wiki.example.com:443x/", "https://wiki.example.com:443:443/", "https://wiki.example.com:8443:443/", "https://wiki.example.com:443:/",
		"https://wiki.example.com:000443/", "https://wiki.example.com:123456/", "https://wiki.example.com:\u0664\u0664/",
		"https://wiki.example.com\\/", "https://evil.com\\.wiki.example.com/", "https://wiki example.com/", "https://wiki_example.com/", "https://wiki,example.com/", "https://wiki.example.com;x/",
		"https://wiki.example.com, evil.com/", "https://wiki%2eexample.com/", "https://\u212aiki.example.com/", "https://w\u0131ki.example.com/", "https://wiki\uff0eexample.com/", "https://wiki.example.com\x00/", "https://wiki\t.example.com/",
		"http://[::1/", "http://::1]/", "http://::1/", "http://[::1]x/", "http://[::1]:/", "http://[::1]]/", "http://[[::1]]/", "http://[]/", "http://[localhost]/", "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://[::1%eth0]/",
		"http://[::1]:80:80/", "http://[::1].evil.com/", "http://evil.com[::1]/",
		"https://wiki.example.com/a b", "https://wiki.example.com/\r\nSet-Cookie: x", "https://wiki.example.com/a\nb", "https://wiki.example.com/a\tb", "https://wiki.example.com/\x00", "https://wiki.example.com/\x7f",
		"https://wiki.example.com/x?a b", "https://wiki.example.com/x?\r", "https://wiki.example.com/\x1f",
	} {
		if got, ok := app.ParseTarget(text); ok || got != (app.Target{}) {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
	for _, uri := range []string{"", "x", "?x", "*", "https://evil.com/", "wiki.example.com:443", "\\x", "#", " /"} {
		if got, ok := app.NewTarget("https", "wiki.example.com", uri); ok {
			t.Errorf("the address %q is taken for %+v", uri, got)
		}
	}
	for _, host := range []string{"", "wiki.example.com/", "wiki.example.com/x", "wiki.example.com?", "wiki.example.com#", " wiki.example.com", "wiki.example.com ", "https://wiki.example.com"} {
		if got, ok := app.NewTarget("https", host, "/"); ok {
			t.Errorf("the host %q is taken for %+v", host, got)
		}
	}
}

// What follows the sign-in is a page of the same host.
func TestSafePages(t *testing.T) {
	for page, want := range map[string]string{
		"/": "/", "/x": "/x", "/x?y=1&z=/": "/x?y=1&z=/", "/x//y": "/x//y", "/x?to=https://evil.com/": "/x?to=https://evil.com/", "/%0d%0aX": "/%0d%0aX", "/@evil.com": "/@evil.com", "/.x": "/.x",
		"/x\\y": "/x\\y", "/?": "/?", "/:80/": "/:80/", "/.imagemasters/x": "/.imagemasters/x",
		"": "/", "x": "/", "evil.com": "/", "//evil.com": "/", "//": "/", "///evil.com": "/", "/\\evil.com": "/", "\\\\evil.com": "/", "\\/evil.com": "/", "\\": "/",
		"https://evil.com/": "/", "http:evil.com": "/", "https:/evil.com": "/", "javascript:alert(1)": "/", "data:text/html,x": "/", " //evil.com": "/", " /x": "/", "/x y": "/",
		"\t//evil.com": "/", "/\t/evil.com": "/", "/\n/evil.com": "/", "/\r\nLocation: //evil.com": "/", "\r\n": "/", "/\x00": "/", "/x\x7f": "/", "/\x0b/evil.com": "/", "/é": "/", "/\u2028": "/", "/\xff": "/",
		"@evil.com": "/", ":80/": "/", ".evil.com": "/", "?x": "/", "#x": "/", "/#x": "/", "/x#//evil.com": "/", "*": "/",
		"/.imagemaster/start": "/", "/.imagemaster/done?ticket=x": "/", "/.imagemaster/": "/",
	} {
		if got := app.SafePage(page); got != want {
			t.Errorf("%q leads to %q, want %q", page, got, want)
		}
	}
	longest := "/" + strings.Repeat("x", 2047)
	if app.SafePage(longest) != longest || app.SafePage(longest+"x") != "/" {
		t.Error("a page has at most 2048 bytes")
	}
}

// The part of a host that belongs to the gate, in other spellings too.
func TestTheReservedPart(t *testing.T) {
	for path, want := range map[string]bool{
		"/.imagemaster": true, "/.imagemaster/": true, "/.imagemaster/start": true, "/.imagemaster/x/y": true,
		"/.ImageMaster/start": true, "/.IMAGEMASTER": true, "/.%69magemaster/done": true, "/%2eimagemaster/done": true, "/%2E%49magemaster": true,
		"//.imagemaster/done": true, "/x/../.imagemaster/done": true, "/x/%2e%2e/.imagemaster/": true, "/x%2f.imagemaster/": true, "/.imagemaster;x/done": true,
		"/": false, "/imagemaster": false, "/x.imagemaster": false, "/x/imagemaster/": false, "/.image": false, "/.%zzimagemaster/": false,
	} {
		if got := (app.Target{Path: path}).IsReserved(); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

func TestApplicationsByAddress(t *testing.T) {
	all := []app.Application{
		{ID: 1, Addresses: []string{wiki, "https://wiki.example.com:8443", "http://localhost:3000"}},
		{ID: 2, Addresses: []string{"https://files.example.com", "http://127.0.0.1", "http://[::1]:81"}},
		{ID: 3, Addresses: []string{"https://login.example.com:444", "https://moved.example.com"}},
	}
	s := app.NewSet(5, all, "https://Login.example.com:8000")
	id := func(a *app.Application) int64 {
		if a == nil {
			return 0
		}
		return a.ID
	}
	for origin, want := range map[string]int64{
		wiki: 1, wiki + ":8443": 1, "http://localhost:3000": 1, "https://files.example.com": 2, "https://moved.example.com": 3,
		"http://wiki.example.com": 0, wiki + ":443": 0, wiki + "/": 0, "https://WIKI.example.com": 0, wiki + ".": 0, "": 0, "null": 0, "https://example.com": 0, "https://a.wiki.example.com": 0,
		"https://login.example.com": 0, "https://login.example.com:8000": 0, "https://login.example.com:444": 0, // of the sign-in itself
	} {
		if got := id(s.At(origin)); got != want {
			t.Errorf("at %q: %d, want %d", origin, got, want)
		}
	}
	for host, want := range map[string]string{
		"wiki.example.com": wiki, "Wiki.Example.COM:443": wiki, "wiki.example.com:8443": wiki + ":8443", "localhost:3000": "http://localhost:3000",
		"127.0.0.1": "http://127.0.0.1", "127.0.0.1:80": "http://127.0.0.1", "[::1]:81": "http://[::1]:81",
		"wiki.example.com:80": "", "wiki.example.com.": "", "localhost": "", "127.0.0.1:443": "", "[::1]": "", "::1:81": "", "login.example.com:444": "", "login.example.com": "", "": "", "wiki.example.com:443:443": "", "wiki.example.com:8443:443": "",
		"anna@wiki.example.com": "", "wiki.example.com/x": "", "wiki.example.com#": "", "wiki.example.com, wiki.example.com": "", "wiki.example.com\\": "", "evil.com": "",
	} {
		origin, a := s.AtHost(host)
		if origin != want || (a == nil) != (want == "") || a != s.At(origin) {
			t.Errorf("at the host %q: %q, %d, want %q", host, origin, id(a), want)
		}
	}
	if s.Version != 5 || len(s.All) != 3 {
		t.Errorf("version %d of %d", s.Version, len(s.All))
	}
	// The first application of https is found before one of http at the same host.
	both := app.NewSet(1, []app.Application{{ID: 1, Addresses: []string{"http://localhost:3000"}}, {ID: 2, Addresses: []string{"https://localhost:3000"}}}, "")
	if origin, a := both.AtHost("localhost:3000"); origin != "https://localhost:3000" || id(a) != 2 {
		t.Errorf("http goes first: %s", origin)
	}
}

func TestHosts(t *testing.T) {
	for origin, want := range map[string]string{wiki: "wiki.example.com", "https://Wiki.example.com:8443": "wiki.example.com", "http://[::1]:80": "::1", "http://127.0.0.1": "127.0.0.1", "": ""} {
		if got := app.HostOf(origin); got != want {
			t.Errorf("the host of %q is %q", origin, got)
		}
	}
	if target, ok := app.ParseTarget("https://wiki.example.com:8443/x"); !ok || target.HostName() != "wiki.example.com" {
		t.Errorf("the host of a target is %q", target.HostName())
	}
}

// FuzzParseTarget: what is read is the address that browsers and Go's parser read too,
// and reads as itself again.
func FuzzParseTarget(f *testing.F) {
	for _, text := range []string{wiki + "/page?x=1", "wss://a.b:443/", "http://[::1]:80/x", "https://wiki.example.comhttp://evil/", "https://a@b/", "https://a./", "https://a:8443:443/", "https://a/\r\n", "https://a/\\b", "https://a/#"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := app.ParseTarget(text)
		if !ok {
			if got != (app.Target{}) {
				t.Fatalf("%q is refused and gives %+v", text, got)
			}
			return
		}
		if strings.ContainsAny(got.Origin+got.Page(), "\x00\t\r\n #\x7f") || strings.Contains(got.Path, "?") {
			t.Fatalf("%q becomes %+v", text, got)
		}
		if again, ok := app.ParseTarget(got.Origin + got.Page()); !ok || again != got {
			t.Fatalf("%q becomes %+v, and that %+v, %t", text, got, again, ok)
		}
		u, err := url.Parse(got.Origin + "/")
		if err != nil {
			t.Fatalf("%q becomes %+v, which is no address: %v", text, got, err)
		}
		if u.User != nil || u.Hostname() == "" || u.Scheme+"://"+u.Host != got.Origin || got.HostName() != u.Hostname() || u.Scheme != "https" && u.Scheme != "http" {
			t.Fatalf("%q becomes %+v, which others read as %+v", text, got, u)
		}
		if u, err := url.Parse(text); err == nil && !strings.EqualFold(u.Hostname(), got.HostName()) {
			t.Fatalf("%q becomes %+v, others see the host %s", text, got, u.Hostname())
		}
	})
}

// FuzzSafePage: whatever is asked for, the browser stays on the host.
func FuzzSafePage(f *testing.F) {
	for _, page := range []string{"/x?y", "//evil.com", "/\\evil.com", "\\\\evil.com", "/\t/evil.com", "/x\r\nSet-Cookie: y", "@evil.com", "https://evil.com", "/.imagemaster/done", "/#", "/.//evil.com", "/..//evil.com"} {
		f.Add(page)
	}
	base, err := url.Parse(wiki + "/.imagemaster/done")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, page string) {
		got := app.SafePage(page)
		if got != page && got != "/" || app.SafePage(got) != got {
			t.Fatalf("%q leads to %q", page, got)
		}
		if strings.HasPrefix(strings.ReplaceAll(got, "\\", "/"), "//") || strings.HasPrefix(got, "/.imagemaster/") {
			t.Fatalf("%q leads to %q", page, got)
		}
		target, ok := app.ParseTarget(wiki + got)
		if !ok || target.Origin != wiki || target.Page() != got {
			t.Fatalf("%q leads to %q, which is read as %+v, %t", page, got, target, ok)
		}
		if u, err := base.Parse(got); err == nil && (u.Scheme != "https" || u.Host != "wiki.example.com" || u.User != nil || u.Fragment != "") {
			t.Fatalf("%q leads to %s", page, u)
		}
	})
}
