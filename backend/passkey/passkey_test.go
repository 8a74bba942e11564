package passkey_test

import (
	"errors"
	"testing"

	"imagemaster/backend/passkey"
	"imagemaster/backend/testkey"
)

const origin = "https://sign-in.example"

// made returns a relying party and an owner who has one key of a kind.
func made(t *testing.T, kind passkey.Kind, change func(*testkey.Key)) (*passkey.RelyingParty, *passkey.Owner, *testkey.Key) {
	t.Helper()
	p := passkey.NewRelyingParty(origin, "ImageMaster")
	o := &passkey.Owner{Handle: make([]byte, 32), Name: "anna"}
	k := testkey.New(origin)
	change(k)
	options, ceremony, err := p.Make(o, kind)
	if err != nil {
		t.Fatal(err)
	}
	key, err := p.Made(o, ceremony, []byte(k.Make(string(options))))
	if err != nil {
		t.Fatal(err)
	}
	key.ID = 1
	o.Keys = []passkey.Key{*key}
	return p, o, k
}

func asIs(*testkey.Key) {}

func answered(t *testing.T, p *passkey.RelyingParty, o *passkey.Owner, kind passkey.Kind, answer func(options string) string) (*passkey.Key, passkey.Used, error) {
	t.Helper()
	options, ceremony, err := p.Ask(o, kind, o.Keys)
	if err != nil {
		t.Fatal(err)
	}
	return p.Answered(o, ceremony, []byte(answer(string(options))))
}

func TestAKeyAnswers(t *testing.T) {
	for _, kind := range passkey.Kinds() {
		p, o, k := made(t, kind, func(k *testkey.Key) { k.Unverified = kind == passkey.HardwareKey })
		if o.Keys[0].Kind() != kind {
			t.Fatalf("%s was made as %s", kind, o.Keys[0].Kind())
		}
		if key, _, err := answered(t, p, o, kind, k.Use); err != nil || key.ID != 1 {
			t.Errorf("%s: %v, %v", kind, key, err)
		}
	}
}

func TestWrongAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		kind   passkey.Kind
		before func(*testkey.Key)
		change func(*testkey.Key)
		want   error
	}{
		"origin":       {passkey.Passkey, asIs, func(k *testkey.Key) { k.Origin = "https://sign-in.example.evil.example" }, passkey.ErrRefused},
		"port":         {passkey.Passkey, asIs, func(k *testkey.Key) { k.Origin = origin + ":8443" }, passkey.ErrRefused},
		"host":         {passkey.Passkey, asIs, func(k *testkey.Key) { k.RPID = "evil.example" }, passkey.ErrRefused},
		"handle":       {passkey.Passkey, asIs, func(k *testkey.Key) { k.Handle = []byte("somebody else") }, passkey.ErrRefused},
		"absent":       {passkey.HardwareKey, asIs, func(k *testkey.Key) { k.Absent = true }, passkey.ErrRefused},
		"unverified":   {passkey.Passkey, asIs, func(k *testkey.Key) { k.Unverified = true }, passkey.ErrUnverified},
		"eligible":     {passkey.Passkey, asIs, func(k *testkey.Key) { k.BackupEligible = true }, passkey.ErrEligibility},
		"not eligible": {passkey.Passkey, func(k *testkey.Key) { k.BackupEligible = true }, func(k *testkey.Key) { k.BackupEligible = false }, passkey.ErrEligibility},
		"counter back": {passkey.HardwareKey, func(k *testkey.Key) { k.Counter = 7 }, func(k *testkey.Key) { k.Counter = 6 }, passkey.ErrCounter},
		"counter same": {passkey.HardwareKey, func(k *testkey.Key) { k.Counter = 7 }, asIs, passkey.ErrCounter},
		"other key":    {passkey.Passkey, asIs, func(k *testkey.Key) { handle := k.Handle; *k = *testkey.New(origin); k.Handle = handle }, passkey.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			p, o, k := made(t, c.kind, c.before)
			c.change(k)
			if _, _, err := answered(t, p, o, c.kind, k.Use); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
