// Package testkey is a passkey or hardware key for tests: it answers what the server asks
// as a browser with an authenticator would. Only tests import it.
package testkey

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/descope/virtualwebauthn"
)

// Key is one credential. Its fields say how it answers; a test may change them between two
// answers.
type Key struct {
	RPID, Origin   string
	AAGUID         [16]byte
	Transports     []string // told when it is made
	Counter        uint32   // sent with every answer; 0 = it does not count
	Absent         bool     // nobody touches it
	Unverified     bool     // nobody gives a PIN, a fingerprint or a face
	BackupEligible bool
	BackupState    bool
	Framed         bool   // the page is a frame on a page of another site
	Forged         bool   // signed with another private key
	Handle         []byte // sent with every answer, nil = none
	credential     virtualwebauthn.Credential
}

// publicKeySize is that of a COSE key on P-256 with both coordinates whole.
const publicKeySize = 77

// New returns a key that was not registered yet, for the server at an origin such as
// https://sign-in.example.
func New(origin string) *Key {
	host := strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://")
	host, _, _ = strings.Cut(host, ":")
	return &Key{RPID: host, Origin: origin, credential: newCredential()}
}

// newCredential makes a key pair. The library writes a coordinate that begins with a zero
// byte shorter than it must be, in one key of 128: the public key is then too short.
func newCredential() virtualwebauthn.Credential {
	for {
		made := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(made.Key.AttestationData()) == publicKeySize {
			return made
		}
	}
}

// ID returns the credential id.
func (k *Key) ID() []byte { return k.credential.ID }

func (k *Key) parts() (virtualwebauthn.RelyingParty, virtualwebauthn.Authenticator, virtualwebauthn.Credential) {
	credential := k.credential
	credential.Counter = k.Counter
	return virtualwebauthn.RelyingParty{ID: k.RPID, Origin: k.Origin, Name: "x"},
		virtualwebauthn.Authenticator{Aaguid: k.AAGUID, Options: virtualwebauthn.AuthenticatorOptions{
			UserHandle: k.Handle, UserNotPresent: k.Absent, UserNotVerified: k.Unverified, BackupEligible: k.BackupEligible, BackupState: k.BackupState}},
		credential
}

// Make answers the options of a new key.
func (k *Key) Make(options string) string {
	parsed, err := virtualwebauthn.ParseAttestationOptions(options)
	must(err)
	k.Handle = []byte(parsed.UserID)
	rp, authenticator, credential := k.parts()
	return k.change(virtualwebauthn.CreateAttestationResponse(rp, authenticator, credential, *parsed), func(response map[string]any) {
		response["transports"] = k.Transports
	})
}

// change changes the response of an answer, and signs it again where it is signed.
func (k *Key) change(answer string, with func(response map[string]any)) string {
	var parts struct {
		Type     string         `json:"type"`
		ID       string         `json:"id"`
		RawID    string         `json:"rawId"`
		Response map[string]any `json:"response"`
	}
	must(json.Unmarshal([]byte(answer), &parts))
	if k.Framed {
		client := map[string]any{}
		must(json.Unmarshal(decode(parts.Response["clientDataJSON"]), &client))
		client["crossOrigin"] = true
		parts.Response["clientDataJSON"] = base64.RawURLEncoding.EncodeToString(encode(client))
	}
	if data, signed := parts.Response["authenticatorData"]; signed {
		private := k.credential.Key
		if k.Forged {
			private = newCredential().Key
		}
		client := sha256.Sum256(decode(parts.Response["clientDataJSON"]))
		digest := sha256.Sum256(append(decode(data), client[:]...))
		signature, err := private.Sign(digest[:])
		must(err)
		parts.Response["signature"] = base64.RawURLEncoding.EncodeToString(signature)
	}
	with(parts.Response)
	return string(encode(parts))
}

func decode(text any) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(text.(string))
	must(err)
	return raw
}

func encode(value any) []byte {
	text, err := json.Marshal(value)
	must(err)
	return text
}

// must is for what cannot fail: the options are those of our server.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Use answers the options of a sign-in or step-up.
func (k *Key) Use(options string) string {
	parsed, err := virtualwebauthn.ParseAssertionOptions(options)
	must(err)
	rp, authenticator, credential := k.parts()
	return k.change(virtualwebauthn.CreateAssertionResponse(rp, authenticator, credential, *parsed), func(map[string]any) {})
}
