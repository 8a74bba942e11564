package config

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"imagemaster/backend/access"
)

const (
	maxBrandName   = 24 // bytes, percent-encoded: with more the QR code is too fine (docs/evidence.md, B15)
	maxLogo        = 64 << 10
	maxLogoSide    = 2048 // pixels: a small file can unpack to a picture that fills the memory
	maxHelpContact = 200
	maxSecretFile  = 4 << 10
)

// checkDSN returns the DSN from the flag or its file. Package database parses it.
// No message repeats it.
func checkDSN(f StoreFlags, read ReadFile) (string, error) {
	if f.DatabaseFile == "" {
		return f.Database, nil
	}
	if f.Database != "" {
		return "", errors.New("not together with --database")
	}
	return read.secret(f.DatabaseFile, "DSN", strings.TrimSpace)
}

// Secret reads a file of one line, without the spaces around it.
func (read ReadFile) Secret(path, what string) (string, error) {
	return read.secret(path, what, strings.TrimSpace)
}

// secret reads a file of one line. trim removes the characters that are not
// part of the secret.
func (read ReadFile) secret(path, what string, trim func(string) string) (string, error) {
	text, err := read.upTo(path, maxSecretFile)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("every user of this machine may open %[1]s (mode %04[2]o): run chmod 600 %[1]s", path, info.Mode().Perm())
	}
	plain, err := WithoutBOM(text)
	if err != nil {
		return "", fmt.Errorf("%s %w", path, err)
	}
	secret := trim(plain)
	if secret == "" || strings.ContainsAny(secret, "\x00\r\n") {
		return "", fmt.Errorf("%s must hold one line, the %s", path, what)
	}
	return secret, nil
}

// WithoutBOM returns what a file or a pipe holds. Editors on Windows put a byte order
// mark in front, which is no part of any secret, or write UTF-16.
func WithoutBOM(content []byte) (string, error) {
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) || bytes.HasPrefix(content, []byte{0xfe, 0xff}) {
		return "", errors.New("is in UTF-16: save it as UTF-8")
	}
	return string(bytes.TrimLeft(content, "\ufeff")), nil
}

func (read ReadFile) upTo(path string, limit int) ([]byte, error) {
	content, err := read(path, limit+1)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, access.Cause(err))
	}
	if len(content) > limit {
		return nil, fmt.Errorf("%s is larger than %d KiB", path, limit>>10)
	}
	return content, nil
}

// checkBrandName refuses a colon: it separates issuer and account in a key URI,
// and some apps understand no escaping of it.
func checkBrandName(name string) (string, error) {
	name, err := checkLine(name, maxBrandName)
	switch {
	case err != nil:
		return "", err
	case name == "":
		return "", errors.New("must not be empty")
	case strings.Contains(name, ":"):
		return "", errors.New("must not contain a colon")
	}
	// Percent-encoded (RFC 3986); QueryEscape writes a space as one plus sign.
	if n := len(url.QueryEscape(name)) + 2*strings.Count(name, " "); n > maxBrandName {
		return "", fmt.Errorf("takes %d bytes in the authenticator's address, at most %d fit; a space takes 3, a letter with an accent 6 or 9, one of another script as many", n, maxBrandName)
	}
	return name, nil
}

func checkHelpContact(text string) (string, error) { return checkLine(text, maxHelpContact) }

// checkLine accepts one line of text of at most limit letters.
func checkLine(text string, limit int) (string, error) {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
		return "", errors.New("must be one line of plain text")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return "", fmt.Errorf("has %d letters, at most %d are allowed", n, limit)
	}
	return text, nil
}

// unprintable reports characters that are invisible or change how the text
// around them is shown.
func unprintable(r rune) bool {
	return r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) || unicode.In(r, unicode.Bidi_Control)
}

// checkAccounts checks a number of accounts, "" = 0.
func checkAccounts(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number of accounts", text)
	}
	return n, nil
}
