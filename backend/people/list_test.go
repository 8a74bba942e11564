package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// The tests of this file need more people than one query looks at (1,000), and a group
// with more members than are sorted as a whole (2,000).
const manyPeople = 2300

func describe(i int, m *member) {
	m.hasFactor = i%3 != 0
	m.byKey = i%4 == 1
	m.hasCodes = m.hasFactor && i%31 != 1
	m.signedIn = i%2 == 0
	m.disabled = i%577 == 5
	m.isStaff = i%20 != 7
	m.isInCrew = i%40 == 3
}

// pages returns the ids of all pages of a list, one after the other.
func (h *kit) pages(q people.Query) (ids []int64) {
	h.Helper()
	for range manyPeople {
		page, err := h.List(h.ctx, auth.Operator, q)
		h.must(err)
		if len(page.People) > 50 {
			h.Fatalf("%+v: %d people on a page", q, len(page.People))
		}
		for _, p := range page.People {
			ids = append(ids, p.ID)
		}
		if q.After = page.After; q.After == "" {
			return ids
		}
	}
	h.Fatalf("%+v: the pages have no end", q)
	return nil
}

// All pages of each list together hold exactly those who belong to it, each once, in
// order, with each filter, group and search and all of them together.
func TestEveryPageOfEveryList(t *testing.T) {
	each(t, func(h *kit) {
		all := newCrowd(h, manyPeople, describe)
		groups := map[string]int64{"": 0, "staff": h.groupID("staff"), "crew": h.groupID("crew")}
		for group, id := range groups {
			for filter := range filters {
				for _, search := range []string{"", "m", "MA", "ott", "ida m", "m ida", "max-otto o", "ott eva u00", "u0", "m1", "m22@", "nobody", "ida nobody"} {
					q := people.Query{Search: search, Filter: filter, Group: id}
					want := all.listed(q, group)
					if got := h.pages(q); !slices.Equal(got, want) {
						h.Errorf("%q in %q of %q: %d people, want %d", search, filter, group, len(got), len(want))
					}
				}
			}
		}
	})
}

// A list says of each person what is stored.
func TestListedPeople(t *testing.T) {
	each(t, func(h *kit) {
		all := newCrowd(h, manyPeople, describe)
		byID := map[int64]*member{}
		for _, m := range all {
			byID[m.id] = m
		}
		var got []int64
		h.must(h.Each(h.ctx, auth.Operator, people.Query{}, func(p people.Person) error {
			m := byID[p.ID]
			got = append(got, p.ID)
			state, factor, codes := people.Invited, people.FactorNone, 0
			if m.disabled {
				state = people.Disabled
			}
			if m.hasFactor {
				factor = people.FactorEnabled
			}
			if m.hasCodes {
				codes = 1
			}
			if p.Username != m.username || p.DisplayName != m.display || p.Email != m.email || p.State != state || p.SecondFactor != factor || !slices.Equal(p.Factors, m.factors()) ||
				p.CodesLeft != codes || !slices.Equal(p.Groups, m.groups()) || p.LastSignIn().IsZero() == m.signedIn {
				h.Errorf("%+v is listed as %+v", *m, p)
			}
			return nil
		}))
		if !slices.Equal(got, all.listed(people.Query{}, "")) {
			h.Errorf("%d people, want %d", len(got), len(all))
		}
	})
}

// When the last person of a page is deleted, the next page still begins right behind
// that place, and nobody is left out.
func TestListWhilePeopleAreDeleted(t *testing.T) {
	each(t, func(h *kit) {
		all := newCrowd(h, 120, describe)
		want := all.listed(people.Query{}, "")
		page, err := h.List(h.ctx, auth.Operator, people.Query{})
		h.must(err)
		last := page.People[len(page.People)-1]
		h.must(h.Delete(h.ctx, auth.Operator, last.ID, last.Username, false))
		if rest := h.pages(people.Query{After: page.After}); !slices.Equal(rest, want[50:]) {
			h.Errorf("%d more people, want %d", len(rest), len(want)-50)
		}
	})
}

// A list is read in the order of an index: the embedded database does not sort all
// people to find fifty. MariaDB chooses its plan by the number of rows, and sorts a few
// thousand; BenchmarkPeople measures it.
func TestNoListIsSorted(t *testing.T) {
	h := newKit(t, testdb.New(t, testdb.SQLite))
	newCrowd(h, manyPeople, describe)
	var asked []string
	h.must(h.db.Read(h.ctx).Callback().Row().After("gorm:row").Register("test:asked", func(tx *database.Tx) {
		if text := tx.Statement.SQL.String(); strings.Contains(text, " AS matches ") {
			asked = append(asked, tx.Dialector.Explain(text, tx.Statement.Vars...))
		}
	}))
	for _, group := range []int64{0, h.groupID("staff")} {
		for filter := range filters {
			for _, search := range []string{"", "m", "ott", "ida m"} {
				h.pages(people.Query{Search: search, Filter: filter, Group: group})
			}
		}
	}
	if len(asked) < 2*5*4 {
		t.Fatalf("%d queries", len(asked))
	}
	for _, query := range asked {
		var steps []struct{ Detail string }
		h.must(h.db.Read(h.ctx).Raw("EXPLAIN QUERY PLAN " + query).Scan(&steps).Error)
		if plan := fmt.Sprint(steps); len(steps) == 0 || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\n%s", query, plan)
		}
	}
}
