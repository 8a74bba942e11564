package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"imagemaster/backend/access"
	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/canary"
	"imagemaster/backend/database"
	"imagemaster/backend/health"
	"imagemaster/backend/passkey"
	"imagemaster/backend/policy"
	"imagemaster/backend/rotation"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/system"
)

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

// checkKeyHost looks for passkeys and hardware keys that do not work at the public URL.
func (d *doctor) checkKeyHost(ctx context.Context) {
	if !d.hasTables() {
		d.skip("passkeys", "not checked without the database and its tables")
		return
	}
	lost, err := auth.FindLostKeys(ctx, d.db.Read(ctx), d.config.PublicURL)
	if err == nil {
		err = lost.Refusal(d.config.AcceptPasskeyLoss)
	}
	var demands []string
	if err == nil && passkey.NewRelyingParty(d.config.PublicURL, "") == nil {
		demands, err = keyDemands(ctx, d.db.Read(ctx))
	}
	switch {
	case err != nil:
		d.problem("passkeys", "%v", err)
	case lost.Accounts > 0:
		d.warn("passkeys", "those of %s do not work at %s: the next start gives them up, as --accept-passkey-loss says. Accounts with such keys: %d",
			strings.Join(lost.Hosts, ", "), lost.Host, lost.Accounts)
	case len(demands) > 0:
		d.warn("passkeys", "%s is an IP address, where nobody can use passkeys or hardware keys, but they are demanded by %s. "+
			"Use a host name in --public-url, or let these demand any second factor", lost.Host, strings.Join(demands, ", "))
	case lost.GivenUp > 0:
		d.ok("passkeys", "all of %s, but for those that were given up. Accounts with such keys: %d", lost.Host, lost.GivenUp)
	default:
		d.ok("passkeys", "none of another host than %s", lost.Host)
	}
}

// keyDemands names the policies and the applications that want a passkey or hardware key.
func keyDemands(ctx context.Context, tx *database.Tx) ([]string, error) {
	policies, err := policy.List(ctx, tx)
	if err != nil {
		return nil, err
	}
	applications, err := app.List(ctx, tx)
	if err != nil {
		return nil, err
	}
	var demands []string
	for _, p := range policies {
		if p.Minimum == policy.Resistant {
			demands = append(demands, fmt.Sprintf("policy %d", p.ID))
		}
	}
	for _, a := range applications {
		if slices.ContainsFunc(a.Rules, func(r app.Rule) bool { return r.Factor == app.Resistant }) {
			demands = append(demands, "application "+a.Name)
		}
	}
	return demands, nil
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
