package passkey_test

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"imagemaster/backend/passkey"
	"imagemaster/backend/testkey"

	"github.com/go-webauthn/webauthn/protocol"
)

// most is how much memory the reading of one answer may take: an answer has 12 KiB at most.
const most = 8 << 20

// bounded fails where work takes more memory than most.
func bounded(t *testing.T, work func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > most {
		t.Errorf("%d bytes of memory", got)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// FuzzParseAnswer: every answer is refused, except the one that the key has signed.
func FuzzParseAnswer(f *testing.F) {
	p := passkey.NewRelyingParty(origin, "ImageMaster")
	o := &passkey.Owner{Handle: make([]byte, 32), Name: "anna"}
	k := testkey.New(origin)
	options, making, err := p.Make(o, passkey.Passkey)
	must(err)
	key, err := p.Made(o, making, []byte(k.Make(string(options))))
	must(err)
	o.Keys = []passkey.Key{*key}
	options, asked, err := p.Ask(o, passkey.Passkey, o.Keys)
	must(err)
	right := k.Use(string(options))
	signed, err := passkey.ParseAnswer([]byte(right))
	must(err)
	for _, seed := range []string{right, right[:len(right)/2], "", "null", "{}", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"},"clientExtensionResults":{"appid":true}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 12288 {
			return
		}
		bounded(t, func() {
			parsed, err := passkey.ParseAnswer(answer)
			if err != nil {
				if !errors.Is(err, passkey.ErrMalformed) {
					t.Errorf("%v", err)
				}
				return
			}
			found, _, err := p.Answered(o, asked, answer)
			if err != nil {
				return
			}
			if found.ID != key.ID || !bytes.Equal(parsed.Raw.AssertionResponse.ClientDataJSON, signed.Raw.AssertionResponse.ClientDataJSON) ||
				!bytes.Equal(parsed.Raw.AssertionResponse.AuthenticatorData, signed.Raw.AssertionResponse.AuthenticatorData) {
				t.Errorf("accepted: %s", answer)
			}
		})
	})
}

// FuzzCheckMade: what is sent as a new key is refused, or becomes one that fits into the
// table and is for this challenge, origin and host.
func FuzzCheckMade(f *testing.F) {
	p := passkey.NewRelyingParty(origin, "ImageMaster")
	o := &passkey.Owner{Handle: make([]byte, 32), Name: "anna"}
	options, making, err := p.Make(o, passkey.HardwareKey)
	must(err)
	k := testkey.New(origin)
	k.Transports = []string{"usb"}
	right := k.Make(string(options))
	for _, seed := range []string{right, right[:len(right)/2], "", "null", "{}", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 12288 {
			return
		}
		bounded(t, func() {
			if err := passkey.CheckMade(answer); err != nil {
				if !errors.Is(err, passkey.ErrMalformed) {
					t.Errorf("%v", err)
				}
				return
			}
			key, err := p.Made(o, making, answer)
			if err != nil {
				return
			}
			parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
			must(err)
			if client := parsed.Response.CollectedClientData; client.Challenge != making.Data.Challenge || client.Origin != origin || client.CrossOrigin {
				t.Errorf("accepted for %+v", client)
			}
			if key.Kind() != passkey.HardwareKey || key.RPID != "sign-in.example" || len(key.CredentialID) < 1 || len(key.CredentialID) > 1023 || len(key.PublicKey) < 1 ||
				len(key.PublicKey) > 4096 || len(key.AAGUID) != 16 || len(key.Transports) > 100 || len(key.Attachment) > 16 || key.SignCount < 0 || key.SignCount > 4294967295 {
				t.Errorf("accepted %+v", *key)
			}
		})
	})
}

// FuzzDecodeCeremony: a stored ceremony that can be read is the same when it is stored again.
func FuzzDecodeCeremony(f *testing.F) {
	p := passkey.NewRelyingParty(origin, "ImageMaster")
	o := &passkey.Owner{Handle: make([]byte, 32), Name: "anna"}
	for _, kind := range passkey.Kinds() {
		_, c, err := p.Make(o, kind)
		must(err)
		c.Confirmed = true
		stored, err := c.Encode()
		must(err)
		f.Add(stored)
		asked := *o
		asked.Keys = []passkey.Key{{CredentialID: []byte("one")}}
		_, c, err = p.Ask(&asked, kind, asked.Keys)
		must(err)
		stored, err = c.Encode()
		must(err)
		f.Add(stored)
	}
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, stored []byte) {
		if len(stored) > 65535 { // of the column
			return
		}
		c, err := passkey.DecodeCeremony(stored)
		if err != nil {
			return
		}
		once, err := c.Encode()
		if err != nil {
			return // a time that JSON has no form for
		}
		again, err := passkey.DecodeCeremony(once)
		if err != nil {
			t.Fatalf("%s is read, and %s is not: %v", stored, once, err)
		}
		if twice, err := again.Encode(); err != nil || !reflect.DeepEqual(twice, once) {
			t.Errorf("%s becomes %s: %v", once, twice, err)
		}
	})
}
