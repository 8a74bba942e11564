package notify

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"
)

func testCodes() Codes { return Codes{key: [32]byte{1, 2, 3}} }

// written returns the letter of a mail, its HTML form and what is sent.
func written(t *testing.T, s *Sender, m mail) (l letter, html, raw string) {
	t.Helper()
	m.Reference = "reference"
	l = s.write(&m, testCodes())
	msg, err := l.message(s, sender, &m, start)
	if err != nil {
		t.Fatal(err)
	}
	var sent, form bytes.Buffer
	if _, err := msg.WriteTo(&sent); err != nil {
		t.Fatal(err)
	}
	if err := page.Execute(&form, l); err != nil {
		t.Fatal(err)
	}
	return l, form.String(), sent.String()
}

func TestLetterTells(t *testing.T) {
	l, html, raw := written(t, &testSender, mail{AccountID: 1, Recipient: "ada@example.org", Kind: KeyBound, Language: English,
		CreatedAt: start.UnixMilli(), Username: "ada", ClientAddress: "192.0.2.7", UserAgent: firefox})
	for _, form := range []string{l.text(), html} {
		for _, want := range []string{"Two-factor authentication was set up", "ada", "23 November 2026, 14:00 UTC", "192.0.2.7, Firefox on Windows",
			"help@example.org, room 7", "https://sign-in.example"} {
			if !strings.Contains(form, want) {
				t.Errorf("no %q in:\n%s", want, form)
			}
		}
	}
	for _, want := range []string{
		"Subject: ImageMaster: Two-factor authentication was set up\r\n", "Auto-Submitted: auto-generated\r\n", "Content-Language: en\r\n",
		"Message-ID: <reference@sign-in.example>\r\n", "Date: Mon, 23 Nov 2026 14:00:00 +0000\r\n", "To: <ada@example.org>\r\n",
		"From: \"ImageMaster\" <sign-in@example.org>\r\n",
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %q in:\n%s", want, raw)
		}
	}
	if strings.Contains(raw, "go-mail") {
		t.Error("the mail names the library that wrote it")
	}
}

func TestLetterInGerman(t *testing.T) {
	l, html, raw := written(t, &Sender{Brand: "Bildmeister", PublicURL: "https://anmelden.example"}, mail{AccountID: 1,
		Recipient: "ada@example.org", Kind: OperatorReset, Language: German, CreatedAt: start.UnixMilli(), Username: "ada",
		CopyUntil: start.Add(7 * 24 * time.Hour).UnixMilli()})
	text := l.text()
	for _, want := range []string{"Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt", "23.11.2026, 14:00 UTC", "Wer: der Betreiber dieses Dienstes",
		"die Betreiber dieses Dienstes", "30.11.2026, 14:00 UTC", "Bildmeister öffnen: https://anmelden.example"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if !strings.Contains(html, `<html lang="de">`) {
		t.Errorf("no language in:\n%s", html)
	}
	if !strings.Contains(raw, "Content-Language: de") {
		t.Errorf("the header does not name the language:\n%s", raw)
	}
}

// A mail loads nothing and sets no colour, so that a dark mail program can
// choose its own.
func TestHTMLIsSelfContained(t *testing.T) {
	_, html, _ := written(t, &testSender, mail{Kind: KeyBound, Recipient: "ada@example.org"})
	for _, never := range []string{"src=", "url(", "<img", "<script", "<link", "@import", "color:", "background", "<form"} {
		if strings.Contains(html, never) {
			t.Errorf("the HTML holds %q", never)
		}
	}
	if n := strings.Count(html, "https://"); n != 1 || !strings.Contains(html, `href="https://sign-in.example"`) {
		t.Errorf("%d links:\n%s", n, html)
	}
}

// Values that contain HTML or headers do not become HTML or headers.
func TestValuesStayValues(t *testing.T) {
	const evil = "<b>\"evil\"</b>\r\nBcc: eve@example.org"
	_, html, raw := written(t, &Sender{Brand: evil, PublicURL: "javascript:alert(1)", HelpContact: evil},
		mail{Recipient: "ada@example.org", Kind: KeyBound, Username: evil, ClientAddress: evil, UserAgent: evil + firefox})
	if strings.Contains(html, "<b>") || strings.Contains(html, "javascript:") {
		t.Errorf("not escaped:\n%s", html)
	}
	read, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if read.Header.Get("Bcc") != "" {
		t.Errorf("a value became a header:\n%s", raw)
	}
}

// A letter says who acted. Only what a person did comes with the advice to change
// the password.
func TestLetterSaysWhoActed(t *testing.T) {
	for kind, want := range map[Kind][2][2]string{
		OperatorPassword: {{"Who: the operator of this service", "If you did not expect this, ask for help: help@example.org, room 7"},
			{"Wer: der Betreiber dieses Dienstes", "Wenn Sie das nicht erwartet haben, bitten Sie um Hilfe: help@example.org, room 7"}},
		OperatorReset: {{"Who: the operator of this service", "If you did not expect this, ask for help: help@example.org, room 7"},
			{"Wer: der Betreiber dieses Dienstes", "Wenn Sie das nicht erwartet haben, bitten Sie um Hilfe: help@example.org, room 7"}},
		PasswordChanged: {{"Where: unknown", "If this was not you, change your password at once and ask for help: help@example.org, room 7"},
			{"Wo: unbekannt", "Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort und bitten Sie um Hilfe: help@example.org, room 7"}},
	} {
		for i, language := range []string{English, German} {
			l, html, _ := written(t, &testSender, mail{Kind: kind, Recipient: "ada@example.org", Language: language})
			text := l.text()
			for _, line := range want[i] {
				if !strings.Contains(text, line+"\n") {
					t.Errorf("%s in %s: no %q in:\n%s", kind, language, line, text)
				}
			}
			byPerson := kind == PasswordChanged
			for _, form := range []string{text, html} {
				if strings.Contains(form, "this was not you") || strings.Contains(form, "das nicht waren") {
					if !byPerson {
						t.Errorf("%s in %s asks whether it was the person:\n%s", kind, language, form)
					}
				} else if byPerson {
					t.Errorf("%s in %s does not ask whether it was the person:\n%s", kind, language, form)
				}
			}
		}
	}
}

func TestPlace(t *testing.T) {
	for want, m := range map[string]mail{
		"192.0.2.7, Firefox on Windows": {ClientAddress: "192.0.2.7", UserAgent: firefox},
		"192.0.2.7":                     {ClientAddress: "192.0.2.7", UserAgent: "curl/8"},
		"Windows":                       {UserAgent: "evil for Windows"},
		"unknown":                       {UserAgent: "curl/8"},
	} {
		if got := english.place(&m); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestUnknownKindOfANewerVersion(t *testing.T) {
	l, _, _ := written(t, &testSender, mail{Recipient: "ada@example.org", Kind: "from_the_future", Language: "xx", Username: "ada"})
	if l.Title != english.other.title || l.Language != English {
		t.Errorf("letter is %+v", l)
	}
}

func TestHost(t *testing.T) {
	for url, want := range map[string]string{
		"https://sign-in.example":      "sign-in.example",
		"https://sign-in.example:8443": "sign-in.example",
		"http://localhost:8080":        "localhost",
		"http://127.0.0.1:8080":        "[127.0.0.1]",
		"http://[::1]:8080":            "[IPv6:::1]",
	} {
		if got := (&Sender{PublicURL: url}).host(); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

func TestWaits(t *testing.T) {
	var all time.Duration
	last := time.Duration(0)
	for tries := 1; tries < maxTries; tries++ {
		wait := waitAfter(tries)
		if wait < last || wait > lastWait {
			t.Errorf("%v after %d tries", wait, tries)
		}
		last = wait
		all += wait
	}
	if waitAfter(1) != time.Minute || last != 6*time.Hour || all < 20*time.Hour || all > 30*time.Hour {
		t.Errorf("from %v to %v, %v in all", waitAfter(1), last, all)
	}
}

// FuzzLetter: names and addresses that strangers choose add no header, part or
// link to a mail.
func FuzzLetter(f *testing.F) {
	f.Add("ada", "192.0.2.7", "ImageMaster", "help@example.org", uint8(0))
	f.Add("<a href=//evil.example>", "\r\n.\r\n", "Tom & Co", "{{.Code}}", uint8(1))
	f.Add("a\r\nBcc: eve@example.org", "\xff\u202e", "=?utf-8?q?x?=", "--\r\n\r\n", uint8(2))
	f.Fuzz(func(t *testing.T, account, from, brand, contact string, kind uint8) {
		kinds := []Kind{KeyBound, AddressChanged, "from_a_newer_version"}
		testSender := Sender{Brand: brand, PublicURL: "https://sign-in.example", HelpContact: contact}
		_, _, raw := written(t, &testSender, mail{AccountID: 1, Recipient: "ada@example.org", Kind: kinds[int(kind)%len(kinds)],
			Language: German, CreatedAt: start.UnixMilli(), Username: account, ClientAddress: from, CopyUntil: start.UnixMilli()})
		read, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatalf("%v:\n%s", err, raw)
		}
		for name, values := range read.Header {
			if !slices.Contains(letterHeaders, name) || len(values) != 1 {
				t.Errorf("header %s: %q", name, values)
			}
		}
		if to := read.Header.Get("To"); to != "<ada@example.org>" {
			t.Errorf("goes to %q", to)
		}
		form, parameters, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
		if err != nil || form != "multipart/alternative" {
			t.Fatalf("content %q, %v", form, err)
		}
		wantTwoForms(t, multipart.NewReader(read.Body, parameters["boundary"]))
	})
}

// letterHeaders are all headers of a letter.
var letterHeaders = []string{"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}

// wantTwoForms checks the parts of a letter, and that its HTML form links to the
// product only.
func wantTwoForms(t *testing.T, parts *multipart.Reader) {
	t.Helper()
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := parts.NextPart()
		if err != nil || !strings.HasPrefix(part.Header.Get("Content-Type"), want) {
			t.Fatalf("part %v, %v; want %s", part, err, want)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if want != "text/html" {
			continue
		}
		if links := strings.Count(string(text), "<a "); links != strings.Count(string(text), `<a href="https://sign-in.example">`) {
			t.Errorf("%d links:\n%s", links, text)
		}
		for _, tag := range []string{"<script", "<img", "<iframe", "<form"} {
			if strings.Contains(strings.ToLower(string(text)), tag) {
				t.Errorf("has %s:\n%s", tag, text)
			}
		}
	}
	if part, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("one more part: %v, %v", part, err)
	}
}
