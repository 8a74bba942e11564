package notify

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/testdb"
)

// claims are what two processes try in parallel.
var claims = []testdb.Claim{
	{
		Name: "code",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			var guess guess
			if err := json.Unmarshal([]byte(arg), &guess); err != nil {
				return err
			}
			ring, err := secretbox.Load(guess.Ring)
			if err != nil {
				return err
			}
			var result CodeResult
			err = db.InTx(ctx, func(tx *database.Tx) (err error) {
				result, err = SpendCode(ctx, tx, NewCodes(ring), 1, guess.Code, start)
				return err
			})
			if err == nil && result.Ended {
				err = errLost
			}
			return err
		},
		Lost: func(err error) bool { return errors.Is(err, errLost) },
	},
	{
		Name: "mail",
		Run: func(ctx context.Context, db *database.DB, arg string) error {
			var m, taken *mail
			if err := json.Unmarshal([]byte(arg), &m); err != nil {
				return err
			}
			err := db.InTx(ctx, func(tx *database.Tx) (err error) {
				taken, err = claim(ctx, tx, *m, start)
				return err
			})
			if err == nil && taken == nil {
				err = errLost
			}
			return err
		},
		Lost: func(err error) bool { return errors.Is(err, errLost) },
	},
}

var errLost = errors.New("another one was first")

// guess is a code that is entered, with the path of the key file.
type guess struct{ Ring, Code string }

// Two hundred tries in parallel from two processes: five wrong codes count, one
// right code confirms, one courier gets the mail.
func TestRaces(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		options := testdb.Options(t, engine)
		db := testdb.Open(t, options)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		o := newKit(t, db)
		if o.ada.ID != 1 {
			t.Fatalf("the account is %d", o.ada.ID)
		}
		o.request("ada@example.org", "")
		wrong := encode(t, guess{o.ringPath, o.wrongCode()})
		if got := testdb.Race(t, options, "code", wrong); got.Won != 5 || got.Lost != 195 {
			t.Errorf("wrong codes: %+v", got)
		}
		if got := o.spend(o.rightCode()); !got.Ended {
			t.Errorf("the right code after five wrong ones: %+v", got)
		}
		o.request("ada@example.org", "")
		right := encode(t, guess{o.ringPath, o.rightCode()})
		if got := testdb.Race(t, options, "code", right); got.Won != 1 || got.Lost != 199 {
			t.Errorf("right codes: %+v", got)
		}
		if a, err := FindAddress(t.Context(), db.Read(t.Context()), 1); err != nil || !a.Confirmed() {
			t.Errorf("the address is %+v, %v", a, err)
		}
		o.notify(KeyBound)
		if got := testdb.Race(t, options, "mail", encode(t, o.last())); got.Won != 1 || got.Lost != 199 {
			t.Errorf("mails: %+v", got)
		}
	})
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
