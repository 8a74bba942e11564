package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"unicode"
)

// RFC 5321 section 4.5.3.1.3, without the brackets.
const maxMailAddress = 254

// smtp checks the options of the mail server. Without a mail server any of them
// is a mistake, except the port, which has a default.
func (p *problems) smtp(f ServeFlags, read ReadFile) SMTP {
	if f.SMTPHost == "" {
		for _, o := range []struct{ name, value string }{
			{"smtp-user", f.SMTPUser}, {"smtp-password", f.SMTPPassword}, {"smtp-password-file", f.SMTPPasswordFile}, {"smtp-from", f.SMTPFrom},
		} {
			if o.value != "" {
				p.add(o.name, errors.New("has no effect without --smtp-host"))
			}
		}
		value(p, "smtp-port", f.SMTPPort, checkPort)
		return SMTP{}
	}
	return SMTP{
		Host:     value(p, "smtp-host", f.SMTPHost, checkMailHost),
		Port:     value(p, "smtp-port", f.SMTPPort, checkPort),
		User:     value(p, "smtp-user", f.SMTPUser, checkSecretLine),
		Password: p.smtpPassword(f, read),
		From:     value(p, "smtp-from", f.SMTPFrom, checkFrom),
	}
}

func (p *problems) smtpPassword(f ServeFlags, read ReadFile) string {
	given := f.SMTPPassword != "" || f.SMTPPasswordFile != ""
	switch {
	case f.SMTPUser == "" && given:
		p.add("smtp-user", errors.New("needed with a password"))
	case f.SMTPUser != "" && !given:
		p.add("smtp-password", errors.New("needed with a user name; or name a file with --smtp-password-file"))
	}
	if f.SMTPPasswordFile == "" {
		return value(p, "smtp-password", f.SMTPPassword, checkSecretLine)
	}
	if f.SMTPPassword != "" {
		p.add("smtp-password-file", errors.New("not together with --smtp-password"))
		return ""
	}
	password, err := read.secret(f.SMTPPasswordFile, "password", trimLineEnd)
	p.add("smtp-password-file", err)
	return password
}

// trimLineEnd keeps spaces: a password may begin or end with one. Empty lines at
// the end are no part of it.
func trimLineEnd(text string) string { return strings.TrimRight(text, "\r\n") }

// checkSecretLine refuses characters that would end a command to the mail server.
func checkSecretLine(text string) (string, error) {
	if strings.ContainsAny(text, "\x00\r\n") {
		return "", errors.New("must be one line")
	}
	return text, nil
}

func checkMailHost(host string) (string, error) {
	if address, err := netip.ParseAddr(host); err == nil && address.Zone() == "" {
		return address.String(), nil
	}
	if !isHostName(host) {
		return "", fmt.Errorf("%q is neither a host name nor an address; the port is --smtp-port", host)
	}
	return strings.ToLower(host), nil
}

func checkFrom(text string) (string, error) {
	if text == "" {
		return "", errors.New("needed with a mail server: the address of the sender")
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > maxMailAddress || strings.ContainsFunc(text, notInAddress) {
		return "", fmt.Errorf("%q is not an e-mail address like sign-in@example.org", text)
	}
	return text, nil
}

// notInAddress reports characters that are invisible or would end the address.
func notInAddress(r rune) bool {
	return unprintable(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>(),;:"\`, r)
}
