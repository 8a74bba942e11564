package testmail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
)

// Mail is a mail as the server received it.
type Mail struct {
	EnvelopeFrom, EnvelopeTo string // EnvelopeTo is a list in brackets
	Secure                   bool   // came over TLS
	Helo                     string // what the client called itself
	Raw                      string
	Header                   mail.Header
	Subject                  string // decoded
	To                       string // address alone
	From                     *mail.Address
	Text, HTML               string
}

func readMail(raw []byte) (m Mail, err error) {
	read, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Raw, m.Header = string(raw), read.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil {
		return m, err
	}
	if m.From, err = mail.ParseAddress(read.Header.Get("From")); err != nil {
		return m, err
	}
	to, err := mail.ParseAddress(read.Header.Get("To"))
	if err != nil {
		return m, err
	}
	m.To = to.Address
	return m, m.readParts(read)
}

// readParts reads exactly two parts, plain text and HTML in this order.
func (m *Mail) readParts(read *mail.Message) error {
	kind, parameters, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if kind != "multipart/alternative" {
		return fmt.Errorf("the mail is %s", kind)
	}
	parts := multipart.NewReader(read.Body, parameters["boundary"])
	for _, want := range []struct {
		kind string
		to   *string
	}{{"text/plain; charset=UTF-8", &m.Text}, {"text/html; charset=UTF-8", &m.HTML}} {
		part, err := parts.NextPart() // decodes quoted-printable
		if err != nil {
			return err
		}
		if got := part.Header.Get("Content-Type"); got != want.kind {
			return fmt.Errorf("a part is %q, want %q", got, want.kind)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		*want.to = string(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")))
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return errors.New("the mail has more parts than two")
	}
	return nil
}
