// Package testkey is a passkey or hardware key for tests: it answers what the server asks
// as a browser with an authenticator would. Only tests import it.
package testkey

import (
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
	Handle         []byte // sent with every answer, nil = none
	credential     virtualwebauthn.Credential
}

// New returns a key that was not registered yet, for the server at an origin such as
// https://sign-in.example.
func New(origin string) *Key {
	host := strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://")
	host, _, _ = strings.Cut(host, ":")
	return &Key{RPID: host, Origin: origin, credential: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
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
	if err != nil {
		panic(err) // the options are those of our server
	}
	k.Handle = []byte(parsed.UserID)
	rp, authenticator, credential := k.parts()
	return k.withTransports(virtualwebauthn.CreateAttestationResponse(rp, authenticator, credential, *parsed))
}

func (k *Key) withTransports(answer string) string {
	var parts map[string]any
	if err := json.Unmarshal([]byte(answer), &parts); err != nil {
		panic(err)
	}
	parts["response"].(map[string]any)["transports"] = k.Transports
	out, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// Use answers the options of a sign-in or step-up.
func (k *Key) Use(options string) string {
	parsed, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		panic(err)
	}
	rp, authenticator, credential := k.parts()
	return virtualwebauthn.CreateAssertionResponse(rp, authenticator, credential, *parsed)
}
