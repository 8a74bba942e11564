package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"imagemaster/backend/apperr"
)

// accountWord is one row of account_words.
type accountWord struct {
	Word      string
	AccountID int64
}

// formerName is one row of former_names.
type formerName struct {
	UsernameFolded string
	AccountID      int64
}

// requireFree refuses an account whose user name or e-mail address another one has,
// or whose user name was another one's before.
func requireFree(ctx context.Context, tx *gorm.DB, a *Account) error {
	tx = tx.WithContext(ctx)
	for _, c := range []struct {
		model     any
		condition string
		value     any
		refusal   error
	}{
		{&Account{}, "username_folded = ? AND id <> ?", a.UsernameFolded, errNameTaken()},
		{&formerName{}, "username_folded = ? AND account_id <> ?", a.UsernameFolded, errNameTaken()},
		{&Account{}, "email_key = ? AND id <> ?", a.EmailKey, errEmailTaken()},
	} {
		var count int64
		if err := tx.Model(c.model).Where(c.condition, c.value, a.ID).Count(&count).Error; err != nil {
			return fmt.Errorf("find account: %w", err)
		}
		if count > 0 {
			return c.refusal
		}
	}
	return nil
}

// requireUnreserved refuses accounts of which one has a user name that was another
// one's before. It looks again, after they are stored: only then the unique index holds
// the name. Since requireFree looked, another account may have taken it and given it
// up. The caller rolls back.
func requireUnreserved(ctx context.Context, tx *gorm.DB, accounts ...*Account) error {
	ids := make(map[string]int64, len(accounts))
	for _, a := range accounts {
		ids[a.UsernameFolded] = a.ID
	}
	var former []formerName
	if err := tx.WithContext(ctx).Where("username_folded IN ?", slices.Collect(maps.Keys(ids))).Find(&former).Error; err != nil {
		return fmt.Errorf("find reserved names: %w", err)
	}
	for _, f := range former {
		if f.AccountID != ids[f.UsernameFolded] {
			return errNameTaken()
		}
	}
	return nil
}

// orTaken turns the refusal of a unique index into the answer for a name or an
// address that is taken: the index decides when two come at once.
func orTaken(ctx context.Context, tx *gorm.DB, a *Account, err error) error {
	if !errors.Is(err, gorm.ErrDuplicatedKey) {
		return err
	}
	if taken := requireFree(ctx, tx, a); taken != nil {
		return taken
	}
	return err
}

func errNameTaken() error {
	return apperr.InvalidField("username", "taken", "That user name is taken, or was taken before. Choose another one.")
}

func errEmailTaken() error {
	return apperr.InvalidField("email", "taken", "Another account has that e-mail address.")
}

// storeWords stores what accounts are found by, in place of what was stored.
func storeWords(ctx context.Context, tx *gorm.DB, accounts ...*Account) error {
	tx = tx.WithContext(ctx)
	var ids []int64
	var rows []accountWord
	for _, a := range accounts {
		ids = append(ids, a.ID)
		for _, word := range words(a) {
			rows = append(rows, accountWord{word, a.ID})
		}
	}
	err := tx.Where("account_id IN ?", ids).Delete(&accountWord{}).Error
	if err == nil {
		err = tx.CreateInBatches(rows, insertBatch).Error
	}
	if err != nil {
		return fmt.Errorf("store words of accounts: %w", err)
	}
	return nil
}

// insertBatch is how many rows one statement inserts.
const insertBatch = 200

// CreateMany makes accounts with new names, as Create does. The names were checked in
// this transaction; if another one takes a name meanwhile, it refuses all of them as
// Create does. The accounts get their ids.
func CreateMany(ctx context.Context, tx *gorm.DB, accounts []*Account) error {
	byName := make(map[string]*Account, len(accounts))
	for batch := range chunks(accounts) {
		if err := tx.WithContext(ctx).Create(batch).Error; err != nil {
			for _, a := range batch {
				err = orTaken(ctx, tx, a, err)
			}
			return fmt.Errorf("create accounts: %w", err)
		}
		names := make([]string, len(batch))
		for i, a := range batch {
			names[i], byName[a.UsernameFolded] = a.UsernameFolded, a
		}
		// A cluster does not number the rows of one statement in steps of 1.
		var made []Identity
		if err := tx.WithContext(ctx).Model(&Account{}).Select("id", "username_folded").Where("username_folded IN ?", names).Find(&made).Error; err != nil {
			return fmt.Errorf("find accounts: %w", err)
		}
		for _, i := range made {
			byName[i.UsernameFolded].ID = i.ID
		}
		if err := requireUnreserved(ctx, tx, batch...); err != nil {
			return err
		}
		if err := storeWords(ctx, tx, batch...); err != nil {
			return err
		}
	}
	return nil
}

func chunks(accounts []*Account) func(yield func([]*Account) bool) {
	return func(yield func([]*Account) bool) {
		for from := 0; from < len(accounts); from += insertBatch {
			if !yield(accounts[from:min(from+insertBatch, len(accounts))]) {
				return
			}
		}
	}
}

// Taken returns which of some folded user names and folded e-mail addresses are not
// free for a new account.
func Taken(ctx context.Context, tx *gorm.DB, names, emails []string) (takenNames, takenEmails []string, err error) {
	for _, c := range []struct {
		model  any
		column string
		values []string
		into   *[]string
	}{
		{&Account{}, "username_folded", names, &takenNames},
		{&formerName{}, "username_folded", names, &takenNames},
		{&Account{}, "email_key", emails, &takenEmails},
	} {
		for from := 0; from < len(c.values); from += insertBatch {
			var found []string
			some := c.values[from:min(from+insertBatch, len(c.values))]
			if err := tx.WithContext(ctx).Model(c.model).Where(c.column+" IN ?", some).Pluck(c.column, &found).Error; err != nil {
				return nil, nil, fmt.Errorf("find taken names: %w", err)
			}
			*c.into = append(*c.into, found...)
		}
	}
	return takenNames, takenEmails, nil
}

// SetNames changes the user name and the display name of an account that the caller
// has locked. Nobody else gets the former user name.
func SetNames(ctx context.Context, tx *gorm.DB, a *Account, username, displayName string) error {
	name, folded, err := ParseUsername(username)
	if err != nil {
		return err
	}
	display, err := ParseText("display_name", displayName, MaxDisplayName)
	if err != nil {
		return err
	}
	changed := *a
	changed.Username, changed.UsernameFolded, changed.DisplayName = name, folded, display
	if err := requireFree(ctx, tx, &changed); err != nil {
		return err
	}
	if folded != a.UsernameFolded {
		if err := keepName(ctx, tx, a); err != nil {
			return err
		}
	}
	changed.NameKey = nameKey(display, name)
	err = set(ctx, tx, a.ID, map[string]any{"username": name, "username_folded": folded, "display_name": display, "name_key": changed.NameKey})
	if err != nil {
		return orTaken(ctx, tx, &changed, err)
	}
	if err := requireUnreserved(ctx, tx, &changed); err != nil {
		return err
	}
	*a = changed
	return storeWords(ctx, tx, a)
}

// keepName reserves a user name: nobody else gets it.
func keepName(ctx context.Context, tx *gorm.DB, a *Account) error {
	err := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).
		Create(&formerName{UsernameFolded: a.UsernameFolded, AccountID: a.ID}).Error
	if err != nil {
		return fmt.Errorf("reserve user name: %w", err)
	}
	return nil
}

// SetEmail changes the e-mail address that applications see, "" = none, of an account
// that the caller has locked. own says that the person chose it.
func SetEmail(ctx context.Context, tx *gorm.DB, a *Account, email string, own bool) error {
	address, key, err := ParseEmail(email)
	if err != nil {
		return err
	}
	changed := *a
	changed.Email, changed.EmailKey, changed.EmailOwn = address, key, own && key != nil
	if err := requireFree(ctx, tx, &changed); err != nil {
		return err
	}
	err = set(ctx, tx, a.ID, map[string]any{"email": address, "email_key": key, "email_own": changed.EmailOwn})
	if err != nil {
		return orTaken(ctx, tx, &changed, err)
	}
	*a = changed
	return storeWords(ctx, tx, a)
}

// Delete deletes an account with all that belongs to it, except its audit events and
// its user name, which nobody else gets.
func Delete(ctx context.Context, tx *gorm.DB, a *Account) error {
	if err := keepName(ctx, tx, a); err != nil {
		return err
	}
	if err := tx.WithContext(ctx).Where("id = ?", a.ID).Delete(&Account{}).Error; err != nil {
		return fmt.Errorf("delete account: %w", err)
	}
	return nil
}

// NamesMissing says whether FillNames has something to do.
func NamesMissing(ctx context.Context, tx *gorm.DB) (bool, error) {
	var some []int64
	err := tx.WithContext(ctx).Model(&Account{}).Where("name_key = ''").Limit(1).Pluck("id", &some).Error
	if err != nil {
		return false, fmt.Errorf("find accounts without a key: %w", err)
	}
	return len(some) > 0, nil
}

// FillNames computes what up to limit accounts are sorted and found by, where this is
// missing since an older version of the program made them, and returns how many.
func FillNames(ctx context.Context, tx *gorm.DB, limit int) (int, error) {
	var some []*Account
	err := tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("name_key = ''").Order("id").Limit(limit).Find(&some).Error
	if err != nil {
		return 0, fmt.Errorf("find accounts without a key: %w", err)
	}
	if len(some) == 0 {
		return 0, nil
	}
	for _, a := range some {
		if err := set(ctx, tx, a.ID, map[string]any{"name_key": nameKey(a.DisplayName, a.Username)}); err != nil {
			return 0, err
		}
	}
	return len(some), storeWords(ctx, tx, some...)
}
