package auth_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/testkey"
)

// The part of the kit for passkeys and hardware keys.

// ownKey is a passkey or hardware key that a person holds.
type ownKey struct {
	*testkey.Key
	kind passkey.Kind
	id   int64 // once it was added
}

// newOwnKey returns a key that was not added yet.
func newOwnKey(kind passkey.Kind) *ownKey {
	k := &ownKey{Key: testkey.New(origin), kind: kind}
	k.Unverified = kind == passkey.HardwareKey
	return k
}

// copy is the same key, which a test may let answer otherwise.
func (k *ownKey) copy() *ownKey {
	same := *k.Key
	return &ownKey{Key: &same, kind: k.kind, id: k.id}
}

// make lets a key answer the beginning of AddKey.
func (b *browser) make(k *ownKey) (answer string, err error) {
	b.Helper()
	options, err := b.MakeKey(b.ctx, b.caller(), k.kind)
	if err != nil {
		return "", err
	}
	return k.Make(string(options)), nil
}

// sendMade sends the answer of a new key.
func (b *browser) sendMade(answer string) (auth.NewKey, error) {
	b.Helper()
	added, err := b.AddKey(b.ctx, b.caller(), json.RawMessage(answer))
	b.keep(added.Issued)
	return added, err
}

// tryAdd adds a key.
func (b *browser) tryAdd(k *ownKey) (auth.NewKey, error) {
	b.Helper()
	answer, err := b.make(k)
	if err != nil {
		return auth.NewKey{}, err
	}
	added, err := b.sendMade(answer)
	k.id = added.ID
	return added, err
}

// add adds a new key, which must work.
func (b *browser) add(kind passkey.Kind) *ownKey {
	b.Helper()
	k := newOwnKey(kind)
	b.must(second(b.tryAdd(k)))
	return k
}

// ask begins the use of a key and returns its answer, which is not sent yet.
func (b *browser) ask(k *ownKey) (answer string, err error) {
	b.Helper()
	options, err := b.AskKey(b.ctx, b.caller(), k.kind, false)
	if err != nil {
		return "", err
	}
	return k.Use(string(options)), nil
}

// answer is the answer of a key, which is not sent yet.
func (b *browser) answer(k *ownKey) string {
	b.Helper()
	answer, err := b.ask(k)
	b.must(err)
	return answer
}

func (b *browser) sendVerify(answer string) error {
	b.Helper()
	r, err := b.VerifyKey(b.ctx, b.caller(), json.RawMessage(answer))
	b.keep(r.Issued)
	return err
}

func (b *browser) sendStepUp(pw, answer string) error {
	b.Helper()
	in := auth.StepUpInput{Key: json.RawMessage(answer)}
	if pw != "" {
		in.Password = &pw
	}
	i, err := b.StepUp(b.ctx, b.caller(), in)
	b.keep(i)
	return err
}

func (b *browser) sendEnable(answer string) error {
	b.Helper()
	i, err := b.EnableWithKey(b.ctx, b.caller(), json.RawMessage(answer))
	b.keep(i)
	return err
}

// verifyKey completes a sign-in with a key.
func (b *browser) verifyKey(k *ownKey) error {
	b.Helper()
	answer, err := b.ask(k)
	if err != nil {
		return err
	}
	return b.sendVerify(answer)
}

// stepUpKey gives a key in a session, and the password where there is one.
func (b *browser) stepUpKey(pw string, k *ownKey) error {
	b.Helper()
	answer, err := b.ask(k)
	if err != nil {
		return err
	}
	return b.sendStepUp(pw, answer)
}

// enterKey signs anna in with a key.
func (b *browser) enterKey(k *ownKey) {
	b.Helper()
	b.signIn("anna", goodPassword)
	b.must(b.verifyKey(k))
}

// enterCode signs anna in with a code of the app.
func (b *browser) enterCode(p *phone) {
	b.Helper()
	b.signIn("anna", goodPassword)
	b.must(b.verify(p.code(0)))
}

// takeAway removes one key.
func (b *browser) takeAway(k *ownKey) error {
	b.Helper()
	i, err := b.RemoveKey(b.ctx, b.caller(), k.id)
	b.keep(i)
	return err
}

func (b *browser) removeApp() error {
	b.Helper()
	i, err := b.RemoveApp(b.ctx, b.caller())
	b.keep(i)
	return err
}

// notMe says that somebody else has added a key.
func (b *browser) notMe(k *ownKey) error {
	b.Helper()
	i, err := b.RefuseKey(b.ctx, b.caller(), k.id)
	b.keep(i)
	return err
}

// helped opens a session with a help code of the operator.
func (b *browser) helped() {
	b.Helper()
	b.signIn("anna", goodPassword)
	code, err := b.NewHelpCode(b.ctx, auth.Operator)
	b.must(err)
	f, err := b.Target(b.ctx, b.caller().Account.ID)
	b.must(err)
	b.must(second(b.ChangeFor(b.ctx, auth.Operator, f, b.HelpCodeFor(f, auth.Operator, code, "lost", time.Hour))))
	r, err := b.UseHelpCode(b.ctx, b.caller(), code.Text)
	b.must(err)
	b.keep(r.Issued)
}

// ways are the ways to give the second factor, in words.
func (b *browser) ways() string {
	b.Helper()
	ways, err := b.Ways(b.ctx, b.caller())
	b.must(err)
	var words []string
	for _, w := range ways {
		word := w.Factor
		if w.Resistant {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// owes checks that an act still asks for factors, and for which.
func (h *kit) owes(err error, need ...apperr.Need) {
	h.Helper()
	if e := h.refused(err, apperr.StepUpOwed); fmt.Sprint(e.Need) != fmt.Sprint(need) {
		h.Errorf("needs %v, want %v", e.Need, need)
	}
}

// keys returns the stored keys of anna.
func (h *kit) keys() (keys []passkey.Key) {
	h.Helper()
	var id int64
	h.must(h.db.Read(h.ctx).Raw("SELECT id FROM accounts WHERE username = 'anna'").Scan(&id).Error)
	keys, err := passkey.List(h.ctx, h.db.Read(h.ctx), id)
	h.must(err)
	return keys
}

// counts says whether anna's key counts as phishing-resistant now.
func (h *kit) counts(k *ownKey) bool {
	h.Helper()
	for _, stored := range h.keys() {
		if stored.ID == k.id {
			return stored.Resistant(h.clock.Now())
		}
	}
	h.Fatalf("there is no key %d", k.id)
	return false
}

// moveHost lets the stored keys of anna be of the server's former address.
func (h *kit) moveHost() {
	h.Helper()
	h.must(h.db.InTx(h.ctx, func(tx *database.Tx) error { return tx.Exec("UPDATE passkeys SET rp_id = 'old.example'").Error }))
}

// refusedAnswers are the refused answers in a row that a browser's session or pending
// sign-in has counted.
func (b *browser) refusedAnswers() (n int) {
	b.Helper()
	c := b.caller()
	table, id := "pending_sign_ins", int64(0)
	if c.Session != nil {
		table, id = "sessions", c.Session.ID
	} else {
		id = c.Pending.ID
	}
	b.must(b.db.Read(b.ctx).Raw("SELECT key_failures FROM "+table+" WHERE id = ?", id).Scan(&n).Error)
	return n
}

// limits is everything that counts wrong codes.
func (h *kit) limits() string {
	h.Helper()
	var rows []map[string]any
	h.must(h.db.Read(h.ctx).Raw("SELECT * FROM code_budgets ORDER BY account_id, method, lane").Scan(&rows).Error)
	var accounts []map[string]any
	h.must(h.db.Read(h.ctx).Raw("SELECT failed_codes, suspect_until, must_change_password FROM accounts ORDER BY id").Scan(&accounts).Error)
	if len(rows) == 0 || len(accounts) == 0 {
		h.Fatal("nothing counts codes")
	}
	return fmt.Sprint(rows, accounts)
}

// keysOnly returns a browser signed in at level 2 with one new key and no app.
func keysOnly(h *kit, kind passkey.Kind) (*browser, *ownKey) {
	h.Helper()
	b := signedInAnna(h)
	return b, b.add(kind)
}

// appAndKey returns a browser that was signed in with the app, the app, a passkey that
// counts as phishing-resistant, and backup codes. Password and code were just given.
func appAndKey(h *kit) (*browser, *phone, *ownKey, auth.NewCodes) {
	h.Helper()
	b, p, codes := withCodes(h)
	k := b.add(passkey.Passkey)
	h.clock.move(72 * time.Hour)
	b.enterCode(p)
	return b, p, k, codes
}

// noticesOf counts the notices of a kind that were created.
func (h *kit) noticesOf(kind notify.Kind) (n int) {
	h.Helper()
	h.must(h.db.Read(h.ctx).Raw("SELECT COUNT(*) FROM notices WHERE kind = ?", kind).Scan(&n).Error)
	return n
}
