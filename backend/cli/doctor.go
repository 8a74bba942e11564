package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"imagemaster/backend/access"
	"imagemaster/backend/audit"
	"imagemaster/backend/canary"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/health"
	"imagemaster/backend/notify"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/system"
)

type doctorCommand struct{ serverOptions }

// Run checks everything that a server with these options needs. Each check prints
// one line. After a failed check the others still run. A problem is what a server
// refuses to start with, or is not ready with; everything else is a warning.
func (c *doctorCommand) Run(ctx context.Context, p *Process) error {
	checked, err := c.check()
	if err != nil {
		return err
	}
	d := &doctor{Process: p, config: checked}
	d.checkFolder()
	d.openDatabase(ctx)
	d.checkSchema(ctx)
	d.checkKeyFile(ctx)
	d.checkSpace(ctx)
	d.checkInstances(ctx)
	d.checkKeys(ctx)
	d.checkSeeds(ctx)
	d.checkClock(ctx)
	d.checkRetention(ctx)
	d.checkHousekeeping(ctx)
	d.checkAddress()
	d.checkProxies()
	d.checkMail(ctx)
	if d.db != nil {
		d.failed = errors.Join(d.failed, d.db.Close())
	}
	switch {
	case d.failed != nil:
		return d.failed
	case d.problems == 1:
		return errors.New("1 problem was found")
	case d.problems > 1:
		return fmt.Errorf("%d problems were found", d.problems)
	}
	return nil
}

// doctor runs the checks. Later checks use what earlier ones have opened.
type doctor struct {
	*Process
	config   config.Serve
	db       *database.DB        // nil = cannot be opened
	found    database.Inspection // of db; without an engine = it does not answer
	ring     *secretbox.Keyring  // nil = cannot be read
	problems int
	failed   error // to print or to close, not of a check
}

// tell prints one line. The lines of an error are joined to one.
func (d *doctor) tell(state, what, text string) {
	text = strings.Join(strings.Fields(text), " ")
	d.failed = errors.Join(d.failed, d.say("%-8s%-15s%s", state, what, text))
}

func (d *doctor) ok(what, format string, args ...any) {
	d.tell("ok", what, fmt.Sprintf(format, args...))
}

// skip prints why a check does not apply.
func (d *doctor) skip(what, format string, args ...any) {
	d.tell("-", what, fmt.Sprintf(format, args...))
}

func (d *doctor) warn(what, format string, args ...any) {
	d.tell("warning", what, fmt.Sprintf(format, args...))
}

func (d *doctor) problem(what, format string, args ...any) {
	d.problems++
	d.tell("problem", what, fmt.Sprintf(format, args...))
}

func (d *doctor) checkKeyFile(ctx context.Context) {
	ring, err := secretbox.Load(d.config.KeyFile, d.config.Rule)
	if errors.Is(err, fs.ErrNotExist) {
		if err = d.missingKeyFile(ctx); err == nil {
			d.warn("key file", "%s does not exist: the first start makes it", d.config.KeyFile)
			return
		}
	}
	if err != nil {
		d.problem("key file", "%v", err)
		return
	}
	d.ring = ring
	text := fmt.Sprintf("%s holds %s; the first one seals", d.config.KeyFile, strings.Join(ring.IDs(), ", "))
	if access.CheckOwner("key file", d.config.KeyFile, d.config.Rule) != nil {
		text += "; only its owner, another user, can change it"
	}
	d.ok("key file", "%s", text)
}

// missingKeyFile is the error of a start without the key file, nil if the start
// makes one.
func (d *doctor) missingKeyFile(ctx context.Context) error {
	inUse := ""
	if d.hasTables() {
		var err error
		if inUse, err = system.KeyInUse(ctx, d.db); err != nil {
			return err
		}
	}
	return system.MissingKeyFile(d.config.Store, inUse)
}

// hasTables reports whether the database answers and has the tables that this
// program needs.
func (d *doctor) hasTables() bool {
	return d.found.Engine != "" && d.found.Schema >= d.found.Current
}

func (d *doctor) openDatabase(ctx context.Context) {
	if err := system.MustExist(d.config.Store); err != nil {
		if gone := system.MayBegin(d.config.Store); gone != nil {
			d.problem("database", "%v", gone)
		} else {
			d.warn("database", "%v", err)
		}
		return
	}
	var err error
	d.db, err = database.Open(ctx, database.Options{DataDir: d.config.DataDir, DSN: d.config.DSN, Rule: d.config.Rule})
	if err == nil {
		d.found, err = d.db.Inspect(ctx)
	}
	if err != nil {
		d.problem("database", "%v", err)
		return
	}
	if d.found.Forgetful {
		d.warn("database", "%s may lose the last second at a power failure, so that a used code works again: set innodb_flush_log_at_trx_commit = 1", d.found.Engine)
		return
	}
	d.ok("database", "%s answers", d.found.Engine)
}

func (d *doctor) checkSchema(ctx context.Context) {
	switch found := d.found; {
	case found.Engine == "":
		d.skip("schema", "not checked without the database")
	case found.BeforeBaseline:
		d.problem("schema", "%v", database.ErrBeforeBaseline)
	case found.Schema < found.Current:
		d.warn("schema", "version %d, this program needs %d: start the server, which brings it up to date", found.Schema, found.Current)
	case found.Schema > found.Current:
		d.problem("schema", "version %d was made by a newer program, this one knows %d: use that one", found.Schema, found.Current)
	default:
		if err := health.Schema(d.db).Run(ctx); err != nil {
			d.problem("schema", "%v", err)
			return
		}
		d.ok("schema", "version %d, as this program needs it", found.Schema)
	}
}

// ready reports whether the database and the key ring can be used for a check.
func (d *doctor) ready(what string) bool {
	switch {
	case !d.hasTables():
		d.skip(what, "not checked without the database and its tables")
		return false
	case d.ring == nil:
		d.skip(what, "not checked without the key file")
		return false
	}
	return true
}

// checkKeys compares the key file with what the database knows about the keys.
func (d *doctor) checkKeys(ctx context.Context) {
	if !d.ready("keys") {
		return
	}
	canaries, err := canary.List(ctx, d.db.Read(ctx))
	if err != nil {
		d.problem("keys", "%v", err)
		return
	}
	if err := health.Keys(d.db, d.ring, d.config.KeyFile).Run(ctx); err != nil {
		d.problem("keys", "%v", err)
		return
	}
	if found := slices.IndexFunc(canaries, func(c canary.Canary) bool { return c.Lost() && c.Opens(d.ring) }); found >= 0 {
		d.warn("keys", "%s was declared lost and is in the key file: start the server, which takes that back", canaries[found].RingKeyID)
		return
	}
	sealed, err := d.rotation(d.db).SealedCounts(ctx, d.ring.IDs())
	if err != nil {
		d.problem("keys", "%v", err)
		return
	}
	texts := make([]string, len(d.ring.IDs()))
	for i, id := range d.ring.IDs() {
		texts[i] = fmt.Sprintf("%s seals %d", id, sealed[id])
	}
	d.ok("keys", "fit the database: %s", strings.Join(texts, ", "))
}

// checkSeeds names the accounts whose codes cannot be checked.
func (d *doctor) checkSeeds(ctx context.Context) {
	if !d.ready("accounts") {
		return
	}
	unreadable, err := d.rotation(d.db).UnreadableAccounts(ctx, d.ring)
	switch {
	case err != nil:
		d.problem("accounts", "%v", err)
	case len(unreadable) > 0:
		d.warn("accounts", "the keys of these accounts cannot be opened: %s. They sign in with a backup code, or after imagemaster user reset-two-factor NAME, "+
			"and set up a new one", describe(unreadable))
	default:
		d.ok("accounts", "every authenticator key can be opened")
	}
}

// describe groups accounts by the ring key that does not open their keys.
func describe(accounts []rotation.Unreadable) string {
	byKey := map[string][]string{}
	var order []string
	for _, a := range accounts {
		reason := "sealed by " + a.RingKeyID
		if a.Lost {
			reason += ", declared lost"
		}
		if byKey[reason] == nil {
			order = append(order, reason)
		}
		byKey[reason] = append(byKey[reason], a.Username)
	}
	texts := make([]string, len(order))
	for i, reason := range order {
		texts[i] = fmt.Sprintf("%s (%s)", strings.Join(byKey[reason], ", "), reason)
	}
	return strings.Join(texts, "; ")
}

// checkRetention says whether old events are still deleted.
func (d *doctor) checkRetention(ctx context.Context) {
	if !d.hasTables() {
		d.skip("retention", "not checked without the database and its tables")
		return
	}
	stopped, err := audit.StoppedAt(ctx, d.db.Read(ctx))
	switch {
	case err != nil:
		d.problem("retention", "%v", err)
	case !stopped.IsZero():
		d.warn("retention", "the clock jumped at %s, so nothing old is deleted any more: if it is right now, run `imagemaster audit resume`",
			stopped.Format(time.RFC3339))
	default:
		d.ok("retention", "the clock has not jumped: what is too old is deleted, as housekeeping says")
	}
}

// maxClockOffset is how far two clocks may differ, far less than the 30 seconds
// of a one-time code.
const maxClockOffset = 2 * time.Second

func (d *doctor) checkClock(ctx context.Context) {
	if d.db == nil {
		d.skip("clock", "not checked without the database")
		return
	}
	offset, doubt, known, err := d.db.ClockOffset(ctx, d.Now)
	direction := "behind"
	if offset > 0 {
		direction = "ahead"
	}
	switch {
	case err != nil:
		d.problem("clock", "%v", err)
	case !known:
		d.skip("clock", "the embedded database has no clock of its own; keep this machine's right (NTP), codes depend on it")
	case offset.Abs()-doubt > maxClockOffset:
		d.warn("clock", "the database server's is %s of this machine's by %s: set both right (NTP), codes depend on it",
			direction, offset.Abs().Round(100*time.Millisecond))
	default:
		d.ok("clock", "agrees with the database server's within %s", maxClockOffset)
	}
}

// mailCheckTime bounds the check of the mail server.
const mailCheckTime = 20 * time.Second

// checkMail connects and signs in, and asks the mail server whether it would
// take a mail. It sends none.
func (d *doctor) checkMail(ctx context.Context) {
	s := d.config.SMTP
	if s.Host == "" {
		d.skip("mail", "not configured: notices are shown at the next sign-in only")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mailCheckTime)
	defer cancel()
	err := notify.Check(ctx, notify.Server{Host: s.Host, Port: s.Port, User: s.User, Password: s.Password, From: s.From},
		notify.Sender{PublicURL: d.config.PublicURL})
	if err != nil {
		d.warn("mail", "%s port %d: %v", s.Host, s.Port, err)
		return
	}
	d.ok("mail", "%s takes mails on port %d", s.Host, s.Port)
}
