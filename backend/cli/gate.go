package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/config"
	"imagemaster/backend/gatecheck"
)

type gateCommands struct {
	Check gateCheckCommand `cmd:"" help:"Try the proxy before an application with forged headers, odd addresses and foreign cookies, and say what came through. Run it after each change of the proxy."`
}

// answerTime is how long the check waits for an answer.
const answerTime = 10 * time.Second

type gateCheckCommand struct {
	URL             string `arg:"" name:"url" help:"A page of the application that no public rule allows."`
	AsApplication   string `once:"" name:"as-application" placeholder:"HOST:PORT" help:"Take the place of the application at this address, to see exactly what reaches it. Stop the application for the time of the check."`
	CookieFile      string `once:"" placeholder:"FILE" help:"File with the value of the cookie __Host-im_app of a browser that can open the page."`
	OtherCookieFile string `once:"" placeholder:"FILE" help:"File with that cookie of another application, which must open nothing here."`
	OtherURL        string `once:"" name:"other-url" placeholder:"URL" help:"Address of that other application, to be claimed by requests to this one."`
	Connect         string `once:"" placeholder:"HOST:PORT" help:"Where the proxy is, if not where the URL leads."`
	Insecure        bool   `once:"" help:"Accept any certificate, such as that of a proxy for tests."`
}

// mistakes returns every mistake in the options, one a line.
func (c *gateCheckCommand) mistakes() error {
	_, err := c.options()
	return err
}

// options returns what is to be checked, or every mistake.
func (c *gateCheckCommand) options() (gatecheck.Options, error) {
	o := gatecheck.Options{Connect: c.Connect, Insecure: c.Insecure, Application: c.AsApplication, Timeout: answerTime}
	var errs []error
	say := func(option string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", option, err))
		}
	}
	var err error
	o.Origin, o.Page, err = pageOf(c.URL)
	say("URL", err)
	if c.OtherURL != "" {
		o.Other.Origin, _, err = pageOf(c.OtherURL)
		say("--other-url", err)
	}
	if c.OtherURL != "" && c.OtherCookieFile == "" {
		say("--other-url", errors.New("only together with --other-cookie-file"))
	}
	o.Cookie, err = cookieIn(c.CookieFile)
	say("--cookie-file", err)
	o.Other.Cookie, err = cookieIn(c.OtherCookieFile)
	say("--other-cookie-file", err)
	if o.Cookie != "" && o.Cookie == o.Other.Cookie {
		say("--other-cookie-file", errors.New("is the same cookie"))
	}
	say("--as-application", hostAndPort(c.AsApplication))
	say("--connect", hostAndPort(c.Connect))
	return o, errors.Join(errs...)
}

// pageOf splits an address into the origin and the page.
func pageOf(text string) (origin, page string, err error) {
	if _, rest, ok := strings.Cut(text, "://"); ok && !strings.Contains(rest, "/") {
		text += "/"
	}
	t, ok := app.ParseTarget(text)
	if !ok {
		return "", "", errors.New("must be a whole address such as https://wiki.example.com/page")
	}
	origin, err = config.ParseOrigin(t.Origin)
	return origin, t.Page(), err
}

// cookieIn reads the value of a cookie from a file, "" = none is named.
func cookieIn(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	value, err := config.ReadFile(config.FromDisk).Secret(file, "value of the cookie")
	if err != nil {
		return "", err
	}
	if name, rest, named := strings.Cut(value, "="); named && strings.TrimPrefix(name, "__Host-") == "im_app" {
		value = rest
	}
	if len(value) != 43 || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "", fmt.Errorf("%s holds no value of the cookie __Host-im_app, which has 43 letters, digits, hyphens and underscores", file)
	}
	return value, nil
}

func hostAndPort(address string) error {
	if address == "" {
		return nil
	}
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return fmt.Errorf("%q is not HOST:PORT, for example 127.0.0.1:3000", address)
	}
	return nil
}

// Run tries the proxy and prints a line for each try.
func (c *gateCheckCommand) Run(ctx context.Context, p *Process) error {
	o, err := c.options()
	if err != nil {
		return usageError{listed(err)}
	}
	counts := map[gatecheck.State]int{}
	var printing error
	err = gatecheck.Run(ctx, o, func(r gatecheck.Result) {
		counts[r.State]++
		printing = errors.Join(printing, p.say("%-16s%s: %s", r.State, r.Try, r.Why))
	})
	if err = errors.Join(err, printing); err != nil {
		return err
	}
	if err := p.say("\nOk: %d, came through: %d, could not tell: %d.", counts[gatecheck.OK], counts[gatecheck.Through], counts[gatecheck.Unknown]); err != nil {
		return err
	}
	if counts[gatecheck.Through] > 0 {
		return errors.New("something came through that should not have: correct the proxy, then check again. " +
			"If a public rule allows this page, check another one")
	}
	if counts[gatecheck.Unknown] > counts[gatecheck.OK] {
		return errors.New("most could not be told: does the server run with --gate-listen, and does the proxy reach it there?")
	}
	return nil
}
