package app_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/app"
	"imagemaster/backend/apperr"
)

const publicURL = "https://login.example.com:8443"

// refusal is the field and the reason of a refusal, "" = none, or the error's text.
func refusal(err error) string {
	if err == nil {
		return ""
	}
	var told *apperr.Error
	if errors.As(err, &told) && told.Code == apperr.Invalid && len(told.Fields) == 1 && told.Message != "" {
		return told.Fields[0].Name + " " + told.Fields[0].Reason
	}
	return err.Error()
}

// valid is an application that nothing is wrong with.
func valid() app.Application {
	return app.Application{Name: "Wiki", Addresses: []string{wiki}, Rules: []app.Rule{{Path: "/", Who: app.Everybody, Factor: app.TwoFactors}}}
}

// numbered returns n texts of a form.
func numbered(n int, form string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(form, i))
	}
	return all
}

func TestRefusedApplications(t *testing.T) {
	for what, c := range map[string]struct {
		change func(a *app.Application)
		want   string
	}{
		"no name":           {func(a *app.Application) { a.Name = "" }, "name empty"},
		"no address":        {func(a *app.Application) { a.Addresses = nil }, "addresses count"},
		"21 addresses":      {func(a *app.Application) { a.Addresses = numbered(21, "https://h%d.example.com") }, "addresses count"},
		"the same twice":    {func(a *app.Application) { a.Addresses = append(a.Addresses, wiki) }, "addresses/1 duplicate"},
		"in another form":   {func(a *app.Application) { a.Addresses = append(a.Addresses, "https://WIKI.example.com:443/") }, "addresses/1 duplicate"},
		"the own host":      {func(a *app.Application) { a.Addresses = []string{wiki, "https://login.example.com:8443"} }, "addresses/1 own_host"},
		"with another port": {func(a *app.Application) { a.Addresses = []string{"https://Login.Example.com"} }, "addresses/0 own_host"},
		"51 rules":          {func(a *app.Application) { a.Rules = slices.Repeat(a.Rules, 51) }, "rules too_many"},
		"no such who":       {func(a *app.Application) { a.Rules[0].Who = "all" }, "rules/0/who not_allowed"},
		"no who":            {func(a *app.Application) { a.Rules[0].Who = "" }, "rules/0/who not_allowed"},
		"no such factor":    {func(a *app.Application) { a.Rules[0].Factor = "three" }, "rules/0/factor not_allowed"},
		"no factor":         {func(a *app.Application) { a.Rules[0].Factor = "" }, "rules/0/factor not_allowed"},
		"none, everybody":   {func(a *app.Application) { a.Rules[0].Factor = app.NoFactor }, "rules/0/factor not_allowed"},
		"none, groups": {func(a *app.Application) {
			a.Rules[0] = app.Rule{Path: "/", Who: app.Groups, Groups: []int64{1}, Factor: app.NoFactor}
		}, "rules/0/factor not_allowed"},
		"public, password":  {func(a *app.Application) { a.Rules[0] = app.Rule{Path: "/", Who: app.Public, Factor: app.Password} }, "rules/0/factor not_allowed"},
		"public, resistant": {func(a *app.Application) { a.Rules[0] = app.Rule{Path: "/", Who: app.Public, Factor: app.Resistant} }, "rules/0/factor not_allowed"},
		"public, two":       {func(a *app.Application) { a.Rules[0] = app.Rule{Path: "/", Who: app.Public, Factor: app.TwoFactors} }, "rules/0/factor not_allowed"},
		"no groups":         {func(a *app.Application) { a.Rules[0].Who = app.Groups }, "rules/0/groups count"},
		"51 groups": {func(a *app.Application) {
			a.Rules[0].Who, a.Rules[0].Groups = app.Groups, make([]int64, 51)
		}, "rules/0/groups count"},
		"everybody, groups": {func(a *app.Application) { a.Rules[0].Groups = []int64{1} }, "rules/0/groups count"},
		"public, groups": {func(a *app.Application) {
			a.Rules[0] = app.Rule{Path: "/", Who: app.Public, Factor: app.NoFactor, Groups: []int64{1}}
		}, "rules/0/groups count"},
		"-1 minutes":   {func(a *app.Application) { a.Rules[0].MaxAgeMinutes = -1 }, "rules/0/max_age_minutes not_allowed"},
		"1441 minutes": {func(a *app.Application) { a.Rules[0].MaxAgeMinutes = 1441 }, "rules/0/max_age_minutes not_allowed"},
		"public, minutes": {func(a *app.Application) {
			a.Rules[0] = app.Rule{Path: "/", Who: app.Public, Factor: app.NoFactor, MaxAgeMinutes: 1}
		}, "rules/0/max_age_minutes not_allowed"},
		"21 origins":   {func(a *app.Application) { a.Rules[0].Origins = numbered(21, "https://o%d.example.com") }, "rules/0/origins too_many"},
		"a bad origin": {func(a *app.Application) { a.Rules[0].Origins = []string{wiki, "*"} }, "rules/0/origins/1 not_allowed"},
		"null":         {func(a *app.Application) { a.Rules[0].Origins = []string{"null"} }, "rules/0/origins/0 not_allowed"},
		"the second rule": {func(a *app.Application) {
			a.Rules = append(a.Rules, app.Rule{Path: "/", Who: "all"})
		}, "rules/1/who not_allowed"},
		"a long path": {func(a *app.Application) { a.Rules[0].Path = "/" + strings.Repeat("x", 200) }, "rules/0/path too_long"},
	} {
		a := valid()
		c.change(&a)
		got, err := app.Parse(a, publicURL)
		if refusal(err) != c.want {
			t.Errorf("%s: %q, want %q", what, refusal(err), c.want)
		}
		if err != nil && !reflect.DeepEqual(got, app.Application{}) {
			t.Errorf("%s: refused, and %+v", what, got)
		}
	}
}

func TestRefusedPaths(t *testing.T) {
	for reason, paths := range map[string][]string{
		"not_allowed": {"", " ", "x", "x/y", "*", "/*", "/x*", "/*x?", "/x?y", "/x#y", "/x%20y", "/%61", "/%", "/x y", "/x\ty", "/é", "/\u212a", "/x\x00", "/x\x7f", "/a;b", `/a\b`, "https://wiki.example.com/", "/<x>", "/{id}", "/x|y", "/^x", `/"x"`, "/`x`", "/x\xff"},
		"ambiguous":   {"//", "/x//y", "//x", "/x//", "/x///", "/.", "/..", "/x/.", "/x/../y", "/./x", "/x/..", "/x/./", "/../"},
	} {
		for _, path := range paths {
			a := valid()
			a.Rules[0].Path = path
			if _, err := app.Parse(a, publicURL); refusal(err) != "rules/0/path "+reason {
				t.Errorf("%q: %q, want %s", path, refusal(err), reason)
			}
		}
	}
}

func TestRefusedAddresses(t *testing.T) {
	for _, address := range []string{
		"", "wiki.example.com", "//wiki.example.com", "https:", "https://", "https:///", "https://:443", "ftp://wiki.example.com", "wss://wiki.example.com", "javascript:alert(1)", "data:,",
		"http://wiki.example.com", "http://192.0.2.1", "http://localhost.evil.com", // plain http is for this machine
		"https://wiki.example.com/x", "https://wiki.example.com//", "https://wiki.example.com?", "https://wiki.example.com/?x", "https://wiki.example.com#", "https://wiki.example.com/#x",
		"https://anna@wiki.example.com", "https://anna:word@wiki.example.com", "https://@wiki.example.com", "https://wiki.example.com@evil.com",
		"https://*.example.com", "https://*", "https://wiki.*", "https://wiki_.example.com", "https://-wiki.example.com", "https://wiki-.example.com", "https://wiki..example.com", "https://wiki.example.com.", "https://.example.com",
		"https://wikí.example.com", "https://wiki%2eexample.com", "https://wiki example.com", "https://wiki.example.com\\evil", "https://wiki.example.com,https://x.example.com", "https://wiki.example.com\n", "https://wiki\t.example.com",
		"https://wiki.example.com:", "https://wiki.example.com:0", "https://wiki.example.com:65536", "https://wiki.example.com:x", "https://wiki.example.com:-1", "https://wiki.example.com:443:443",
		"https://1.2.3", "https://300.1.1.1", "https://[::1", "https://[fe80::1%25eth0]", "https://::1", "https://[localhost]",
		"https://" + strings.Repeat("a", 64) + ".example.com", "https://" + strings.Repeat("a.", 127) + "aa", "null", "*",
	} {
		a := valid()
		a.Addresses = []string{wiki + ":1", address}
		want := "addresses/1 not_allowed"
		if address == "https://wiki.example.com\n" { // white space around it is taken off
			want = ""
		}
		if _, err := app.Parse(a, publicURL); refusal(err) != want {
			t.Errorf("%q: %q, want %q", address, refusal(err), want)
		}
		a = valid()
		a.Rules[0].Origins = []string{address}
		if _, err := app.Parse(a, publicURL); (refusal(err) == "") != (want == "") {
			t.Errorf("%q as a further origin: %q", address, refusal(err))
		}
	}
}

// What is stored has one form, and that form is left as it is.
func TestTheFormOfApplications(t *testing.T) {
	typed := app.Application{ID: 4, Name: "Wiki", Revision: 9, OpenedAt: 77,
		Addresses: []string{" https://WIKI.Example.com:443/ ", "https://wiki.example.com:8443", "http://LOCALHOST:80", "http://127.0.0.1:3000/", "http://a.localhost", "https://[2001:DB8::1]:443", "https://192.0.2.1"},
		Rules: []app.Rule{
			{Path: " /Docs/ ", Reading: true, Who: app.Groups, Groups: []int64{9, 3, 9, 1}, Factor: app.Password, MaxAgeMinutes: 1440,
				Origins: []string{" https://A.example.com:443/", "https://b.example.com", "https://a.example.com"}},
			{Path: "/a/b.c/-_~!$&'()+,=:@/", Who: app.Everybody, Factor: app.TwoFactors, MaxAgeMinutes: 1},
			{Path: "/" + strings.Repeat("x", 199), Who: app.Public, Factor: app.NoFactor},
			{Path: "/keys", Who: app.Everybody, Factor: app.Resistant},
			{Path: "/", Who: app.Everybody, Factor: app.Password, Origins: []string{"https://login.example.com"}},
		}}
	want := app.Application{ID: 4, Name: "Wiki", Revision: 9,
		Addresses: []string{wiki, "https://wiki.example.com:8443", "http://localhost", "http://127.0.0.1:3000", "http://a.localhost", "https://[2001:db8::1]", "https://192.0.2.1"},
		Rules: []app.Rule{
			{Path: "/Docs", Reading: true, Who: app.Groups, Groups: []int64{1, 3, 9}, Factor: app.Password, MaxAgeMinutes: 1440, Origins: []string{"https://a.example.com", "https://b.example.com"}},
			{Path: "/a/b.c/-_~!$&'()+,=:@", Who: app.Everybody, Factor: app.TwoFactors, MaxAgeMinutes: 1},
			{Path: "/" + strings.Repeat("x", 199), Who: app.Public, Factor: app.NoFactor},
			{Path: "/keys", Who: app.Everybody, Factor: app.Resistant},
			{Path: "/", Who: app.Everybody, Factor: app.Password, Origins: []string{"https://login.example.com"}},
		}}
	for _, text := range []app.Application{typed, want} {
		got, err := app.Parse(text, publicURL)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v becomes\n%+v, %v", text, got, err)
		}
	}
	largest := valid()
	largest.Addresses = numbered(20, "https://h%d.example.com")
	largest.Rules = slices.Repeat([]app.Rule{{Path: "/", Who: app.Groups, Groups: make([]int64, 50), Factor: app.TwoFactors, Origins: numbered(20, "https://o%d.example.com")}}, 50)
	if got, err := app.Parse(largest, publicURL); err != nil || len(got.Rules) != 50 || len(got.Addresses) != 20 || len(got.Rules[49].Origins) != 20 {
		t.Errorf("the largest one: %v", err)
	}
	if got, err := app.Parse(app.Application{Name: "x", Addresses: []string{wiki}}, ""); err != nil || got.Rules != nil { // refuses everybody
		t.Errorf("without rules: %+v, %v", got, err)
	}
	// What is parsed does not share memory with what was typed.
	if typed.Rules[0].Groups[0] != 9 || typed.Addresses[0] != " https://WIKI.Example.com:443/ " {
		t.Error("what was typed is changed")
	}
}

func TestWhenAnApplicationWasOpened(t *testing.T) {
	if never := (&app.Application{}).Opened(); !never.IsZero() {
		t.Errorf("never: %v", never)
	}
	if got := (&app.Application{OpenedAt: monday.UnixMilli()}).Opened(); !got.Equal(monday) || got.Location().String() != "UTC" {
		t.Errorf("opened at %v", got)
	}
}
