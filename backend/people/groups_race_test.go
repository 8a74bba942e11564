package people_test

import (
	"sync"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// While a group or an account is deleted, others still put people into groups. Each is
// done, or refused with a reason that people understand; nothing fails inside.
func TestGroupsWhileTheyAreDeleted(t *testing.T) {
	deleteGroup := func(h *kit, s *people.Service, _ *someone) error {
		return s.DeleteGroup(h.ctx, auth.Operator, h.groupID("crew"))
	}
	deleteAccount := func(h *kit, s *people.Service, p *someone) error {
		return s.Delete(h.ctx, auth.Operator, p.id, p.name, false)
	}
	for what, c := range map[string]struct {
		gone, comes func(h *kit, s *people.Service, p *someone) error
		refusal     apperr.Code
	}{
		"invited into a deleted group": {deleteGroup, func(h *kit, s *people.Service, p *someone) error {
			_, _, err := s.Invite(h.ctx, auth.Operator, people.Invitation{Username: p.name + "-guest", Groups: []string{"crew"}, Lifetime: oneWeek, Language: "en"})
			return err
		}, apperr.Invalid},
		"imported into a deleted group": {deleteGroup, func(h *kit, s *people.Service, p *someone) error {
			return second(s.Import(h.ctx, auth.Operator, []byte("username,groups\n"+p.name+"-guest,crew\n"), people.InBrowser, oneWeek, "en"))
		}, apperr.Invalid},
		"set to a deleted group": {deleteGroup, func(h *kit, s *people.Service, p *someone) error {
			return s.SetGroups(h.ctx, auth.Operator, p.id, []string{"crew"})
		}, apperr.Invalid},
		"joins a deleted group": {deleteGroup, func(h *kit, s *people.Service, p *someone) error {
			g, err := s.GroupNamed(h.ctx, auth.Operator, "crew")
			if err != nil {
				return err
			}
			return second(s.Join(h.ctx, auth.Operator, g.ID, []string{p.name}))
		}, apperr.NotFound},
		"a deleted account joins": {deleteAccount, func(h *kit, s *people.Service, p *someone) error {
			return second(s.Join(h.ctx, auth.Operator, h.groupID("crew"), []string{p.name}))
		}, apperr.Invalid},
		"a deleted account is set to a group": {deleteAccount, func(h *kit, s *people.Service, p *someone) error {
			return s.SetGroups(h.ctx, auth.Operator, p.id, []string{"crew"})
		}, apperr.NotFound},
		"a deleted account leaves": {deleteAccount, func(h *kit, s *people.Service, p *someone) error {
			return s.Leave(h.ctx, auth.Operator, h.groupID("staff"), p.id)
		}, apperr.NotFound},
		"a deleted account is given a link": {deleteAccount, func(h *kit, s *people.Service, p *someone) error {
			return second(s.GivePasswordLink(h.ctx, auth.Operator, p.id, "en"))
		}, apperr.NotFound},
	} {
		t.Run(what, func(t *testing.T) {
			testdb.EachEngine(t, func(t *testing.T, engine string) {
				h, o := raceKit(t, engine)
				other := h.on(testdb.Open(t, o))
				h.protected("root", account.Administrator)
				h.mustHaveGroup("staff")
				for range 15 {
					h.mustHaveGroup("crew")
					p := h.person(h.fresh("anna"))
					p.inStaff()
					var gone, comes error
					var all sync.WaitGroup
					begin := make(chan struct{})
					all.Go(func() { <-begin; gone = c.gone(h, h.Service, p) })
					all.Go(func() { <-begin; comes = c.comes(h, other, p) })
					close(begin)
					all.Wait()
					h.must(gone)
					if comes != nil {
						h.refused(comes, c.refusal)
					}
				}
			})
		})
	}
}
