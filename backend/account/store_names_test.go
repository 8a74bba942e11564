package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
)

// rename gives an account other names.
func (k *kit) rename(id int64, username, displayName string) error {
	return k.try(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		return account.SetNames(ctx, tx, a, username, displayName)
	})
}

func (k *kit) setEmail(id int64, email string, own bool) error {
	return k.try(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		return account.SetEmail(ctx, tx, a, email, own)
	})
}

func (k *kit) tryCreate(n account.New) error {
	return k.try(func(ctx context.Context, tx *database.Tx) error {
		_, err := account.Create(ctx, tx, n, noon)
		return err
	})
}

func (k *kit) delete(id int64) {
	k.Helper()
	k.in(func(ctx context.Context, tx *database.Tx) error {
		a, err := account.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		return account.Delete(ctx, tx, a)
	})
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// all returns all accounts by their ids.
func (k *kit) all() []account.Account {
	k.Helper()
	all, err := account.ListAfter(k.Context(), k.db.Read(k.Context()), 0, 10000)
	k.must(err)
	return all
}

// words returns what an account is found by.
func (k *kit) words(id int64) []string {
	k.Helper()
	var found []string
	k.must(k.db.Read(k.Context()).Table("account_words").Where("account_id = ?", id).Pluck("word", &found).Error)
	slices.Sort(found)
	return found
}

func (k *kit) wantWords(id int64, want ...string) {
	k.Helper()
	slices.Sort(want)
	if got := k.words(id); !slices.Equal(got, want) {
		k.Errorf("account %d is found by %q, want %q", id, got, want)
	}
}

func (k *kit) count(table, condition string, values ...any) (n int64) {
	k.Helper()
	k.must(k.db.Read(k.Context()).Table(table).Where(condition, values...).Count(&n).Error)
	return n
}

func TestCreateStoresWhatAccountsAreFoundBy(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		k.must(k.tryCreate(account.New{Username: "Otto", DisplayName: " Otto Öz ", Email: "Otto@Example.org"}))
		a := k.all()[1]
		if a.Username != "Otto" || a.DisplayName != "Otto Öz" || a.NameKey != "otto oz" || a.Email != "Otto@Example.org" || *a.EmailKey != "otto@example.org" ||
			a.EmailOwn || a.HasPassword() || a.Role() != account.Person || a.Epoch != 1 || a.CreatedAt != noon.UnixMilli() || a.LastSignInAt != 0 {
			t.Errorf("account is %+v", a)
		}
		k.wantWords(a.ID, "otto", "otto oz", "oz", "otto@example.org")
		for _, c := range []struct {
			account.New
			field, reason string
		}{
			{account.New{Username: "oTTo"}, "username", "taken"},
			{account.New{Username: "ｏｔｔｏ"}, "username", "taken"},
			{account.New{Username: "two words"}, "username", "not_allowed"},
			{account.New{Username: "berta", DisplayName: "a\nb"}, "display_name", "not_allowed"},
			{account.New{Username: "berta", DisplayName: strings.Repeat("a", 101)}, "display_name", "too_long"},
			{account.New{Username: "berta", Email: "OTTO@example.ORG"}, "email", "taken"},
			{account.New{Username: "berta", Email: "nobody"}, "email", "not_allowed"},
		} {
			k.refused(fmt.Sprintf("%+v", c.New), k.tryCreate(c.New), c.field, c.reason)
		}
		if n := len(k.all()); n != 2 {
			t.Errorf("%d accounts are there", n)
		}
	})
}

// A new name is stored with all that follows from it. Refused ones change nothing.
func TestSetNames(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.must(k.setEmail(k.id, "anna@example.org", false))
		k.must(k.rename(k.id, " Berta ", " Berta Benz "))
		a := k.find(k.id)
		if a.Username != "Berta" || a.UsernameFolded != "berta" || a.DisplayName != "Berta Benz" || a.NameKey != "berta benz" || a.Epoch != 1 {
			t.Errorf("account is %+v", a)
		}
		k.wantWords(k.id, "berta", "berta benz", "benz", "anna@example.org")
		k.must(k.rename(k.id, "Berta", "")) // sorted by the user name then
		if a := k.find(k.id); a.NameKey != "berta" {
			t.Errorf("sorted by %q", a.NameKey)
		}
		before := *k.find(k.id)
		for _, c := range [][4]string{
			{"OTTO", "", "username", "taken"}, {"", "", "username", "empty"}, {"a b", "", "username", "not_allowed"}, {strings.Repeat("a", 65), "", "username", "too_long"},
			{"berta", strings.Repeat("a", 101), "display_name", "too_long"}, {"berta", "\u202e", "display_name", "not_allowed"},
		} {
			k.refused(c[0]+" "+c[1], k.rename(k.id, c[0], c[1]), c[2], c[3])
		}
		after := *k.find(k.id)
		before.EmailKey, after.EmailKey = nil, nil
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("a refused name has changed %+v to %+v", before, after)
		}
		k.wantWords(otto, "otto")
	})
}

// Nobody gets the former name of an account, not after several changes and not after
// the account was deleted. The account itself may have it again.
func TestFormerNamesStayReserved(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		k.must(k.rename(k.id, "anna", "Anna A")) // not another user name
		k.must(k.rename(k.id, "ANNA", ""))       // nor is that
		if n := k.count("former_names", "1 = 1"); n != 0 {
			t.Errorf("%d names are reserved", n)
		}
		k.must(k.rename(k.id, "berta", ""))
		k.must(k.rename(k.id, "carla", ""))
		reserved := func(names ...string) {
			t.Helper()
			for _, name := range names {
				k.refused(name+" for a new account", k.tryCreate(account.New{Username: name}), "username", "taken")
				k.refused(name+" for another account", k.rename(otto, name, ""), "username", "taken")
			}
		}
		reserved("Anna", "berta", "carla")
		k.must(k.rename(k.id, "Anna", "")) // back to the first one
		reserved("anna", "berta", "carla")
		k.must(k.rename(k.id, "berta", ""))
		k.must(k.rename(k.id, "anna", ""))
		k.delete(k.id)
		if _, err := account.ByFoldedName(t.Context(), db.Read(t.Context()), "anna"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the deleted account: %v", err)
		}
		reserved("anna", "berta", "carla")
		k.must(k.rename(otto, "dora", ""))
		k.delete(otto)
		k.refused("otto", k.tryCreate(account.New{Username: "otto"}), "username", "taken")
		k.must(k.tryCreate(account.New{Username: "emil"}))
		if last := k.all(); len(last) != 1 || last[0].ID <= otto {
			t.Errorf("a new account has the id of a deleted one: %+v", last)
		}
	})
}

func TestSetEmail(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		otto := k.create("otto")
		want := func(id int64, email string, own bool) {
			t.Helper()
			if a := k.find(id); a.Email != email || a.EmailOwn != own || (a.EmailKey == nil) != (email == "") {
				t.Errorf("account is %+v", a)
			}
		}
		k.must(k.setEmail(k.id, " Anna@Example.org ", true))
		want(k.id, "Anna@Example.org", true)
		k.wantWords(k.id, "anna", "anna@example.org")
		k.refused("the same address", k.setEmail(otto, "anna@EXAMPLE.org", false), "email", "taken")
		k.refused("no address", k.setEmail(otto, "anna@example.org,otto@example.org", false), "email", "not_allowed")
		want(otto, "", false)
		k.must(k.setEmail(k.id, "ANNA@example.org", false)) // the own one in another spelling
		want(k.id, "ANNA@example.org", false)
		k.must(k.setEmail(k.id, "", true)) // nobody chooses none
		want(k.id, "", false)
		k.wantWords(k.id, "anna")
		k.must(k.setEmail(otto, "anna@example.org", false)) // it is free again
		k.must(k.setEmail(k.id, "", false))                 // two accounts without
		k.delete(otto)
		k.must(k.setEmail(k.id, "anna@example.org", false))
	})
}

// invited returns accounts as an import makes them, from user names with an e-mail
// address after a space.
func invited(names ...string) ([]*account.Account, error) {
	var all []*account.Account
	for _, name := range names {
		username, email, _ := strings.Cut(name, " ")
		var a account.Account
		var err, emailErr error
		a.Username, a.UsernameFolded, err = account.ParseUsername(username)
		a.Email, a.EmailKey, emailErr = account.ParseEmail(email)
		if err := errors.Join(err, emailErr); err != nil {
			return nil, err
		}
		all = append(all, account.NewInvited(a, noon))
	}
	return all, nil
}

func (k *kit) invited(names ...string) []*account.Account {
	k.Helper()
	all, err := invited(names...)
	k.must(err)
	return all
}

// Many accounts are made in batches of 200. Each gets its own id and words.
func TestCreateMany(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		var names []string
		for i := range 501 {
			names = append(names, fmt.Sprintf("P%d p%d@example.org", i, i))
		}
		names = append(names, "\u0cbf marks@example.org") // found by its address only
		all := k.invited(names...)
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.CreateMany(ctx, tx, all) })
		if n := len(k.all()); n != 503 {
			t.Errorf("%d accounts are there, want 503", n)
		}
		for i, a := range all {
			stored := k.find(a.ID)
			if stored.Username != a.Username || stored.Email != a.Email || *stored.EmailKey != *a.EmailKey || stored.NameKey == "" || stored.HasPassword() || stored.Epoch != 1 ||
				stored.CreatedAt != noon.UnixMilli() || stored.PasswordChangedAt != noon.UnixMilli() {
				t.Fatalf("account %d is %+v", i, stored)
			}
		}
		k.wantWords(all[0].ID, "p0", "p0@example.org")
		k.wantWords(all[200].ID, "p200", "p200@example.org")
		k.wantWords(all[501].ID, "marks@example.org")
		k.in(func(ctx context.Context, tx *database.Tx) error { return account.CreateMany(ctx, tx, nil) })
	})
}

// A name or an address that is taken meanwhile refuses all, also those of a batch
// before.
func TestCreateManyIsAllOrNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		k.must(k.setEmail(k.id, "anna@example.org", false))
		var names []string
		for i := range 400 {
			names = append(names, fmt.Sprint("p", i))
		}
		for last, field := range map[string]string{"ANNA": "username", "otto Anna@example.org": "email", "p7": "username"} {
			all := k.invited(append(slices.Clone(names), last)...)
			err := k.try(func(ctx context.Context, tx *database.Tx) error { return account.CreateMany(ctx, tx, all) })
			k.refused(last, err, field, "taken")
			if n := len(k.all()); n != 1 || k.count("account_words", "account_id <> ?", k.id) != 0 {
				t.Errorf("%s: %d accounts are there", last, n)
			}
		}
	})
}

func TestTaken(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		k.must(k.setEmail(k.id, "Anna@example.org", false))
		otto := k.create("otto")
		k.must(k.rename(otto, "berta", ""))
		gone := k.create("gone")
		k.must(k.setEmail(gone, "gone@example.org", false))
		k.delete(gone)
		var names, emails []string
		for i := range 450 { // three statements
			names, emails = append(names, fmt.Sprint("free", i)), append(emails, fmt.Sprintf("free%d@example.org", i))
		}
		takenNames, takenEmails, err := account.Taken(t.Context(), db.Read(t.Context()), append(names, "anna", "otto", "berta", "gone", "Anna"),
			append(emails, "anna@example.org", "gone@example.org"))
		k.must(err)
		slices.Sort(takenNames)
		if !slices.Equal(takenNames, []string{"anna", "berta", "gone", "otto"}) || !slices.Equal(takenEmails, []string{"anna@example.org"}) {
			t.Errorf("taken are %q and %q", takenNames, takenEmails)
		}
		if takenNames, takenEmails, err = account.Taken(t.Context(), db.Read(t.Context()), nil, nil); err != nil || len(takenNames)+len(takenEmails) != 0 {
			t.Errorf("of none are taken %q and %q, %v", takenNames, takenEmails, err)
		}
	})
}

// Accounts of an older version of the program have neither a key nor words.
func TestFillNames(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		k, o := raceKit(t, engine)
		missing := func() bool {
			t.Helper()
			found, err := account.NamesMissing(t.Context(), k.db.Read(t.Context()))
			k.must(err)
			return found
		}
		fill := func(limit int) (n int) {
			k.in(func(ctx context.Context, tx *database.Tx) (err error) {
				n, err = account.FillNames(ctx, tx, limit)
				return err
			})
			return n
		}
		if missing() || fill(10) != 0 {
			t.Error("names are missing of an account that was just made")
		}
		k.must(k.tryCreate(account.New{Username: "otto", DisplayName: "Otto Öz"}))
		k.must(k.tryCreate(account.New{Username: "\u0cbf"}))
		k.must(k.tryCreate(account.New{Username: "berta", DisplayName: "Zoe"}))
		testdb.Exec(t, o, "UPDATE accounts SET name_key = '' WHERE username <> 'berta'",
			"DELETE FROM account_words WHERE account_id IN (SELECT id FROM accounts WHERE name_key = '')",
			"INSERT INTO account_words (word, account_id) SELECT 'stale', id FROM accounts WHERE username = 'otto'")
		if !missing() {
			t.Error("nothing is missing")
		}
		if first, second, third := fill(2), fill(2), fill(2); first != 2 || second != 1 || third != 0 {
			t.Errorf("filled %d, %d and %d", first, second, third)
		}
		if missing() {
			t.Error("something is missing still")
		}
		all := k.all()
		for i, want := range []string{"anna", "otto oz", "\u0cbf", "zoe"} {
			if all[i].NameKey != want {
				t.Errorf("%s is sorted by %q, want %q", all[i].Username, all[i].NameKey, want)
			}
		}
		k.wantWords(all[0].ID, "anna")
		k.wantWords(all[1].ID, "otto", "otto oz", "oz")
		k.wantWords(all[2].ID)
		k.wantWords(all[3].ID, "berta", "zoe")
	})
}

// A refusal does not say whether a name is in use now or was before.
func TestARefusalDoesNotTellFormerNames(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		k := newKit(t, db)
		k.must(k.rename(k.id, "berta", ""))
		var texts []string
		for _, name := range []string{"anna", "berta"} {
			var told *apperr.Error
			if !errors.As(k.tryCreate(account.New{Username: name}), &told) {
				t.Fatalf("%s is free", name)
			}
			texts = append(texts, told.Message)
		}
		if texts[0] != texts[1] {
			t.Errorf("told %q", texts)
		}
	})
}
