package people_test

import (
	"sync"
	"testing"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// Two administrators change applications and groups at once, on two instances. Each is
// done, or refused with a reason that people understand; nothing fails inside.
func TestApplicationsWhileOthersChangeThem(t *testing.T) {
	type side struct {
		act     func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error
		refusal apperr.Code // if the other one is faster
	}
	change := func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error {
		wiki.Rules = nil
		return second(s.ChangeApplication(h.ctx, by, wiki))
	}
	for what, c := range map[string]struct {
		one, two side
		winners  int // how many are done, 0 = one or both
	}{
		"both change": {side{change, apperr.WrongState}, side{change, apperr.WrongState}, 1},
		"one deletes": {side{change, apperr.NotFound}, side{func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error {
			return s.DeleteApplication(h.ctx, by, wiki.ID)
		}, ""}, 0},
		"both delete": {side{func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error {
			return s.DeleteApplication(h.ctx, by, wiki.ID)
		}, apperr.NotFound}, side{func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error {
			return s.DeleteApplication(h.ctx, by, wiki.ID)
		}, apperr.NotFound}, 1},
		"both create": {side{func(h *kit, s *people.Service, by auth.Actor, _ people.Application) error {
			return second(s.CreateApplication(h.ctx, by, people.Application{Name: "One", Addresses: []string{"https://new.example.com"}}))
		}, apperr.Invalid}, side{func(h *kit, s *people.Service, by auth.Actor, _ people.Application) error {
			return second(s.CreateApplication(h.ctx, by, people.Application{Name: "Two", Addresses: []string{"https://new.example.com:444"}}))
		}, apperr.Invalid}, 1},
		"both take a name": {side{func(h *kit, s *people.Service, by auth.Actor, _ people.Application) error {
			return second(s.CreateApplication(h.ctx, by, application("New")))
		}, apperr.Invalid}, side{func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error {
			wiki.Name = "New"
			return second(s.ChangeApplication(h.ctx, by, wiki))
		}, apperr.Invalid}, 1},
		"a rule for a group that is deleted": {side{func(h *kit, s *people.Service, by auth.Actor, wiki people.Application) error {
			wiki.Rules = []people.ApplicationRule{forGroups("/", "crew")}
			return second(s.ChangeApplication(h.ctx, by, wiki))
		}, apperr.Invalid}, side{func(h *kit, s *people.Service, by auth.Actor, _ people.Application) error {
			return s.DeleteGroup(h.ctx, by, h.groupID("crew"))
		}, apperr.GroupInUse}, 1},
	} {
		t.Run(what, func(t *testing.T) {
			testdb.EachEngine(t, func(t *testing.T, engine string) {
				h, o := raceKit(t, engine)
				other := h.on(testdb.Open(t, o))
				roots := [2]*someone{h.protected("root", "administrator"), h.protected("other", "administrator")}
				for range 10 {
					h.mustHaveGroup("crew")
					for _, name := range []string{"Wiki", "One", "Two", "New"} {
						if id := h.appNamed(name).ID; id != 0 {
							h.must(h.DeleteApplication(h.ctx, auth.Operator, id))
						}
					}
					wiki := h.mustCreate(application("Wiki"))
					for _, root := range roots {
						root.prove()
					}
					by := [2]auth.Actor{roots[0].by(), roots[1].by()}
					var errs [2]error
					var all sync.WaitGroup
					begin := make(chan struct{})
					all.Go(func() { <-begin; errs[0] = c.one.act(h, h.Service, by[0], wiki) })
					all.Go(func() { <-begin; errs[1] = c.two.act(h, other, by[1], wiki) })
					close(begin)
					all.Wait()
					won := 0
					for i, refusal := range []apperr.Code{c.one.refusal, c.two.refusal} {
						if errs[i] == nil {
							won++
						} else if got := codeOf(errs[i]); got != refusal {
							t.Errorf("refused with %v, want %q", errs[i], refusal)
						}
					}
					if won == 0 || c.winners != 0 && won != c.winners {
						t.Errorf("%d are done, want %d: %v", won, c.winners, errs)
					}
				}
			})
		})
	}
}
