package people_test

import (
	"path"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/people"
	"imagemaster/backend/testdb"
)

// BenchmarkPeople lists 100,000 people on both engines: the first page, and all pages as
// an export reads them. It reports the slowest query, which must take no longer than
// 50 ms for a page. One in 20,000 has no codes left and nobody is disabled: filters that
// drop nearly all are the slow ones. It also makes the report, which reads everybody.
func BenchmarkPeople(b *testing.B) {
	testdb.Durable(b)
	for _, engine := range []string{testdb.SQLite, testdb.MariaDB} {
		b.Run(engine, benchmarkLists)
	}
}

func benchmarkLists(b *testing.B) {
	h := newKit(b, testdb.New(b, path.Base(b.Name())))
	newCrowd(h, 100_000, func(i int, m *member) {
		m.hasFactor = i%3 != 0
		m.byKey = i%4 == 1
		m.hasCodes = m.hasFactor && i%20_000 != 1
		m.signedIn = i%2 == 0
		m.isStaff = i%20 != 7
		m.isInCrew = i%1000 == 3
	})
	staff, crew := h.groupID("staff"), h.groupID("crew")
	w := watchQueries(h)
	w.measure(b, "report", func() error { return second(h.Report(h.ctx, auth.Operator, 90)) })
	for _, list := range []struct {
		name string
		q    people.Query
	}{
		{"everybody", people.Query{}},
		{"search for m", people.Query{Search: "m"}},
		{"search for mia quast", people.Query{Search: "mia quast"}},
		{"search for m i", people.Query{Search: "m i"}},
		{"search for m nobody", people.Query{Search: "m nobody"}},
		{"search for nobody", people.Query{Search: "nobody"}},
		{"no second factor", people.Query{Filter: people.WithoutFactor}},
		{"no codes left", people.Query{Filter: people.WithoutCodes}},
		{"never signed in", people.Query{Filter: people.NeverSignedIn}},
		{"disabled", people.Query{Filter: people.OnlyDisabled}},
		{"large group", people.Query{Group: staff}},
		{"small group", people.Query{Group: crew}},
		{"small group, search for m", people.Query{Group: crew, Search: "m"}},
		{"disabled in small group, search for e", people.Query{Group: crew, Filter: people.OnlyDisabled, Search: "e"}},
	} {
		w.measure(b, list.name+"/first page", func() error { return second(h.List(h.ctx, auth.Operator, list.q)) })
		w.measure(b, list.name+"/all pages", func() error {
			return h.Each(h.ctx, auth.Operator, list.q, func(people.Person) error { return nil })
		})
	}
}

// queryWatch measures the queries on a database.
type queryWatch struct {
	began   time.Time
	slowest time.Duration
	text    string // of the slowest
}

func watchQueries(h *kit) *queryWatch {
	w := &queryWatch{}
	row := h.db.Read(h.ctx).Callback().Row()
	h.must(row.Before("gorm:row").Register("bench:begin", func(*database.Tx) { w.began = time.Now() }))
	h.must(row.After("gorm:row").Register("bench:end", func(tx *database.Tx) {
		if took := time.Since(w.began); took > w.slowest {
			w.slowest, w.text = took, tx.Dialector.Explain(tx.Statement.SQL.String(), tx.Statement.Vars...)
		}
	}))
	return w
}

func (w *queryWatch) measure(b *testing.B, name string, read func() error) {
	b.Run(name, func(b *testing.B) {
		w.slowest = 0
		for b.Loop() {
			if err := read(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(w.slowest.Microseconds())/1000, "slowest-query-ms")
		if w.slowest > 50*time.Millisecond && strings.HasSuffix(name, "first page") {
			b.Errorf("%v for %s", w.slowest, w.text)
		}
	})
}
