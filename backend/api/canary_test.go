package api

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// secrets are values that must never be logged, by their names.
type secrets map[string]string

func (s secrets) addCookies(b *browser) {
	for name, value := range b.cookies {
		s[name+" "+value[:4]] = value
	}
	if b.csrf != "" {
		s["csrf "+b.csrf[:4]] = b.csrf
	}
}

var notSecrets = regexp.MustCompile(`[0-9a-f]{32}|"time":"[^"]*"`)

// in returns the names of those that a text holds. It skips random ids and the
// times of the log, which may contain the same six digits by chance.
func (s secrets) in(text string) []string {
	text = notSecrets.ReplaceAllString(text, "")
	var found []string
	for name, value := range s {
		if strings.Contains(text, value) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// TestNoSecretIsLogged runs the main scenario with known secrets, right and wrong,
// then calls every route with them in every place. The log, down to its finest
// level, holds none of them (OWASP ASVS 5.0 16.2.5), and no refusal repeats
// what was typed.
func TestNoSecretIsLogged(t *testing.T) {
	for name, sabotage := range map[string]func(t *testing.T, o database.Options, db *database.DB){
		"all works": nil,
		"no change can be recorded": func(t *testing.T, o database.Options, _ *database.DB) {
			testdb.Exec(t, o, "DROP TABLE audit_events")
		},
		"the database is gone": func(t *testing.T, _ database.Options, db *database.DB) {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			options := testdb.Options(t, testdb.SQLite)
			db := testdb.Open(t, options)
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			w := newKit(t, db)
			typed, kept := secrets{"token in a header": "canary-authorization"}, secrets{}
			in, half := wholeJob(w, typed, kept)
			maps.Copy(kept, typed)
			if sabotage != nil {
				sabotage(t, options, db)
			}
			failed := callAll(t, w, []*browser{in, half, w.browser()}, typed)
			if (failed > 0) != (sabotage != nil) {
				t.Errorf("%d requests failed inside", failed)
			}
			logs := w.logs.String()
			if found := kept.in(logs); len(found) > 0 {
				t.Errorf("the log holds: %v", found)
			}
			if !strings.Contains(logs, `"level":"DEBUG"`) || strings.Contains(logs, "request failed") != (sabotage != nil) {
				t.Error("the log has no failures, or not its finest level")
			}
		})
	}
}

// wholeJob runs the main scenario: the first start, a key, a set of codes, a
// sign-in with one of them, and links for others. It collects what the person typed
// and the other secrets, and returns a browser that is signed in and one that owes its
// code.
func wholeJob(w *kit, typed, kept secrets) (in, half *browser) {
	const wrongPassword, newPassword = "canary wrong password", "canary new password umbrella"
	token, err := w.auth.NewSetupToken(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	maps.Copy(typed, secrets{"password": rightPassword, "wrong password": wrongPassword, "new password": newPassword, "set-up token": token})

	b := w.browser()
	b.want(200, "POST", "/api/setup", object("token", token, "username", "ada", "password", rightPassword, "display_name", ""))
	kept.addCookies(b)
	b.load()
	b.want(401, "POST", "/api/sign-in", object("username", "ada", "password", wrongPassword))
	b.signIn("ada")
	kept.addCookies(b)
	offer := b.want(200, "POST", "/api/two-factor/enrollment", "").json
	secret := offer["secret"].(string)
	kept["secret"], kept["key address"] = secret, offer["uri"].(string)
	kept["qr path"] = offer["qr"].(map[string]any)["path"].(string)
	typed["wrong code"], typed["right code"] = w.wrongCode(secret), w.code(secret, 0)
	b.want(401, "POST", "/api/two-factor/enrollment/confirm", object("code", typed["wrong code"]))
	b.want(200, "POST", "/api/two-factor/enrollment/confirm", object("code", typed["right code"]))
	b.load()
	kept.addCookies(b)
	b.want(401, "POST", "/api/session/step-up", object("password", wrongPassword))
	b.want(204, "PUT", "/api/password", passwords(rightPassword, newPassword))

	codes := wholeSet(b, kept)
	wholeLinks(b, typed, kept)
	typed["spent backup code"], typed["saved backup code"], typed["unknown backup code"] = codes[0], codes[1], unknownCode
	half = w.browser()
	half.want(200, "POST", "/api/sign-in", object("username", "ada", "password", newPassword))
	half.load()
	kept.addCookies(half)
	half.want(401, "POST", "/api/sign-in/verify", object("code", typed["right code"]))
	half.want(401, "POST", "/api/sign-in/verify", object("code", unknownCode))
	third := half.copy()
	third.want(200, "POST", "/api/sign-in/verify", object("code", codes[0]))
	kept.addCookies(third)
	half.want(200, "POST", "/api/sign-in", object("username", "ada", "password", newPassword))
	half.load()
	kept.addCookies(half)
	return b, half
}

// wholeSet makes, confirms and checks a set, pauses and enables.
func wholeSet(b *browser, kept secrets) []string {
	set := b.want(200, "POST", codesPath, object("paper", "a4", "language", "en")).json
	kept["sheet"] = set["pdf"].(string)
	var codes []string
	for i, item := range set["codes"].([]any) {
		codes = append(codes, item.(string))
		kept[fmt.Sprint("code ", i)], kept[fmt.Sprint("bare code ", i)] = codes[i], strings.ReplaceAll(codes[i], "-", "")
	}
	b.want(204, "POST", confirmPath, object("number", 1))
	b.want(200, "POST", checkPath, object("code", codes[1]))
	b.want(200, "POST", checkPath, object("code", unknownCode))
	b.want(204, "POST", disablePath, object("mode", "pause", "for", "hour"))
	b.w.clock.move(31 * time.Second)
	code := b.w.code(kept["secret"], 0)
	kept["enabling code"] = code
	b.want(204, "POST", enablePath, object("code", code))
	b.load()
	kept.addCookies(b)
	return codes
}

// wholeLinks gives links to others as an administrator, of which some are used, and
// imports people.
func wholeLinks(b *browser, typed, kept secrets) {
	w := b.w
	w.clock.move(31 * time.Second)
	b.stepUp("password", typed["new password"], "code", w.code(kept["secret"], 0))
	kept["code of a step-up"] = w.code(kept["secret"], 0)
	invite := func(name string) (string, string) {
		made := b.want(200, "POST", "/api/people", invitation(name)).json
		url := made["link"].(map[string]any)["url"].(string)
		return url[strings.Index(url, "#")+1:], number(made["id"])
	}
	used, id := invite("carl")
	open, _ := invite("dora")
	typed["token that was used"], typed["token of a link"] = used, open
	guest := w.browser()
	guest.want(200, "POST", lookPath, object("token", used))
	guest.refused(422, "invalid", "POST", welcomePath, object("token", used, "password", "canary"))
	guest.want(200, "POST", welcomePath, object("token", used, "password", typed["password"]))
	guest.load()
	guest.refused(401, "link_ended", "POST", welcomePath, object("token", used, "password", typed["password"]))
	kept.addCookies(guest)
	link := b.want(200, "POST", "/api/people/"+id+"/password-link", object("language", "en")).json["url"].(string)
	kept["token of a password link"] = link[strings.Index(link, "#")+1:]
	table := b.want(200, "POST", "/api/people/import", object("csv", "username\nemil\nfritz\n", "hours", 1, "language", "en")).json["csv"].(string)
	for i, found := range regexp.MustCompile(`#([A-Za-z0-9_-]{43})`).FindAllStringSubmatch(table, -1) {
		kept[fmt.Sprint("token of row ", i)] = found[1]
	}
	if len(kept["token of row 1"]) != 43 {
		w.t.Fatalf("the table of links is %s", table)
	}
}

// lastRoutes end sessions or replace the password. They come last, in this order,
// so that the other routes still find a session.
var lastRoutes = []string{"POST /api/two-factor/disable", "PUT /api/password", "POST /api/session/step-up", "DELETE /api/sessions", "DELETE /api/session"}

// callAll calls every route as each browser with the secrets as members, as an
// unknown member's name, as the whole body, in the query and in headers. It
// returns how many requests failed inside.
func callAll(t *testing.T, w *kit, browsers []*browser, typed secrets) int {
	t.Helper()
	failed := 0
	routes := routesIn(t)
	slices.SortStableFunc(routes, func(a, b struct{ method, path string }) int {
		return slices.Index(lastRoutes, a.method+" "+a.path) - slices.Index(lastRoutes, b.method+" "+b.path)
	})
	for _, route := range routes {
		path := filled(route.path)
		for name, value := range typed {
			for _, b := range browsers {
				for _, body := range bodiesWith(route.method, path, value) {
					a := b.copy().send(route.method, path+"?q="+url.QueryEscape(value), body, header("Authorization", "Bearer "+value))
					if found := typed.in(a.body); a.status >= 400 && len(found) > 0 {
						t.Errorf("%s %s with %s repeats %v", route.method, path, name, found)
					}
					if a.status == 500 {
						failed++
					}
				}
			}
		}
		w.clock.move(time.Second)
	}
	return failed
}

// bodiesWith returns the bodies to send to a route: a complete request with the
// value in every free text, one with it in every text, one with an unknown member
// of that name, and the value alone.
func bodiesWith(method, path, value string) []string {
	if method == "GET" {
		return []string{""}
	}
	free, all := everyMember(method, path, value)
	return slices.Compact([]string{free, all, object(value, value), value})
}

func everyMember(method, path, value string) (free, all string) {
	op := operation(method, path)
	if op.RequestBody == nil {
		return "", ""
	}
	schema := documented().Components.Schemas.SchemaFromRef(op.RequestBody.Content["application/json"].Schema.Ref)
	inFree, inAll := map[string]any{}, map[string]any{}
	for name, member := range schema.Properties {
		switch {
		case member.Type == huma.TypeInteger:
			inFree[name], inAll[name] = 1, 1
		case len(member.Enum) > 0:
			inFree[name], inAll[name] = member.Enum[0], value
		case member.Type == huma.TypeString:
			inFree[name], inAll[name] = value, value
		case member.Type == huma.TypeArray: // of texts
			inFree[name], inAll[name] = []string{value}, []string{value, value}
		}
	}
	return encode(inFree), encode(inAll)
}
