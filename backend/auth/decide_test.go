package auth_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/testdb"
)

func TestWrongCodesWaitAndTellHowMany(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		b.tokens.Device = "" // a browser nobody knows
		for left := 4; left >= 0; left-- {
			e := h.refused(b.verify(p.wrong()), apperr.CodeWrong)
			if *e.TriesLeft != left {
				t.Errorf("%d tries left, want %d", *e.TriesLeft, left)
			}
		}
		if e := h.refused(b.verify(p.code(0)), apperr.CodeWait); e.Wait != 30*time.Second {
			t.Errorf("wait is %v", e.Wait)
		}
		h.clock.move(30 * time.Second)
		e := h.refused(b.verify(p.wrong()), apperr.CodeWrong)
		if e.Wait != time.Minute || *e.TriesLeft != 0 {
			t.Errorf("wait is %v, tries left %d", e.Wait, *e.TriesLeft)
		}
		h.clock.move(time.Minute)
		h.must(b.verify(p.code(0)))
		if n := b.caller().Session.FailedCodes; n != 6 {
			t.Errorf("the session has %d wrong codes", n)
		}
	})
}

// Guesses from an unrecognised browser must not hold back the person's own one, and
// a right password must not give new tries.
func TestLanesAreApart(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		other := h.browser()
		other.signIn("anna", goodPassword)
		for range 5 {
			h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		}
		other.signIn("anna", goodPassword)
		h.refused(other.verify(p.wrong()), apperr.CodeWait)
		h.must(b.verify(p.code(0)))
		h.refused(other.verify(p.wrong()), apperr.CodeWait)
	})
}

func TestStoppedLanesAndADeadKey(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		other := h.browser()
		guess(other, p, 60)
		other.signIn("anna", goodPassword)
		h.clock.move(time.Hour)
		other.signIn("anna", goodPassword)
		h.refused(other.verify(p.code(0)), apperr.CodeStopped)

		b.signIn("anna", goodPassword)
		h.must(b.verify(p.code(0))) // the known browser is not concerned
		b.signOut()
		guess(b, p, 40)
		b.signIn("anna", goodPassword)
		h.clock.move(time.Hour)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(p.code(0)), apperr.KeyDead)
	})
}

// A device is deleted at 40 failures of its own; the browser is an unrecognised one
// then.
func TestADeviceIsDeletedAfterFortyFailures(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		guess(b, p, 40)
		if b.caller().Device != nil {
			t.Error("the device still counts as known")
		}
	})
}

// eachPair runs a scenario on both engines, with two instances on one database.
func eachPair(t *testing.T, scenario func(h, twin *kit)) {
	t.Helper()
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		db := testdb.Open(t, o)
		if err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		h := newKit(t, db)
		twin := *h
		twin.db = testdb.Open(t, o)
		deps := h.Deps
		deps.DB = twin.db
		twin.Service = auth.New(deps)
		scenario(h, &twin)
	})
}

// codeOf is the code of an answer, "" = there is no error.
func codeOf(err error) apperr.Code {
	if err == nil {
		return ""
	}
	return apperr.CodeOf(err)
}

// inParallel tries all at once, every other one on the twin, and counts the answers
// by their codes.
func inParallel(h, twin *kit, callers []*auth.Caller, code string) map[apperr.Code]int {
	h.Helper()
	answers := map[apperr.Code]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, c := range callers {
		instance := []*kit{h, twin}[i%2]
		all.Go(func() {
			_, err := instance.VerifySecondFactor(h.ctx, c, code)
			mu.Lock()
			defer mu.Unlock()
			answers[codeOf(err)]++
		})
	}
	all.Wait()
	return answers
}

func TestParallelGuessesDoNotOvershoot(t *testing.T) {
	eachPair(t, func(h, twin *kit) {
		b, p, _ := withCodes(h)
		for name, wrong := range map[string]string{"app": p.wrong(), "backup code": unknownCode()} {
			var callers []*auth.Caller
			for range 20 {
				other := h.browser()
				other.signIn("anna", goodPassword)
				callers = append(callers, other.caller(), other.caller(), other.caller())
			}
			got := inParallel(h, twin, callers, wrong)
			// A full queue of hashes answers busy, and counts nothing.
			if got[apperr.CodeWrong] != 5 || got[apperr.CodeWait]+got[apperr.Busy] != 55 {
				t.Errorf("%s: the answers are %v", name, got)
			}
		}
		if n := b.caller().Account.FailedCodes; n != 10 {
			t.Errorf("%d wrong codes are counted", n)
		}
	})
}

// One code, entered in ten sign-ins at once on two instances, opens one session.
func TestParallelRightCodesHaveOneWinner(t *testing.T) {
	eachPair(t, func(h, twin *kit) {
		own, p, codes := withCodes(h)
		own.signOut()
		for name, right := range map[string]func() string{"app": func() string { return p.code(0) }, "backup code": func() string { return codes.Codes[0] }} {
			var callers []*auth.Caller
			for range 10 {
				b := h.browser()
				b.signIn("anna", goodPassword)
				callers = append(callers, b.caller())
			}
			got := inParallel(h, twin, callers, right())
			if got[""] != 1 || got[apperr.CodeUsed]+got[apperr.CodeWait] != 9 || got[apperr.CodeUsed] == 0 {
				t.Errorf("%s: the answers are %v", name, got)
			}
			h.clock.move(time.Hour)
		}
	})
}

// The deciding transaction is the only one, whether the proof is right or wrong
// (A12). A password step costs one as well.
func TestATryCostsOneCommit(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		commits := testdb.WatchCommits(t, h.db)
		costs := func(name string, want int, c *auth.Caller, act func(c *auth.Caller) (auth.Issued, error), code apperr.Code) auth.Issued {
			h.Helper()
			var issued auth.Issued
			var err error
			got := commits.Of(func() { issued, err = act(c) })
			if codeOf(err) != code {
				t.Fatalf("%s: got %v, want %q", name, err, code)
			}
			if got != want {
				t.Errorf("%s costs %d commits, want %d", name, got, want)
			}
			return issued
		}
		signIn := func(name, typed string) func(*auth.Caller) (auth.Issued, error) {
			return func(c *auth.Caller) (auth.Issued, error) {
				r, err := h.SignIn(h.ctx, c, name, typed)
				return r.Issued, err
			}
		}
		verify := func(code string) func(*auth.Caller) (auth.Issued, error) {
			return func(c *auth.Caller) (auth.Issued, error) {
				r, err := h.VerifySecondFactor(h.ctx, c, code)
				return r.Issued, err
			}
		}
		stepUp := func(typed, code string) func(*auth.Caller) (auth.Issued, error) {
			return func(c *auth.Caller) (auth.Issued, error) {
				return h.StepUp(h.ctx, c, auth.StepUpInput{Password: &typed, Code: &code})
			}
		}
		other := h.unknownBrowser(1)
		costs("a wrong password", 1, other.caller(), signIn("anna", "wrong"), apperr.CredentialsWrong)
		costs("an unknown name", 1, other.caller(), signIn("nobody", goodPassword), apperr.CredentialsWrong)
		other.keep(costs("a right password", 1, other.caller(), signIn("anna", goodPassword), ""))
		costs("a malformed code", 0, other.caller(), verify("12345"), apperr.Invalid)
		costs("a wrong code", 1, other.caller(), verify(p.wrong()), apperr.CodeWrong)
		costs("a wrong backup code", 1, other.caller(), verify(unknownCode()), apperr.CodeWrong)
		other.keep(costs("a right code", 1, other.caller(), verify(p.code(0)), ""))
		costs("a spent code in a step-up", 1, other.caller(), stepUp(goodPassword, p.code(0)), apperr.CodeUsed)
		costs("a wrong password in a step-up", 1, other.caller(), stepUp("wrong", p.code(1)), apperr.PasswordWrong)
		other.keep(costs("a right step-up", 1, other.caller(), stepUp(goodPassword, p.code(1)), ""))
		other.signIn("anna", goodPassword)
		other.keep(costs("a right backup code", 1, other.caller(), verify(codes.Codes[0]), ""))

		confirm := func(code string) func(*auth.Caller) (auth.Issued, error) {
			return func(c *auth.Caller) (auth.Issued, error) {
				r, err := h.ConfirmEnrollment(h.ctx, c, code, "")
				return r.Issued, err
			}
		}
		check := func(code string) func(*auth.Caller) (auth.Issued, error) {
			return func(c *auth.Caller) (auth.Issued, error) {
				return auth.Issued{}, second(h.CheckBackupCode(h.ctx, c, code))
			}
		}
		enable := func(code string) func(*auth.Caller) (auth.Issued, error) {
			return func(c *auth.Caller) (auth.Issued, error) { return h.Enable(h.ctx, c, code) }
		}
		costs("a check of a saved code", 1, other.caller(), check(codes.Codes[1]), "")
		costs("a check of an unknown code", 1, other.caller(), check(unknownCode()), "")
		moved := other.begin()
		costs("a wrong confirming code", 1, other.caller(), confirm(moved.wrong()), apperr.CodeWrong)
		other.keep(costs("a right confirming code", 1, other.caller(), confirm(moved.code(0)), ""))
		h.must(other.pause(0))
		costs("enabling with a wrong code", 1, other.caller(), enable(moved.wrong()), apperr.CodeWrong)
		other.keep(costs("enabling with a right code", 1, other.caller(), enable(moved.code(1)), ""))

		p, b = moved, other
		other = h.unknownBrowser(2)
		other.signIn("anna", goodPassword)
		for range 5 {
			h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		}
		costs("a code that has to wait", 1, other.caller(), verify(p.wrong()), apperr.CodeWait)
		h.must(h.damageSeed(b.caller()))
		costs("an unreadable seed", 1, b.caller(), stepUp(goodPassword, p.code(1)), apperr.KeyUnreadable)
	})
}

// A commit that fails has told the caller nothing, spends nothing and counts
// nothing. Only SQLite can be made to fail here; the rule is above both engines.
func TestAFailedCommitAnswersNothing(t *testing.T) {
	h := newKit(t, testdb.New(t, testdb.SQLite))
	b, p, _ := withCodes(h)
	b.signOut()
	b.signIn("anna", goodPassword)
	commits := testdb.WatchCommits(t, h.db)
	for name, code := range map[string]string{"right": p.code(0), "wrong": p.wrong()} {
		c := b.caller()
		commits.Refuse(true)
		r, err := h.VerifySecondFactor(h.ctx, c, code)
		commits.Refuse(false)
		if codeOf(err) != apperr.Internal || r != (auth.VerifyResult{}) {
			t.Errorf("%s: got %+v and %v", name, r, err)
		}
	}
	if e := h.refused(b.verify(p.wrong()), apperr.CodeWrong); *e.TriesLeft != 4 {
		t.Errorf("%d tries left", *e.TriesLeft)
	}
	h.must(b.verify(p.code(0)))
}

func TestDeadSet(t *testing.T) {
	each(t, func(h *kit) {
		b, p, codes := withCodes(h)
		for range 60 {
			h.clock.move(time.Hour)
			other := h.browser()
			other.signIn("anna", goodPassword)
			if err := other.verify(unknownCode()); err == nil {
				t.Fatal("an unknown code was accepted")
			}
		}
		h.clock.move(31 * 24 * time.Hour) // long enough ago to demand no new password
		b.signIn("anna", goodPassword)
		h.must(b.verify(codes.Codes[0]))
		for range 40 {
			h.clock.move(time.Hour)
			b.signIn("anna", goodPassword)
			if err := b.verify(unknownCode()); err == nil {
				t.Fatal("an unknown code was accepted")
			}
		}
		b.signIn("anna", goodPassword)
		h.clock.move(time.Hour)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(codes.Codes[1]), apperr.KeyDead)
		h.must(b.verify(p.code(0)))
		view, err := h.TwoFactor(h.ctx, b.caller())
		h.must(err)
		if !view.Codes.Dead || view.Key != auth.KeyLive {
			t.Errorf("view is %+v", view)
		}
		fresh := b.generate()
		b.signOut()
		b.signIn("anna", goodPassword)
		h.must(b.verify(fresh.Codes[0]))
	})
}

// A request that was on its way when its session ended learns nothing of the
// password, and records nothing.
func TestAnEndedSessionLearnsNothing(t *testing.T) {
	each(t, func(h *kit) {
		own, p, _ := withCodes(h)
		late := own.caller()
		h.must(second(h.SignOut(h.ctx, own.caller())))
		before := len(h.events())
		code := p.code(0)
		for _, guess := range []string{goodPassword, "a password that is wrong"} {
			h.refused(second(h.ChangePassword(h.ctx, late, guess, guess)), apperr.SignedOut)
			h.refused(second(h.StepUp(h.ctx, late, auth.StepUpInput{Password: &guess, Code: &code})), apperr.SignedOut)
		}
		h.must(second(h.SignOut(h.ctx, late)))
		h.refused(h.CancelEnrollment(h.ctx, late), apperr.SignedOut)
		if n := len(h.events()) - before; n != 0 {
			t.Errorf("%d events", n)
		}
	})
}
