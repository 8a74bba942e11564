package people_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
)

// At most five links an hour are mailed to one account.
func TestLinkMailsAreBounded(t *testing.T) {
	each(t, func(h *kit) {
		id, _, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "anna", Email: "anna@example.org", Lifetime: oneWeek, Language: "en"})
		h.must(err)
		for range 4 {
			h.clock.move(time.Minute)
			h.must(second(h.Reinvite(h.ctx, auth.Operator, id, oneWeek, "en")))
		}
		h.clock.move(time.Minute)
		before := h.dump()
		if e := h.refused(second(h.Reinvite(h.ctx, auth.Operator, id, oneWeek, "en")), apperr.MailWait); e.Wait != 55*time.Minute {
			t.Errorf("wait %v", e.Wait)
		}
		h.unchanged(before)
		_, _, err = h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "bert", Email: "bert@example.org", Lifetime: oneWeek, Language: "en"})
		h.must(err)                                                                  // another account
		h.must(second(h.on(h.db).Reinvite(h.ctx, auth.Operator, id, oneWeek, "en"))) // shown and not mailed
		h.clock.move(55 * time.Minute)
		h.must(second(h.Reinvite(h.ctx, auth.Operator, id, oneWeek, "en")))
	}, withMail)
}

// The address that a person has chosen for applications goes with the address for
// notices: links must not go where the person has left.
func TestAChosenAddressGoesWithTheNoticeAddress(t *testing.T) {
	each(t, func(h *kit) {
		p := h.protected("anna", account.Person)
		p.addressed("anna@home.example")
		h.must(h.ChooseEmail(h.ctx, p.caller(), true))
		if a := p.account(); a.Email != "anna@home.example" || !a.EmailOwn {
			t.Fatalf("the address is %q", a.Email)
		}
		h.must(h.SetNoticeAddress(h.ctx, p.caller(), auth.AddressInput{}))
		if a := p.account(); a.Email != "" || a.EmailOwn {
			t.Errorf("the address is %q", a.Email)
		}
		// One that an administrator has set stays.
		h.must(h.SetEmail(h.ctx, auth.Operator, p.id, "anna@work.example"))
		h.must(h.SetNoticeAddress(h.ctx, p.caller(), auth.AddressInput{Email: "anna@other.example"}))
		h.must(h.SetNoticeAddress(h.ctx, p.caller(), auth.AddressInput{}))
		if a := p.account(); a.Email != "anna@work.example" {
			t.Errorf("the address is %q", a.Email)
		}
		h.refused(h.ChooseEmail(h.ctx, p.caller(), false), apperr.WrongState)
	})
}

// Exports run one after the other; who comes meanwhile is told so, and the records
// tell of each that was made.
func TestManyExports(t *testing.T) {
	each(t, func(h *kit) {
		h.must(second(h.importing(auth.Operator, "username\nanna\nbert\n")))
		var mu sync.Mutex
		made, busy := 0, 0
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				err := second(h.Export(h.ctx, auth.Operator, "json", people.Query{}))
				mu.Lock()
				defer mu.Unlock()
				switch codeOf(err) {
				case "":
					made++
				case apperr.Busy:
					busy++
				default:
					t.Errorf("an export: %v", err)
				}
			})
		}
		all.Wait()
		recorded := 0
		for _, e := range h.events() {
			if e.Kind == "people_exported" && e.Count == 2 {
				recorded++
			}
		}
		if made < 1 || made+busy != 30 || recorded != made {
			t.Errorf("%d made, %d busy, %d recorded", made, busy, recorded)
		}
	})
}

// One person gets two lists at a time. Others need not wait for them.
func TestListsAtOnce(t *testing.T) {
	each(t, func(h *kit) {
		helga, root := h.protected("helga", account.Helper), h.protected("root", account.Administrator)
		type gate struct{ entered, open chan struct{} }
		type inContext struct{}
		pass := func(tx *database.Tx) {
			if g, ok := tx.Statement.Context.Value(inContext{}).(gate); ok {
				select {
				case g.entered <- struct{}{}:
				case <-g.open:
				}
				<-g.open
			}
		}
		h.must(h.db.Read(h.ctx).Callback().Row().Before("gorm:row").Register("gate", pass))
		g := gate{make(chan struct{}), make(chan struct{})}
		gated, by := context.WithValue(h.ctx, inContext{}, g), helga.by()
		var lists sync.WaitGroup
		for range 2 {
			lists.Go(func() { h.must(second(h.List(gated, by, people.Query{}))) })
			<-g.entered
		}
		soon, cancel := context.WithTimeout(h.ctx, time.Millisecond)
		defer cancel()
		h.refused(second(h.List(soon, by, people.Query{})), apperr.Busy)
		h.must(second(h.List(h.ctx, root.by(), people.Query{})))
		// Of many who wait few keep a connection.
		long, end := context.WithCancel(h.ctx)
		refused := make(chan error)
		for range 50 {
			lists.Go(func() { refused <- second(h.List(long, by, people.Query{})) })
		}
		for range 42 {
			h.refused(<-refused, apperr.Busy)
		}
		end()
		for range 8 {
			h.refused(<-refused, apperr.Busy)
		}
		close(g.open)
		lists.Wait()
		h.must(second(h.List(h.ctx, by, people.Query{})))
	})
}
