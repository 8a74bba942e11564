package gate

import (
	"context"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
)

// arrival is a browser at the part of an application's host that belongs to the gate.
type arrival struct {
	*sent
	origin string           // of the application
	app    *app.Application // nil = there is none at this host
	page   string           // path and query to come back to
	again  bool             // the second try
}

// arrive reads where a browser has arrived. The Host header says it, which the proxy sets
// or passes on.
func (g *gate) arrive(ctx context.Context, c *fiber.Ctx) (arrival, error) {
	secure(c)
	at := arrival{sent: readSent(c, ofNginx), page: app.SafePage(c.Query("to")), again: c.Query("again") == "1"}
	set, err := g.Auth.Applications(ctx)
	if err != nil || at.ownHost.count != 1 {
		return at, err
	}
	at.origin, at.app = set.AtHost(at.ownHost.value)
	return at, nil
}

// start sends a browser to the sign-in. It stores nothing: the start cookie, whose hash
// goes along, shows later that the same browser comes back. One that is there already is
// used again, so that two tabs do not disturb each other.
func (g *gate) start(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), handleTimeout)
	defer cancel()
	at, err := g.arrive(ctx, c)
	if err != nil {
		return g.fail(c, err)
	}
	if at.app == nil {
		return g.unknownHost(c, at)
	}
	token := at.cookie(at.origin, "im_start")
	if token == "" {
		token, _ = app.NewToken()
		setCookie(c, at.origin, "im_start", token, startLifetime)
	}
	query := url.Values{"app": {at.origin}, "to": {at.page}, "state": {base64.RawURLEncoding.EncodeToString(app.HashToken(token))}}
	if at.again {
		query.Set("again", "1")
	}
	return redirect(c, g.PublicURL+"/open?"+query.Encode())
}

// done takes a ticket and signs the browser in. Any arrival uses the ticket up.
func (g *gate) done(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), handleTimeout)
	defer cancel()
	at, err := g.arrive(ctx, c)
	if err != nil {
		return g.fail(c, err)
	}
	var state []byte
	if browser := at.cookie(at.origin, "im_start"); at.app != nil && browser != "" {
		state = app.HashToken(browser)
	}
	current, err := g.current(ctx, at)
	if err != nil {
		return g.fail(c, err)
	}
	token, err := g.Auth.RedeemTicket(ctx, c.Query("ticket"), auth.Redemption{Origin: at.origin, Page: at.page, State: state, Current: current})
	switch {
	case err != nil && !errors.Is(err, app.ErrNotFound):
		return g.fail(c, err)
	case at.app == nil:
		return g.unknownHost(c, at)
	case err != nil && current == nil && at.again:
		return g.failed(c, at)
	case err != nil && current == nil:
		return redirect(c, at.origin+startAgain(at.page))
	case token != "":
		setCookie(c, at.origin, "im_app", token, 0)
	}
	return redirect(c, at.origin+at.page)
}

func startAgain(page string) string {
	return app.ReservedPrefix + "start?" + url.Values{"to": {page}, "again": {"1"}}.Encode()
}

// current returns who is signed in to the application in this browser already.
func (g *gate) current(ctx context.Context, at arrival) (*auth.AppCaller, error) {
	token := ""
	if at.app != nil {
		token = at.cookie(at.origin, "im_app")
	}
	if token == "" {
		return nil, nil
	}
	caller, err := g.Auth.IdentifyApp(ctx, token, app.HostOf(at.origin))
	if err != nil || caller == nil || caller.App.ApplicationID != at.app.ID {
		return nil, err
	}
	person, err := g.Auth.Person(ctx, caller)
	if err != nil || !person.SignedIn {
		return nil, err
	}
	return caller, nil
}

func redirect(c *fiber.Ctx, location string) error {
	c.Set(fiber.HeaderLocation, location)
	return c.SendStatus(http.StatusSeeOther)
}

func (g *gate) unknownHost(c *fiber.Ctx, at arrival) error {
	g.tellOdd("no application at this host", at.ownHost.value)
	return problem{Status: http.StatusNotFound, Code: "refused_address", Title: "Not found", Detail: refusals["address"]}.send(c)
}

// failed is the page after a second try that did not work either.
func (g *gate) failed(c *fiber.Ctx, at arrival) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(http.StatusBadRequest)
	return failedPage.Execute(c, map[string]string{"Brand": g.Brand, "Name": at.app.Name, "Host": app.HostOf(at.origin),
		"Again": app.ReservedPrefix + "start?" + url.Values{"to": {at.page}}.Encode()})
}

// failedPage is in both languages: the host does not know which one the person reads.
var failedPage = template.Must(template.New("failed").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Brand}}: {{.Name}} could not be opened</title>
<h1>{{.Name}} could not be opened</h1>
<p>Your browser did not send the cookie of {{.Host}}, or it took too long. Allow cookies for {{.Host}}, then <a href="{{.Again}}">try again</a>.</p>
<section lang="de">
<h2>{{.Name}} konnte nicht geöffnet werden</h2>
<p>Ihr Browser hat das Cookie von {{.Host}} nicht geschickt, oder es hat zu lange gedauert. Erlauben Sie Cookies für {{.Host}} und <a href="{{.Again}}">versuchen Sie es noch einmal</a>.</p>
</section>
</html>
`))
