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

func testLinks() Links { return Links{key: [32]byte{4, 5, 6}} }

// written returns the letter of a mail, its HTML form and what is sent.
func written(t *testing.T, s *Sender, m mail) (l letter, html, raw string) {
	t.Helper()
	m.Reference = "reference"
	l = s.write(&m, testCodes(), testLinks())
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
		for _, want := range []string{"The authenticator app was set up", "ada", "23 November 2026, 14:00 UTC", "192.0.2.7, Firefox on Windows",
			"help@example.org, room 7", "https://sign-in.example"} {
			if !strings.Contains(form, want) {
				t.Errorf("no %q in:\n%s", want, form)
			}
		}
	}
	for _, want := range []string{
		"Subject: ImageMaster: The authenticator app was set up\r\n", "Auto-Submitted: auto-generated\r\n", "Content-Language: en\r\n",
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

// A letter says who acted, the operator or a person by name. Only what the reader
// did comes with the advice to change the password.
func TestLetterSaysWhoActed(t *testing.T) {
	type saying struct{ subject, row string }
	for kind, want := range map[Kind]map[string]saying{
		OperatorReset: {
			"en ":      {"The operator reset two-factor authentication for your account", "Who: the operator of this service"},
			"en helga": {"helga reset two-factor authentication for your account", "Who: helga"},
			"de ":      {"Der Betreiber hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt", "Wer: der Betreiber dieses Dienstes"},
			"de helga": {"helga hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt", "Wer: helga"},
		},
		OperatorDisabled: {
			"en ":      {"The operator disabled your account", "Who: the operator of this service"},
			"en helga": {"helga disabled your account", "Who: helga"},
			"de ":      {"Der Betreiber hat Ihr Konto gesperrt", "Wer: der Betreiber dieses Dienstes"},
			"de helga": {"helga hat Ihr Konto gesperrt", "Wer: helga"},
		},
		AccountDeleted: {
			"en ":      {"The operator deleted your account", "Who: the operator of this service"},
			"en helga": {"helga deleted your account", "Who: helga"},
			"de ":      {"Der Betreiber hat Ihr Konto gelöscht", "Wer: der Betreiber dieses Dienstes"},
			"de helga": {"helga hat Ihr Konto gelöscht", "Wer: helga"},
		},
		RoleOfOther: {
			"en ":      {"The operator changed the role of bob", "Who: the operator of this service"},
			"en helga": {"helga changed the role of bob", "Who: helga"},
			"de ":      {"Der Betreiber hat die Rolle von bob geändert", "Wer: der Betreiber dieses Dienstes"},
			"de helga": {"helga hat die Rolle von bob geändert", "Wer: helga"},
		},
		ApplicationChanged: {
			"en ":      {"The operator changed an application", "Who: the operator of this service"},
			"en helga": {"helga changed an application", "Who: helga"},
			"de ":      {"Der Betreiber hat eine Anwendung geändert", "Wer: der Betreiber dieses Dienstes"},
			"de helga": {"helga hat eine Anwendung geändert", "Wer: helga"},
		},
		AcceptedInvitation: {
			"en ": {"bob accepted your invitation", "If you did not expect this, ask for help: help@example.org, room 7"},
			"de ": {"bob hat Ihre Einladung angenommen", "Wenn Sie das nicht erwartet haben, bitten Sie um Hilfe: help@example.org, room 7"},
		},
		InvitationMail: {
			"en ":      {"Your account is ready", "Who: the operator of this service"},
			"en helga": {"Your account is ready", "Who: helga"},
			"de ":      {"Ihr Konto ist bereit", "Wer: der Betreiber dieses Dienstes"},
			"de helga": {"Ihr Konto ist bereit", "Wer: helga"},
		},
		PasswordChanged: {
			"en ": {"The password was changed", "Where: unknown"},
			"de ": {"Das Passwort wurde geändert", "Wo: unbekannt"},
		},
	} {
		for of, says := range want {
			language, actor, _ := strings.Cut(of, " ")
			l, html, _ := written(t, &testSender, mail{Kind: kind, Recipient: "ada@example.org", Language: language, Actor: actor, Subject: "bob"})
			text := l.text()
			if l.Subject != "ImageMaster: "+says.subject || !strings.Contains(text, says.row+"\n") {
				t.Errorf("%s, %q: subject %q, no %q in:\n%s", kind, of, l.Subject, says.row, text)
			}
			for _, form := range []string{text, html} {
				asks := strings.Contains(form, "If this was not you, change your password") || strings.Contains(form, "Wenn Sie das nicht waren, ändern Sie sofort Ihr Passwort")
				if asks != (kind == PasswordChanged) {
					t.Errorf("%s, %q asks whether it was the reader: %v\n%s", kind, of, asks, form)
				}
			}
		}
	}
}

// What a kind tells besides is in the text, in the language of the mail.
func TestLetterTellsTheDetail(t *testing.T) {
	for _, c := range []struct {
		kind                    Kind
		detail, english, german string
	}{
		{PasskeyAdded, "hardware_key:Blue, at home", "The hardware key “Blue, at home” was added to your account", "Der Hardware-Schlüssel „Blue, at home“ wurde Ihrem Konto hinzugefügt"},
		{PasskeyAdded, "hardware_key:", "A hardware key was added to your account", "Ein Hardware-Schlüssel wurde Ihrem Konto hinzugefügt"},
		{PasskeyRemoved, "passkey:Vault", "The passkey “Vault” was removed from your account", "Der Passkey „Vault“ wurde aus Ihrem Konto entfernt"},
		{PasskeyRefused, "passkey:a:b", "The passkey “a:b” was removed after “Not me”", "Der Passkey „a:b“ wurde nach „Das war ich nicht“ entfernt"},
		{PasskeyCopied, "hardware_key:{who}", "The hardware key “{who}” may have been copied", "Der Hardware-Schlüssel „{who}“ wurde vielleicht kopiert"},
		{PasskeyRemoved, "", "A passkey was removed from your account", "Ein Passkey wurde aus Ihrem Konto entfernt"}, // of a newer version
		{RoleChanged, "helper", "Your role is now: helper.", "Ihre Rolle ist jetzt: Helfer."},
		{RoleChanged, "administrator", "Your role is now: administrator.", "Ihre Rolle ist jetzt: Administrator."},
		{ApplicationAdded, "administrator", "People can now be let in to administrator.", "Personen können jetzt administrator öffnen."}, // a name, no role
		{ApplicationChanged, "Wiki", "the rules of Wiki are different now.", "die Regeln von Wiki sind jetzt anders."},
		{ApplicationDeleted, "{who}", "Nobody can open {who} with this sign-in any more.", "Niemand kann {who} mehr mit dieser Anmeldung öffnen."},
		{RoleOfOther, "person", "The role is now: person.", "Die Rolle ist jetzt: Person."},
		{EmailChanged, "ada@example.org", "Applications see ada@example.org from now on.", "Anwendungen sehen von nun an ada@example.org."},
		{EmailChanged, "", "Applications see no address from now on.", "Anwendungen sehen von nun an keine Adresse."},
		{Renamed, "ada.byron", "Sign in with the user name ada.byron from now on.", "Melden Sie sich von nun an mit dem Benutzernamen ada.byron an."},
		{Renamed, "helper", "Sign in with the user name helper from now on.", "Melden Sie sich von nun an mit dem Benutzernamen helper an."}, // no role
		{Renamed, "{who}", "Sign in with the user name {who} from now on.", "Melden Sie sich von nun an mit dem Benutzernamen {who} an."},
	} {
		for language, want := range map[string]string{English: c.english, German: c.german} {
			l, html, _ := written(t, &testSender, mail{Kind: c.kind, Recipient: "ada@example.org", Language: language, Detail: c.detail})
			if !strings.Contains(l.text(), want) || !strings.Contains(html, want) {
				t.Errorf("%s of %q: no %q in:\n%s", c.kind, c.detail, want, l.text())
			}
		}
	}
}

// The mail about a new key says how it is refused; that about another change does not.
func TestLetterOfANewKey(t *testing.T) {
	for language, want := range map[string]string{
		English: "If this was not you, sign in and press “Not me” within 72 hours, then change your password. If you cannot sign in, ask for help: help@example.org, room 7",
		German:  "Wenn Sie das nicht waren, melden Sie sich innerhalb von 72 Stunden an, drücken Sie „Das war ich nicht“ und ändern Sie dann Ihr Passwort. Wenn Sie sich nicht anmelden können, bitten Sie um Hilfe: help@example.org, room 7",
	} {
		for kind, says := range map[Kind]bool{PasskeyAdded: true, PasskeyRemoved: false, AppRemoved: false} {
			l, html, _ := written(t, &testSender, mail{Kind: kind, Recipient: "ada@example.org", Language: language, Detail: "passkey:Vault"})
			if got := strings.Contains(l.text(), want+"\n"); got != says {
				t.Errorf("%s, %s: says %q: %v, want %v:\n%s", language, kind, want, got, says, l.text())
			}
			if got := strings.Contains(html, want); got != says {
				t.Errorf("%s, %s: the HTML form says it: %v, want %v", language, kind, got, says)
			}
		}
	}
}

// No placeholder is left in any mail, whether or not anything is known of who acted.
func TestNoPlaceholderIsLeft(t *testing.T) {
	for _, kind := range append(kindsInSource(t), "from_the_future") {
		for _, language := range []string{English, German} {
			for _, actor := range []string{"", "helga"} {
				l, html, raw := written(t, &testSender, mail{AccountID: 1, Kind: kind, Recipient: "ada@example.org", Language: language, Actor: actor,
					CopyUntil: start.UnixMilli(), CodeExpiresAt: start.UnixMilli()})
				// The HTML form has braces in its style only.
				for name, form := range map[string]string{"text": l.text(), "HTML": strings.Replace(html, ":root { color-scheme: light dark; }", "", 1), "subject": l.Subject} {
					if strings.ContainsAny(form, "{}") || strings.Contains(form, "%!") {
						t.Errorf("%s, %s by %q: a placeholder is left in the %s:\n%s", kind, language, actor, name, form)
					}
				}
				if len(raw) < 500 {
					t.Errorf("%s: what is sent is %q", kind, raw)
				}
			}
		}
	}
}

// Names of other people with HTML in them are text in both forms.
func TestNamesOfOthersStayText(t *testing.T) {
	const evil = `<img src=x onerror="alert(1)">`
	for _, kind := range slices.Concat(byOthers, ofKeys, []Kind{AcceptedInvitation, AcceptedLink, InvitationMail, PasswordLinkMail}) {
		m := mail{Kind: kind, Recipient: "ada@example.org", Actor: evil, Subject: evil, Detail: evil, Username: evil, CodeExpiresAt: start.UnixMilli()}
		if slices.Contains(ofKeys, kind) {
			m.Username, m.Detail = "ada", "hardware_key:"+evil
		}
		l, html, raw := written(t, &testSender, m)
		if strings.Contains(html, "<img") || !strings.Contains(html, "&lt;img") {
			t.Errorf("%s: not escaped:\n%s", kind, html)
		}
		if !strings.Contains(l.text(), evil) {
			t.Errorf("%s: the name is changed:\n%s", kind, l.text())
		}
		if _, err := netmail.ReadMessage(strings.NewReader(raw)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// The mail with a link says for whom it is, how long it works and from whom it came.
// It has this link only.
func TestLinkLetter(t *testing.T) {
	salt := []byte("0123456789abcdef")
	token := testLinks().Token(7, salt)
	if len(token) != 43 {
		t.Fatalf("the token has %d characters: %s", len(token), token)
	}
	for _, c := range []struct {
		kind     Kind
		language string
		want     []string
	}{
		{InvitationMail, English, []string{"Your account is ready", "Account: ada", "Who: helga", "Valid until: 30 November 2026, 14:00 UTC", "Choose a password: https://sign-in.example/welcome#" + token,
			"Give this link to nobody. If you do not know why you got it, ask: help@example.org, room 7"}},
		{PasswordLinkMail, English, []string{"Set a new password", "Your second factor stays as it is.", "Choose a password: https://sign-in.example/welcome#" + token}},
		{InvitationMail, German, []string{"Ihr Konto ist bereit", "Konto: ada", "Wer: helga", "Gültig bis: 30.11.2026, 14:00 UTC", "Passwort wählen: https://sign-in.example/welcome#" + token,
			"Geben Sie diesen Link niemandem. Wenn Sie nicht wissen, warum Sie ihn bekommen haben, fragen Sie: help@example.org, room 7"}},
		{PasswordLinkMail, German, []string{"Neues Passwort setzen", "Ihr zweiter Faktor bleibt, wie er ist."}},
	} {
		l, html, _ := written(t, &testSender, mail{AccountID: 7, Recipient: "ada@example.org", Kind: c.kind, Language: c.language, Username: "ada", Actor: "helga",
			CodeSalt: salt, CodeExpiresAt: start.Add(7 * 24 * time.Hour).UnixMilli(), CreatedAt: start.UnixMilli(), ClientAddress: "192.0.2.7"})
		for _, want := range c.want {
			if !strings.Contains(l.text(), want) {
				t.Errorf("%s, %s: no %q in:\n%s", c.kind, c.language, want, l.text())
			}
		}
		if strings.Count(html, "https://") != 1 || !strings.Contains(html, `href="https://sign-in.example/welcome#`+token+`"`) {
			t.Errorf("%s: links are\n%s", c.kind, html)
		}
		if strings.Contains(l.text(), "192.0.2.7") || strings.Contains(l.Subject, token) || l.Code != "" {
			t.Errorf("%s tells too much:\n%s", c.kind, l.text())
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
	f.Add("{detail}", "{who}\r\n\r\n<a href=//evil.example>", "{subject}", "</title><script>", uint8(3))
	f.Add("eve\nSubject: x", "", "ImageMaster", "role\r\nTo: eve@example.org", uint8(4))
	f.Fuzz(func(t *testing.T, account, from, brand, contact string, kind uint8) {
		kinds := []Kind{KeyBound, AddressChanged, "from_a_newer_version", RoleOfOther, Renamed}
		testSender := Sender{Brand: brand, PublicURL: "https://sign-in.example", HelpContact: contact}
		_, _, raw := written(t, &testSender, mail{AccountID: 1, Recipient: "ada@example.org", Kind: kinds[int(kind)%len(kinds)],
			Language: German, CreatedAt: start.UnixMilli(), Username: account, ClientAddress: from, CopyUntil: start.UnixMilli(),
			Actor: from, Subject: account, Detail: contact})
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
