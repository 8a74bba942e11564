package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// rpID is the host that keys of this server belong to, "" = there can be none.
func (s *Service) rpID() string {
	if s.relyingParty == nil {
		return ""
	}
	return s.relyingParty.ID
}

// works says whether a key works at this address.
func (s *Service) works(k passkey.Key) bool { return k.RPID == s.rpID() }

// KeyWorks says whether a key works at the public URL, for what others see of it. Most
// commands are not told the public URL: for them every key works.
func (s *Service) KeyWorks(k passkey.Key) bool { return s.PublicURL == "" || s.works(k) }

// ownerOf returns the caller's account as its keys know it. The caller holds the lock.
func (s *Service) ownerOf(ctx context.Context, tx *database.Tx, c *Caller) (*passkey.Owner, error) {
	handle, err := account.UserHandle(ctx, tx, c.Account.ID)
	if err != nil {
		return nil, err
	}
	keys, err := passkey.List(ctx, tx, c.Account.ID)
	return &passkey.Owner{Handle: handle, Name: c.Account.Username, Keys: keys}, err
}

// holder is what keeps the caller's ceremony.
func (c *Caller) holder() session.Holder {
	if c.Session != nil {
		return c.Session
	}
	return c.Pending
}

// AskKey begins the use of one of the caller's keys of a kind: at a sign-in, a step-up, or
// to end a pause. It returns what the browser needs. With resistant only keys that count as
// phishing-resistant may answer.
func (s *Service) AskKey(ctx context.Context, c *Caller, kind passkey.Kind, resistant bool) (json.RawMessage, error) {
	if c.State != PendingSecondFactor {
		if err := c.RequireSession(); err != nil {
			return nil, err
		}
		if c.Session.Recovery {
			return nil, apperr.Of(apperr.WrongState)
		}
	}
	if !c.factors.HasKey() {
		return nil, apperr.Of(apperr.WrongState)
	}
	var options json.RawMessage
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		owner, err := s.ownerOf(ctx, tx, c)
		if err != nil {
			return err
		}
		var allowed []passkey.Key
		for _, k := range passkey.Of(owner.Keys, kind) {
			if s.works(k) && c.factors.usable(k, now) && (!resistant || k.Resistant(now)) {
				allowed = append(allowed, k)
			}
		}
		if len(allowed) == 0 {
			return apperr.Of(apperr.WrongState)
		}
		asked, ceremony, err := s.relyingParty.Ask(owner, kind, allowed)
		if err != nil {
			return err
		}
		options = asked
		return s.storeCeremony(ctx, tx, c, ceremony, now)
	})
	return options, err
}

// storeCeremony keeps a ceremony on the caller's session or pending sign-in, in place of the
// one before.
func (s *Service) storeCeremony(ctx context.Context, tx *database.Tx, c *Caller, ceremony *passkey.Ceremony, now time.Time) error {
	stored, err := ceremony.Encode()
	if err != nil {
		return err
	}
	return session.SetCeremony(ctx, tx, c.holder(), stored, passkey.CeremonyLifetime, now)
}

// spendCeremony returns the caller's ceremony, once.
func (s *Service) spendCeremony(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) (*passkey.Ceremony, error) {
	stored, err := session.SpendCeremony(ctx, tx, c.holder(), passkey.CeremonyLifetime, now)
	if errors.Is(err, session.ErrNotFound) {
		return nil, apperr.Of(apperr.CeremonyEnded)
	}
	if err != nil {
		return nil, err
	}
	return passkey.DecodeCeremony(stored)
}

// decideKey judges the answer of a key in one transaction, as decide does a code, and does
// what it was given for. The ceremony is spent before the answer is judged. Refused answers
// have no budget: nobody can guess a signature, and a stop would be a weapon against the
// person. passkey.MaxFailures in a row end the pending sign-in or session.
func (s *Service) decideKey(ctx context.Context, c *Caller, kind audit.Kind, answer json.RawMessage,
	accept func(tx *database.Tx, given session.Given, now time.Time) error) error {
	if _, err := passkey.ParseAnswer(answer); err != nil {
		return errMalformedAnswer()
	}
	if !c.factors.HasKey() {
		return apperr.Of(apperr.WrongState)
	}
	return s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return nil, err
		}
		ceremony, err := s.spendCeremony(ctx, tx, c, now)
		if err != nil {
			return nil, err
		}
		owner, err := s.ownerOf(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		key, used, err := s.relyingParty.Answered(owner, ceremony, answer)
		if err != nil {
			return s.refuseAnswer(ctx, tx, c, kind, ceremony.Kind, key, err)
		}
		if err := passkey.Use(ctx, tx, key, used, now); err != nil {
			return nil, err
		}
		return nil, accept(tx, session.Given{At: now, Factor: string(key.Kind()), Key: true, Resistant: key.Resistant(now)}, now)
	})
}

// refusal says how a refused answer is told and recorded.
type refusal struct {
	cause  error
	code   apperr.Code
	reason string
}

var refusals = []refusal{
	{passkey.ErrUnknown, apperr.KeyUnknown, audit.ReasonOtherKey},
	{passkey.ErrUnverified, apperr.KeyUnverified, audit.ReasonUnverified},
	{passkey.ErrEligibility, apperr.KeyChanged, audit.ReasonEligible},
	{passkey.ErrCounter, apperr.KeyCopied, audit.ReasonCounter},
	{passkey.ErrRefused, apperr.KeyRefused, audit.ReasonWrong},
}

// refusalOf returns the refusal that a judged answer stands for, false where the error is
// none.
func refusalOf(cause error) (refusal, bool) {
	at := slices.IndexFunc(refusals, func(r refusal) bool { return errors.Is(cause, r.cause) })
	if at < 0 {
		return refusal{}, false
	}
	return refusals[at], true
}

// refuseAnswer records a refused answer and returns what the person is told. key is nil unless
// the answer was rightly signed; then it is no wrong try. Without it asked says which kind of
// key was asked for.
func (s *Service) refuseAnswer(ctx context.Context, tx *database.Tx, c *Caller, kind audit.Kind, asked passkey.Kind, key *passkey.Key, cause error) (refused, err error) {
	r, ok := refusalOf(cause)
	if !ok {
		return nil, cause
	}
	e := s.event(c, kind, audit.Failed)
	e.Reason, e.Factor = r.reason, string(asked)
	if key != nil {
		e.Factor, e.Details = string(key.Kind()), details(map[string]any{"detail": key.Name})
	}
	if err := audit.Record(ctx, tx, e); err != nil {
		return nil, err
	}
	if key == nil {
		return s.countKeyFailure(ctx, tx, c, apperr.Of(r.code))
	}
	if errors.Is(cause, passkey.ErrCounter) {
		err = s.notifyOfKey(ctx, tx, c, notify.PasskeyCopied, key)
	}
	return apperr.Of(r.code), err
}

// countKeyFailure counts a wrong answer. The last one ends the pending sign-in or session.
func (s *Service) countKeyFailure(ctx context.Context, tx *database.Tx, c *Caller, refusal error) (refused, err error) {
	if err := s.reportMissingFactor(ctx, tx, c); err != nil {
		return nil, err
	}
	failures, err := session.CountKeyFailure(ctx, tx, c.holder())
	if err != nil || failures < passkey.MaxFailures {
		return refusal, err
	}
	return s.endAfterFailures(ctx, tx, c)
}

// endAfterFailures ends the pending sign-in or session of too many refused answers.
func (s *Service) endAfterFailures(ctx context.Context, tx *database.Tx, c *Caller) (refused, err error) {
	kind := audit.SessionEnded
	if c.Session == nil {
		kind = audit.SignInCancelled
	}
	e := s.event(c, kind, audit.OK)
	e.Reason = audit.ReasonTooMany
	if err := audit.Record(ctx, tx, e); err != nil {
		return nil, err
	}
	if c.Session == nil {
		return apperr.Of(apperr.PendingEnded), session.EndPending(ctx, tx, c.Pending.ID)
	}
	return apperr.Of(apperr.SignedOut), sessionEnded(session.End(ctx, tx, c.Account.ID, c.Session.ID))
}

// notifyOfKey tells the person what happened to one of the keys.
func (s *Service) notifyOfKey(ctx context.Context, tx *database.Tx, c *Caller, kind notify.Kind, key *passkey.Key) error {
	n := s.noticeOf(c, kind)
	if c.Session != nil {
		n.SessionID = c.Session.ID
	}
	n.Detail = notify.KeyDetail(string(key.Kind()), key.Name)
	return notify.Notify(ctx, tx, n, notify.Reader{Username: c.Account.Username, Language: c.Account.Language})
}

// codeGiven is a code that was given, as a session keeps it.
func codeGiven(method throttle.Method, now time.Time) session.Given {
	return session.Given{At: now, Factor: string(method), BackupCode: method == throttle.BackupCode}
}

// Way is a way to give the second factor.
type Way struct {
	Factor    string // the name of a code or of a kind of key
	Resistant bool   // by a key that counts as phishing-resistant
}

// Ways lists how the caller can give the second factor, the one that was used last first,
// backup codes last.
func (s *Service) Ways(ctx context.Context, c *Caller) ([]Way, error) {
	if c.State == Anonymous || c.Session != nil && c.Session.Recovery {
		return nil, nil
	}
	var ways []Way
	used, now := map[string]int64{}, s.Now()
	if app := c.factors.App; app != nil && !c.factors.keysOnly(now) {
		ways, used[string(throttle.App)] = append(ways, Way{Factor: string(throttle.App)}), app.LastUsedAt
	}
	if c.factors.HasKey() {
		keys, err := passkey.List(ctx, s.DB.Read(ctx), c.Account.ID)
		if err != nil {
			return nil, err
		}
		for _, kind := range passkey.Kinds() {
			way := Way{Factor: string(kind)}
			for _, k := range passkey.Of(keys, kind) {
				if s.works(k) && c.factors.usable(k, now) {
					used[way.Factor] = max(used[way.Factor], k.LastUsedAt, k.CreatedAt) // making it was a use
					way.Resistant = way.Resistant || k.Resistant(now)
				}
			}
			if used[way.Factor] != 0 {
				ways = append(ways, way)
			}
		}
	}
	slices.SortStableFunc(ways, func(a, b Way) int { return cmp.Compare(used[b.Factor], used[a.Factor]) })
	if c.factors.CodesLeft > 0 {
		ways = append(ways, Way{Factor: string(throttle.BackupCode)})
	}
	return ways, nil
}
