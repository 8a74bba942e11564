package gatecheck

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// identity is what the application is told about the person, by the plain name of the
// header.
type identity map[string][]string

const userHeader = "remote-user"

// identityHeaders are those that an application may believe.
var identityHeaders = []string{userHeader, "remote-name", "remote-email", "remote-groups"}

// identityOf returns the identity headers of a request, whatever their spelling.
func identityOf(h head) identity {
	found := identity{}
	for _, one := range h.headers {
		if name := plain(one.name); slices.Contains(identityHeaders, name) {
			found[name] = append(found[name], one.value)
		}
	}
	return found
}

// isOurs says whether a cookie belongs to the gate or the sign-in.
func isOurs(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "host-im_") || strings.HasPrefix(name, "im_")
}

// leaked returns what must never arrive: a forged value, a cookie of ours, or a value of
// one. "" = nothing.
func (c *check) leaked(h head) string {
	for _, one := range h.headers {
		switch name := plain(one.name); {
		case strings.HasPrefix(name, "remote-") && strings.Contains(one.value, forged):
			return fmt.Sprintf("the forged %s arrives", one.name)
		case c.Cookie != "" && strings.Contains(one.value, c.Cookie), c.Other.Cookie != "" && strings.Contains(one.value, c.Other.Cookie):
			return fmt.Sprintf("the secret of the cookie arrives in %s", one.name)
		case name == "cookie":
			for pair := range strings.SplitSeq(one.value, ";") {
				if key, _, _ := strings.Cut(strings.TrimSpace(pair), "="); isOurs(key) {
					return fmt.Sprintf("the cookie %s arrives", key)
				}
			}
		}
	}
	return ""
}

// gatePolicy is what the gate sends with every answer of its own.
const gatePolicy = "default-src 'none'; frame-ancestors 'none'"

// isGate says whether the gate gave an answer that lets nobody in: to the sign-in, or a
// refusal.
func (a answer) isGate() bool {
	return a.status >= 300 && a.status < 500 && a.get("Content-Security-Policy") == gatePolicy
}

// isUnready says whether the gate could not judge.
func (a answer) isUnready() bool {
	return a.status == 503 && strings.HasPrefix(a.get("Content-Type"), "application/problem+json")
}

// unknownHost says whether the gate was asked about a host that it does not know.
func (a answer) unknownHost() bool { return strings.Contains(a.body, `"refused_address"`) }

// likeness is what two answers of the same kind have in common.
func (a answer) likeness() string {
	return fmt.Sprintf("%d\x00%s\x00%s\x00%s", a.status, a.get("Server"), a.get("Content-Type"), a.body)
}

// learn finds out how the proxy answers what no proxy may pass on, and whether a host
// that nobody knows leads to the gate.
func (c *check) learn(ctx context.Context) {
	for _, request := range []string{
		"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + c.host + "\r\nHost: " + c.host + "\r\nConnection: close\r\n\r\n",
	} {
		if a, err := c.exchange(ctx, request); err == nil && a.status >= 400 && a.status < 500 && !a.reached {
			c.refusals[a.likeness()] = true
		}
	}
	t := c.visit("unknown host")
	t.host = unknownName
	a, _ := c.send(ctx, t)
	c.catches = a.unknownHost()
}

// refused sends a request that must not reach the application, and judges what happened.
func (c *check) refused(ctx context.Context, tries ...try) {
	for _, t := range tries {
		t.mark = c.mark()
		a, err := c.send(ctx, t)
		state, why := c.judge(t, a, err)
		if state != Through {
			c.sent = append(c.sent, t)
		}
		c.tell(Result{t.name, state, why})
	}
}

// judge says who gave an answer to a request that must not reach the application.
func (c *check) judge(t try, a answer, err error) (State, string) {
	if arrived := c.standIn.of(t); a.reached || len(arrived) > 0 {
		c.reaches = true
		if why := c.leakedIn(arrived); why != "" {
			return Through, "the request reaches the application, and " + why
		}
		return Through, "the request reaches the application"
	}
	switch {
	case err != nil:
		return Unknown, "no connection: " + err.Error()
	case a.unknownHost() && t.otherHost && !c.catches:
		return Through, "the gate is asked about another host than the one that answers: let the proxy name scheme and host of the application literally"
	case a.unknownHost() && t.otherHost && c.Other.Cookie == "":
		return Unknown, "the gate is asked about a host that nobody knows; whether this application would answer is seen with --other-url and --other-cookie-file"
	case a.unknownHost() && !t.elsewhere:
		return Unknown, "the gate knows no application at this address"
	case a.isGate():
		return OK, fmt.Sprintf("the gate answers (%d)", a.status)
	case a.isUnready():
		return Unknown, "the gate is not ready"
	case a.silent:
		return Unknown, fmt.Sprintf("no answer within %s", c.Timeout)
	case a.status == 101 || a.status/100 == 2 && !t.elsewhere:
		return Through, fmt.Sprintf("answered (%d), and not by the gate", a.status)
	case c.reaches:
		return OK, fmt.Sprintf("%s, and nothing reaches the application", said(a))
	case c.refusals[a.likeness()]:
		return OK, fmt.Sprintf("the proxy refuses it (%d)", a.status)
	}
	return Unknown, said(a) + ", and it is not seen by whom"
}

// said says what the answer was.
func said(a answer) string {
	if a.status == 0 {
		return "the connection is closed without an answer"
	}
	return fmt.Sprintf("answered (%d)", a.status)
}

func (c *check) leakedIn(arrived []head) string {
	for _, h := range arrived {
		if why := c.leaked(h); why != "" {
			return why
		}
	}
	return ""
}

// passed sends a request of the person, and judges what the application is told.
func (c *check) passed(ctx context.Context, tries ...try) {
	for _, t := range tries {
		t.mark = c.mark()
		a, err := c.send(ctx, t)
		arrived := c.standIn.of(t)
		switch state, why := c.judgePassed(arrived); {
		case len(arrived) > 0:
			c.tell(Result{t.name, state, why})
		case err != nil:
			c.tell(Result{t.name, Unknown, "no connection: " + err.Error()})
		case a.silent:
			c.tell(Result{t.name, Unknown, fmt.Sprintf("no answer within %s", c.Timeout)})
		case a.status/100 == 2 || a.isUnready():
			c.tell(Result{t.name, Unknown, said(a) + ", but nothing arrived"})
		default:
			c.tell(Result{t.name, OK, said(a) + ", and nothing reaches the application"})
		}
	}
}

// judgePassed compares what arrived with who the person is.
func (c *check) judgePassed(arrived []head) (State, string) {
	if why := c.leakedIn(arrived); why != "" {
		return Through, why
	}
	for _, h := range arrived {
		found := identityOf(h)
		for _, name := range identityHeaders {
			switch values := found[name]; {
			case len(values) > 1:
				return Through, fmt.Sprintf("%s arrives %d times", name, len(values))
			case c.person != nil && strings.Join(values, "") != strings.Join(c.person[name], ""):
				return Through, name + " is another one than without the forged headers"
			}
		}
	}
	return OK, "the application is told who it is, once"
}

// late looks again for requests that arrived after their answer.
func (c *check) late(context.Context) {
	for _, t := range c.sent {
		if len(c.standIn.of(t)) > 0 {
			c.tell(Result{t.name, Through, "the request reaches the application, after its answer"})
		}
	}
}
