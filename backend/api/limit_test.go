package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// chunked is a body in chunks of a kilobyte.
func chunked(body string) string {
	var all strings.Builder
	for part := range slices.Chunk([]byte(body), 1024) {
		fmt.Fprintf(&all, "%x\r\n%s\r\n", len(part), part)
	}
	return all.String() + "0\r\n\r\n"
}

// bodied is a whole request with a body that is announced, or sent in chunks.
func bodied(line, body string, inChunks bool) string {
	if inChunks {
		return line + " HTTP/1.1\r\n" + ownPage + "Transfer-Encoding: chunked\r\n\r\n" + chunked(body)
	}
	return fmt.Sprintf("%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", line, ownPage, len(body), body)
}

// TestBodyLimits: 16 KiB everywhere, and more on the two routes of an import only. There
// the table itself may have 256 KiB, of which JSON writes each end of a line as two
// bytes.
func TestBodyLimits(t *testing.T) {
	const small, large = 16384, 540672
	w := sqlite(t)
	for _, route := range routesIn(t) {
		if route.method == http.MethodGet {
			continue
		}
		most := small
		if strings.HasPrefix(route.path, "/api/people/import") {
			most = large
		}
		for _, inChunks := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %s in chunks %v", route.method, route.path, inChunks), func(t *testing.T) {
				w.t = t
				line := route.method + " " + filled(route.path)
				w.raw(bodied(line, strings.Repeat(" ", most+1), inChunks)).isProblem(t, 413, "too_large")
				if a := w.raw(bodied(line, strings.Repeat(" ", most), inChunks)); a.status == 413 || a.status >= 500 {
					t.Errorf("%d bytes: %s", most, a.body)
				}
			})
		}
	}
	w.t = t
	for name, line := range map[string]string{
		"a slash at the end":  "POST /api/people/import/",
		"another method":      "PUT /api/people/import",
		"a method to delete":  "DELETE /api/people/import",
		"an escaped letter":   "POST /api/people/%69mport",
		"two slashes":         "POST /api//people/import",
		"a path with a dot":   "POST /api/./people/import",
		"another case":        "POST /api/people/Import",
		"a longer path":       "POST /api/people/import/checked",
		"a path in the query": "POST /api/sign-in?/api/people/import",
		"a fragment":          "POST /api/sign-in#/api/people/import",
		"an encoded end":      "POST /api/people/import%3Fx",
	} {
		for _, inChunks := range []bool{false, true} {
			if a := w.raw(bodied(line, strings.Repeat(" ", small+1), inChunks)); a.status != 413 {
				t.Errorf("%s, in chunks %v: %d %s", name, inChunks, a.status, a.body)
			}
		}
	}
	for _, line := range []string{"POST /api/people/import?x=1", "POST /api/people/import/check?", "POST /api/people/import/check?x=/api/sign-in"} {
		w.raw(bodied(line, strings.Repeat(" ", large), false)).isProblem(t, 422, "invalid")
		w.raw(bodied(line, strings.Repeat(" ", large+1), false)).isProblem(t, 413, "too_large")
	}
}

// TestImportSizes: a table of 256 KiB is taken, a byte more is told as a fault of the
// table.
func TestImportSizes(t *testing.T) {
	o := newOffice(t)
	b := o.as("fresh")
	table := func(size int) string {
		head := "username,name\nanna,\"Anna\"\n"
		return head + strings.Repeat("\n", size-len(head))
	}
	const checkPath, importPath = "/api/people/import/check", "/api/people/import"
	v := b.want(200, "POST", checkPath, object("csv", table(262144))).json
	if v["rows"] != 1.0 || len(v["faults"].([]any)) != 0 {
		t.Errorf("the preview is %v", v)
	}
	v = b.want(200, "POST", checkPath, object("csv", table(262145))).json
	if fault := v["faults"].([]any)[0].(map[string]any); fault["field"] != "file" || fault["reason"] != "too_large" || fault["line"] != 0.0 {
		t.Errorf("the faults are %v", v["faults"])
	}
	a := b.refused(422, "invalid", "POST", importPath, object("csv", table(262145), "hours", 1, "language", "en"))
	if pointer, reason := a.field(); pointer != "#/csv" || reason != "faults" {
		t.Errorf("%s", a.body)
	}
	done := b.want(200, "POST", importPath, object("csv", table(262144), "hours", 1, "language", "en")).json
	if done["count"] != 1.0 || done["mailed"] != 0.0 || done["filename"] != "invitations-2026-11-23.csv" ||
		!strings.HasPrefix(done["csv"].(string), "\ufeffusername,name,email,link,valid_until\r\n") ||
		strings.Count(done["csv"].(string), publicURL+"/welcome#") != 1 {
		t.Errorf("the import is %v", done)
	}
}

// TestImport: the preview shows twenty people and each fault by line, and says what an
// import does.
func TestImport(t *testing.T) {
	o := newOffice(t)
	o.group("staff")
	b := o.as("fresh")
	var rows strings.Builder
	rows.WriteString("\ufeffUserName;Name;Email;Groups\r\n")
	for i := range 30 {
		fmt.Fprintf(&rows, "guest%d;\"Guest; %d\";guest%d@example.org;staff\r\n", i, i, i)
	}
	v := b.want(200, "POST", "/api/people/import/check", object("csv", rows.String())).json
	shown := v["people"].([]any)
	if v["rows"] != 30.0 || len(shown) != 20 || len(v["faults"].([]any)) != 0 {
		t.Fatalf("the preview is %v", v)
	}
	if first := shown[0].(map[string]any); first["line"] != 2.0 || first["username"] != "guest0" || first["display_name"] != "Guest; 0" ||
		first["email"] != "guest0@example.org" || fmt.Sprint(first["groups"]) != "[staff]" {
		t.Errorf("the first row is %v", first)
	}
	rows.WriteString("FRESH;;;\r\nguest1;;;\r\n;;;\r\nanna;;no address;others\r\nbert;;;staff others\r\ncleo;;;others\r\n")
	v = b.want(200, "POST", "/api/people/import/check", object("csv", rows.String())).json
	var faults []string
	for _, f := range v["faults"].([]any) {
		fault := f.(map[string]any)
		faults = append(faults, fmt.Sprint(fault["line"], fault["field"], fault["reason"], fault["value"], fault["more_lines"]))
	}
	want := []string{fmt.Sprint(32.0, "username", "taken", "FRESH", 0.0), fmt.Sprint(33.0, "username", "duplicate", "guest1", 0.0),
		fmt.Sprint(35.0, "email", "not_allowed", "no address", 0.0), fmt.Sprint(35.0, "groups", "unknown", "others", 2.0)}
	if !slices.Equal(faults, want) {
		t.Errorf("the faults are %q, want %q", faults, want)
	}
	for _, hours := range []int{-1, 0, 721, 1 << 50} {
		a := b.refused(422, "invalid", "POST", "/api/people/import", object("csv", "username\nanna\n", "hours", hours, "language", "en"))
		if pointer, reason := a.field(); pointer != "#/hours" || reason != "not_allowed" {
			t.Errorf("%d hours: %s", hours, a.body)
		}
	}
	b.refused(422, "invalid", "POST", "/api/people/import", object("csv", "username\nanna\n", "hours", 1, "language", "fr"))
}

// TestEveryChangeIsGuarded: no change of a signed-in administrator works from another
// site's page, from a form, without the fixed header or without the token of the session.
func TestEveryChangeIsGuarded(t *testing.T) {
	w := sqlite(t)
	p := w.personAt("ada", enabled)
	w.makes("ada", account.Administrator)
	w.group("staff")
	w.application("wiki")
	before := testdb.Dump(t, w.db)
	each(t, func(t *testing.T, method, path, body string) {
		if method == http.MethodGet {
			return
		}
		b := p.home.copy()
		for _, c := range []struct {
			code   string
			change func(*http.Request)
		}{
			{"cross_site", header("Sec-Fetch-Site", "cross-site")}, {"cross_site", header("Sec-Fetch-Site", "same-site")},
			{"cross_site", header("Origin", "https://evil.example")}, {"cross_site", without("X-Requested-With")},
			{"csrf", without("X-CSRF-Token")}, {"csrf", header("X-CSRF-Token", strings.Repeat("A", 43))},
		} {
			b.send(method, path, body, c.change).isProblem(t, 403, c.code)
		}
		b.send(method, path, body, header("Content-Type", "text/plain")).isProblem(t, 415, "unsupported_media")
	})
	// Each hour's refusals are counted, nothing else is written.
	after := string(testdb.Dump(t, w.db))
	for line := range strings.Lines(string(before)) {
		if !strings.HasPrefix(line, "audit_") && !strings.Contains(after, line) {
			t.Errorf("changed: %s", line)
		}
	}
}

// TestStrictBodies: no route takes a member that it does not know, one twice, or half of
// them.
func TestStrictBodies(t *testing.T) {
	o := newOffice(t)
	each(t, func(t *testing.T, method, path, body string) {
		if method == http.MethodGet {
			return
		}
		b := o.as("fresh").copy()
		const canary = "canary-in-a-body"
		for name, wrong := range map[string]string{
			"an unknown member": `{"` + canary + `":1,` + strings.TrimPrefix(strings.TrimSuffix(body, "}"), "{") + `}`,
			"a list":            "[" + body + "]", "a text": `"` + canary + `"`, "two objects": "{}{}", "cut short": "{",
		} {
			wrong = strings.Replace(wrong, ",}", "}", 1)
			a := b.copy().send(method, path, wrong)
			if a.isProblem(t, 422, "invalid"); strings.Contains(a.body, canary) {
				t.Errorf("%s is repeated: %s", name, a.body)
			}
		}
		if op := operation(method, path); op.RequestBody == nil || !op.RequestBody.Required {
			return
		}
		b.refused(422, "invalid", method, path, "")
		for _, member := range strings.Split(strings.Trim(body, "{}"), `,"`)[:1] {
			twice := "{" + strings.TrimPrefix(member, `,`) + "," + strings.Trim(body, "{}") + "}"
			a := b.refused(422, "invalid", method, path, twice)
			if _, reason := a.field(); reason != "duplicate" {
				t.Errorf("twice: %s", a.body)
			}
		}
	})
}

// TestFullDiskLetsPeopleOut: on a full disk nobody is let in and nothing is changed, but
// sessions can be ended and accounts disabled.
func TestFullDiskLetsPeopleOut(t *testing.T) {
	db := testdb.Open(t, database.Options{DataDir: testdb.SmallDisk(t, "48m")})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newKit(t, db)
	w.addUser("ada")
	w.invite("carl")
	b := w.browser()
	b.signIn("ada")
	w.bind(b)
	path := fmt.Sprintf("/api/people/%d", w.id("carl"))
	works := map[string]string{"GET": "", "POST /api/sign-in": "", "DELETE /api/sign-in": "", "DELETE /api/session": "", "POST /api/session/step-up": "",
		"DELETE /api/sessions": "", "DELETE /api/sessions/1": "", "DELETE /api/people/1/sessions": "", "DELETE /api/people/1/sessions/1": "",
		"POST /api/people/1/disable": "", "DELETE /api/help-code": "",
		"POST /api/session/key/ask": "", "DELETE /api/two-factor/new-keys/1": ""}
	each(t, func(t *testing.T, method, path, body string) {
		_, exact := works[method+" "+path]
		if _, always := works[method]; exact || always || path == "/api/setup" || strings.HasPrefix(path, "/api/sign-in/") {
			return
		}
		b.copy().send(method, path, body).isProblem(t, 503, "no_space")
	})
	b.want(200, "GET", "/api/people", "")
	b.want(200, "GET", path, "")
	b.want(204, "DELETE", path+"/sessions", "")
	b.want(204, "POST", path+"/disable", "")
	if state := b.want(200, "GET", path, "").json["state"]; state != "disabled" {
		t.Errorf("the account is %v", state)
	}
	b.refused(503, "no_space", "POST", path+"/enable", "")
}

// bind sets up a second factor where the interface makes no changes, as on a full disk.
func (w *kit) bind(b *browser) {
	w.t.Helper()
	caller := func() *auth.Caller {
		c, err := w.auth.Resolve(w.t.Context(), auth.Client{}, auth.Tokens{Session: b.cookies["__Host-im_session"]}, false)
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
	e, err := w.auth.BeginEnrollment(w.t.Context(), caller())
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.auth.ConfirmEnrollment(w.t.Context(), caller(), w.code(e.Secret, 0), "")
	if err != nil {
		w.t.Fatal(err)
	}
	b.cookies["__Host-im_session"] = *r.Issued.Session
	b.load()
}
