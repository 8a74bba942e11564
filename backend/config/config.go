// Package config holds the operator's options with their defaults, and checks
// them. The rest of the program uses the checked values without a second check.
//
// Options come from flags and IMAGEMASTER_… variables. Package cli parses both
// into the structs below; their tags hold all names, help texts and defaults.
// The checks read only the files that an option names, report every mistake at
// once by the option's name, and never repeat a secret.
//
// The public URL is the only source of scheme, host and origin. No header of a
// request can change a link, a cookie or the origin that counts as our own.
// Plain http is accepted for this machine only: elsewhere browsers protect no
// cookie over http and offer no cryptography (NIST SP 800-63B-4 section 3.1.4.1).
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"imagemaster/backend/access"
)

// KeyFileName is the key file inside the data folder, unless another is named.
const KeyFileName = "imagemaster.key"

// StoreFlags say where the data is. Every command that needs data takes them.
type StoreFlags struct {
	Data         string `default:"./data" placeholder:"FOLDER" help:"Folder of the embedded database. It is created if missing, for its owner only (mode 0700)."`
	Database     string `placeholder:"DSN" help:"MySQL or MariaDB instead of the embedded database, as USER:PASSWORD@tcp(HOST:3306)/NAME; ?tls=true is needed unless the server is on this machine. Other users of this machine can see command lines, so use the variable or a file instead."`
	DatabaseFile string `placeholder:"FILE" help:"File that holds the DSN."`
	DataGroup    bool   `help:"Let the group of the data folder and of the key file work with them like their owner, as on a Kubernetes volume with fsGroup. It must be a group of this process."`
	KeyFile      string `placeholder:"FILE" help:"File with the keys that seal secrets in the database. With the embedded database the first start creates it, as imagemaster.key in the data folder. With a DSN create it with 'imagemaster key new FILE' and give every instance the same file."`
}

// BrandFlags name the product.
type BrandFlags struct {
	BrandName string `default:"ImageMaster" placeholder:"NAME" help:"Name of the product on every page, in the authenticator app, on the sheet of backup codes and in mails. No colon; 24 letters, or fewer with accents and spaces."`
}

// PublicFlags say what people open. Commands that make links take them too.
type PublicFlags struct {
	PublicURL string `default:"http://localhost:8080" name:"public-url" placeholder:"URL" help:"Address that people open, without a path. Links, cookies and the origin depend on it alone. https, or http for localhost."`
}

// ServeFlags are the options of the server.
type ServeFlags struct {
	Listen            string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on."`
	PublicFlags       `embed:""`
	TrustedProxies    string `placeholder:"CIDR,…" help:"Networks or addresses of the reverse proxies whose X-Forwarded-For header is trusted, separated by commas."`
	BrandLogo         string `placeholder:"FILE" help:"Logo, PNG or SVG of at most 64 KiB. The sheet of backup codes shows a PNG only."`
	AppURL            string `name:"app-url" placeholder:"URL" help:"Address of the application, for the button that opens it. https, or http for localhost."`
	HelpContact       string `placeholder:"TEXT" help:"Who helps when phone and backup codes are lost, for example a telephone number."`
	SMTPHost          string `name:"smtp-host" placeholder:"HOST" help:"Mail server for security notices. Without one, notices are shown at the next sign-in only. It must support TLS, unless it is this machine."`
	SMTPPort          string `name:"smtp-port" default:"587" placeholder:"PORT" help:"Port of the mail server. On 465 the connection is encrypted from the start, on any other port by STARTTLS."`
	SMTPUser          string `name:"smtp-user" placeholder:"NAME" help:"User name at the mail server, if it needs one."`
	SMTPPassword      string `name:"smtp-password" placeholder:"PASSWORD" help:"Password at the mail server. Other users of this machine can see command lines, so use the variable or a file instead."`
	SMTPPasswordFile  string `name:"smtp-password-file" placeholder:"FILE" help:"File that holds the password at the mail server."`
	SMTPFrom          string `name:"smtp-from" placeholder:"ADDRESS" help:"E-mail address of the sender. Needed with a mail server."`
	Log               string `default:"text" help:"How the log and the messages of the server are written: text or json."`
	LogLevel          string `default:"info" help:"From which level on the log is written: debug, info, warn or error. Events that matter for security are info or warn."`
	MetricsListen     string `placeholder:"HOST:PORT" help:"Address of the metrics for Prometheus, none if empty. It must be of this machine, unless a token file is given."`
	MetricsTokenFile  string `placeholder:"FILE" help:"File that holds the bearer token that a reader of the metrics must send."`
	GateListen        string `placeholder:"ADDRESS" help:"Where reverse proxies ask about requests to applications, none if empty: HOST:PORT of this machine, or the path of a unix socket."`
	SessionIdle       string `default:"1h" placeholder:"TIME" help:"After how long without use a session ends, 5m to 24h."`
	SessionLifetime   string `default:"24h" placeholder:"TIME" help:"After how long a session ends in any case, 1h to 168h."`
	AcceptPasskeyLoss string `placeholder:"ACCOUNTS" help:"How many accounts lose passkeys and hardware keys because the host of the public URL is a new one. A start that would lose keys is refused unless this is their exact number. Later starts do not need it."`
	RequireTwoFactor  bool   `help:"Require a second factor of everybody. Nobody can pause or remove it, and without one only its set-up is possible."`
}

// Store says where the data is, checked.
type Store struct {
	DataDir string // absolute; not used with a DSN
	DSN     string // "" = embedded
	KeyFile string
	// Rule says who may open the data folder, its files and the key file.
	Rule access.Rule
	// MakeKeyFile allows the first start to make the key file.
	MakeKeyFile bool
}

// Serve holds the checked options of the server.
type Serve struct {
	Store
	Listen            string
	PublicURL         string // an origin as browsers write it, without a slash at the end
	TrustedProxies    []netip.Prefix
	BrandName         string
	BrandLogo         Logo
	AppURL            string // "" = none
	HelpContact       string
	SMTP              SMTP
	Log               Log
	MetricsListen     string // "" = no metrics
	MetricsToken      string // "" = for everybody on this machine
	GateListen        string // HOST:PORT of this machine, or unix: and a path; "" = no gate
	SessionIdle       time.Duration
	SessionLifetime   time.Duration
	RequireTwoFactor  bool
	AcceptPasskeyLoss int64 // accounts, 0 = none
}

// Log says how the log is written.
type Log struct {
	JSON  bool
	Level slog.Level
}

// SMTP holds the checked options of the mail server.
type SMTP struct {
	Host           string // "" = none, and then nothing else is set
	Port           int
	User, Password string
	From           string
}

// Logo is the operator's picture; no bytes means the product's own.
type Logo struct {
	Bytes []byte
	Type  string // "image/png" or "image/svg+xml"
}

// ReadFile reads a file, at most so many bytes of it.
type ReadFile func(path string, most int) ([]byte, error)

// FromDisk is the ReadFile of a process.
func FromDisk(path string, most int) ([]byte, error) {
	// Opening a pipe by its name waits for somebody who writes into it.
	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 && !strings.HasPrefix(path, "/dev/fd/") {
		return nil, errors.New("it is a pipe")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, int64(most)))
}

// problems collects one sentence per mistake.
type problems struct{ errs []error }

func (p *problems) add(option string, err error) {
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("--%s: %w", option, err))
	}
}

// value checks one option and collects its mistake.
func value[T any](p *problems, option, text string, check func(string) (T, error)) T {
	checked, err := check(text)
	p.add(option, err)
	return checked
}

// ValidateStore checks the options that say where the data is.
func ValidateStore(f StoreFlags, read ReadFile) (Store, error) {
	var p problems
	s := p.store(f, read)
	return s, errors.Join(p.errs...)
}

// ValidateBrand checks the brand name.
func ValidateBrand(f BrandFlags) (string, error) {
	var p problems
	name := value(&p, "brand-name", f.BrandName, checkBrandName)
	return name, errors.Join(p.errs...)
}

// ValidatePublicURL checks the address that people open.
func ValidatePublicURL(text string) (string, error) {
	var p problems
	address := value(&p, "public-url", text, ParseOrigin)
	return address, errors.Join(p.errs...)
}

// Validate checks all options of the server.
func Validate(store StoreFlags, brand BrandFlags, f ServeFlags, read ReadFile) (Serve, error) {
	var p problems
	s := Serve{
		Store:            p.store(store, read),
		Listen:           value(&p, "listen", f.Listen, checkListen),
		PublicURL:        value(&p, "public-url", f.PublicURL, ParseOrigin),
		TrustedProxies:   value(&p, "trusted-proxies", f.TrustedProxies, checkProxies),
		BrandName:        value(&p, "brand-name", brand.BrandName, checkBrandName),
		BrandLogo:        value(&p, "brand-logo", f.BrandLogo, read.checkLogo),
		AppURL:           value(&p, "app-url", f.AppURL, checkAppURL),
		HelpContact:      value(&p, "help-contact", f.HelpContact, checkHelpContact),
		SMTP:             p.smtp(f, read),
		Log:              Log{JSON: value(&p, "log", f.Log, isJSON), Level: value(&p, "log-level", f.LogLevel, levelOf)},
		RequireTwoFactor: f.RequireTwoFactor,
	}
	s.MetricsListen, s.MetricsToken = p.metrics(f, read)
	s.GateListen = p.gate(f)
	s.SessionIdle, s.SessionLifetime = p.sessions(f)
	s.AcceptPasskeyLoss = value(&p, "accept-passkey-loss", f.AcceptPasskeyLoss, checkAccounts)
	if strings.HasPrefix(s.PublicURL, "https:") && f.TrustedProxies == "" {
		p.add("trusted-proxies", errors.New("needed with https, which a proxy in front speaks: name the addresses that it connects from. "+
			"Without them everybody counts as one address, and one person's wrong passwords slow down all"))
	}
	return s, errors.Join(p.errs...)
}

func (p *problems) store(f StoreFlags, read ReadFile) Store {
	embedded := f.Database == "" && f.DatabaseFile == ""
	dsn, err := checkDSN(f, read)
	p.add("database-file", err)
	s := Store{DSN: dsn, DataDir: value(p, "data", f.Data, checkData), KeyFile: f.KeyFile, Rule: access.Rule(f.DataGroup), MakeKeyFile: embedded}
	if f.KeyFile == "" && embedded {
		s.KeyFile = filepath.Join(s.DataDir, KeyFileName)
	} else if f.KeyFile == "" {
		p.add("key-file", errors.New("needed with a database server: make one with 'imagemaster key new FILE' and give every instance the same"))
	}
	return s
}

func isJSON(format string) (bool, error) {
	if format != "text" && format != "json" {
		return false, fmt.Errorf("%q is neither text nor json", format)
	}
	return format == "json", nil
}

func levelOf(text string) (slog.Level, error) {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[text]
	if !ok {
		return level, fmt.Errorf("%q is none of debug, info, warn and error", text)
	}
	return level, nil
}

func checkData(folder string) (string, error) {
	if folder == "" {
		return "", errors.New("name a folder")
	}
	return filepath.Abs(folder)
}

// OtherPort reports that people open another port than the server listens on,
// with no proxy between them. Without a proxy the public URL is http, for this
// machine.
func (s Serve) OtherPort() (typed, listening string, differ bool) {
	public, err := url.Parse(s.PublicURL)
	if err != nil || public.Scheme != "http" || len(s.TrustedProxies) > 0 {
		return "", "", false
	}
	if typed = public.Port(); typed == "" {
		typed = "80"
	}
	_, listening, err = net.SplitHostPort(s.Listen)
	return typed, listening, err == nil && typed != listening
}
