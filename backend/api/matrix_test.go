package api

import (
	"fmt"
	"testing"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// cell is what an action leads to at a place: the answer, and what the settings
// show afterwards.
type cell struct{ answer, after string }

// matrix says for every action what happens at every place (product.md 3.1,
// 3.2 and 4).
var matrix = []struct {
	action string
	do     func(p *person) string
	cells  [places]cell
}{
	{"sign in", signInElsewhere, [places]cell{
		off:           {answer: "200 done", after: "off"},
		enabled:       {answer: "200 second_factor", after: "on, 10 codes"},
		moveBegun:     {answer: "200 second_factor", after: "on, 10 codes, a key on offer"},
		paused:        {answer: "200 done", after: "paused, 10 codes"},
		keyDead:       {answer: "200 second_factor", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "200 second_factor", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "200 second_factor", after: "on, 0 codes"},
	}},
	{"6 digits", giveAppCode, [places]cell{
		off:           {answer: "401 pending_ended", after: "off"}, // the password was all that is owed
		enabled:       {answer: "200 totp", after: "on, 10 codes"},
		moveBegun:     {answer: "200 totp", after: "on, 10 codes, a key on offer"}, // the old key works until the new one has
		paused:        {answer: "401 pending_ended", after: "paused, 10 codes"},
		keyDead:       {answer: "409 key_dead", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "409 key_unreadable", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "200 totp", after: "on, 0 codes"},
	}},
	{"6 digits of another phone", giveOfferedCode, [places]cell{ // the new one, or one that was never offered
		off:           {answer: "401 pending_ended", after: "off"},
		enabled:       {answer: "401 code_wrong", after: "on, 10 codes"},
		moveBegun:     {answer: "401 code_wrong", after: "on, 10 codes, a key on offer"},
		paused:        {answer: "401 pending_ended", after: "paused, 10 codes"},
		keyDead:       {answer: "409 key_dead", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "409 key_unreadable", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "401 code_wrong", after: "on, 0 codes"},
	}},
	{"backup code", giveBackupCode, [places]cell{
		off:           {answer: "401 pending_ended", after: "off"},
		enabled:       {answer: "200 backup", after: "on, 9 codes"},
		moveBegun:     {answer: "200 backup", after: "on, 9 codes, a key on offer"},
		paused:        {answer: "401 pending_ended", after: "paused, 10 codes"},
		keyDead:       {answer: "200 backup", after: "on, key dead, 8 codes"},
		keyUnreadable: {answer: "200 backup", after: "on, key unreadable, 9 codes"},
		noCodesLeft:   {answer: "401 code_used", after: "on, 0 codes"},
	}},
	{"begin", begin, [places]cell{
		off:           {answer: "200 set-up", after: "off, a key on offer"},
		enabled:       {answer: "200 move", after: "on, 10 codes, a key on offer"},
		moveBegun:     {answer: "200 same", after: "on, 10 codes, a key on offer"},
		paused:        {answer: "200 move", after: "paused, 10 codes, a key on offer"},
		keyDead:       {answer: "200 move", after: "on, key dead, 9 codes, a key on offer"},
		keyUnreadable: {answer: "200 move", after: "on, key unreadable, 10 codes, a key on offer"},
		noCodesLeft:   {answer: "200 move", after: "on, 0 codes, a key on offer"},
	}},
	{"confirm", confirm, [places]cell{
		off:           {answer: "409 pending_key_ended", after: "off"}, // nothing was begun
		enabled:       {answer: "409 pending_key_ended", after: "on, 10 codes"},
		moveBegun:     {answer: "200", after: "on, 10 codes"},
		paused:        {answer: "409 pending_key_ended", after: "paused, 10 codes"},
		keyDead:       {answer: "409 pending_key_ended", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "409 pending_key_ended", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "409 pending_key_ended", after: "on, 0 codes"},
	}},
	{"begin and confirm", beginAndConfirm, [places]cell{
		off:           {answer: "200", after: "on"}, // the codes are the next step
		enabled:       {answer: "200", after: "on, 10 codes"},
		moveBegun:     {answer: "200", after: "on, 10 codes"},
		paused:        {answer: "200", after: "on, 10 codes"}, // the confirming code ends the pause
		keyDead:       {answer: "200", after: "on, 9 codes"},
		keyUnreadable: {answer: "200", after: "on, 10 codes"},
		noCodesLeft:   {answer: "200", after: "on, 0 codes"},
	}},
	{"generate", generate, [places]cell{
		off:           {answer: "409 wrong_state", after: "off"},
		enabled:       {answer: "200 set 2", after: "on, 10 codes"},
		moveBegun:     {answer: "200 set 2", after: "on, 10 codes, a key on offer"}, // new codes end nothing
		paused:        {answer: "200 set 2", after: "paused, 10 codes"},
		keyDead:       {answer: "200 set 2", after: "on, key dead, 10 codes"},
		keyUnreadable: {answer: "200 set 2", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "200 set 2", after: "on, 10 codes"},
	}},
	{"check", check, [places]cell{
		off:           {answer: "409 wrong_state", after: "off"},
		enabled:       {answer: "200 valid", after: "on, 10 codes"},
		moveBegun:     {answer: "200 valid", after: "on, 10 codes, a key on offer"},
		paused:        {answer: "200 valid", after: "paused, 10 codes"},
		keyDead:       {answer: "200 valid", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "200 valid", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "200 used", after: "on, 0 codes"},
	}},
	{"pause", pause, [places]cell{
		off:           {answer: "409 wrong_state", after: "off"},
		enabled:       {answer: "204", after: "paused, 10 codes"},
		moveBegun:     {answer: "204", after: "paused, 10 codes"}, // a pause ends what is pending
		paused:        {answer: "204", after: "paused, 10 codes"}, // it gets the new end
		keyDead:       {answer: "204", after: "paused, key dead, 9 codes"},
		keyUnreadable: {answer: "204", after: "paused, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "204", after: "paused, 0 codes"},
	}},
	{"remove", remove, [places]cell{
		off:           {answer: "409 wrong_state", after: "off"},
		enabled:       {answer: "204", after: "off"},
		moveBegun:     {answer: "204", after: "off"},
		paused:        {answer: "204", after: "off"},
		keyDead:       {answer: "204", after: "off"},
		keyUnreadable: {answer: "204", after: "off"},
		noCodesLeft:   {answer: "204", after: "off"},
	}},
	{"enable", enable, [places]cell{
		off:           {answer: "409 wrong_state", after: "off"},
		enabled:       {answer: "409 wrong_state", after: "on, 10 codes"},
		moveBegun:     {answer: "409 wrong_state", after: "on, 10 codes, a key on offer"},
		paused:        {answer: "204", after: "on, 10 codes"},
		keyDead:       {answer: "409 wrong_state", after: "on, key dead, 9 codes"}, // paused as well: see TestTwoAtOnce
		keyUnreadable: {answer: "409 wrong_state", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "409 wrong_state", after: "on, 0 codes"},
	}},
	{"an hour in an open session", pauseEnds, [places]cell{
		off:           {answer: "200", after: "off"},
		enabled:       {answer: "200", after: "on, 10 codes"},
		moveBegun:     {answer: "200", after: "on, 10 codes"}, // the offer has ended
		paused:        {answer: "403 second_factor_owed", after: "on, 10 codes"},
		keyDead:       {answer: "200", after: "on, key dead, 8 codes"}, // one was needed to get in
		keyUnreadable: {answer: "200", after: "on, key unreadable, 9 codes"},
		noCodesLeft:   {answer: "200", after: "on, 0 codes"},
	}},
	{"expiry of the sign-in", signInExpires, [places]cell{
		off:           {answer: "401 pending_ended", after: "off"}, // the password had completed it
		enabled:       {answer: "401 pending_ended", after: "on, 10 codes"},
		moveBegun:     {answer: "401 pending_ended", after: "on, 10 codes"}, // the offer was as old
		paused:        {answer: "401 pending_ended", after: "paused, 10 codes"},
		keyDead:       {answer: "401 pending_ended", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "401 pending_ended", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "401 pending_ended", after: "on, 0 codes"},
	}},
	{"expiry of the key on offer", offerExpires, [places]cell{
		off:           {answer: "409 pending_key_ended", after: "off"},
		enabled:       {answer: "409 pending_key_ended", after: "on, 10 codes"},
		moveBegun:     {answer: "409 pending_key_ended", after: "on, 10 codes"},
		paused:        {answer: "409 pending_key_ended", after: "paused, 10 codes"},
		keyDead:       {answer: "409 pending_key_ended", after: "on, key dead, 9 codes"},
		keyUnreadable: {answer: "409 pending_key_ended", after: "on, key unreadable, 10 codes"},
		noCodesLeft:   {answer: "409 pending_key_ended", after: "on, 0 codes"},
	}},
	{"expiry of the session", sessionExpires, [places]cell{
		off:           {answer: "401 signed_out", after: "off"},
		enabled:       {answer: "401 signed_out", after: "on, 10 codes"},
		moveBegun:     {answer: "401 signed_out", after: "on, 10 codes"},
		paused:        {answer: "401 signed_out", after: "on, 10 codes"},          // the hour of the pause is over, too
		keyDead:       {answer: "401 signed_out", after: "on, key dead, 8 codes"}, // one more was needed to get in again
		keyUnreadable: {answer: "401 signed_out", after: "on, key unreadable, 9 codes"},
		noCodesLeft:   {answer: "401 signed_out", after: "on, 0 codes"},
	}},
	{"second tab", secondTab, [places]cell{
		off:           {answer: "409 pending_key_ended", after: "on"},
		enabled:       {answer: "409 pending_key_ended", after: "on, 10 codes"},
		moveBegun:     {answer: "409 pending_key_ended", after: "on, 10 codes"},
		paused:        {answer: "409 pending_key_ended", after: "on, 10 codes"},
		keyDead:       {answer: "409 pending_key_ended", after: "on, 9 codes"},
		keyUnreadable: {answer: "409 pending_key_ended", after: "on, 10 codes"},
		noCodesLeft:   {answer: "409 pending_key_ended", after: "on, 0 codes"},
	}},
	{"second device", secondDevice, [places]cell{
		off:           {answer: "200, then 401 signed_out", after: "on"},
		enabled:       {answer: "200, then 401 signed_out", after: "on, 10 codes"},
		moveBegun:     {answer: "200, then 401 signed_out", after: "on, 10 codes"},
		paused:        {answer: "403 step_up_owed, then 401 signed_out", after: "on, 10 codes"}, // it has given no code
		keyDead:       {answer: "200, then 401 signed_out", after: "on, 8 codes"},
		keyUnreadable: {answer: "200, then 401 signed_out", after: "on, 9 codes"},
		noCodesLeft:   {answer: "200, then 401 signed_out", after: "on, 0 codes"},
	}},
	{"account disabled", accountDisabled, [places]cell{ // and enabled again before the state is looked at
		off:           {answer: "401 signed_out, 401 credentials_wrong", after: "off"},
		enabled:       {answer: "401 signed_out, 401 credentials_wrong", after: "on, 10 codes"},
		moveBegun:     {answer: "401 signed_out, 401 credentials_wrong", after: "on, 10 codes"},
		paused:        {answer: "401 signed_out, 401 credentials_wrong", after: "paused, 10 codes"},
		keyDead:       {answer: "401 signed_out, 401 credentials_wrong", after: "on, key dead, 8 codes"},
		keyUnreadable: {answer: "401 signed_out, 401 credentials_wrong", after: "on, key unreadable, 9 codes"},
		noCodesLeft:   {answer: "401 signed_out, 401 credentials_wrong", after: "on, 0 codes"},
	}},
}

// TestMatrix goes through the whole table, each cell with an account of its own.
func TestMatrix(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		w := newKit(t, db)
		for r, row := range matrix {
			for at, want := range row.cells {
				t.Run(row.action+"/"+placeNames[at], func(t *testing.T) {
					want.try(t, w, fmt.Sprintf("p%d-%d", r, at), place(at), row.do)
				})
			}
		}
	})
}

func (want cell) try(t *testing.T, w *kit, name string, at place, do func(p *person) string) {
	if want.answer == "" || want.after == "" {
		t.Fatal("the table has no cell here")
	}
	own := *w // failures belong to this cell
	own.t = t
	p := own.personAt(name, at)
	if got := do(p); got != want.answer {
		t.Errorf("the answer is %q, want %q", got, want.answer)
	}
	if got := p.seen(); got != want.after {
		t.Errorf("afterwards %q, want %q", got, want.after)
	}
}

// outcome is the status, with the code of a problem or else what was notable.
func outcome(a answer, notable any) string {
	if code, ok := a.json["code"]; ok {
		notable = code
	}
	if notable == nil {
		return fmt.Sprint(a.status)
	}
	return fmt.Sprintf("%d %v", a.status, notable)
}

func signInElsewhere(p *person) string {
	a := p.w.browser().send("POST", "/api/sign-in", object("username", p.name, "password", rightPassword))
	return outcome(a, a.json["next"])
}

// verifyElsewhere submits a code in another browser, after the password.
func verifyElsewhere(p *person, code string) string {
	b := p.w.browser()
	b.signIn(p.name)
	a := b.send("POST", "/api/sign-in/verify", object("code", code))
	return outcome(a, a.json["method"])
}

func giveAppCode(p *person) string    { return verifyElsewhere(p, p.appCode()) }
func giveBackupCode(p *person) string { return verifyElsewhere(p, p.backupCode()) }

func giveOfferedCode(p *person) string {
	secret := p.offered
	if secret == "" {
		secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" // of nobody
	}
	return verifyElsewhere(p, p.w.code(secret, 0))
}

func begin(p *person) string {
	before := p.offered
	a := p.home.send("POST", "/api/two-factor/enrollment", "")
	if a.status != 200 {
		return outcome(a, nil)
	}
	p.offered = a.json["secret"].(string)
	switch {
	case p.offered == before:
		return outcome(a, "same")
	case a.json["replaces"] == true:
		return outcome(a, "move")
	}
	return outcome(a, "set-up")
}

func confirm(p *person) string {
	code := "123456"
	if p.offered != "" {
		code = p.w.code(p.offered, 0)
	}
	a := p.home.send("POST", "/api/two-factor/enrollment/confirm", object("code", code))
	if a.status == 200 {
		p.secret, p.offered, p.appDead = p.offered, "", false
	}
	return outcome(a, nil)
}

func beginAndConfirm(p *person) string {
	begin(p)
	return confirm(p)
}

func generate(p *person) string {
	a := p.home.send("POST", "/api/two-factor/backup-codes", object("paper", "a4", "language", "en"))
	if a.status != 200 {
		return outcome(a, nil)
	}
	return outcome(a, fmt.Sprintf("set %v", a.json["number"]))
}

func check(p *person) string {
	a := p.home.send("POST", "/api/two-factor/backup-codes/check", object("code", p.backupCode()))
	return outcome(a, a.json["result"])
}

func pause(p *person) string {
	return outcome(p.home.send("POST", "/api/two-factor/disable", object("mode", "pause", "for", "day")), nil)
}

func remove(p *person) string {
	return outcome(p.home.send("POST", "/api/two-factor/disable", object("mode", "remove")), nil)
}

func enable(p *person) string {
	return outcome(p.home.send("POST", "/api/two-factor/enable", object("code", p.appCode())), nil)
}

// pauseEnds opens another session and asks in it an hour later; a pause has
// ended by then.
func pauseEnds(p *person) string {
	b := p.elsewhere()
	for range 2 {
		p.w.clock.move(30 * time.Minute)
		p.home.load()
		b.load()
	}
	return outcome(b.send("GET", "/api/two-factor", ""), nil)
}

// signInExpires gives a code too late.
func signInExpires(p *person) string {
	b := p.w.browser()
	b.signIn(p.name)
	p.w.clock.move(10*time.Minute + time.Second)
	a := b.send("POST", "/api/sign-in/verify", object("code", p.appCode()))
	return outcome(a, a.json["method"])
}

// offerExpires confirms a key too late.
func offerExpires(p *person) string {
	if p.offered == "" {
		begin(p)
	}
	p.w.clock.move(10*time.Minute + time.Second)
	return confirm(p)
}

func sessionExpires(p *person) string {
	p.w.clock.move(time.Hour + time.Second)
	return outcome(p.home.send("GET", "/api/two-factor", ""), nil)
}

// secondTab confirms the same key in both tabs, and answers the second.
func secondTab(p *person) string {
	tab := p.home.tab()
	begin(p)
	offered := tab.want(200, "POST", "/api/two-factor/enrollment", "").json["secret"]
	if offered != p.offered {
		p.w.t.Error("the tabs were offered two keys")
	}
	code := object("code", p.w.code(p.offered, 0))
	confirm(p)
	return outcome(tab.send("POST", "/api/two-factor/enrollment/confirm", code), nil)
}

// secondDevice begins on another device while a key is confirmed at home.
func secondDevice(p *person) string {
	b := p.elsewhere()
	first := b.send("POST", "/api/two-factor/enrollment", "")
	beginAndConfirm(p)
	if first.status == 200 && first.json["secret"] == p.secret {
		p.w.t.Error("two sessions were offered the same key")
	}
	second := b.send("POST", "/api/two-factor/enrollment/confirm", object("code", "123456"))
	return outcome(first, nil) + ", then " + outcome(second, nil)
}

// accountDisabled ends what is open and lets nobody in; enabled again, the
// account is where it was.
func accountDisabled(p *person) string {
	if _, err := p.w.auth.DisableAccount(p.w.t.Context(), p.name, false); err != nil {
		p.w.t.Fatal(err)
	}
	inside := outcome(p.home.send("GET", "/api/two-factor", ""), nil)
	again := signInElsewhere(p)
	if _, err := p.w.auth.EnableAccount(p.w.t.Context(), p.name); err != nil {
		p.w.t.Fatal(err)
	}
	return inside + ", " + again
}

// TestTwoAtOnce: places an account can be at together with a pause.
func TestTwoAtOnce(t *testing.T) {
	w := sqlite(t)
	for i, c := range []struct {
		name string
		do   func(p *person) string
		at   place
		cell
	}{
		{"enable", enable, moveBegun, cell{answer: "204", after: "on, 10 codes"}},
		{"enable", enable, keyDead, cell{answer: "409 key_dead", after: "paused, key dead, 9 codes"}},
		{"enable", enable, keyUnreadable, cell{answer: "409 key_unreadable", after: "paused, key unreadable, 10 codes"}},
		{"enable", enable, noCodesLeft, cell{answer: "204", after: "on, 0 codes"}},
		{"end of pause", pauseEnds, keyDead, cell{answer: "403 second_factor_owed", after: "on, key dead, 9 codes"}},
		{"end of pause", pauseEnds, keyUnreadable, cell{answer: "403 second_factor_owed", after: "on, key unreadable, 10 codes"}},
		{"end of pause", pauseEnds, noCodesLeft, cell{answer: "403 second_factor_owed", after: "on, 0 codes"}},
		{"sign in", signInElsewhere, keyDead, cell{answer: "200 done", after: "paused, key dead, 9 codes"}},
		{"sign in", signInElsewhere, keyUnreadable, cell{answer: "200 done", after: "paused, key unreadable, 10 codes"}},
		{"begin and confirm", beginAndConfirm, keyDead, cell{answer: "200", after: "on, 9 codes"}},
		{"begin and confirm", beginAndConfirm, keyUnreadable, cell{answer: "200", after: "on, 10 codes"}},
	} {
		t.Run(c.name+"/"+placeNames[c.at]+" and paused", func(t *testing.T) {
			c.try(t, w, fmt.Sprint("p", i), c.at, func(p *person) string {
				p.pause("hour")
				return c.do(p)
			})
		})
	}
}
