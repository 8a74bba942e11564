package gate

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/opaque"
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
	set, err := g.Auth.ApplicationSet(ctx)
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
		return g.fail(c, verdict{navigation: at.isNavigation()}, err)
	}
	if at.app == nil {
		return g.unknownHost(c, at)
	}
	if at.sentTwice(at.origin, "im_app") { // no sign-in would help: the cookie never counts
		return g.failed(c, at)
	}
	token := at.cookie(at.origin, "im_start")
	if token == "" {
		token, _ = opaque.NewToken()
	}
	setCookie(c, at.origin, "im_start", token, startLifetime) // its hour begins anew
	query := url.Values{"app": {at.origin}, "to": {at.page}, "state": {base64.RawURLEncoding.EncodeToString(opaque.HashToken(token))}}
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
		return g.fail(c, verdict{navigation: at.isNavigation()}, err)
	}
	var state []byte
	if browser := at.cookie(at.origin, "im_start"); at.app != nil && browser != "" {
		state = opaque.HashToken(browser)
	}
	current, err := g.current(ctx, at)
	if err != nil {
		return g.fail(c, verdict{navigation: at.isNavigation()}, err)
	}
	token, err := g.Auth.RedeemTicket(ctx, c.Query("ticket"), auth.Redemption{Origin: at.origin, Page: at.page, State: state, Current: current})
	switch {
	case err != nil && !errors.Is(err, app.ErrNotFound):
		return g.fail(c, verdict{navigation: at.isNavigation()}, err)
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
	if err != nil || caller == nil || caller.AppSession.ApplicationID != at.app.ID {
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
	g.warnRefused("no application at this host", at.ownHost.value)
	return g.refuse(c, http.StatusNotFound, noAddress, at.isNavigation())
}

// failed is the page after a second try that did not work either, and where none can.
func (g *gate) failed(c *fiber.Ctx, at arrival) error {
	host := app.HostOf(at.origin)
	return g.page(c, http.StatusBadRequest, pageText{
		title:   at.app.Name + " could not be opened",
		text:    "Your browser did not send the cookie of " + host + ", or sent two, or it took too long. Delete the cookies of " + host + " and allow new ones, then try again.",
		titleDE: at.app.Name + " konnte nicht geöffnet werden",
		textDE:  "Ihr Browser hat das Cookie von " + host + " nicht geschickt oder zwei davon, oder es hat zu lange gedauert. Löschen Sie die Cookies von " + host + ", erlauben Sie neue, und versuchen Sie es noch einmal.",
		again:   app.ReservedPrefix + "start?" + url.Values{"to": {at.page}}.Encode(),
	})
}
