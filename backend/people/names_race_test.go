package people_test

import (
	"sync"
	"testing"

	"imagemaster/backend/auth"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// Two take one name, or one address, at the same moment. One gets it, the other is told
// that it is taken.
func TestOneNameForTwo(t *testing.T) {
	invite := func(h *kit, s *people.Service, _ *someone, word string) error {
		_, _, err := s.Invite(h.ctx, auth.Operator, people.Invitation{Username: word, Lifetime: oneWeek, Language: "en"})
		return err
	}
	addressed := func(h *kit, s *people.Service, p *someone, word string) error {
		_, _, err := s.Invite(h.ctx, auth.Operator, people.Invitation{Username: p.name + "-guest", Email: word + "@example.org", Lifetime: oneWeek, Language: "en"})
		return err
	}
	rename := func(h *kit, s *people.Service, p *someone, word string) error {
		return s.Rename(h.ctx, auth.Operator, p.id, people.Names{Username: word})
	}
	email := func(h *kit, s *people.Service, p *someone, word string) error {
		return s.SetEmail(h.ctx, auth.Operator, p.id, word+"@example.org")
	}
	create := func(h *kit, s *people.Service, _ *someone, word string) error {
		return second(s.CreateGroup(h.ctx, auth.Operator, word, ""))
	}
	regroup := func(h *kit, s *people.Service, p *someone, word string) error {
		return s.ChangeGroup(h.ctx, auth.Operator, h.groupID("of-"+p.name), word, "")
	}
	for what, c := range map[string]struct {
		field string
		acts  [2]func(h *kit, s *people.Service, p *someone, word string) error
	}{
		"two are invited":           {"username", [2]func(*kit, *people.Service, *someone, string) error{invite, invite}},
		"two are renamed":           {"username", [2]func(*kit, *people.Service, *someone, string) error{rename, rename}},
		"one is renamed":            {"username", [2]func(*kit, *people.Service, *someone, string) error{rename, invite}},
		"two with an address":       {"email", [2]func(*kit, *people.Service, *someone, string) error{addressed, addressed}},
		"two get an address":        {"email", [2]func(*kit, *people.Service, *someone, string) error{email, email}},
		"one gets an address":       {"email", [2]func(*kit, *people.Service, *someone, string) error{email, addressed}},
		"two groups are made":       {"name", [2]func(*kit, *people.Service, *someone, string) error{create, create}},
		"two groups are renamed":    {"name", [2]func(*kit, *people.Service, *someone, string) error{regroup, regroup}},
		"one of two groups is made": {"name", [2]func(*kit, *people.Service, *someone, string) error{regroup, create}},
	} {
		t.Run(what, func(t *testing.T) {
			testdb.EachEngine(t, func(t *testing.T, engine string) {
				h, o := raceKit(t, engine)
				handles := [2]*people.Service{h.Service, h.on(testdb.Open(t, o))}
				for range 15 {
					var who [2]*someone
					for i := range who {
						who[i], _ = h.invited(h.fresh("anna"))
						h.mustHaveGroup("of-" + who[i].name)
					}
					word := h.fresh("word")
					var errs [2]error
					var all sync.WaitGroup
					begin := make(chan struct{})
					for i := range 2 {
						all.Go(func() { <-begin; errs[i] = c.acts[i](h, handles[i], who[i], word) })
					}
					close(begin)
					all.Wait()
					if (errs[0] == nil) == (errs[1] == nil) {
						t.Fatalf("the answers are %v", errs)
					}
					for _, err := range errs {
						if err != nil {
							h.refusedField(err, c.field, "taken")
						}
					}
				}
			})
		})
	}
}
