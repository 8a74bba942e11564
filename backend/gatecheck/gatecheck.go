// Package gatecheck tries a reverse proxy that stands before an application, and says
// what came through that should not have.
//
// It is a client that writes requests by hand, because the ones that matter are those
// that no HTTP library sends: doubled headers, other spellings of their names, targets
// with another host, odd paths. In the place of the application (Options.Application) it
// also sees exactly what the proxy passes on. It stores nothing, asks no database, and
// sends no request that a good proxy lets an application act on.
//
// What it tries, and what a good proxy does:
//   - Without a cookie, no request for a page that is not public reaches the application.
//   - With a cookie, Remote-User arrives once and is not the forged one, and none of our
//     cookies arrives.
//   - The cookie of another application opens nothing, whatever host the request claims.
//   - Pages of other origins send nothing, whatever the method.
//   - The application never answers below /.imagemaster/.
//
// Where it cannot tell, it says so: an answer alone does not show who gave it.
package gatecheck

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Options say what is tried.
type Options struct {
	Origin      string // of the application, such as https://wiki.example.com
	Page        string // path and query that no public rule allows
	Connect     string // HOST:PORT of the proxy, "" = as Origin says
	Insecure    bool   // accept any certificate
	Application string // HOST:PORT at which the proxy expects the application, "" = it runs on
	Cookie      string // of a browser that is signed in to this application, "" = none
	Other       Other  // another application; its Cookie is "" = none
	Timeout     time.Duration
}

// Other is another application behind the same gate.
type Other struct {
	Origin string // "" = unknown
	Cookie string // of a browser that is signed in to it
}

// State is how a try ended.
type State string

// How a try ends.
const (
	OK      State = "ok"
	Through State = "CAME THROUGH"
	Unknown State = "could not tell"
)

// Result is what one try showed.
type Result struct {
	Try   string
	State State
	Why   string
}

// check is one run.
type check struct {
	Options
	host     string // as in the Host header
	id       string // marks the requests of this run, and the answers of the stand-in
	standIn  *standIn
	refusals map[string]bool // how the proxy answers what no proxy passes on
	// reaches says that requests of this run have reached the stand-in, so what does not
	// arrive has not come through.
	reaches bool
	person  identity // who the application is told, with the cookie
	catches bool     // a host that nobody knows leads to the gate as well
	sent    []try    // that must not arrive, and were not seen to
	tell    func(Result)
}

// Run tries everything and tells each result. Its error says that the proxy could not be
// tried at all.
func Run(ctx context.Context, o Options, tell func(Result)) error {
	c := &check{Options: o, host: hostOf(o.Origin), id: rand.Text(), refusals: map[string]bool{}, tell: tell}
	if o.Application != "" {
		s, err := newStandIn(ctx, o.Application, c.id, o.Timeout)
		if err != nil {
			return err
		}
		defer s.close()
		c.standIn = s
	}
	switch first, err := c.send(ctx, c.visit("first")); {
	case err != nil:
		return fmt.Errorf("cannot try %s: %w", o.Origin, err)
	case first.status == 0:
		return fmt.Errorf("cannot try %s: no answer of HTTP/1.1", o.Origin)
	}
	c.learn(ctx)
	for _, part := range []func(context.Context){c.withCookie, c.withoutCookie, c.fromElsewhere, c.withOtherCookie, c.ownPaths, c.late} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		part(ctx)
	}
	return ctx.Err()
}
