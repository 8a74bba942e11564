package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testkey"
)

const (
	makePath    = "/api/two-factor/keys/make"
	keysPath    = "/api/two-factor/keys"
	newKeysPath = "/api/two-factor/new-keys/"
	askPath     = "/api/session/key/ask"
	askInPath   = "/api/sign-in/key/ask"
	verifyKey   = "/api/sign-in/key"
)

// newKey returns a key that is not added yet.
func newKey(kind string) *testkey.Key {
	k := testkey.New(publicURL)
	k.Unverified = kind == "hardware_key"
	return k
}

// options asks for a key, or for a new one, and returns what the browser needs.
func (b *browser) options(path, kind string) string {
	b.w.t.Helper()
	return b.want(200, "POST", path, object("kind", kind)).json["options"].(string)
}

// addKey adds a key and returns its id.
func (b *browser) addKey(kind string, k *testkey.Key) string {
	b.w.t.Helper()
	a := b.want(200, "POST", keysPath, object("answer", k.Make(b.options(makePath, kind))))
	b.load()
	return number(a.json["id"])
}

// sets are the cookies that an answer sets, and those that it takes away with a "-".
func (a answer) sets() []string {
	var names []string
	for _, line := range a.header.Values("Set-Cookie") {
		name, rest, _ := strings.Cut(line, "=")
		name = strings.TrimPrefix(name, "__Host-im_")
		if strings.Contains(strings.ToLower(rest), "max-age=0") {
			name = "-" + name
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shape is the names of what an answer has.
func shape(members any) string {
	names := slices.Sorted(maps.Keys(members.(map[string]any)))
	return strings.Join(names, " ")
}

// TestAPersonWithKeys goes through every route of keys, with its shapes and cookies.
func TestAPersonWithKeys(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		expect := func(what string, got, want any) {
			t.Helper()
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}

		page := b.want(200, "GET", "/api/two-factor", "").json
		expect("before", []any{page["has_factor"], page["keys"], page["keys_possible"]}, []any{false, "[]", true})

		k := newKey("hardware_key")
		k.Transports = []string{"usb", "nfc", "hybrid"}
		made := b.want(200, "POST", makePath, object("kind", "hardware_key"))
		expect("the options", shape(made.json), "options")
		expect("cookies of the options", made.sets(), "[]")
		a := b.want(200, "POST", keysPath, object("answer", k.Make(made.json["options"].(string))))
		id := number(a.json["id"])
		expect("the new key", encode(a.json), `{"first":true,"id":`+id+`,"kind":"hardware_key","name":""}`)
		expect("cookies of the new key", a.sets(), "[device session]")

		session := b.load()
		expect("the ways", encode(map[string]any{"ways": session["ways"], "new_keys": session["new_keys"]}),
			`{"new_keys":[],"ways":[{"factor":"hardware_key","resistant":false}]}`)
		page = b.want(200, "GET", "/api/two-factor", "").json
		expect("has a factor", []any{page["has_factor"], page["key"], page["status"]}, []any{true, "none", "enabled"})
		now := w.clock.now()
		expect("the keys", encode(map[string]any{"keys": page["keys"]}), `{"keys":[{"connections":["usb","nfc"],"created_at":"`+stamp(now)+`","id":`+id+
			`,"kind":"hardware_key","last_used_at":null,"name":"","resistant_at":"`+stamp(now.Add(72*time.Hour))+`","synced":false,"works":true}]}`)

		expect("rename", b.want(204, "PATCH", keysPath+"/"+id, object("name", "Blue")).body, "")
		pointer, reason := b.refused(422, "invalid", "PATCH", keysPath+"/"+id, object("name", strings.Repeat("x", 41))).field()
		expect("a long name", pointer+" "+reason, "#/name too_long")
		b.refused(404, "not_found", "PATCH", keysPath+"/4711", object("name", "Blue"))

		// A sign-in.
		out := w.browser()
		expect("next", out.signIn("ada"), "second_factor")
		expect("the ways while pending", encode(map[string]any{"ways": out.load()["ways"]}), `{"ways":[{"factor":"hardware_key","resistant":false}]}`)
		w.clock.move(time.Second)
		done := out.want(200, "POST", verifyKey, object("answer", k.Use(out.options(askInPath, "hardware_key"))))
		expect("verified", encode(done.json), `{"backup_codes_left":null,"method":"hardware_key","next":"done"}`)
		expect("cookies of the sign-in", done.sets(), "[-pending device session]")
		expect("new keys", out.load()["new_keys"], "[]")
		out.refused(409, "wrong_state", "DELETE", newKeysPath+id, "") // the last factor

		// A step-up, a pause and its end.
		w.clock.move(6 * time.Minute)
		b.owes("POST", disablePath, object("mode", "pause", "for", "hour"), "password", "code")
		step := b.want(204, "POST", "/api/session/step-up", object("password", rightPassword, "answer", k.Use(b.options(askPath, "hardware_key"))))
		expect("cookies of the step-up", step.sets(), "[session]")
		b.load()
		b.want(204, "POST", disablePath, object("mode", "pause", "for", "hour"))
		b.load()
		enabled := b.want(204, "POST", enablePath, object("answer", k.Use(b.options(askPath, "hardware_key"))))
		expect("cookies of enabling", enabled.sets(), "[device session]")
		b.load()

		// Not me, in another session.
		spare := b.addKey("passkey", newKey("passkey"))
		out.signIn("ada")
		out.want(200, "POST", verifyKey, object("answer", k.Use(out.options(askInPath, "hardware_key"))))
		expect("new keys", encode(map[string]any{"new_keys": out.load()["new_keys"]}), `{"new_keys":[{"created_at":"`+stamp(w.clock.now())+
			`","id":`+spare+`,"kind":"passkey","name":""},{"created_at":"`+stamp(now)+`","id":`+id+`,"kind":"hardware_key","name":"Blue"}]}`)
		refusal := out.want(204, "DELETE", newKeysPath+spare, "")
		expect("cookies of a refusal", refusal.sets(), "[device session]")
		b.refused(401, "signed_out", "DELETE", newKeysPath+spare, "")

		// The app goes, and then the last key.
		out.load()
		out.enroll()
		out.load()
		out.refused(403, "step_up_owed", "DELETE", "/api/two-factor/app", "") // the key is new
		w.clock.move(73 * time.Hour)
		out.signIn("ada")
		out.want(200, "POST", verifyKey, object("answer", k.Use(out.options(askInPath, "hardware_key"))))
		out.load()
		gone := out.want(204, "DELETE", "/api/two-factor/app", "")
		expect("cookies without the app", gone.sets(), "[device session]")
		out.load()
		out.refused(409, "wrong_state", "DELETE", "/api/two-factor/app", "")
		gone = out.want(204, "DELETE", keysPath+"/"+id, "")
		expect("cookies without the key", gone.sets(), "[device session]")
		out.load()
		page = out.want(200, "GET", "/api/two-factor", "").json
		expect("after", []any{page["has_factor"], page["keys"], page["backup_codes"]}, []any{false, "[]", nil})
	})
}

// TestRefusedKeyAnswers: each has its own status and code, and the ten that end a sign-in
// take its cookie away.
func TestRefusedKeyAnswers(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	k := newKey("passkey")
	b.addKey("passkey", k)
	b.refused(409, "key_exists", "POST", keysPath, object("answer", k.Make(b.options(makePath, "passkey"))))
	b.refused(409, "wrong_state", "POST", askPath, object("kind", "hardware_key"))
	for _, kind := range []string{"", "totp", "Passkey"} {
		b.refused(422, "invalid", "POST", askPath, object("kind", kind))
		b.refused(422, "invalid", "POST", makePath, object("kind", kind))
	}
	b.want(200, "POST", askPath, object("kind", "passkey"))
	b.refused(409, "wrong_state", "POST", askPath, object("kind", "passkey", "resistant", true))
	b.want(204, "DELETE", "/api/session", "")

	b.signIn("ada")
	session := b.cookies["__Host-im_session"]
	for code, c := range map[string]struct {
		status int
		wrong  func(k *testkey.Key)
	}{
		"key_refused":    {401, func(k *testkey.Key) { k.Origin = "https://evil.example" }},
		"key_unknown":    {401, func(k *testkey.Key) { *k = *newKey("passkey") }},
		"key_unverified": {401, func(k *testkey.Key) { k.Unverified = true }},
		"key_changed":    {409, func(k *testkey.Key) { k.BackupEligible = true }},
	} {
		wrong := *k
		c.wrong(&wrong)
		a := b.refused(c.status, code, "POST", verifyKey, object("answer", wrong.Use(b.options(askInPath, "passkey"))))
		if sets := a.sets(); len(sets) != 0 || a.json["tries_left"] != nil {
			t.Errorf("%s sets %v: %s", code, sets, a.body)
		}
	}
	pointer, reason := b.refused(422, "invalid", "POST", verifyKey, object("answer", "{}")).field()
	if pointer != "#/answer" || reason != "malformed" {
		t.Errorf("%s is %s", pointer, reason)
	}
	late := k.Use(b.options(askInPath, "passkey"))
	w.clock.move(5 * time.Minute)
	b.refused(409, "ceremony_ended", "POST", verifyKey, object("answer", late))

	wrong := *k
	wrong.Forged = true
	for range 6 { // of ten, with three above
		b.refused(401, "key_refused", "POST", verifyKey, object("answer", wrong.Use(b.options(askInPath, "passkey"))))
	}
	b.refused(401, "pending_ended", "POST", verifyKey, object("answer", wrong.Use(b.options(askInPath, "passkey"))))
	if got := b.load(); got["state"] != "anonymous" || b.cookies["__Host-im_session"] != session {
		t.Errorf("the state is %v", got)
	}

	// A counter that goes back.
	hard := newKey("hardware_key")
	b.signIn("ada")
	b.want(200, "POST", verifyKey, object("answer", k.Use(b.options(askInPath, "passkey"))))
	b.load()
	hard.Counter = 5
	b.addKey("hardware_key", hard)
	b.refused(409, "key_copied", "POST", "/api/session/step-up", object("answer", hard.Use(b.options(askPath, "hardware_key"))))
}

// TestAPhishedCodeOverHTTP: what the step-up names is what the page has to ask for.
func TestAPhishedCodeOverHTTP(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	secret := b.enroll()
	id := b.addKey("passkey", newKey("passkey"))
	b.want(204, "DELETE", "/api/session", "")
	w.clock.move(72 * time.Hour)
	b.signIn("ada")
	b.verify(secret)
	for route, body := range map[string]string{
		"POST " + makePath:                  object("kind", "passkey"),
		"POST " + enrollPath:                "",
		"POST /api/two-factor/backup-codes": object("paper", "a4", "language", "en"),
		"PUT /api/notice-address":           object("email", "thief@example.org"),
		"PUT /api/profile/email":            object("use_notice_address", true),
		"POST " + disablePath:               object("mode", "pause", "for", "hour"),
		"POST " + disablePath + " ":         object("mode", "remove"),
		"DELETE " + keysPath + "/" + id:     "",
		"DELETE /api/two-factor/app":        "",
	} {
		method, path, _ := strings.Cut(strings.TrimSpace(route), " ")
		b.owes(method, path, body, "key")
	}
}

// TestKeysStayOutOfTheLog: neither what the browser was asked nor what it has answered is
// logged, not even where it was refused.
func TestKeysStayOutOfTheLog(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		w.addUser("ada")
		b := w.browser()
		b.signIn("ada")
		w.logs.reset()
		k := newKey("passkey")
		var secrets []string
		keep := func(text string) string {
			var parts any
			if err := json.Unmarshal([]byte(text), &parts); err != nil {
				t.Fatal(err)
			}
			secrets = append(secrets, longTexts(parts)...)
			return text
		}
		b.want(200, "POST", keysPath, object("answer", keep(k.Make(keep(b.options(makePath, "passkey"))))))
		b.load()
		wrong := *k
		wrong.Forged = true
		b.refused(401, "key_refused", "POST", "/api/session/step-up", object("answer", keep(wrong.Use(keep(b.options(askPath, "passkey"))))))
		b.refused(409, "ceremony_ended", "POST", "/api/session/step-up", object("answer", keep(k.Use(`{"challenge":"bm90IHRoZSBjaGFsbGVuZ2UgYXQgYWxs"}`))))
		answer := keep(k.Use(keep(b.options(askPath, "passkey"))))
		b.refused(422, "invalid", "POST", "/api/session/step-up", object("answer", answer[:len(answer)-1]))
		b.want(204, "POST", "/api/session/step-up", object("answer", answer))
		if len(secrets) < 25 {
			t.Fatalf("only %d texts are looked for", len(secrets))
		}
		for _, secret := range secrets {
			if strings.Contains(w.logs.String(), secret) {
				t.Errorf("the log has %q", secret)
			}
		}
		if !strings.Contains(w.logs.String(), "step_up_key") {
			t.Errorf("the log has no event of the key: %s", w.logs.String())
		}
	})
}

// longTexts are the texts in a JSON value that are long enough to be looked for.
func longTexts(value any) (texts []string) {
	switch v := value.(type) {
	case string:
		if len(v) >= 20 {
			texts = append(texts, v)
		}
	case []any:
		for _, one := range v {
			texts = append(texts, longTexts(one)...)
		}
	case map[string]any:
		for _, one := range v {
			texts = append(texts, longTexts(one)...)
		}
	}
	return texts
}

// TestALongKeyAnswer: an answer of some kilobytes is read, and a longer one is refused before
// it is looked at. TestBodyLimits has the limit of the whole body.
func TestALongKeyAnswer(t *testing.T) {
	w := sqlite(t)
	w.addUser("ada")
	b := w.browser()
	b.signIn("ada")
	k := newKey("passkey")
	b.addKey("passkey", k)
	right := k.Use(b.options(askPath, "passkey"))
	padded := func(size int) string { return strings.Replace(right, "{", "{"+strings.Repeat(" ", size-len(right)), 1) }
	for _, path := range []string{"/api/session/step-up", keysPath} {
		pointer, reason := b.refused(422, "invalid", "POST", path, object("answer", padded(12289))).field()
		if pointer != "#/answer" || reason != "not_allowed" {
			t.Errorf("%s: %s is %s", path, pointer, reason)
		}
	}
	b.want(204, "POST", "/api/session/step-up", object("answer", padded(12288)))
}
