package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

var errLost = errors.New("another caller was faster")

// turn numbers the tries of this process, so that they do not all do the same.
var turn atomic.Int64

// own returns a name that no other try has.
func own(n int64) string { return fmt.Sprintf("own-%d-%d", os.Getpid(), n) }

func isTaken(err error) bool {
	var told *apperr.Error
	return errors.As(err, &told) && told.Code == apperr.Invalid && told.Fields[0].Reason == "taken"
}

// onAccount is a claim on the account whose id is the argument.
func onAccount(name string, run func(ctx context.Context, tx *database.Tx, id int64) error) testdb.Claim {
	return testdb.Claim{
		Name: name,
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			id, err := strconv.ParseInt(arg, 10, 64)
			if err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error { return run(ctx, tx, id) })
		},
		Lost: func(err error) bool { return errors.Is(err, errLost) },
	}
}

// claims are what two processes try in parallel.
var claims = []testdb.Claim{
	onAccount("end overdue pause", func(ctx context.Context, tx *database.Tx, id int64) error {
		done, err := account.EndOverduePause(ctx, tx, id, noon)
		if err == nil && !done {
			err = errLost
		}
		return err
	}),
	onAccount("act", func(ctx context.Context, tx *database.Tx, id int64) error {
		act := []account.Takeover{account.TakeoverPassword, account.TakeoverEmail}[turn.Add(1)%2]
		if _, err := account.Lock(ctx, tx, id); err != nil {
			return err
		}
		wait, err := account.CountTakeover(ctx, tx, id, 99, act, noon)
		if err == nil && wait > 0 {
			err = errLost
		}
		return err
	}),
	onAccount("demote", func(ctx context.Context, tx *database.Tx, _ int64) error {
		if err := account.LockAdministrators(ctx, tx); err != nil {
			return err
		}
		all, err := account.Administrators(ctx, tx)
		if err != nil {
			return err
		}
		if len(all) == 1 {
			return errLost
		}
		return account.SetRole(ctx, tx, &all[int(turn.Add(1))%len(all)], account.Person, noon)
	}),
	{
		// Half of the tries make an account, the others rename one.
		Name: "take a name",
		Run: func(ctx context.Context, db *database.DB, name string) error {
			n := turn.Add(1)
			return db.InTx(ctx, func(tx *database.Tx) error {
				if n%2 == 0 {
					_, err := account.Create(ctx, tx, account.New{Username: name, PasswordHash: "x"}, noon)
					return err
				}
				a, err := account.Create(ctx, tx, account.New{Username: own(n), PasswordHash: "x"}, noon)
				if err != nil {
					return err
				}
				return account.SetNames(ctx, tx, a, name, "")
			})
		},
		Lost: isTaken,
	},
	{
		// A third of the tries make an account, a third change one, a third make some.
		Name: "take an address",
		Run: func(ctx context.Context, db *database.DB, email string) error {
			n := turn.Add(1)
			return db.InTx(ctx, func(tx *database.Tx) error {
				switch n % 3 {
				case 0:
					_, err := account.Create(ctx, tx, account.New{Username: own(n), Email: email}, noon)
					return err
				case 1:
					a, err := account.Create(ctx, tx, account.New{Username: own(n)}, noon)
					if err != nil {
						return err
					}
					return account.SetEmail(ctx, tx, a, email, n%2 == 0)
				}
				some, err := invited(own(n)+" ", own(n)+"- "+email)
				if err != nil {
					return err
				}
				return account.CreateMany(ctx, tx, some)
			})
		},
		Lost: isTaken,
	},
	{
		Name: "spend link",
		Run: func(ctx context.Context, db *database.DB, token string) error {
			return db.InTx(ctx, func(tx *database.Tx) error {
				l, err := account.LinkByToken(ctx, tx, token)
				if err != nil {
					return err
				}
				return account.SpendLink(ctx, tx, l, l.Epoch, noon)
			})
		},
		Lost: func(err error) bool { return errors.Is(err, account.ErrNotFound) },
	},
	{
		// The link was read before any try.
		Name: "spend the link that was read",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			var l account.Link
			if err := json.Unmarshal([]byte(arg), &l); err != nil {
				return err
			}
			return db.InTx(ctx, func(tx *database.Tx) error { return account.SpendLink(ctx, tx, &l, l.Epoch, noon) })
		},
		Lost: func(err error) bool { return errors.Is(err, account.ErrNotFound) },
	},
}

// race runs a claim and checks how many won.
func race(t *testing.T, o database.Options, name, arg string, won int) {
	t.Helper()
	if got := testdb.Race(t, o, name, arg); got.Won != won || got.Lost != 200-won {
		t.Errorf("%s: %d won and %d lost, want %d to win", name, got.Won, got.Lost, won)
	}
}

func TestOneOfTwoHundredEndsAnOverduePause(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		k.pause(k.id, noon)
		race(t, o, "end overdue pause", strconv.FormatInt(k.id, 10), 1)
	})
}

// Of many who want one name at the same time, one gets it. A name that was given up or
// whose account was deleted goes to nobody.
func TestOneOfTwoHundredGetsAName(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		race(t, o, "take a name", "Otto", 1)
		if all := k.all(); len(all) != 2 || all[1].UsernameFolded != "otto" || all[1].NameKey != "otto" {
			t.Errorf("accounts are %+v", all)
		}
		k.in(func(ctx context.Context, tx *database.Tx) error {
			a, err := account.Lock(ctx, tx, k.id)
			if err != nil {
				return err
			}
			return account.SetNames(ctx, tx, a, "berta", "")
		})
		race(t, o, "take a name", "ANNA", 0)
		k.delete(k.id)
		race(t, o, "take a name", "Berta", 0)
	})
}

func TestOneOfTwoHundredGetsAnAddress(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		race(t, o, "take an address", "Otto@example.org", 1)
		race(t, o, "take an address", "oTTO@Example.org", 0)
		have := 0
		for _, a := range k.all() {
			if a.EmailKey != nil {
				have++
			}
		}
		if have != 1 {
			t.Errorf("%d accounts have the address", have)
		}
	})
}

func TestOneOfTwoHundredSpendsALink(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		k.link("token", k.id)
		race(t, o, "spend link", "token", 1)
		race(t, o, "spend link", "token", 0)
		k.link("another", k.id)
		read, err := json.Marshal(k.linkOf(k.id))
		if err != nil {
			t.Fatal(err)
		}
		race(t, o, "spend the link that was read", string(read), 1)
		k.link("a third", k.id) // takes the place of the one that was read
		race(t, o, "spend the link that was read", string(read), 0)
		if l := k.linkOf(k.id); l == nil {
			t.Error("the newer link was spent with the older one")
		}
	})
}

// Of two acts that one person does on an account at the same time, the first one is
// the only one of this day.
func TestOneOfTwoActsIsDone(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		race(t, o, "act", strconv.FormatInt(k.id, 10), 100)
	})
}

// However many administrators are demoted at the same time, one is left.
func TestOneAdministratorIsLeft(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		for i := range 20 {
			k.role(k.create(fmt.Sprint("admin", i)), account.Administrator)
		}
		race(t, o, "demote", strconv.FormatInt(k.id, 10), 19)
		if all := k.administrators(); len(all) != 1 {
			t.Errorf("%d administrators are left", len(all))
		}
	})
}

// A change that holds the lock makes the next one wait until it is decided.
func TestLockAdministratorsWaits(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		other := testdb.Open(t, o)
		began, done := make(chan struct{}), make(chan time.Time, 1)
		var decided time.Time
		var failed error
		k.in(func(ctx context.Context, tx *database.Tx) error {
			if err := account.LockAdministrators(ctx, tx); err != nil {
				return err
			}
			go func() {
				close(began)
				failed = other.InTx(ctx, func(tx *database.Tx) error {
					if err := account.LockAdministrators(ctx, tx); err != nil {
						return err
					}
					all, err := account.Administrators(ctx, tx)
					if err == nil && len(all) != 1 {
						err = fmt.Errorf("%d administrators", len(all))
					}
					return err
				})
				done <- time.Now()
			}()
			<-began
			err := account.SetRole(ctx, tx, &account.Account{ID: k.id}, account.Administrator, noon)
			decided = time.Now()
			return err
		})
		if at := <-done; failed != nil || at.Before(decided) {
			t.Errorf("the second one saw: %v; before the first was decided: %v", failed, at.Before(decided))
		}
	})
}

// Between the look for a free name and the storing of it, another account can get the
// name and give it up again. It stays reserved all the same. SQLite has one writer at
// a time.
func TestAReservedNameIsNotTakenMeanwhile(t *testing.T) {
	ways := map[string]func(ctx context.Context, tx *database.Tx, a *account.Account) error{
		"one account": func(ctx context.Context, tx *database.Tx, _ *account.Account) error {
			_, err := account.Create(ctx, tx, account.New{Username: "wanted"}, noon)
			return err
		},
		"many accounts": func(ctx context.Context, tx *database.Tx, _ *account.Account) error {
			return account.CreateMany(ctx, tx, []*account.Account{
				account.NewInvited(account.Account{Username: "other", UsernameFolded: "other"}, noon),
				account.NewInvited(account.Account{Username: "wanted", UsernameFolded: "wanted"}, noon),
			})
		},
		"another name": func(ctx context.Context, tx *database.Tx, a *account.Account) error {
			return account.SetNames(ctx, tx, a, "wanted", "")
		},
	}
	for name, take := range ways {
		t.Run(name, func(t *testing.T) {
			k := &kit{T: t, db: testdb.New(t, testdb.MariaDB)}
			bob, carl := k.create("bob"), k.create("carl")
			began := false
			meanwhile := func(*database.Tx) {
				if began {
					return // of carl's own statements
				}
				began = true
				k.must(k.rename(carl, "wanted", ""))
				k.must(k.rename(carl, "carl", ""))
			}
			err := k.try(func(ctx context.Context, tx *database.Tx) error {
				a, err := account.Lock(ctx, tx, bob)
				if err != nil {
					return err
				}
				k.must(tx.Callback().Create().Before("gorm:create").Register("meanwhile", meanwhile))
				k.must(tx.Callback().Update().Before("gorm:update").Register("meanwhile", meanwhile))
				return take(ctx, tx, a)
			})
			if !isTaken(err) {
				t.Errorf("the reserved name is taken: %v", err)
			}
			k.must(k.rename(carl, "wanted", "")) // who had it gets it again
		})
	}
}
