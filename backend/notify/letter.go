package notify

import (
	"bytes"
	"fmt"
	"html/template"
	"net/netip"
	"net/url"
	"strings"
	"time"

	netmail "net/mail"

	gomail "github.com/wneessen/go-mail"

	"imagemaster/backend/crockford"
)

// Sender is what mails say about where they come from.
type Sender struct {
	Brand       string
	PublicURL   string // the only link in a mail, and the host of its Message-ID
	HelpContact string // whom to ask; may be empty
}

// host names the public address where mail wants a domain (RFC 5321 section
// 4.1.3).
func (s *Sender) host() string {
	u, err := url.Parse(s.PublicURL)
	if err != nil {
		return "localhost"
	}
	address, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil:
		return u.Hostname()
	case address.Is6():
		return "[IPv6:" + address.String() + "]"
	}
	return "[" + address.String() + "]"
}

// letter is a mail in words, the same for both forms.
type letter struct {
	Language string
	Subject  string
	Title    string
	Lead     string
	Code     string // of an AddressCode, else ""
	Rows     []row
	Advice   string
	LinkText string
	Link     string
	Copy     string // why an address that was replaced gets this, else ""
	Footer   string
}

type row struct{ Label, Value string }

// write puts a mail into words.
func (s *Sender) write(m *mail, f facts, codes Codes) letter {
	t := texts[pick(m.Language)]
	words, known := t.kinds[m.Kind]
	if !known {
		words = t.other // queued by a newer version of this program
	}
	l := letter{
		Language: t.language, Subject: s.Brand + ": " + words.title, Title: words.title, Lead: words.lead,
		LinkText: fmt.Sprintf(t.open, s.Brand), Link: s.PublicURL, Footer: fmt.Sprintf(t.footer, s.Brand),
	}
	if m.Kind == AddressCode {
		l.Code = crockford.Format(codes.code(m.AccountID, m.Address, f.Salt))
		l.Rows = []row{{t.validUntil, t.date(f.ExpiresAt)}}
		l.Advice = t.codeAdvice
		return l
	}
	l.Rows = []row{{t.account, f.Account}, {t.when, t.date(m.CreatedAt)}, {t.where, t.place(f)}}
	l.Advice = s.advice(t, words)
	if f.CopyUntil == 0 {
		return l
	}
	l.Copy = fmt.Sprintf(t.copy, t.date(f.CopyUntil))
	if m.Kind == AddressChanged {
		l.Lead = t.noLonger
	}
	return l
}

// advice says what to do, and whom to ask, if it was somebody else.
func (s *Sender) advice(t *catalog, words phrase) string {
	contact := s.HelpContact
	if contact == "" {
		contact = t.operator
	}
	if words.byOperator {
		return fmt.Sprintf(t.unexpected, contact)
	}
	return fmt.Sprintf(t.notYou, contact)
}

func (t *catalog) date(ms int64) string { return time.UnixMilli(ms).UTC().Format(t.dateForm) + " UTC" }

// place says where something was done.
func (t *catalog) place(f facts) string {
	client := f.Browser + f.System // one of them or none
	if f.Browser != "" && f.System != "" {
		client = f.Browser + " " + t.on + " " + f.System
	}
	switch {
	case f.From == "" && client == "":
		return t.onServer
	case client == "":
		return f.From
	case f.From == "":
		return client
	}
	return f.From + ", " + client
}

// text is the letter for readers of plain text.
func (l *letter) text() string {
	var b strings.Builder
	paragraph := func(text string) {
		if text != "" {
			b.WriteString(text + "\n\n")
		}
	}
	paragraph(l.Title)
	paragraph(l.Lead)
	paragraph(l.Code)
	for _, r := range l.Rows {
		fmt.Fprintf(&b, "%s: %s\n", r.Label, r.Value)
	}
	b.WriteString("\n")
	paragraph(l.Advice)
	paragraph(l.LinkText + ": " + l.Link)
	paragraph(l.Copy)
	b.WriteString(l.Footer + "\n")
	return b.String()
}

// page is the letter in HTML. It names no colour, so that dark readers can
// choose theirs, and loads nothing.
var page = template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{.Subject}}</title>
<style>:root { color-scheme: light dark; }</style>
</head>
<body style="font-family: system-ui, sans-serif; font-size: 16px; line-height: 1.5;">
<div lang="{{.Language}}" style="max-width: 36em; margin: 0 auto; padding: 16px;">
<h1 style="font-size: 20px; line-height: 1.3;">{{.Title}}</h1>
<p>{{.Lead}}</p>
{{- if .Code}}
<p style="font-family: ui-monospace, monospace; font-size: 24px; letter-spacing: 2px;">{{.Code}}</p>
{{- end}}
<table style="border-collapse: collapse;">
{{- range .Rows}}
<tr><th scope="row" style="text-align: left; vertical-align: top; padding: 2px 16px 2px 0;">{{.Label}}</th><td style="padding: 2px 0;"><bdi>{{.Value}}</bdi></td></tr>
{{- end}}
</table>
<p>{{.Advice}}</p>
<p><a href="{{.Link}}">{{.LinkText}}</a></p>
{{- if .Copy}}
<p>{{.Copy}}</p>
{{- end}}
<p><small>{{.Footer}}</small></p>
</div>
</body>
</html>
`))

func (l *letter) html() (string, error) {
	var b bytes.Buffer
	if err := page.Execute(&b, l); err != nil {
		return "", fmt.Errorf("write mail: %w", err)
	}
	return b.String(), nil
}

// message is the letter on its way to one address.
func (l *letter) message(s *Sender, from, to, reference string, now time.Time) (*gomail.Msg, error) {
	html, err := l.html()
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: s.Brand, Address: from})
	msg.ToMailAddress(&netmail.Address{Address: to})
	msg.Subject(l.Subject)
	msg.SetDateWithValue(now.UTC())
	msg.SetMessageIDWithValue(reference + "@" + s.host())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	msg.SetGenHeader(gomail.HeaderContentLang, l.Language)
	msg.SetBodyString(gomail.TypeTextPlain, l.text())
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	return msg, nil
}
