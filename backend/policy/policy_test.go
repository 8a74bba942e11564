package policy

import (
	"slices"
	"testing"
	"time"

	"imagemaster/backend/apperr"
)

// now is noon of a day; day 0 of these tests.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// at is a day of these tests, in Unix milliseconds.
func at(d int) int64 { return now.AddDate(0, 0, d).UnixMilli() }

func on(d int) time.Time { return now.AddDate(0, 0, d) }

// everybody is a policy that has begun long ago.
func everybody(grace int) Policy {
	return Policy{Audience: Everybody, Minimum: AnyFactor, StartsAt: at(-100), GraceDays: grace, TightenedAt: at(-100)}
}

// member of group 3.
var finance = Group{ID: 3, Name: "finance", AddedAt: at(-100)}

func TestWhatIsAsked(t *testing.T) {
	old := Subject{ID: 1, CreatedAt: at(-300)}
	for name, c := range map[string]struct {
		policies []Policy
		who      Subject
		joined   []membership
		since    Since // "" = nothing is asked
		begins   int   // day
		ends     int
	}{
		"nothing":                  {nil, old, nil, "", 0, 0},
		"from its start":           {[]Policy{{Audience: Everybody, StartsAt: at(-10), GraceDays: 14, TightenedAt: at(-20)}}, old, nil, SinceStart, -10, 4},
		"a start ahead":            {[]Policy{{Audience: Everybody, StartsAt: at(5), GraceDays: 14}}, old, nil, SinceStart, 5, 19},
		"no grace":                 {[]Policy{{Audience: Everybody, StartsAt: at(-10)}}, old, nil, SinceStart, -10, -10},
		"a new account":            {[]Policy{everybody(14)}, Subject{ID: 1, CreatedAt: at(-2)}, nil, SinceCreated, -2, 12},
		"tightened":                {[]Policy{{Audience: Everybody, StartsAt: at(-100), GraceDays: 5, TightenedAt: at(-1)}}, old, nil, SinceTightened, -1, 4},
		"a member":                 {[]Policy{{Audience: Groups, StartsAt: at(-100), GraceDays: 7, Groups: []Group{finance}}}, old, []membership{{1, 3, at(-3)}}, SinceJoined, -3, 4},
		"no member":                {[]Policy{{Audience: Groups, StartsAt: at(-100), GraceDays: 7, Groups: []Group{finance}}}, old, []membership{{1, 4, at(-3)}}, "", 0, 0},
		"a group that was added":   {[]Policy{{Audience: Groups, StartsAt: at(-100), GraceDays: 7, Groups: []Group{{3, "finance", at(-2)}}}}, old, []membership{{1, 3, at(-50)}}, SinceJoined, -2, 5},
		"of two groups the first":  {[]Policy{{Audience: Groups, StartsAt: at(-100), GraceDays: 7, Groups: []Group{finance, {4, "hr", at(-100)}}}}, old, []membership{{1, 4, at(-1)}, {1, 3, at(-9)}}, SinceJoined, -9, -2},
		"staff":                    {[]Policy{{Audience: Staff, StartsAt: at(-100), GraceDays: 2}}, Subject{ID: 1, CreatedAt: at(-300), Staff: true, StaffSince: at(-1)}, nil, SinceRole, -1, 1},
		"staff from the beginning": {[]Policy{{Audience: Staff, StartsAt: at(-100), GraceDays: 2}}, Subject{ID: 1, CreatedAt: at(-300), Staff: true}, nil, SinceStart, -100, -98},
		"no staff":                 {[]Policy{{Audience: Staff, StartsAt: at(-100)}}, old, nil, "", 0, 0},
		"of another version":       {[]Policy{{Audience: "cats", StartsAt: at(-100)}}, old, nil, "", 0, 0},
		"the strictest of two":     {[]Policy{{Audience: Everybody, StartsAt: at(-10), GraceDays: 30}, {Audience: Everybody, StartsAt: at(-2), GraceDays: 3}}, old, nil, SinceStart, -10, 1},
		"in the other order":       {[]Policy{{Audience: Everybody, StartsAt: at(-2), GraceDays: 3}, {Audience: Everybody, StartsAt: at(-10), GraceDays: 30}}, old, nil, SinceStart, -10, 1},
		"an account of the future": {[]Policy{everybody(14)}, Subject{ID: 1, CreatedAt: at(400)}, nil, SinceStart, -100, -86},
		"joined in the future":     {[]Policy{{Audience: Groups, StartsAt: at(-100), GraceDays: 7, Groups: []Group{finance}}}, old, []membership{{1, 3, at(30)}}, SinceStart, -100, -93},
	} {
		o := For(c.policies, c.who, c.joined, now)
		switch {
		case c.since == "":
			if o.Asks() || o.Begun(on(1000)) || o.Due(on(1000)) || o.Binds(on(1000)) {
				t.Errorf("%s: %+v", name, o)
			}
		case o.Since != c.since || !o.Begins.Equal(on(c.begins)) || !o.Ends.Equal(on(c.ends)):
			t.Errorf("%s: since %s, from %v to %v", name, o.Since, o.Begins, o.Ends)
		}
	}
	two := []Policy{{Audience: Groups, StartsAt: at(-9), Groups: []Group{finance, {4, "hr", at(-9)}, {5, "it", at(-9)}}}}
	if o := For(two, old, []membership{{1, 5, at(-20)}, {1, 3, at(-20)}}, now); !slices.Equal(o.Groups, []string{"finance", "it"}) {
		t.Errorf("the groups are %v", o.Groups)
	}
}

func TestDeadline(t *testing.T) {
	o := Obligation{Audience: Everybody, Begins: on(-4), Ends: on(10)}
	if o.Begun(on(-4).Add(-1)) || !o.Begun(on(-4)) || o.Due(on(10).Add(-time.Millisecond)) || !o.Due(on(10)) || !o.Binds(on(0)) || !o.Deadline(on(0)).Equal(on(10)) {
		t.Errorf("%+v", o)
	}
	excepted := o
	excepted.Exception = &Exception{EndsAt: at(20)}
	if excepted.Due(on(15)) || excepted.Binds(on(15)) || !excepted.Due(on(20)) || !excepted.Binds(on(20)) || !excepted.Deadline(on(15)).Equal(on(20)) {
		t.Error("the exception does not hold until its end")
	}
	excepted.Exception = &Exception{EndsAt: at(5)}
	if excepted.Binds(on(4)) || !excepted.Binds(on(5)) || excepted.Due(on(9)) || !excepted.Deadline(on(4)).Equal(on(10)) {
		t.Error("an exception that ends within the grace")
	}
	excepted.Exception = &Exception{EndsAt: at(200)} // of a clock that was ahead
	if !excepted.Due(on(10)) {
		t.Error("an exception of more than 90 days holds")
	}
}

func TestStages(t *testing.T) {
	o := Obligation{Audience: Everybody, Begins: on(0), Ends: on(10)}
	short := Obligation{Audience: Everybody, Begins: on(0), Ends: on(2)}
	none := Obligation{Audience: Everybody, Begins: on(0), Ends: on(0)}
	excepted := o
	excepted.Exception = &Exception{EndsAt: at(30)}
	for name, c := range map[string]struct {
		o    Obligation
		day  int
		want Stage
	}{
		"before":                       {o, -1, ""},
		"the start":                    {o, 0, StageStart},
		"days later":                   {o, 2, StageStart},
		"a week before":                {o, 3, StageWeek},
		"six days before":              {o, 4, StageWeek},
		"three days before":            {o, 7, StageThree},
		"the last day":                 {o, 9, StageLast},
		"the deadline":                 {o, 10, ""},
		"short grace":                  {short, 0, StageStart},
		"the last day of short grace":  {short, 1, StageLast},
		"no grace":                     {none, 0, ""},
		"in an exception":              {excepted, 5, ""},
		"a week before it ends":        {excepted, 23, StageWeek},
		"the last day of an exception": {excepted, 29, StageLast},
		"nothing is asked":             {Obligation{}, 0, ""},
	} {
		if got := c.o.StageAt(on(c.day)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A change that asks more of people begins grace anew; any other leaves it.
func TestFollows(t *testing.T) {
	old := Policy{ID: 9, Audience: Groups, Minimum: AnyFactor, StartsAt: at(-50), GraceDays: 10, ChangedAt: at(-60), TightenedAt: at(-60), Groups: []Group{finance}}
	for name, c := range map[string]struct {
		change func(p *Policy)
		anew   bool
	}{
		"nothing":            {func(*Policy) {}, false},
		"more grace":         {func(p *Policy) { p.GraceDays = 11 }, false},
		"a later start":      {func(p *Policy) { p.StartsAt = at(-49) }, false},
		"a key":              {func(p *Policy) { p.Minimum = Resistant }, true},
		"less grace":         {func(p *Policy) { p.GraceDays = 9 }, true},
		"an earlier start":   {func(p *Policy) { p.StartsAt = at(-51) }, true},
		"another audience":   {func(p *Policy) { p.Audience, p.Groups = Everybody, nil }, true},
		"one group more":     {func(p *Policy) { p.Groups = append(p.Groups, Group{ID: 4, Name: "hr"}) }, false},
		"instead of a group": {func(p *Policy) { p.Groups = []Group{{ID: 4, Name: "hr"}} }, false},
	} {
		p := old
		p.ID, p.Groups = 0, []Group{{ID: 3, Name: "finance"}}
		c.change(&p)
		p.Follows(&old, now)
		want := at(-60)
		if c.anew {
			want = at(0)
		}
		if p.TightenedAt != want || p.ChangedAt != at(0) || p.ID != 9 {
			t.Errorf("%s: %+v", name, p)
		}
		for _, g := range p.Groups {
			if added := map[int64]int64{3: at(-100), 4: at(0)}[g.ID]; g.AddedAt != added {
				t.Errorf("%s: %+v", name, g)
			}
		}
	}
	narrower := everybody(10)
	staff := narrower
	staff.Audience = Staff
	staff.Follows(&narrower, now)
	if staff.TightenedAt != at(-100) {
		t.Error("a smaller audience begins grace anew")
	}
	keys := everybody(10)
	keys.Minimum = Resistant
	loosened := everybody(10)
	loosened.Follows(&keys, now)
	if loosened.TightenedAt != at(-100) {
		t.Error("a smaller minimum begins grace anew")
	}
}

func TestCheck(t *testing.T) {
	good := Policy{Audience: Groups, Minimum: Resistant, StartsAt: at(0), GraceDays: 14, Groups: []Group{finance}}
	if err := good.Check(now); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(p *Policy){
		"minimum":         func(p *Policy) { p.Minimum = "" },
		"minimum ":        func(p *Policy) { p.Minimum = "cats" },
		"audience":        func(p *Policy) { p.Audience = "cats" },
		"groups":          func(p *Policy) { p.Groups = nil },
		"groups ":         func(p *Policy) { p.Audience = Everybody },
		"grace_days":      func(p *Policy) { p.GraceDays = -1 },
		"grace_days ":     func(p *Policy) { p.GraceDays = 366 },
		"starts_at":       func(p *Policy) { p.StartsAt = at(4 * 365) },
		"starts_at ":      func(p *Policy) { p.StartsAt = 0 },
		"starts_at, once": func(p *Policy) { p.StartsAt = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() },
	} {
		p := good
		change(&p)
		if err := p.Check(now); apperr.CodeOf(err) != apperr.Invalid {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A person whose deadline was set by an earlier form of a policy keeps that deadline, however
// often the policy is made stricter. A change that gives more time gives it to everybody.
func TestFormerRules(t *testing.T) {
	long := Subject{ID: 1, CreatedAt: at(-500)}
	first := Policy{ID: 1, Audience: Everybody, Minimum: AnyFactor, StartsAt: at(-40), GraceDays: 30, TightenedAt: at(-40)}
	due := func(p *Policy) int {
		o := For([]Policy{*p}, long, nil, now)
		return int(o.Ends.Sub(now) / day)
	}
	change := func(from Policy, edit func(p *Policy)) Policy {
		p := Policy{Audience: from.Audience, Minimum: from.Minimum, StartsAt: from.StartsAt, GraceDays: from.GraceDays}
		edit(&p)
		p.Follows(&from, now)
		return p
	}
	if got := due(&first); got != -10 {
		t.Fatalf("due %d", got)
	}
	for name, c := range map[string]struct {
		edit func(p *Policy)
		want int
	}{
		"fewer days":                {func(p *Policy) { p.GraceDays = 29 }, -10},
		"more days":                 {func(p *Policy) { p.GraceDays = 45 }, 5},
		"an earlier start":          {func(p *Policy) { p.StartsAt = at(-50) }, -10},
		"a later start":             {func(p *Policy) { p.StartsAt = at(-20) }, 10},
		"earlier, and a day longer": {func(p *Policy) { p.StartsAt, p.GraceDays = at(-41), 31 }, -9},
		"no grace":                  {func(p *Policy) { p.GraceDays = 0 }, -10},
	} {
		p := change(first, c.edit)
		if got := due(&p); got != c.want {
			t.Errorf("%s: due %d, want %d", name, got, c.want)
		}
		if o := For([]Policy{p}, long, nil, now); o.Ends.Sub(o.SinceAt) > 46*day || o.Ends.Before(o.SinceAt) {
			t.Errorf("%s: since %s, %v, until %v", name, o.Since, o.SinceAt, o.Ends)
		}
	}
	p := first
	for range 100 {
		p = change(p, func(p *Policy) { p.StartsAt -= day.Milliseconds() })
	}
	if got := due(&p); got != -10 || len(p.Former) != 1 {
		t.Errorf("after 100 earlier starts: due %d, %d former rules", got, len(p.Former))
	}
	p = Policy{ID: 1, Audience: Everybody, StartsAt: at(-400), GraceDays: 365, TightenedAt: at(-400)}
	for range 365 {
		p = change(p, func(p *Policy) { p.GraceDays-- })
	}
	if got := due(&p); got != -35 || len(p.Former) > maxFormer {
		t.Errorf("after 365 shorter days: due %d, %d former rules", got, len(p.Former))
	}
	// Somebody who comes now is asked by the shortest days.
	if o := For([]Policy{p}, Subject{ID: 2, CreatedAt: at(0)}, nil, now); !o.Ends.Equal(now) {
		t.Errorf("a new person is due %v", o.Ends)
	}
}

// resistant is a policy for everybody that demands a key.
func resistant(start, grace int) Policy {
	return Policy{Audience: Everybody, Minimum: Resistant, StartsAt: at(start), GraceDays: grace, TightenedAt: at(-100)}
}

// What is asked of a person, and when: a second factor of any kind, and a key.
func TestKeysAreAsked(t *testing.T) {
	who, staff := Subject{ID: 1, CreatedAt: at(-300)}, Subject{ID: 1, CreatedAt: at(-300), Staff: true}
	of := func(p Policy, change func(p *Policy)) Policy { change(&p); return p }
	later := func(from Policy, change func(p *Policy)) Policy {
		p := from
		p.Former = nil
		change(&p)
		p.Follows(&from, now)
		return p
	}
	const never = 9999
	for name, c := range map[string]struct {
		policies []Policy
		who      Subject
		any, key int // the day on which it is due, never = it is not asked
		minimum  Minimum
	}{
		"nothing":                    {nil, who, never, never, ""},
		"any":                        {[]Policy{everybody(120)}, who, 20, never, AnyFactor},
		"a key":                      {[]Policy{resistant(-5, 12)}, who, 7, 7, Resistant},
		"any before a key":           {[]Policy{resistant(-5, 12), everybody(103)}, who, 3, 7, AnyFactor},
		"a key before any":           {[]Policy{everybody(120), resistant(-5, 12)}, who, 7, 7, Resistant},
		"both on the same day":       {[]Policy{everybody(107), resistant(-5, 12)}, who, 7, 7, Resistant},
		"in the other order":         {[]Policy{resistant(-5, 12), everybody(107)}, who, 7, 7, Resistant},
		"of two keys the first":      {[]Policy{resistant(-5, 12), resistant(-3, 4)}, who, 1, 1, Resistant},
		"a key of others":            {[]Policy{of(resistant(-5, 12), func(p *Policy) { p.Audience = Staff }), everybody(120)}, who, 20, never, AnyFactor},
		"of one's role":              {[]Policy{of(resistant(-5, 12), func(p *Policy) { p.Audience = Staff }), everybody(120)}, staff, 7, 7, Resistant},
		"any, then a key":            {[]Policy{later(everybody(90), func(p *Policy) { p.Minimum = Resistant })}, who, -10, 90, AnyFactor},
		"a key, then any":            {[]Policy{later(resistant(-100, 90), func(p *Policy) { p.Minimum = AnyFactor })}, who, -10, never, AnyFactor},
		"a key, any, a key":          {[]Policy{later(later(resistant(-100, 90), func(p *Policy) { p.Minimum = AnyFactor }), func(p *Policy) { p.Minimum = Resistant })}, who, -10, 90, AnyFactor},
		"a key, fewer days":          {[]Policy{later(resistant(-100, 90), func(p *Policy) { p.GraceDays = 89 })}, who, -10, -10, Resistant},
		"a key, more days":           {[]Policy{later(resistant(-100, 90), func(p *Policy) { p.GraceDays = 150 })}, who, 50, 50, Resistant},
		"any with little time, both": {[]Policy{later(everybody(90), func(p *Policy) { p.Minimum, p.GraceDays = Resistant, 0 })}, who, -10, 0, AnyFactor},
		"of another version":         {[]Policy{of(resistant(-5, 12), func(p *Policy) { p.Minimum = "cats" })}, who, 7, never, AnyFactor},
	} {
		o := For(c.policies, c.who, nil, now)
		if (c.any == never) == o.Asks() || o.Asks() && !o.Ends.Equal(on(c.any)) || o.Minimum != c.minimum {
			t.Errorf("%s: %s by %v", name, o.Minimum, o.Ends)
		}
		if o.KeyDue(on(c.key).Add(-time.Millisecond)) || (c.key != never) != o.KeyDue(on(c.key)) || (c.key != never) != o.KeyBinds(on(c.key)) {
			t.Errorf("%s: the key is %+v", name, o.Key)
		}
	}
}

// An exception holds for keys, too. Who has a second factor is asked for the key next.
func TestTheNextObligation(t *testing.T) {
	o := For([]Policy{everybody(103), resistant(-5, 12)}, Subject{ID: 1, CreatedAt: at(-300)}, nil, now)
	if got := o.Next(false); !got.Ends.Equal(on(3)) || got.Minimum != AnyFactor {
		t.Errorf("without a factor: %+v", got)
	}
	if got := o.Next(true); !got.Ends.Equal(on(7)) || got.Minimum != Resistant {
		t.Errorf("with one: %+v", got)
	}
	o.except(&Exception{EndsAt: at(20)})
	if o.KeyDue(on(19)) || o.KeyBinds(on(19)) || !o.KeyDue(on(20)) || !o.Next(true).Deadline(on(8)).Equal(on(20)) {
		t.Errorf("%+v", o.Key)
	}
	only := For([]Policy{everybody(103)}, Subject{ID: 1, CreatedAt: at(-300)}, nil, now)
	only.except(nil)
	if got := only.Next(true); !got.Ends.Equal(on(3)) {
		t.Errorf("without a policy on keys: %+v", got)
	}
}

// A rule that was stored by an earlier version of this program demands any factor.
func TestFormerRulesOfAnEarlierVersion(t *testing.T) {
	p := resistant(-5, 12)
	p.Former = []Former{{Audience: Everybody, StartsAt: at(-100), GraceDays: 90}}
	if o := For([]Policy{p}, Subject{ID: 1, CreatedAt: at(-300)}, nil, now); !o.Ends.Equal(on(-10)) || o.Minimum != AnyFactor || !o.Key.Ends.Equal(on(7)) {
		t.Errorf("%+v, %+v", o, o.Key)
	}
}
