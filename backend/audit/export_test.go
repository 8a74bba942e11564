package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzWriteLine: an event is one line of JSON with always the same members. The name
// that a client gives itself does not change that.
func FuzzWriteLine(f *testing.F) {
	f.Add("anna", "Mozilla/5.0", "192.0.2.7", `{"count":2}`)
	f.Add("a\"b", "\r\n{\"kind\":\"forged\"}\r\n", "\x00\x1b[2J", `{"a":`)
	f.Add("\xff", "\u2028\u2029</script>", "\u202e", "null\n{}")
	f.Add("", "", "", `{"a":1} {"b":2}`)
	f.Fuzz(func(t *testing.T, account, userAgent, address, details string) {
		e := Event{ID: 7, At: 1763906400123, Kind: SignIn, Outcome: OK, UserAgent: userAgent, Address: address, Details: details}
		var out bytes.Buffer
		if err := WriteLine(&out, e, account); err != nil {
			t.Fatal(err)
		}
		text, ended := strings.CutSuffix(out.String(), "\n")
		if !ended || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '\u2028' || r == '\u2029' }) {
			t.Fatalf("not one line: %q", out.String())
		}
		var read map[string]any
		if err := json.Unmarshal([]byte(text), &read); err != nil || len(read) != 17 {
			t.Fatalf("%d members, %v: %s", len(read), err, text)
		}
		for name, want := range map[string]any{
			"id": float64(7), "time": "2025-11-23T14:00:00.123Z", "kind": string(SignIn), "account": strings.ToValidUTF8(account, "\ufffd"),
		} {
			if got := read[name]; got != want && (name != "account" || strings.ToValidUTF8(account, "") == account) {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
	})
}
