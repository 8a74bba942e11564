package gate

import (
	"context"

	"imagemaster/backend/app"
	"imagemaster/backend/auth"
)

// outcome is how a request is judged.
type outcome int

const (
	allowed   outcome = iota
	signedOut         // something has to be done at the sign-in first
	noRight           // nothing helps the person
	refused           // the request itself is wrong
)

// verdict is the judgement of one request.
type verdict struct {
	outcome
	target     app.Target
	navigation bool            // a page is opened by GET
	caller     *auth.AppCaller // who gets the identity headers; nil = nobody
	cookies    string          // what the application may see of the cookies
	reason     reason          // of refused
}

// judge decides about a request to an application. An error means that it could not be
// judged.
func (g *gate) judge(ctx context.Context, s *sent, t app.Target, method string, ok bool) (verdict, error) {
	if !ok {
		g.warnRefused("headers of the proxy", "")
		return verdict{outcome: refused, reason: badHeaders}, nil
	}
	if s.override && app.IsReading(method) {
		method = "POST" // some frameworks would take it for the method in that header
	}
	v := verdict{target: t, navigation: method == app.Visit && s.isNavigation()}
	set, err := g.Auth.ApplicationSet(ctx)
	if err != nil {
		return v, err
	}
	a := set.At(t.Origin)
	if a == nil || t.IsReserved() {
		g.warnRefused("no application at this address", t.Origin)
		v.outcome, v.reason = refused, noAddress
		return v, nil
	}
	token, others := s.splitCookies(t.Origin)
	caller, d, err := g.decide(ctx, a, token, t, method)
	if err != nil {
		return v, err
	}
	var origins []string
	if d.Rule > 0 {
		origins = a.Rules[d.Rule-1].Origins
	}
	switch {
	case !s.isFrom(t.Origin, method, origins):
		v.outcome, v.reason = refused, crossSite
	case d.Allowed:
		v.cookies = others
		if !d.Public {
			v.caller = caller
			g.touch(ctx, v, method)
		}
	case len(d.Needs) > 0:
		v.outcome = signedOut
	default:
		v.outcome = noRight
	}
	return v, nil
}

// decide finds the person and judges by the rules. Where a rule is public, nobody is
// looked for.
func (g *gate) decide(ctx context.Context, a *app.Application, token string, t app.Target, method string) (*auth.AppCaller, app.Decision, error) {
	now := g.Now()
	d := a.Decide(method, t.Path, &app.Person{}, now)
	if d.Public && d.Allowed || token == "" {
		return nil, d, nil
	}
	caller, err := g.Auth.IdentifyApp(ctx, token, t.HostName())
	if err != nil || caller == nil || caller.AppSession.ApplicationID != a.ID {
		return nil, d, err
	}
	person, err := g.Auth.Person(ctx, caller)
	if err != nil {
		return nil, d, err
	}
	return caller, a.Decide(method, t.Path, &person, now), nil
}

// touch keeps the session of a person who uses the application: opens pages, or writes.
// Requests that pages send by themselves do not. A failure keeps nobody out: the session
// only ends earlier.
func (g *gate) touch(ctx context.Context, v verdict, method string) {
	if !v.navigation && app.IsReading(method) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, handleTimeout)
	defer cancel()
	if err := g.Auth.TouchApp(ctx, v.caller); err != nil {
		g.warn("the use of a session was not stored", "error", err.Error())
	}
}
