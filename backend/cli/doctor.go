package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"imagemaster/backend/audit"
	"imagemaster/backend/config"
	"imagemaster/backend/database"
	"imagemaster/backend/health"
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
	d.checkKeyHost(ctx)
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
