package group

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
)

// insertBatch is how many rows one statement inserts or names.
const insertBatch = 500

// Counted is a group and how many members it has.
type Counted struct {
	Group   `gorm:"embedded"`
	Members int
}

// Create makes a group.
func Create(ctx context.Context, tx *gorm.DB, name, description string, now time.Time) (*Group, error) {
	tx = tx.WithContext(ctx)
	var count int64
	if err := tx.Model(&Group{}).Count(&count).Error; err != nil {
		return nil, fmt.Errorf("count groups: %w", err)
	}
	if count >= MaxGroups {
		return nil, apperr.InvalidField("name", "too_many", "There are 1000 groups already. Delete one first.")
	}
	g := &Group{Name: name, Description: description, CreatedAt: now.UnixMilli()}
	if err := requireFree(tx, g); err != nil {
		return nil, err
	}
	if err := tx.Create(g).Error; err != nil {
		return nil, orTaken(tx, g, err)
	}
	return g, nil
}

// requireFree refuses a name that another group has.
func requireFree(tx *gorm.DB, g *Group) error {
	var count int64
	if err := tx.Model(&Group{}).Where("name = ? AND id <> ?", g.Name, g.ID).Count(&count).Error; err != nil {
		return fmt.Errorf("find group: %w", err)
	}
	if count > 0 {
		return errTaken
	}
	return nil
}

// orTaken turns the refusal of the unique index into the answer for a taken name: it
// decides when two come at once.
func orTaken(tx *gorm.DB, g *Group, err error) error {
	if taken := requireFree(tx, g); taken != nil {
		return taken
	}
	return fmt.Errorf("store group: %w", err)
}

// Lock finds a group and locks it until the transaction ends, or ErrNotFound.
func Lock(ctx context.Context, tx *gorm.DB, id int64) (*Group, error) {
	return one(tx.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

// Find finds a group by its id, or ErrNotFound.
func Find(ctx context.Context, tx *gorm.DB, id int64) (*Group, error) {
	return one(tx.WithContext(ctx).Where("id = ?", id))
}

// ByName finds a group by its name, or ErrNotFound.
func ByName(ctx context.Context, tx *gorm.DB, name string) (*Group, error) {
	return one(tx.WithContext(ctx).Where("name = ?", name))
}

func one(q *gorm.DB) (*Group, error) {
	var g Group
	err := q.Take(&g).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find group: %w", err)
	}
	return &g, nil
}

// Set changes the name and the description of a group that the caller has locked.
func Set(ctx context.Context, tx *gorm.DB, g *Group) error {
	tx = tx.WithContext(ctx)
	if err := requireFree(tx, g); err != nil {
		return err
	}
	err := tx.Model(&Group{}).Where("id = ?", g.ID).UpdateColumns(map[string]any{"name": g.Name, "description": g.Description}).Error
	if err != nil {
		return orTaken(tx, g, err)
	}
	return nil
}

// Delete deletes a group that no rule of an application names. Its members stay. If a
// rule begins to name it meanwhile, it returns database.ErrConflict.
func Delete(ctx context.Context, tx *gorm.DB, id int64) error {
	err := tx.WithContext(ctx).Where("id = ?", id).Delete(&Group{}).Error
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return database.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("delete group: %w", err)
	}
	return nil
}

// List returns all groups by name, with the numbers of their members.
func List(ctx context.Context, tx *gorm.DB) ([]Counted, error) {
	var all []Counted
	err := tx.WithContext(ctx).Raw("SELECT user_groups.*, COALESCE(m.members, 0) AS members FROM user_groups LEFT JOIN" +
		" (SELECT group_id, COUNT(*) AS members FROM group_members GROUP BY group_id) m ON m.group_id = user_groups.id ORDER BY user_groups.name").
		Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return all, nil
}

// IDs returns the ids of groups by their names. Names of no group are missing in it.
func IDs(ctx context.Context, tx *gorm.DB, names []string) (map[string]int64, error) {
	var found []Group
	ids := map[string]int64{}
	for some := range slices.Chunk(names, insertBatch) {
		if err := tx.WithContext(ctx).Where("name IN ?", some).Find(&found).Error; err != nil {
			return nil, fmt.Errorf("find groups: %w", err)
		}
		for _, g := range found {
			ids[g.Name] = g.ID
		}
	}
	return ids, nil
}

// Of returns the groups of some accounts by their names, at most insertBatch accounts.
// The outer join keeps MariaDB from reading the members of each group instead.
func Of(ctx context.Context, tx *gorm.DB, accountIDs ...int64) ([]Membership, error) {
	var all []Membership
	err := tx.WithContext(ctx).Raw("SELECT m.account_id, m.group_id, g.name, m.joined_at FROM group_members m LEFT JOIN user_groups g ON g.id = m.group_id"+
		" WHERE m.account_id IN ? ORDER BY m.account_id, g.name", accountIDs).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list groups of accounts: %w", err)
	}
	return all, nil
}

// Join adds accounts to a group, and returns those that were not in it before. If the
// group or an account is deleted meanwhile, it returns database.ErrConflict, and the
// transaction finds out which.
func Join(ctx context.Context, tx *gorm.DB, groupID int64, accountIDs []int64, now time.Time) ([]int64, error) {
	tx = tx.WithContext(ctx)
	var joined []int64
	for some := range slices.Chunk(accountIDs, insertBatch) {
		var present []int64
		if err := tx.Model(&member{}).Where("group_id = ? AND account_id IN ?", groupID, some).Pluck("account_id", &present).Error; err != nil {
			return nil, fmt.Errorf("find members: %w", err)
		}
		var rows []member
		for _, id := range some {
			if !slices.Contains(present, id) {
				rows, joined = append(rows, member{groupID, id, now.UnixMilli()}), append(joined, id)
			}
		}
		if len(rows) == 0 {
			continue
		}
		err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
		if errors.Is(err, gorm.ErrForeignKeyViolated) {
			return nil, database.ErrConflict
		}
		if err != nil {
			return nil, fmt.Errorf("add members: %w", err)
		}
	}
	return joined, nil
}

// Leave takes an account out of a group, and says whether it was in it.
func Leave(ctx context.Context, tx *gorm.DB, groupID, accountID int64) (bool, error) {
	done := tx.WithContext(ctx).Where("group_id = ? AND account_id = ?", groupID, accountID).Delete(&member{})
	if done.Error != nil {
		return false, fmt.Errorf("take member out: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// MemberCount returns how many members a group has, and at most a limit.
func MemberCount(ctx context.Context, tx *gorm.DB, groupID int64, limit int) (n int, err error) {
	err = tx.WithContext(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 AS one FROM group_members WHERE group_id = ? LIMIT ?) m", groupID, limit).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count members: %w", err)
	}
	return n, nil
}
