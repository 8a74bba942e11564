package api

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/testdb"
)

const (
	turnTime    = 1500 * time.Millisecond // of each side in each round
	clients     = 8
	manyClients = 32 // for the session check
	maxUsers    = 2000
)

// BenchmarkRatios compares what people wait for with the least it can cost on
// this machine, and prints a table:
//
//   - right codes of an app with durable commits to the same database,
//   - sign-ins with a right password with runs of Argon2id alone,
//   - the question who sends a request with a route that answers at once.
//
// The two sides take turns, so a change of the machine affects both. Each
// iteration is one round; a round before the first is a warm-up. The ratio is
// the median over the rounds. Requests go over loopback on kept connections.
// The client runs in this process and shares its cores, so its work is part of
// each figure that has HTTP in it.
func BenchmarkRatios(b *testing.B) {
	testdb.Durable(b)
	t := &table{}
	for _, engine := range []string{testdb.SQLite, testdb.MariaDB} {
		b.Run("second factor/"+engine, func(b *testing.B) { measureSecondFactor(b, t, engine) })
	}
	b.Run("sign-in", func(b *testing.B) { measureSignIn(b, t) })
	b.Run("session check", func(b *testing.B) { measureSessionCheck(b, t) })
	t.print()
}

// measureSecondFactor gives the passwords outside the measured time.
func measureSecondFactor(b *testing.B, t *table, engine string) {
	w := newBenchKit(b, engine)
	commits := durableCommits(b, w.db)
	// About as many codes as commits fit into a turn, or fewer.
	users := newUsers(w, min(max(len(commits().times)*5/4, 8*clients), maxUsers))
	client := serve(b, w.app, clients)
	codes := func() sample {
		posts := givePasswords(w, users)
		done := load(b, clients, len(posts), func(i int) error { return posts[i].send(client, http.StatusOK) })
		for i, p := range posts {
			if p.sent {
				users[i].keepCookies(&p.response)
			}
		}
		// The next round prepares little more than it needs.
		users = users[:min(max(len(done.times)*3/2, 8*clients), len(users))]
		return done
	}
	t.compare(b, "app code", clients, codes, "durable commits", commits)
}

// durableCommits measures transactions that change one row, another for each
// worker.
func durableCommits(b *testing.B, db *database.DB) func() sample {
	b.Helper()
	exec := func(statement string, values ...any) error {
		return db.InTx(b.Context(), func(tx *database.Tx) error { return tx.Exec(statement, values...).Error })
	}
	err := exec("CREATE TABLE bench (id INTEGER NOT NULL PRIMARY KEY, changes INTEGER NOT NULL)")
	for id := range clients {
		err = errors.Join(err, exec("INSERT INTO bench VALUES (?, 0)", id))
	}
	if err != nil {
		b.Fatal(err)
	}
	return func() sample {
		return load(b, clients, 0, func(i int) error {
			return exec("UPDATE bench SET changes = changes + 1 WHERE id = ?", i%clients)
		})
	}
}

// givePasswords begins a sign-in of each user and returns the requests with the
// codes that complete them.
func givePasswords(w *kit, users []*user) []*post {
	w.clock.move(31 * time.Second)
	posts := make([]*post, len(users))
	inParallel(w, len(users), func(w *kit, i int) {
		u := users[i]
		u.w = w
		u.load()
		u.signIn(u.name)
		posts[i] = newPost(w.t, u.request("POST", "/api/sign-in/verify", object("code", w.code(u.secret, 0))))
	})
	return posts
}

// measureSignIn signs in from browsers the accounts know, at the product's own
// cost of a hash. A second row compares with hashes on all cores at once, which
// share caches and memory.
func measureSignIn(b *testing.B, t *table) {
	w := newBenchKit(b, testdb.SQLite)
	cores := runtime.GOMAXPROCS(0)
	users := newUsers(w, 32*max(cores, clients))
	w.hasher = password.NewHasher(cores, password.DefaultCost)
	w.start()
	client := serve(b, w.app, clients)
	var posts []*post
	for _, u := range users {
		delete(u.cookies, namesFor("https").session) // it has run out
		p := newPost(w.t, u.request("POST", "/api/sign-in", object("username", u.name, "password", rightPassword)))
		// The first sign-in replaces the cheap hash the account was made with.
		if err := p.send(client, http.StatusOK); err != nil {
			b.Fatal(err)
		}
		posts = append(posts, p)
	}
	signIns := func() sample {
		return load(b, clients, 0, func(i int) error { return posts[i%len(posts)].send(client, http.StatusOK) })
	}
	phc, err := w.hasher.Hash(rightPassword)
	if err != nil {
		b.Fatal(err)
	}
	hashes := func(workers int) sample {
		return load(b, workers, 0, func(int) error {
			_, err := w.hasher.Verify(rightPassword, phc)
			return err
		})
	}
	t.compare(b, "password", clients, signIns, fmt.Sprintf("%d cores ÷ hash time", cores), func() sample {
		alone := hashes(1)
		alone.rate *= float64(cores)
		return alone
	})
	t.compare(b, "password", clients, signIns, "hashes on all cores", func() sample { return hashes(cores) })
}

// isSignedIn asks who sends a request: the question a session check is about.
func isSignedIn(s *server, c *fiber.Ctx) (bool, error) {
	caller, err := s.Auth.Identify(c.UserContext(), s.cookies.read(c).Session)
	return err == nil && caller.State == auth.SignedIn, err
}

// measureSessionCheck sends the session and the device cookie, as a browser
// does, to a route with the middleware every request of the product passes. A
// last row leaves the middleware out.
func measureSessionCheck(b *testing.B, t *table) {
	w := newBenchKit(b, testdb.SQLite)
	s, err := newServer(w.deps)
	if err != nil {
		b.Fatal(err)
	}
	check := func(c *fiber.Ctx) error {
		if known, err := isSignedIn(s, c); err != nil || !known {
			return errors.Join(fiber.ErrUnauthorized, err)
		}
		return c.SendStatus(http.StatusNoContent)
	}
	app := fiber.New(w.app.Config())
	app.Get("/bare", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusNoContent) })
	app.Get("/question", check)
	app.Get("/check", s.begin, s.requireHost, s.requireOwnPage, check)
	client := serve(b, app, manyClients)
	users := newUsers(w, 4*manyClients)
	get := func(path string, c int) func() sample {
		var gets []*post
		for _, u := range users {
			gets = append(gets, newPost(w.t, u.request("GET", path, "")))
		}
		return func() sample {
			return load(b, c, 0, func(i int) error { return gets[i%len(gets)].send(client, http.StatusNoContent) })
		}
	}
	for _, c := range []int{clients, manyClients} {
		t.compare(b, "with middleware", c, get("/check", c), "bare route", get("/bare", c))
	}
	t.compare(b, "alone", clients, get("/question", clients), "bare route", get("/bare", clients))
}

// newBenchKit is a kit with the product's logging.
func newBenchKit(b *testing.B, engine string) *kit {
	b.Helper()
	return newKit(b, testdb.New(b, engine), func(d *Deps) { d.Log = slog.New(slog.NewJSONHandler(io.Discard, nil)) })
}

// user is an account with a second factor and the browser it is signed in with.
type user struct {
	*browser
	name, secret string
}

func newUsers(w *kit, n int) []*user {
	users := make([]*user, n)
	inParallel(w, n, func(w *kit, i int) {
		u := &user{browser: w.browser(), name: fmt.Sprintf("user%05d", i)}
		w.addPerson(u.name)
		u.signIn(u.name)
		u.secret = u.enroll()
		users[i] = u
	})
	return users
}

func (u *user) keepCookies(r *fasthttp.Response) {
	header := http.Header{}
	for _, line := range r.Header.Cookies() {
		header.Add("Set-Cookie", string(line))
	}
	u.keep(&http.Response{Header: header})
}

// inParallel calls work for each number below n. Each worker has a kit of its
// own, because a kit counts its requests without a lock.
func inParallel(w *kit, n int, work func(w *kit, i int)) {
	w.t.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range clients {
		own := w.restarted()
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(own, i)
			}
		})
	}
	all.Wait()
	if w.t.Failed() {
		w.t.FailNow()
	}
}
