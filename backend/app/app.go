// Package app keeps the applications behind the sign-in: their addresses, the rules
// that say who may open what, and the tickets and sessions with which a browser is
// signed in to one of them.
//
// Stored are names, addresses and rules, and of each ticket and application session
// the SHA-256 of 32 random bytes (ASVS 7.2.3, 11.5.1). Administrators change the
// applications, in package people. Package auth opens one for a signed-in person, and
// package gate judges each request.
//
// What an attacker could try, and what prevents it:
//   - Write a path so that a rule reads it in another way than the application does:
//     such a path is allowed only if every rule allows it (path.go).
//   - Bring a ticket to another host or another browser, or use it twice: it names the
//     exact address, the page and the browser, and any arrival uses it up (ticket.go).
//   - Use the cookie of one application for another one: a session is for one host. A host belongs to one application, because cookies ignore ports.
//   - Keep an application open after the sign-in has ended: an application session
//     counts only with the session that it was opened in, and under its epoch.
package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/config"
)

// Limits of applications.
const (
	MaxApplications = 200
	MaxAddresses    = 20 // of one application
	MaxRules        = 50
	MaxOrigins      = 20 // of one rule
	MaxGroups       = 50
	MaxName         = 60  // code points
	MaxPath         = 200 // bytes
	MaxAge          = 24 * 60
)

// Who says whom a rule lets in.
type Who string

// Whom a rule lets in.
const (
	Everybody Who = "everybody" // who is signed in
	Groups    Who = "groups"    // members of at least one of the rule's groups
	Public    Who = "public"    // anybody, without a sign-in
)

// Factor says what a rule demands of a person.
type Factor string

// What a rule demands.
const (
	NoFactor   Factor = "none" // of public rules, and only of them
	Password   Factor = "password"
	TwoFactors Factor = "two"
	Resistant  Factor = "resistant" // a passkey or hardware key that counts as phishing-resistant
)

// Rule lets somebody do something.
type Rule struct {
	Path          string // a prefix of whole segments: /wiki is for /wiki and /wiki/…
	Reading       bool   // for GET and HEAD only
	Who           Who
	Groups        []int64 // ids, only with Groups
	Factor        Factor
	MaxAgeMinutes int      // how old the factors may be, 0 = as old as the session
	Origins       []string // other origins whose pages may send requests
}

// Application is what people open after they have signed in.
type Application struct {
	ID        int64
	Name      string
	Revision  int64 // counts the changes, so that two people do not undo each other's
	OpenedAt  int64 // Unix ms, to a minute; 0 = never
	Addresses []string
	Rules     []Rule // the first that fits decides; what fits none is refused
}

// Errors.
var (
	ErrNotFound  = errors.New("app: not found")
	errNameTaken = apperr.InvalidField("name", "taken", "There is an application of that name.")
	errTooMany   = apperr.InvalidField("name", "too_many", "There are 200 applications already. Delete one first.")
)

// Sentences of refused addresses.
const (
	hostTwice = "That host belongs to another application. Cookies ignore ports, so each application needs a host of its own."
	nameTwice = "That name is there twice."
	tooMany   = "There can be at most 200 applications."
	hostIsOwn = "That is the host of the sign-in itself. Give the application a host of its own."
	notOrigin = "An address is a scheme and a host, such as https://wiki.example.com, without a path. Plain http is for this machine only."
)

// Opened returns when somebody last opened the application, zero = never.
func (a *Application) Opened() time.Time {
	if a.OpenedAt == 0 {
		return time.Time{}
	}
	return time.UnixMilli(a.OpenedAt).UTC()
}

// Changes says which parts of an application another form of it changes.
func (a *Application) Changes(to *Application) (parts []string) {
	if a.Name != to.Name {
		parts = append(parts, "name")
	}
	if !slices.Equal(a.Addresses, to.Addresses) {
		parts = append(parts, "addresses")
	}
	if !slices.EqualFunc(a.Rules, to.Rules, Rule.same) {
		parts = append(parts, "rules")
	}
	return parts
}

func (r Rule) same(other Rule) bool {
	return r.Path == other.Path && r.Reading == other.Reading && r.Who == other.Who && r.Factor == other.Factor &&
		r.MaxAgeMinutes == other.MaxAgeMinutes && slices.Equal(r.Groups, other.Groups) && slices.Equal(r.Origins, other.Origins)
}

// Parse checks an application, whose name is checked already, and brings it into the
// form in which it is stored. publicURL is the address of the sign-in, whose host no application may have.
func Parse(typed Application, publicURL string) (Application, error) {
	if typed.Name == "" {
		return Application{}, apperr.InvalidField("name", "empty", "Enter a name for the application.")
	}
	parsed := Application{ID: typed.ID, Name: typed.Name, Revision: typed.Revision}
	if len(typed.Addresses) == 0 || len(typed.Addresses) > MaxAddresses {
		return Application{}, apperr.InvalidField("addresses", "count", "An application has 1 to 20 addresses.")
	}
	for i, text := range typed.Addresses {
		origin, err := parseAddress(fmt.Sprintf("addresses/%d", i), text, publicURL)
		if err != nil {
			return Application{}, err
		}
		if slices.Contains(parsed.Addresses, origin) {
			return Application{}, apperr.InvalidField(fmt.Sprintf("addresses/%d", i), "duplicate", "That address is there twice.")
		}
		parsed.Addresses = append(parsed.Addresses, origin)
	}
	if len(typed.Rules) > MaxRules {
		return Application{}, apperr.InvalidField("rules", "too_many", "An application has at most 50 rules.")
	}
	for i, rule := range typed.Rules {
		checked, err := parseRule(fmt.Sprintf("rules/%d/", i), rule)
		if err != nil {
			return Application{}, err
		}
		parsed.Rules = append(parsed.Rules, checked)
	}
	return parsed, nil
}

// CheckWhole checks what applications that Parse has checked must not share, when there
// are no others beside them: their names and hosts. The field of an error begins with the
// number of the application, from 0.
func CheckWhole(all []Application) error {
	if len(all) > MaxApplications {
		return apperr.InvalidField("", "too_many", tooMany)
	}
	names, hosts := map[string]bool{}, map[string]int{}
	for i, a := range all {
		if names[a.Name] {
			return apperr.InvalidField(fmt.Sprintf("%d/name", i), "duplicate", nameTwice)
		}
		names[a.Name] = true
		for j, origin := range a.Addresses {
			if other, taken := hosts[HostOf(origin)]; taken && other != i {
				return apperr.InvalidField(fmt.Sprintf("%d/addresses/%d", i, j), "taken", hostTwice)
			}
			hosts[HostOf(origin)] = i
		}
	}
	return nil
}

func parseAddress(field, text, publicURL string) (string, error) {
	origin, err := config.ParseOrigin(strings.TrimSpace(text))
	if err != nil || len(origin) > maxOrigin {
		return "", apperr.InvalidField(field, "not_allowed", notOrigin)
	}
	if HostOf(origin) == HostOf(publicURL) {
		return "", apperr.InvalidField(field, "own_host", hostIsOwn)
	}
	return origin, nil
}

// maxOrigin is the longest address in bytes: https://, a host of 253, a port.
const maxOrigin = 8 + 253 + 6

// HostOf returns the host name of an origin that was checked, without port and brackets.
func HostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return lowerASCII(strings.Trim(host, "[]"))
}

// parseRule checks one rule. field is the beginning of the names of its fields.
func parseRule(field string, rule Rule) (Rule, error) {
	path, err := parsePrefix(field+"path", rule.Path)
	if err != nil {
		return Rule{}, err
	}
	rule.Path = path
	switch {
	case rule.Who == Public && rule.Factor == NoFactor, (rule.Who == Everybody || rule.Who == Groups) && slices.Contains([]Factor{Password, TwoFactors, Resistant}, rule.Factor):
	case rule.Who != Public && rule.Who != Everybody && rule.Who != Groups:
		return Rule{}, apperr.InvalidField(field+"who", "not_allowed", "A rule is for everybody, for groups, or public.")
	default:
		return Rule{}, apperr.InvalidField(field+"factor", "not_allowed", "A public rule asks for no factor, every other one for the password, two factors, or a phishing-resistant second factor.")
	}
	if (rule.Who == Groups) != (len(rule.Groups) > 0) || len(rule.Groups) > MaxGroups {
		return Rule{}, apperr.InvalidField(field+"groups", "count", "A rule for groups names 1 to 50 of them, another one none.")
	}
	if rule.MaxAgeMinutes < 0 || rule.MaxAgeMinutes > MaxAge || rule.MaxAgeMinutes > 0 && rule.Who == Public {
		return Rule{}, apperr.InvalidField(field+"max_age_minutes", "not_allowed", "Factors can be asked again after 1 to 1440 minutes.")
	}
	if len(rule.Origins) > MaxOrigins {
		return Rule{}, apperr.InvalidField(field+"origins", "too_many", "A rule has at most 20 further origins.")
	}
	var origins []string
	for i, text := range rule.Origins {
		origin, err := config.ParseOrigin(strings.TrimSpace(text))
		if err != nil || len(origin) > maxOrigin {
			return Rule{}, apperr.InvalidField(fmt.Sprintf("%sorigins/%d", field, i), "not_allowed", notOrigin)
		}
		if !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	rule.Origins = origins
	rule.Groups = slices.Compact(slices.Sorted(slices.Values(rule.Groups)))
	return rule, nil
}
