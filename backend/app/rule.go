package app

import (
	"slices"
	"strings"
	"time"
)

// Person is what rules are judged by. The zero value is nobody. Times are Unix ms.
type Person struct {
	SignedIn   bool // with nothing that is owed first
	Groups     []int64
	HasFactor  bool
	HasKey     bool // a passkey or hardware key that works
	TwoFactors bool // the session has given both
	PasswordAt int64
	CodeAt     int64 // when a second factor of any kind was given
	// ResistantAt is when a key was given that counted as phishing-resistant.
	ResistantAt int64
}

// Need is what a person has to do before a rule lets them in.
type Need string

// What may be needed.
const (
	NeedSignIn   Need = "sign_in"
	NeedSetUp    Need = "set_up" // a second factor
	NeedPassword Need = "password"
	NeedCode     Need = "code"
	NeedKey      Need = "key" // a phishing-resistant one; a backup code does not help
)

// Decision is how a request is judged.
type Decision struct {
	Allowed bool
	// Public says that it is allowed without a look at the person.
	Public bool
	// Rule is the number of the rule that decides, from 1; 0 = none fits, or every rule
	// has to allow it and not all do.
	Rule int
	// Ambiguous says that every rule had to allow it.
	Ambiguous bool
	// Needs is what the person still has to do; nil where that would not help.
	Needs []Need
}

// Visit is the method of a browser that opens a page.
const Visit = "GET"

// IsMethod accepts a method of HTTP: capital letters and hyphens, so no list of several.
func IsMethod(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == ""
}

// IsReading says whether a method only reads.
func IsReading(method string) bool { return method == Visit || method == "HEAD" }

// Decide judges a request by the rules: the first that fits decides, and what fits none
// is refused. Where applications may read the path in different ways, every rule for the
// method has to allow it, and there must be one for all paths.
func (a *Application) Decide(method, rawPath string, p *Person, now time.Time) Decision {
	at := newPath(rawPath)
	sure, first := !at.ambiguous, 0
	for i := range a.Rules {
		rule := &a.Rules[i]
		if rule.Reading && !IsReading(method) {
			continue
		}
		below, same := at.below(rule.Path)
		sure = sure && same
		if below && first == 0 {
			first = i + 1
		}
		if first != 0 || !sure {
			break
		}
	}
	switch {
	case !sure:
		return a.decideByAll(method, p, now)
	case first == 0:
		return Decision{}
	}
	d := a.Rules[first-1].judge(p, now)
	d.Rule = first
	return d
}

// decideByAll judges a request whose path has more than one reading.
func (a *Application) decideByAll(method string, p *Person, now time.Time) Decision {
	all := Decision{Allowed: true, Public: true, Ambiguous: true}
	covered := false
	for i := range a.Rules {
		rule := &a.Rules[i]
		if rule.Reading && !IsReading(method) {
			continue
		}
		covered = covered || rule.Path == "/"
		d := rule.judge(p, now)
		switch {
		case d.Allowed:
		case d.Needs == nil:
			return Decision{Ambiguous: true}
		default:
			all.Allowed = false
			all.Needs = merge(all.Needs, d.Needs)
		}
		all.Public = all.Public && d.Public
	}
	if !covered {
		return Decision{Ambiguous: true}
	}
	if slices.Contains(all.Needs, NeedKey) { // it is a second factor, too
		all.Needs = slices.DeleteFunc(all.Needs, func(n Need) bool { return n == NeedCode })
	}
	return all
}

// merge adds the needs that are missing.
func merge(needs, more []Need) []Need {
	for _, need := range more {
		if !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	return needs
}

// judge says whether a rule lets a person in.
func (r *Rule) judge(p *Person, now time.Time) Decision {
	switch {
	case r.Who == Public:
		return Decision{Allowed: true, Public: true}
	case !p.SignedIn:
		return Decision{Needs: []Need{NeedSignIn}}
	case r.Who == Groups && !slices.ContainsFunc(p.Groups, func(id int64) bool { return slices.Contains(r.Groups, id) }):
		return Decision{}
	}
	needs := r.needs(p, now)
	return Decision{Allowed: len(needs) == 0, Needs: needs}
}

func (r *Rule) needs(p *Person, now time.Time) (needs []Need) {
	if r.tooOld(p.PasswordAt, now) {
		needs = append(needs, NeedPassword)
	}
	switch r.Factor {
	case TwoFactors:
		switch {
		case !p.HasFactor:
			needs = append(needs, NeedSetUp)
		case !p.TwoFactors || r.tooOld(p.CodeAt, now):
			needs = append(needs, NeedCode)
		}
	case Resistant:
		switch {
		case !p.HasKey:
			needs = append(needs, NeedSetUp)
		case p.ResistantAt == 0 || r.tooOld(p.ResistantAt, now):
			needs = append(needs, NeedKey)
		}
	}
	return needs
}

// tooOld says whether a factor was given too long ago for the rule. One that was given
// in the future, by a clock that was wrong, does not count.
func (r *Rule) tooOld(at int64, now time.Time) bool {
	age := now.UnixMilli() - at
	limit := time.Duration(r.MaxAgeMinutes) * time.Minute
	return r.MaxAgeMinutes > 0 && (at == 0 || age < 0 || age > limit.Milliseconds())
}

// StartFor returns where a person begins in the application: the first page that the
// rules let the person see, whatever is asked before, the root before others; "" = none.
// The person is judged as one who has just given the password and a phishing-resistant key.
func (a *Application) StartFor(groups []int64) string {
	now := time.UnixMilli(1)
	p := &Person{SignedIn: true, Groups: groups, HasFactor: true, HasKey: true, TwoFactors: true, PasswordAt: 1, CodeAt: 1, ResistantAt: 1}
	opens := func(path string) bool { return a.Decide(Visit, path, p, now).Allowed }
	if opens("/") {
		return "/"
	}
	for i := range a.Rules {
		if opens(a.Rules[i].Path) {
			return a.Rules[i].Path
		}
	}
	return ""
}
