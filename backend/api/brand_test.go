package api

import (
	"strings"
	"testing"
)

func TestLogo(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	w := sqlite(t, func(d *Deps) { d.Brand = Brand{Name: "Vault", Logo: []byte(svg), LogoType: "image/svg+xml"} })
	b := w.browser()
	brand := b.load()["brand"].(map[string]any)
	if brand["name"] != "Vault" || brand["logo"] != "/api/brand/logo" {
		t.Fatalf("brand %v", brand)
	}
	a := b.want(200, "GET", "/api/brand/logo", "")
	policy := a.header.Get("Content-Security-Policy")
	if a.body != svg || a.header.Get("Content-Type") != "image/svg+xml" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("logo: %v", a.header)
	}
	for _, part := range []string{"default-src 'none'", "sandbox", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	if strings.Contains(policy, "script-src") || strings.Contains(policy, "allow-scripts") {
		t.Errorf("the policy %q lets a picture run", policy)
	}
	again := b.send("GET", "/api/brand/logo", "", header("If-None-Match", a.header.Get("Etag")))
	if again.status != 304 || again.body != "" {
		t.Errorf("unchanged: %d %q", again.status, again.body)
	}
}

func TestNoLogo(t *testing.T) {
	b := sqlite(t).browser()
	if logo := b.load()["brand"].(map[string]any)["logo"]; logo != nil {
		t.Errorf("logo %v", logo)
	}
	b.refused(404, "not_found", "GET", "/api/brand/logo", "")
}

func TestChangePasswordAddress(t *testing.T) {
	a := sqlite(t).browser().want(302, "GET", "/.well-known/change-password", "")
	if got := a.header.Get("Location"); got != publicURL+"/password" {
		t.Errorf("Location %q", got)
	}
}
