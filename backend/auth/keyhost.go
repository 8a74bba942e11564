package auth

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"imagemaster/backend/database"
	"imagemaster/backend/passkey"
)

// LostKeys says who loses passkeys and hardware keys at a public URL, because they belong to
// another host.
type LostKeys struct {
	Host     string   // of the public URL
	Accounts int64    // with keys of other hosts that nobody has given up yet
	Hosts    []string // of these keys, sorted
	GivenUp  int64    // accounts with keys of other hosts that were given up
}

// FindLostKeys looks for keys of other hosts than that of a public URL.
func FindLostKeys(ctx context.Context, tx *database.Tx, publicURL string) (LostKeys, error) {
	lost, rpID := LostKeys{Host: publicURL}, ""
	if at, err := url.Parse(publicURL); err == nil {
		lost.Host = at.Hostname()
	}
	if party := passkey.NewRelyingParty(publicURL, ""); party != nil {
		rpID = party.ID
	}
	var err error
	if lost.Accounts, err = passkey.Elsewhere(ctx, tx, rpID); err != nil {
		return lost, err
	}
	if lost.Hosts, err = passkey.HostsElsewhere(ctx, tx, rpID); err != nil {
		return lost, err
	}
	lost.GivenUp, err = passkey.GivenUp(ctx, tx, rpID)
	return lost, err
}

// Refusal is the error of a start that loses keys, nil if it loses none. accepted is the
// number of accounts that the operator has named, 0 = none.
func (l LostKeys) Refusal(accepted int64) error {
	if l.Accounts == 0 || l.Accounts == accepted {
		return nil
	}
	who := fmt.Sprintf("%d accounts have", l.Accounts)
	if l.Accounts == 1 {
		who = "1 account has"
	}
	named := ""
	if accepted != 0 {
		named = fmt.Sprintf(", not %d", accepted)
	}
	return fmt.Errorf("%s passkeys or hardware keys of %s, which do not work at %s. Start with the former host in --public-url, or give these keys up "+
		"with --accept-passkey-loss %d%s: the people concerned then sign in with the app or a backup code, and add new keys",
		who, strings.Join(l.Hosts, ", "), l.Host, l.Accounts, named)
}

// CheckKeyHost refuses a start at a host at which keys do not work, unless accepted is the
// number of accounts that have such keys. Then these keys are given up for good and the
// number is returned: the next start needs no number. Keys of a host to which the server
// comes back work again.
func (s *Service) CheckKeyHost(ctx context.Context, accepted int64) (givenUp int64, err error) {
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		lost, err := FindLostKeys(ctx, tx, s.PublicURL)
		if err != nil {
			return err
		}
		if err := lost.Refusal(accepted); err != nil {
			return err
		}
		if err := passkey.TakeBack(ctx, tx, s.rpID()); err != nil || lost.Accounts == 0 {
			return err
		}
		givenUp = lost.Accounts
		return passkey.GiveUp(ctx, tx, s.rpID(), s.Now())
	})
	return givenUp, err
}
