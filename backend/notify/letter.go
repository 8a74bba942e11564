package notify

import (
	"cmp"
	"fmt"
	"html/template"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	netmail "net/mail"

	gomail "github.com/wneessen/go-mail"

	"imagemaster/backend/crockford"
	"imagemaster/backend/useragent"
)

// Sender is what mails say about this product.
type Sender struct {
	Brand       string
	PublicURL   string // the only link in a mail, and the host of its Message-ID
	HelpContact string // whom to ask; may be empty
}

// host is the public address in the form that mail uses for a domain (RFC 5321
// section 4.1.3).
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

// letter holds the texts of a mail, for its plain and its HTML form.
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
	Copy     string // why a former address gets this, else ""
	Footer   string
}

type row struct{ Label, Value string }

// write returns the letter of a mail.
func (s *Sender) write(m *mail, codes Codes, links Links) letter {
	t := texts[pick(m.Language)]
	words := t.phrase(m)
	l := letter{
		Language: t.language, Subject: s.Brand + ": " + words.title, Title: words.title, Lead: words.lead,
		LinkText: fmt.Sprintf(t.open, s.Brand), Link: s.PublicURL, Footer: fmt.Sprintf(t.footer, s.Brand),
	}
	if slices.Contains(linkMailKinds, m.Kind) {
		l.Rows = []row{{t.account, m.Username}, {t.who, cmp.Or(m.Actor, t.operator)}, {t.validUntil, t.date(m.CodeExpiresAt)}}
		l.Link, l.LinkText = LinkURL(s.PublicURL, links.Token(m.AccountID, m.CodeSalt)), t.choose
		l.Advice = fmt.Sprintf(t.linkAdvice, cmp.Or(s.HelpContact, t.people))
		return l
	}
	if m.Kind == AddressCode {
		l.Code = crockford.Format(codes.code(m.AccountID, m.Recipient, m.CodeSalt))
		l.Rows = []row{{t.validUntil, t.date(m.CodeExpiresAt)}}
		l.Advice = t.codeAdvice
		return l
	}
	contact := cmp.Or(s.HelpContact, t.people)
	if slices.Contains(reminderKinds, m.Kind) {
		l.Rows = []row{{t.account, m.Username}}
		l.Advice = fmt.Sprintf(t.reminderAdvice, contact)
		return l
	}
	l.Rows = []row{{t.account, m.Username}, {t.when, t.date(m.CreatedAt)}}
	switch {
	case slices.Contains(tidings, m.Kind): // the title says who it was
		l.Advice = fmt.Sprintf(t.unexpected, contact)
	case slices.Contains(operatorKinds, m.Kind), slices.Contains(administratorKinds, m.Kind):
		l.Rows = append(l.Rows, row{t.who, cmp.Or(m.Actor, t.operator)})
		l.Advice = fmt.Sprintf(t.unexpected, contact)
	default:
		l.Rows = append(l.Rows, row{t.where, t.place(m)})
		l.Advice = fmt.Sprintf(t.notYou, contact)
		if m.Kind == PasskeyAdded {
			l.Advice = fmt.Sprintf(t.notMe, contact)
		}
	}
	if m.CopyUntil == 0 {
		return l
	}
	l.Copy = fmt.Sprintf(t.copy, t.date(m.CopyUntil))
	if m.Kind == AddressChanged {
		l.Lead = t.noLonger
	}
	return l
}

// phrase returns what the kind of a mail says, with the names in it.
func (t *catalog) phrase(m *mail) phrase {
	words, known := t.kinds[m.Kind]
	if !known {
		words = t.other // queued by a newer version of this program
	}
	detail := cmp.Or(m.Detail, t.noAddress)
	if role, ok := t.roles[m.Detail]; ok && (m.Kind == RoleChanged || m.Kind == RoleOfOther) {
		detail = role // a person may have the user name helper
	}
	switch {
	case m.Kind == AdministratorChanged:
		detail = cmp.Or(t.done[m.Detail], detail)
	case slices.Contains(policyKinds, m.Kind):
		detail = t.audience(m.Detail)
	case slices.Contains(keyKinds, m.Kind):
		detail = t.key(m.Detail)
	case m.Kind == HelpRefused:
		detail = cmp.Or(m.Detail, t.theOperator)
	default:
		if at, err := time.Parse(time.RFC3339, m.Detail); err == nil && (m.Kind == ExceptionGiven || slices.Contains(reminderKinds, m.Kind)) {
			detail = t.date(at.UnixMilli())
		}
	}
	names := strings.NewReplacer("{who}", cmp.Or(m.Actor, t.theOperator), "{subject}", m.Subject, "{detail}", detail)
	return phrase{names.Replace(words.title), names.Replace(words.lead)}
}

// key is what a key is called, from the Detail of its notice.
func (t *catalog) key(detail string) string {
	kind, name, _ := strings.Cut(detail, ":")
	words, known := t.keys[kind]
	switch {
	case !known: // of a newer version of this program
		return t.keys["passkey"].nameless
	case name == "":
		return words.nameless
	}
	return fmt.Sprintf(t.quoted, words.named, name)
}

// audience says whom a policy is for, from the Detail of its notice.
func (t *catalog) audience(detail string) string {
	if groups, ok := strings.CutPrefix(detail, GroupsDetail); ok {
		return t.groups + " " + groups
	}
	return cmp.Or(t.audiences[detail], detail)
}

func (t *catalog) date(ms int64) string { return time.UnixMilli(ms).UTC().Format(t.dateForm) + " UTC" }

// place says from where something was done.
func (t *catalog) place(m *mail) string {
	browser, system := useragent.Parse(m.UserAgent)
	return cmp.Or(join(", ", m.ClientAddress, join(" "+t.on+" ", browser, system)), t.unknown)
}

// join leaves out what is empty.
func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), separator)
}

// text returns the plain form of the letter.
func (l *letter) text() string {
	rows := make([]string, len(l.Rows))
	for i, r := range l.Rows {
		rows[i] = r.Label + ": " + r.Value
	}
	return join("\n\n", l.Title, l.Lead, l.Code, strings.Join(rows, "\n"), l.Advice, l.LinkText+": "+l.Link, l.Copy, l.Footer) + "\n"
}

// page is the HTML form of a letter. It sets no colour, so that a dark mail
// program can choose its own, and loads nothing.
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

// message returns the letter as a mail message.
func (l *letter) message(s *Sender, from string, m *mail, now time.Time) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&netmail.Address{Name: s.Brand, Address: from})
	msg.ToMailAddress(&netmail.Address{Address: m.Recipient})
	msg.Subject(l.Subject)
	msg.SetDateWithValue(now.UTC())
	msg.SetMessageIDWithValue(m.Reference + "@" + s.host())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 section 5
	msg.SetGenHeader(gomail.HeaderContentLang, l.Language)
	msg.SetBodyString(gomail.TypeTextPlain, l.text())
	if err := msg.AddAlternativeHTMLTemplate(page, l); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	return msg, nil
}
