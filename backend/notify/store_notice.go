package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// ErrNotFound says that the account has no such open notice.
var ErrNotFound = errors.New("notify: not found")

const (
	// maxShown bounds how many notices one sign-in shows, maxRead how many are
	// read to choose them.
	maxShown = 20
	maxRead  = 200
	// maxKept is how many notices that are alike an account has.
	maxKept = 20
	// rescueSpan is how far back the newest notice of a rescue stands for the
	// earlier ones: helping one person takes several commands.
	rescueSpan = time.Hour
	// clockTolerance is how far ahead a notice may have been stored.
	clockTolerance = 5 * time.Minute
)

// Notify stores a notice in the transaction of the change and queues a mail to
// each address that gets the account's notices.
func Notify(ctx context.Context, tx *gorm.DB, n Notice, reader Reader) error {
	tx = tx.WithContext(ctx)
	if err := tx.Create(&n).Error; err != nil {
		return fmt.Errorf("create notice: %w", err)
	}
	if err := dropSurplus(tx, n); err != nil {
		return err
	}
	return queueNotice(ctx, tx, n, reader)
}

// dropSurplus deletes notices that are alike over maxKept, so that nobody fills the disk
// with them. They take the place of no others. Dismissed ones go first. Of the open ones
// the first and the newest stay: neither can be hidden behind more of the same.
func dropSurplus(tx *gorm.DB, n Notice) error {
	var kept []Notice
	err := tx.Select("id", "dismissed_at").Where("account_id = ?", n.AccountID).Where(alike(tx, n)).
		Order("id").Find(&kept).Error
	if err == nil && len(kept) > maxKept {
		err = tx.Where("id IN ?", surplus(kept)).Delete(&Notice{}).Error
	}
	if err != nil {
		return fmt.Errorf("drop notices: %w", err)
	}
	return nil
}

// toldApart are the kinds whose notices, or mails, are told apart by their Detail: what
// was done to another administrator, and the role that somebody got. Otherwise one could
// be hidden behind others of its kind. Details that somebody chooses, such as the name of
// an application, do not count: with many names everything else could be hidden.
var toldApart = []Kind{AdministratorChanged, RoleOfOther}

// ownDetail is the Detail of a kind in toldApart, in SQL.
const ownDetail = "CASE WHEN kind IN ('" + string(AdministratorChanged) + "', '" + string(RoleOfOther) + "') THEN detail ELSE '' END"

// alike is the condition for notices, or mails, of the same kind, actor and subject as a
// notice, and of the same ownDetail. Each rename of an administrator has another subject,
// the former name, so all renames by one actor are alike.
func alike(tx *gorm.DB, n Notice) *gorm.DB {
	same := tx.Where("kind = ? AND actor = ?", n.Kind, n.Actor)
	if slices.Contains(toldApart, n.Kind) {
		same = same.Where("detail = ?", n.Detail)
	}
	if n.Kind != AdministratorChanged || n.Detail != DidRename {
		same = same.Where("subject = ?", n.Subject)
	}
	return same
}

// surplus returns which of too many notices, the oldest first, are dropped.
func surplus(kept []Notice) (ids []int64) {
	var open []int64
	for _, n := range kept {
		if n.DismissedAt == 0 {
			open = append(open, n.ID)
		} else if len(ids) < len(kept)-maxKept {
			ids = append(ids, n.ID)
		}
	}
	if missing := len(kept) - maxKept - len(ids); missing > 0 { // more than maxKept are open
		ids = append(ids, open[maxKept/2:maxKept/2+missing]...)
	}
	return ids
}

// ListOpen returns the notices that a session shows, the newest first: those
// from before the session began that are not dismissed. Later ones, and those of
// the session's own changes, wait for the next session, so a thief cannot
// dismiss the notice of his own change. The newest PasswordKnown stands for the
// earlier ones, which an unrecognised browser can cause every hour. If there are more
// than it shows, kinds and actors take turns: many of one kind hide none of another.
// Within a kind so do the persons whom it tells about.
func ListOpen(ctx context.Context, tx *gorm.DB, accountID, sessionID int64, began time.Time) ([]Notice, error) {
	tx = tx.WithContext(ctx)
	newest := open(tx, accountID, sessionID, began).Where("kind = ?", PasswordKnown).Select("MAX(id)")
	// groupRescues wants the rescues in their order: they have their turns together.
	const kinds = "PARTITION BY actor, CASE WHEN actor = '' AND kind IN ? THEN 'rescue' ELSE kind END, " + ownDetail
	subjects := open(tx, accountID, sessionID, began).Where("kind <> ? OR id = (?)", PasswordKnown, newest).
		Select("*, ROW_NUMBER() OVER ("+kinds+", subject ORDER BY id DESC) AS of_subject", rescueKinds)
	turns := tx.Table("(?) AS subjects", subjects).
		Select("*, ROW_NUMBER() OVER ("+kinds+" ORDER BY of_subject, id DESC) AS turn", rescueKinds)
	var notices []Notice
	if err := tx.Table("(?) AS turns", turns).Order("turn, id DESC").Limit(maxRead).Find(&notices).Error; err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	shown := groupRescues(notices)
	shown = shown[:min(len(shown), maxShown)]
	slices.SortFunc(shown, func(a, b Notice) int { return cmp.Compare(b.ID, a.ID) })
	return shown, nil
}

// rescueKinds are the kinds of the commands with which the operator helps somebody
// who is locked out.
var rescueKinds = []Kind{OperatorPassword, OperatorReset, OperatorRecovery, OperatorDisabled, OperatorEnabled}

// ofRescue says whether a newer notice may stand for this one. What a helper or an
// administrator did is shown each time: nobody can hide one act behind another.
func (n *Notice) ofRescue() bool { return n.Actor == "" && slices.Contains(rescueKinds, n.Kind) }

// groupRescues leaves out each notice of a rescue that a newer one stands for. Of the
// rescues the newest comes first.
func groupRescues(notices []Notice) []Notice {
	since := int64(0) // of the notices that the last one shown stands for
	grouped := false
	return slices.DeleteFunc(notices, func(n Notice) bool {
		if !n.ofRescue() {
			return false
		}
		if grouped && n.At >= since {
			return true
		}
		since, grouped = n.At-rescueSpan.Milliseconds(), true
		return false
	})
}

// open returns the query for the notices a session may see and dismiss.
func open(tx *gorm.DB, accountID, sessionID int64, began time.Time) *gorm.DB {
	return tx.Model(&Notice{}).Where("account_id = ? AND session_id <> ? AND at <= ? AND dismissed_at = 0",
		accountID, sessionID, began.UnixMilli())
}

// Dismiss closes a notice that ListOpen shows in the session, and those it
// stands for.
func Dismiss(ctx context.Context, tx *gorm.DB, accountID, sessionID, id int64, began, now time.Time) error {
	tx = tx.WithContext(ctx)
	var found Notice
	err := open(tx, accountID, sessionID, began).Where("id = ?", id).Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("find notice: %w", err)
	}
	closing := open(tx, accountID, sessionID, began)
	switch {
	case found.Kind == PasswordKnown:
		closing = closing.Where("kind = ? AND id <= ?", PasswordKnown, id)
	case found.ofRescue():
		closing = closing.Where("kind IN ? AND actor = '' AND id <= ? AND at >= ?", rescueKinds, id, found.At-rescueSpan.Milliseconds())
	default:
		closing = closing.Where("id = ?", id)
	}
	done := closing.UpdateColumn("dismissed_at", now.UnixMilli())
	if done.Error != nil {
		return fmt.Errorf("dismiss notice: %w", done.Error)
	}
	if done.RowsAffected == 0 { // a parallel request dismissed it
		return ErrNotFound
	}
	return nil
}

// NotifiedSince says whether the account got a notice of that kind after a time. A
// notice from further ahead than clockTolerance was stored by a wrong clock and
// hides nothing.
func NotifiedSince(ctx context.Context, tx *gorm.DB, accountID int64, kind Kind, since, now time.Time) (bool, error) {
	var count int64
	err := tx.WithContext(ctx).Model(&Notice{}).Where("account_id = ? AND kind = ? AND at > ? AND at <= ?",
		accountID, kind, since.UnixMilli(), now.Add(clockTolerance).UnixMilli()).
		Count(&count).Error
	if err != nil {
		return false, fmt.Errorf("find notice: %w", err)
	}
	return count > 0, nil
}
