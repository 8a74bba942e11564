package api

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// TestNoticeAddress: a change needs fresh factors, and other sessions get a
// notice.
func TestNoticeAddress(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		p := w.personAt("ada", enabled)
		other := p.elsewhere()
		const path = "/api/notice-address"
		p.home.want(204, "PUT", path, object("email", " ada@example.com "))
		if got := p.home.want(200, "GET", "/api/two-factor", "").json["notice_address"]; got != "ada@example.com" {
			t.Errorf("address %v", got)
		}
		if notice := other.load()["notices"].([]any)[0].(map[string]any); notice["kind"] != "notice_address_changed" {
			t.Errorf("the other session gets the notice %v", notice)
		}
		for _, wrong := range []string{"ada", "ada@", "@example.com", "Ada <ada@example.com>", "ada@example.com, eve@example.com",
			"ada@example.com\r\nBcc: eve@example.com", strings.Repeat("a", 250) + "@example.com"} {
			a := p.home.refused(422, "invalid", "PUT", path, object("email", wrong))
			if pointer, reason := a.field(); pointer != "#/email" || reason != "not_allowed" {
				t.Errorf("%q: %s", wrong, a.body)
			}
		}
		w.clock.move(6 * time.Minute)
		p.home.want(204, "PUT", path, object("email", "ada@example.com")) // unchanged
		p.home.owes("PUT", path, object("email", "eve@example.com"), "password", "code")
		p.home.owes("PUT", path, object("email", ""), "password", "code")
		p.home.stepUp("password", rightPassword, "code", p.backupCode())
		p.home.want(204, "PUT", path, object("email", ""))
		if got := p.home.want(200, "GET", "/api/two-factor", "").json["notice_address"]; got != "" {
			t.Errorf("address %v", got)
		}
	})
}
