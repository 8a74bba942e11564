package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ErrNotFound says that there is no such policy or exception.
var ErrNotFound = errors.New("policy: not found")

// groupRow is one row of policy_groups.
type groupRow struct {
	PolicyID int64
	GroupID  int64
	AddedAt  int64
}

// TableName implements gorm's naming.
func (groupRow) TableName() string { return "policy_groups" }

// List returns all policies in the order in which they were made.
func List(ctx context.Context, tx *gorm.DB) ([]Policy, error) {
	var all []Policy
	if err := tx.WithContext(ctx).Order("id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("list policies: %w", err)
	}
	if !slices.ContainsFunc(all, func(p Policy) bool { return p.Audience == Groups }) {
		return all, nil
	}
	var rows []struct {
		PolicyID int64
		Group    `gorm:"embedded"`
	}
	err := tx.WithContext(ctx).Raw("SELECT p.policy_id, p.group_id AS id, g.name, p.added_at FROM policy_groups p" +
		" JOIN user_groups g ON g.id = p.group_id ORDER BY g.name").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list groups of policies: %w", err)
	}
	for _, row := range rows {
		if at := slices.IndexFunc(all, func(p Policy) bool { return p.ID == row.PolicyID }); at >= 0 {
			all[at].Groups = append(all[at].Groups, row.Group)
		}
	}
	return all, nil
}

// Create stores a new policy and sets its id. The caller holds the lock on administrators,
// as for every change.
func Create(ctx context.Context, tx *gorm.DB, p *Policy) error {
	p.Former = []Former{}
	if err := tx.WithContext(ctx).Create(p).Error; err != nil {
		return fmt.Errorf("create policy: %w", err)
	}
	return addGroups(ctx, tx, p)
}

// Set replaces a policy.
func Set(ctx context.Context, tx *gorm.DB, p *Policy) error {
	tx = tx.WithContext(ctx)
	done := tx.Model(&Policy{}).Where("id = ?", p.ID).UpdateColumns(map[string]any{
		"audience": p.Audience, "minimum": p.Minimum, "starts_at": p.StartsAt, "grace_days": p.GraceDays, "changed_at": p.ChangedAt, "tightened_at": p.TightenedAt, "former": formerText(p.Former)})
	err := done.Error
	if err == nil {
		err = tx.Where("policy_id = ?", p.ID).Delete(&groupRow{}).Error
	}
	if err != nil {
		return fmt.Errorf("set policy: %w", err)
	}
	return addGroups(ctx, tx, p)
}

// formerText is how the former rules are stored.
func formerText(former []Former) string {
	text, err := json.Marshal(former)
	if err != nil || former == nil {
		return "[]"
	}
	return string(text)
}

func addGroups(ctx context.Context, tx *gorm.DB, p *Policy) error {
	if len(p.Groups) == 0 {
		return nil
	}
	rows := make([]groupRow, len(p.Groups))
	for i, g := range p.Groups {
		rows[i] = groupRow{p.ID, g.ID, g.AddedAt}
	}
	if err := tx.WithContext(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("add groups to policy: %w", err)
	}
	return nil
}

// Delete deletes a policy.
func Delete(ctx context.Context, tx *gorm.DB, id int64) error {
	tx = tx.WithContext(ctx)
	err := tx.Where("policy_id = ?", id).Delete(&groupRow{}).Error
	done := tx.Where("id = ?", id).Delete(&Policy{})
	if err = errors.Join(err, done.Error); err != nil {
		return fmt.Errorf("delete policy: %w", err)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// NamesGroup says whether a policy is for a group.
func NamesGroup(ctx context.Context, tx *gorm.DB, groupID int64) (bool, error) {
	var count int64
	if err := tx.WithContext(ctx).Model(&groupRow{}).Where("group_id = ?", groupID).Count(&count).Error; err != nil {
		return false, fmt.Errorf("find policies of group: %w", err)
	}
	return count > 0, nil
}

// Of returns what the policies ask of some people, by their ids. Nobody is asked anything
// while there is no policy.
func Of(ctx context.Context, tx *gorm.DB, now time.Time, people ...Subject) (map[int64]Obligation, error) {
	all, err := List(ctx, tx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return Under(ctx, tx, all, now, people...)
}

// Under is Of for policies that are not stored so, such as one that is only tried.
func Under(ctx context.Context, tx *gorm.DB, all []Policy, now time.Time, people ...Subject) (map[int64]Obligation, error) {
	ids := make([]int64, len(people))
	for i, s := range people {
		ids[i] = s.ID
	}
	joined, err := memberships(ctx, tx, all, ids)
	if err != nil {
		return nil, err
	}
	exceptions, err := exceptionsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	asked := make(map[int64]Obligation, len(people))
	for _, s := range people {
		o := For(all, s, joined[s.ID], now)
		o.except(exceptions[s.ID])
		asked[s.ID] = o
	}
	return asked, nil
}

// memberships returns since when people are in the groups of policies.
func memberships(ctx context.Context, tx *gorm.DB, all []Policy, ids []int64) (map[int64][]membership, error) {
	var groups []int64
	for _, p := range all {
		for _, g := range p.Groups {
			groups = append(groups, g.ID)
		}
		for _, f := range p.Former {
			for _, g := range f.Groups {
				groups = append(groups, g.ID)
			}
		}
	}
	if len(groups) == 0 {
		return nil, nil
	}
	slices.Sort(groups)
	groups = slices.Compact(groups) // former rules name the same ones again and again
	var rows []membership
	err := tx.WithContext(ctx).Raw("SELECT account_id, group_id, joined_at FROM group_members WHERE account_id IN ? AND group_id IN ?", ids, groups).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	of := map[int64][]membership{}
	for _, m := range rows {
		of[m.AccountID] = append(of[m.AccountID], m)
	}
	return of, nil
}

func exceptionsOf(ctx context.Context, tx *gorm.DB, ids []int64) (map[int64]*Exception, error) {
	var rows []Exception
	if err := tx.WithContext(ctx).Where("account_id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	of := map[int64]*Exception{}
	for i := range rows {
		of[rows[i].AccountID] = &rows[i]
	}
	return of, nil
}

// ExceptionOf returns the exception of an account, also one that is over; nil = none.
func ExceptionOf(ctx context.Context, tx *gorm.DB, accountID int64) (*Exception, error) {
	of, err := exceptionsOf(ctx, tx, []int64{accountID})
	return of[accountID], err
}

// Exceptions returns up to limit exceptions that are not over, the one that ends first at
// the beginning.
func Exceptions(ctx context.Context, tx *gorm.DB, now time.Time, limit int) ([]Exception, error) {
	var all []Exception
	err := tx.WithContext(ctx).Where("ends_at > ?", now.UnixMilli()).Order("ends_at, account_id").Limit(limit).Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	return all, nil
}

// GiveException stores the exception of an account that the caller has locked, in place of
// a former one.
func GiveException(ctx context.Context, tx *gorm.DB, e *Exception) error {
	err := tx.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"reason", "ends_at", "given_by", "created_at"}),
	}).Create(e).Error
	if err != nil {
		return fmt.Errorf("store exception: %w", err)
	}
	return nil
}

// EndException ends the exception of an account that holds, or returns ErrNotFound.
func EndException(ctx context.Context, tx *gorm.DB, accountID int64, now time.Time) error {
	done := tx.WithContext(ctx).Where("account_id = ? AND ends_at > ?", accountID, now.UnixMilli()).Delete(&Exception{})
	if done.Error != nil {
		return fmt.Errorf("end exception: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// PruneExceptions deletes up to limit exceptions that were over for as long as one may last.
func PruneExceptions(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	var ids []int64
	before := now.Add(-MaxException).UnixMilli()
	err := tx.WithContext(ctx).Model(&Exception{}).Where("ends_at < ?", before).Limit(limit).Pluck("account_id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	done := tx.WithContext(ctx).Where("account_id IN ? AND ends_at < ?", ids, before).Delete(&Exception{})
	if done.Error != nil {
		return 0, fmt.Errorf("delete exceptions: %w", done.Error)
	}
	return done.RowsAffected, nil
}

// Reminder is one row of policy_reminders.
type Reminder struct {
	AccountID int64
	Deadline  int64 // Unix ms
	Stage     Stage
}

// TableName implements gorm's naming.
func (Reminder) TableName() string { return "policy_reminders" }

// ClaimReminder stores that a mail about a deadline is queued. Of all instances one gets
// true for a stage of a deadline.
func ClaimReminder(ctx context.Context, tx *gorm.DB, r Reminder) (bool, error) {
	err := tx.WithContext(ctx).Create(&r).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claim reminder: %w", err)
	}
	return true, nil
}

// Reminded returns the stages of which mails to some people were queued, by deadline in
// Unix milliseconds.
func Reminded(ctx context.Context, tx *gorm.DB, ids []int64) (map[Reminder]bool, error) {
	var rows []Reminder
	if err := tx.WithContext(ctx).Where("account_id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find reminders: %w", err)
	}
	done := make(map[Reminder]bool, len(rows))
	for _, r := range rows {
		done[r] = true
	}
	return done, nil
}

// PruneReminders deletes up to limit reminders of deadlines that are long over.
func PruneReminders(ctx context.Context, tx *gorm.DB, now time.Time, limit int) (int64, error) {
	var old []Reminder
	tx = tx.WithContext(ctx)
	if err := tx.Where("deadline < ?", now.Add(-MaxException).UnixMilli()).Limit(limit).Find(&old).Error; err != nil {
		return 0, fmt.Errorf("find reminders: %w", err)
	}
	for _, r := range old {
		if err := tx.Where("account_id = ? AND deadline = ? AND stage = ?", r.AccountID, r.Deadline, r.Stage).Delete(&Reminder{}).Error; err != nil {
			return 0, fmt.Errorf("delete reminder: %w", err)
		}
	}
	return int64(len(old)), nil
}
