package api

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/password"
	"imagemaster/backend/testdb"
)

// BenchmarkRefusedSignIns measures how long the same answer takes for a wrong
// password, an unknown name, a disabled account and one that was invited, in turns, at the product's own
// cost of a hash. The medians must not tell them apart (E11).
// TestUnknownNameCostsTheSameWork compares the work itself.
func BenchmarkRefusedSignIns(b *testing.B) {
	for _, engine := range []string{testdb.SQLite, testdb.MariaDB} {
		b.Run(engine, func(b *testing.B) {
			w := newKit(b, testdb.New(b, engine), behindProxy)
			w.hasher = password.NewHasher(1, password.DefaultCost)
			w.start()
			w.addUser("ada")
			disable(b, w, "bob")
			w.invite("carl")
			tries := [][2]string{{"ada", "wrong"}, {"nobody", "wrong"}, {"bob", "wrong"}, {"bob", rightPassword}, {"carl", "wrong"}}
			times := make([][]time.Duration, len(tries))
			for n := 0; b.Loop(); n++ {
				w.clock.move(time.Hour) // so that no name uses up its tries of a day
				for i := range tries {
					who := (i + n) % len(tries) // so that none is always the first
					body := object("username", tries[who][0], "password", tries[who][1])
					began := time.Now()
					a := w.browser().send("POST", "/api/sign-in", body, from(fmt.Sprintf("198.51.%d.%d", n/250%250, n%250+1)))
					times[who] = append(times[who], time.Since(began))
					if a.status != http.StatusUnauthorized {
						b.Fatalf("%s: %d %s", tries[who][0], a.status, a.body)
					}
				}
			}
			for i, name := range []string{"wrong", "unknown", "disabled", "disabled-right", "invited"} {
				slices.Sort(times[i])
				b.ReportMetric(float64(times[i][len(times[i])/2].Microseconds())/1000, "ms/"+name)
			}
		})
	}
}

func disable(t testing.TB, w *kit, name string) {
	t.Helper()
	if err := w.auth.CreateUser(t.Context(), auth.NewUser{Username: name, Password: rightPassword}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auth.DisableAccount(t.Context(), name, false); err != nil {
		t.Fatal(err)
	}
}
