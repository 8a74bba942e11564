package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
)

// The rows of an application.
type (
	applicationRow struct {
		ID       int64
		Name     string
		Revision int64
		OpenedAt int64
	}
	addressRow struct {
		Origin        string
		ApplicationID int64
		Position      int
	}
	ruleRow struct {
		ApplicationID int64
		Position      int
		Path          string
		Reading       bool
		Who           Who
		Factor        Factor
		MaxAgeMinutes int
		Origins       string // one in a line
	}
	ruleGroupRow struct {
		ApplicationID int64
		Position      int
		GroupID       int64
	}
)

// TableName implements gorm's naming.
func (applicationRow) TableName() string { return "applications" }

// TableName implements gorm's naming.
func (addressRow) TableName() string { return "application_addresses" }

// TableName implements gorm's naming.
func (ruleRow) TableName() string { return "application_rules" }

// TableName implements gorm's naming.
func (ruleGroupRow) TableName() string { return "application_rule_groups" }

// Lock makes changes to applications wait for each other until the transaction ends, and
// tells every instance to read them again. It comes after the lock on administrators and
// before that on accounts.
func Lock(ctx context.Context, tx *gorm.DB) error {
	done := tx.WithContext(ctx).Exec("UPDATE applications_guard SET version = version + 1 WHERE id = 1")
	if done.Error != nil {
		return fmt.Errorf("lock applications: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return errors.New("lock applications: the row is missing")
	}
	return nil
}

// Version grows with each change to any application.
func Version(ctx context.Context, tx *gorm.DB) (version int64, err error) {
	err = tx.WithContext(ctx).Raw("SELECT version FROM applications_guard WHERE id = 1").Scan(&version).Error
	if err == nil && version == 0 {
		err = errors.New("the row is missing")
	}
	if err != nil {
		return 0, fmt.Errorf("read version of applications: %w", err)
	}
	return version, nil
}

// List returns all applications by name.
func List(ctx context.Context, tx *gorm.DB) ([]Application, error) {
	return list(tx.WithContext(ctx), func(q *gorm.DB, _ string) *gorm.DB { return q })
}

// Find returns one application, or ErrNotFound.
func Find(ctx context.Context, tx *gorm.DB, id int64) (*Application, error) {
	all, err := list(tx.WithContext(ctx), func(q *gorm.DB, column string) *gorm.DB { return q.Where(column+" = ?", id) })
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, ErrNotFound
	}
	return &all[0], nil
}

// list reads applications. which picks them by the column that holds their id.
func list(tx *gorm.DB, which func(q *gorm.DB, column string) *gorm.DB) ([]Application, error) {
	var rows []applicationRow
	var addresses []addressRow
	var rules []ruleRow
	var groups []ruleGroupRow
	err := which(tx, "id").Order("name").Find(&rows).Error
	for _, some := range []any{&addresses, &rules, &groups} {
		if err == nil {
			err = which(tx, "application_id").Order("application_id, position").Find(some).Error
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list applications: %w", err)
	}
	all := make([]Application, len(rows))
	byID := map[int64]*Application{}
	for i, row := range rows {
		all[i] = Application{ID: row.ID, Name: row.Name, Revision: row.Revision, OpenedAt: row.OpenedAt}
		byID[row.ID] = &all[i]
	}
	for _, row := range addresses {
		if a := byID[row.ApplicationID]; a != nil {
			a.Addresses = append(a.Addresses, row.Origin)
		}
	}
	for _, row := range rules {
		if a := byID[row.ApplicationID]; a != nil {
			a.Rules = append(a.Rules, Rule{Path: row.Path, Reading: row.Reading, Who: row.Who, Factor: row.Factor,
				MaxAgeMinutes: row.MaxAgeMinutes, Origins: strings.Fields(row.Origins)})
		}
	}
	for _, row := range groups {
		if a := byID[row.ApplicationID]; a != nil && row.Position < len(a.Rules) {
			a.Rules[row.Position].Groups = append(a.Rules[row.Position].Groups, row.GroupID)
		}
	}
	return all, nil
}

// Create stores an application that Parse has checked, and sets its id. The caller holds
// Lock.
func Create(ctx context.Context, tx *gorm.DB, a *Application) error {
	tx = tx.WithContext(ctx)
	var count int64
	if err := tx.Model(&applicationRow{}).Count(&count).Error; err != nil {
		return fmt.Errorf("count applications: %w", err)
	}
	if count >= MaxApplications {
		return errTooMany
	}
	if err := requireFree(tx, a); err != nil {
		return err
	}
	row := applicationRow{Name: a.Name, Revision: 1}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("create application: %w", err)
	}
	a.ID, a.Revision = row.ID, row.Revision
	return insertParts(tx, a)
}

// Replace changes everything about an application but when it was opened. The new rules
// count from the next request. The caller holds Lock.
func Replace(ctx context.Context, tx *gorm.DB, a *Application) error {
	tx = tx.WithContext(ctx)
	if err := requireFree(tx, a); err != nil {
		return err
	}
	done := tx.Model(&applicationRow{}).Where("id = ? AND revision = ?", a.ID, a.Revision).
		UpdateColumns(map[string]any{"name": a.Name, "revision": a.Revision + 1})
	if done.Error != nil {
		return fmt.Errorf("change application: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return apperr.Of(apperr.WrongState)
	}
	a.Revision++
	for _, part := range []any{&ruleGroupRow{}, &ruleRow{}, &addressRow{}} {
		if err := tx.Where("application_id = ?", a.ID).Delete(part).Error; err != nil {
			return fmt.Errorf("change application: %w", err)
		}
	}
	return insertParts(tx, a)
}

// Vacate takes all addresses from some applications. The caller, who holds Lock, then
// replaces each of them: so two applications can exchange their hosts.
func Vacate(ctx context.Context, tx *gorm.DB, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := tx.WithContext(ctx).Where("application_id IN ?", ids).Delete(&addressRow{}).Error; err != nil {
		return fmt.Errorf("vacate addresses: %w", err)
	}
	return nil
}

// requireFree refuses a name that another application has, and a host: cookies ignore
// the port behind it.
func requireFree(tx *gorm.DB, a *Application) error {
	var count int64
	if err := tx.Model(&applicationRow{}).Where("name = ? AND id <> ?", a.Name, a.ID).Count(&count).Error; err != nil {
		return fmt.Errorf("find application: %w", err)
	}
	if count > 0 {
		return errNameTaken
	}
	var others []addressRow
	if err := tx.Where("application_id <> ?", a.ID).Find(&others).Error; err != nil {
		return fmt.Errorf("find addresses: %w", err)
	}
	taken := map[string]bool{}
	for _, other := range others {
		taken[HostOf(other.Origin)] = true
	}
	for i, origin := range a.Addresses {
		if taken[HostOf(origin)] {
			return apperr.InvalidField(fmt.Sprintf("addresses/%d", i), "taken", hostTwice)
		}
	}
	return nil
}

func insertParts(tx *gorm.DB, a *Application) error {
	var addresses []addressRow
	var rules []ruleRow
	var groups []ruleGroupRow
	for i, origin := range a.Addresses {
		addresses = append(addresses, addressRow{origin, a.ID, i})
	}
	for i, rule := range a.Rules {
		rules = append(rules, ruleRow{a.ID, i, rule.Path, rule.Reading, rule.Who, rule.Factor, rule.MaxAgeMinutes, strings.Join(rule.Origins, "\n")})
		for _, id := range rule.Groups {
			groups = append(groups, ruleGroupRow{a.ID, i, id})
		}
	}
	err := tx.Create(&addresses).Error
	if err == nil && len(rules) > 0 {
		err = tx.Create(&rules).Error
	}
	if err == nil && len(groups) > 0 {
		err = tx.Create(&groups).Error
	}
	if errors.Is(err, gorm.ErrForeignKeyViolated) { // a group was deleted meanwhile
		return database.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("store application: %w", err)
	}
	return nil
}

// Delete deletes an application with its tickets and sessions. The caller holds Lock.
func Delete(ctx context.Context, tx *gorm.DB, id int64) error {
	done := tx.WithContext(ctx).Where("id = ?", id).Delete(&applicationRow{})
	if done.Error != nil {
		return fmt.Errorf("delete application: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrNotFound
	}
	return nil
}

// NamingGroup returns the names of the applications with a rule for a group.
func NamingGroup(ctx context.Context, tx *gorm.DB, groupID int64) (names []string, err error) {
	err = tx.WithContext(ctx).Model(&applicationRow{}).Where("id IN (SELECT application_id FROM application_rule_groups WHERE group_id = ?)", groupID).
		Order("name").Pluck("name", &names).Error
	if err != nil {
		return nil, fmt.Errorf("find applications of group: %w", err)
	}
	return names, nil
}

// openedInterval is how often the time of the last opening is stored.
const openedInterval = time.Minute

// MarkOpened stores that somebody has opened an application, at most once a minute.
func MarkOpened(ctx context.Context, tx *gorm.DB, id int64, now time.Time) error {
	err := tx.WithContext(ctx).Model(&applicationRow{}).Where("id = ? AND opened_at <= ?", id, now.Add(-openedInterval).UnixMilli()).
		UpdateColumn("opened_at", now.UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("mark application as opened: %w", err)
	}
	return nil
}
