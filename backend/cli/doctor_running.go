package cli

import (
	"context"
	"strings"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/health"
)

// aliveFor is how long after its last heartbeat, one every ten seconds, an
// instance counts as running.
const aliveFor = 30 * time.Second

// checkInstances names the machines on which servers run.
func (d *doctor) checkInstances(ctx context.Context) {
	if !d.hasTables() {
		d.skip("instances", "not checked without the database and its tables")
		return
	}
	alive, err := d.db.Alive(ctx, d.Now().Add(-aliveFor))
	if err != nil {
		d.problem("instances", "%v", err)
		return
	}
	if len(alive) == 0 {
		d.skip("instances", "no server has written a heartbeat within 30 seconds: none runs, or it is not ready")
		return
	}
	d.ok("instances", "running on %s", hosts(alive))
}

// hosts names the machines of instances.
func hosts(of []database.Instance) string {
	names := make([]string, len(of))
	for i, instance := range of {
		names[i] = instance.Host
	}
	return strings.Join(names, ", ")
}

// checkSpace is the check of readiness.
func (d *doctor) checkSpace(ctx context.Context) {
	if d.db == nil {
		d.skip("free space", "not checked without the database")
		return
	}
	free, known, _ := d.db.FreeSpace()
	switch err := health.Space(d.db).Run(ctx); {
	case err != nil:
		d.problem("free space", "%v", err)
	case !known:
		d.skip("free space", "the database server looks after it")
	default:
		d.ok("free space", "%d MiB beside the database", free>>20)
	}
}
