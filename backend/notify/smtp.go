package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"imagemaster/backend/config"
)

const (
	// sendTime bounds one try, stepTime each step of it.
	sendTime = time.Minute
	stepTime = 15 * time.Second

	implicitTLSPort = 465 // RFC 8314 section 3.3
)

// errRejected says that the server will never take this mail for this address.
var errRejected = errors.New("rejected by the server")

// Server is the mail server that takes our mails. The connection must be
// encrypted and the certificate valid: from the first byte on port 465, after
// STARTTLS on any other port. Only a server on this machine gets plain text.
type Server struct {
	Host           string
	Port           int
	User, Password string // "" = the server needs none
	From           string // address

	// RootCAs may have signed the server's certificate; nil = those of the system.
	RootCAs *x509.CertPool
	// Dial connects; nil = over the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (s *Server) implicitTLS() bool { return s.Port == implicitTLSPort }

// plain says whether the connection stays unencrypted.
func (s *Server) plain() bool { return !s.implicitTLS() && config.IsLoopback(s.Host) }

func (s *Server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
}

// send hands one mail to the server. It returns nil once the server has accepted
// the mail.
func (s *Server) send(ctx context.Context, helo string, msg *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	client, err := s.client(ctx, helo)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if msg.IsDelivered() {
		return nil // only the end of the connection failed
	}
	return sendError(err)
}

// Check connects to the mail server, encrypts and signs in. It sends nothing.
func Check(ctx context.Context, server Server, sender Sender) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	client, err := server.client(ctx, sender.host())
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}

// client returns a client whose connection ends with ctx.
func (s *Server) client(ctx context.Context, helo string) (*gomail.Client, error) {
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := s.connect(dialing, network, address)
		if err == nil {
			// The client looks at no context once it has dialed, and keeps the
			// connection open when a step fails.
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	client, err := gomail.NewClient(s.Host, s.options(helo, dial)...)
	if err != nil {
		return nil, fmt.Errorf("mail client: %w", err)
	}
	return client, nil
}

func (s *Server) options(helo string, dial gomail.DialContextFunc) []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(stepTime), gomail.WithHELO(helo), gomail.WithTLSConfig(s.tlsConfig()),
		gomail.WithDialContextFunc(dial), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	mechanisms := []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256}
	switch {
	case s.implicitTLS():
		options = append(options, gomail.WithSSL())
	case s.plain():
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
		mechanisms = []gomail.SMTPAuthType{gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc, gomail.SMTPAuthSCRAMSHA256}
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password),
			gomail.WithOpportunisticSMTPAuth(mechanisms...))
	}
	return options
}

func (s *Server) connect(ctx context.Context, network, address string) (net.Conn, error) {
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	switch {
	case s.implicitTLS():
		secure := tls.Client(conn, s.tlsConfig())
		if err = secure.HandshakeContext(ctx); err == nil {
			return secure, nil
		}
	case s.plain() && !isLocal(conn.RemoteAddr()):
		err = fmt.Errorf("%s is not on this machine, so it must speak TLS", s.Host)
	default:
		return conn, nil
	}
	return nil, errors.Join(err, conn.Close())
}

// isLocal guards against a name such as mail.localhost that resolves to another
// machine.
func isLocal(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// sendError reduces the client's error to what a log may hold: the step and the
// server's code, no addresses.
func sendError(err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return err
	}
	code, enhanced := failed.ErrorCode(), failed.EnhancedStatusCode()
	plain := fmt.Errorf("%s: the server answered %d %s", failed.Reason, code, enhanced)
	aboutRecipient := failed.Reason == gomail.ErrSMTPRcptTo || failed.Reason == gomail.ErrSMTPDataClose
	if aboutRecipient && isPermanent(code, enhanced) {
		return fmt.Errorf("%w: %w", errRejected, plain)
	}
	return plain
}

// isPermanent says whether an answer means that there is no such mailbox (RFC
// 3463 sections 3.2 and 3.3; RFC 5321 section 4.2.3). Other refusals, such as
// those of a sender or of relaying, the operator can repair.
func isPermanent(code int, enhanced string) bool {
	if enhanced != "" {
		return strings.HasPrefix(enhanced, "5.1.") || strings.HasPrefix(enhanced, "5.2.")
	}
	return code == 550 || code == 551 || code == 553
}
