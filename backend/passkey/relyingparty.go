package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// RelyingParty is this server, as browsers and keys know it.
type RelyingParty struct {
	ID  string // the host of the public URL
	lib *webauthn.WebAuthn
}

// NewRelyingParty returns the relying party of a public URL, nil where the host is an IP
// address: keys are made for names only.
func NewRelyingParty(publicURL, name string) *RelyingParty {
	at, err := url.Parse(publicURL)
	if err != nil || protocol.ValidateRPID(at.Hostname()) != nil {
		return nil
	}
	lib, err := webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: name, RPOrigins: []string{publicURL},
		AttestationPreference: protocol.PreferNoAttestation,
		// Some password managers send more than was asked for. Nothing reads it.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: CeremonyLifetime, TimeoutUVD: CeremonyLifetime},
			Registration: webauthn.TimeoutConfig{Timeout: CeremonyLifetime, TimeoutUVD: CeremonyLifetime},
		},
	})
	if err != nil {
		return nil
	}
	return &RelyingParty{ID: at.Hostname(), lib: lib}
}

// Owner is an account, as its keys know it.
type Owner struct {
	Handle []byte // 32 random bytes
	Name   string // of the account, shown by the browser; needed to make a key
	Keys   []Key  // all keys of the account
}

// WebAuthnID implements webauthn.User.
func (o *Owner) WebAuthnID() []byte { return o.Handle }

// WebAuthnName implements webauthn.User.
func (o *Owner) WebAuthnName() string { return o.Name }

// WebAuthnDisplayName implements webauthn.User.
func (o *Owner) WebAuthnDisplayName() string { return o.Name }

// WebAuthnCredentials implements webauthn.User.
func (o *Owner) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(o.Keys))
	for i := range o.Keys {
		all[i] = o.Keys[i].credential()
	}
	return all
}

func (k *Key) credential() webauthn.Credential {
	c := webauthn.Credential{ID: k.CredentialID, PublicKey: k.PublicKey,
		Flags:         webauthn.CredentialFlags{BackupEligible: k.BackupEligible, BackupState: k.BackupState},
		Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID, SignCount: uint32(k.SignCount)}}
	for name := range strings.SplitSeq(k.Transports, ",") {
		if name != "" {
			c.Transport = append(c.Transport, protocol.AuthenticatorTransport(name))
		}
	}
	return c
}

// Ceremony is what an answer is judged by. It is stored as JSON, whole.
type Ceremony struct {
	Kind   Kind `json:"kind"`
	Making bool `json:"making"` // of a new key
	// Begun is when the ceremony began, Unix ms.
	Begun int64 `json:"begun"`
	// Confirmed says that a key that counts as phishing-resistant was given before.
	Confirmed bool                 `json:"confirmed"`
	Data      webauthn.SessionData `json:"data"`
}

// Encode returns the ceremony as it is stored.
func (c *Ceremony) Encode() ([]byte, error) { return json.Marshal(c) }

// DecodeCeremony reads a stored ceremony.
func DecodeCeremony(stored []byte) (*Ceremony, error) {
	var c Ceremony
	if err := json.Unmarshal(stored, &c); err != nil {
		return nil, fmt.Errorf("read ceremony: %w", err)
	}
	return &c, nil
}

// Make begins the making of a key: options are for the browser
// (PublicKeyCredentialCreationOptionsJSON).
func (p *RelyingParty) Make(o *Owner, kind Kind) (options json.RawMessage, c *Ceremony, err error) {
	resident, selection := true, protocol.AuthenticatorSelection{
		ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}
	var hints []protocol.PublicKeyCredentialHints
	if kind == HardwareKey {
		resident, selection = false, protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementDiscouraged,
			UserVerification: protocol.VerificationDiscouraged, AuthenticatorAttachment: protocol.CrossPlatform}
		hints = []protocol.PublicKeyCredentialHints{protocol.PublicKeyCredentialHintSecurityKey}
	}
	selection.RequireResidentKey = &resident
	var existing []protocol.CredentialDescriptor
	for i := range o.Keys {
		if o.Keys[i].RPID == p.ID {
			credential := o.Keys[i].credential()
			existing = append(existing, credential.Descriptor())
		}
	}
	creation, data, err := p.lib.BeginRegistration(o, webauthn.WithAuthenticatorSelection(selection),
		webauthn.WithExclusions(existing), webauthn.WithPublicKeyCredentialHints(hints))
	if err != nil {
		return nil, nil, fmt.Errorf("begin key: %w", err)
	}
	if options, err = json.Marshal(creation.Response); err != nil {
		return nil, nil, fmt.Errorf("begin key: %w", err)
	}
	return options, &Ceremony{Kind: kind, Making: true, Data: *data}, nil
}

// Made judges the answer to Make and returns the new key, without account, name and times.
func (p *RelyingParty) Made(o *Owner, c *Ceremony, answer []byte) (*Key, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(ErrMalformed, err)
	}
	if !c.Making {
		return nil, ErrRefused
	}
	verified := parsed.Response.AttestationObject.AuthData.Flags.UserVerified()
	if c.Kind == Passkey && !verified {
		return nil, ErrUnverified
	}
	made, err := p.lib.CreateCredential(o, c.Data, parsed)
	if err != nil {
		return nil, errors.Join(ErrRefused, err)
	}
	k := &Key{RPID: p.ID, CredentialID: made.ID, PublicKey: made.PublicKey, SignCount: int64(made.Authenticator.SignCount),
		Transports: transports(made.Transport), AAGUID: made.Authenticator.AAGUID, Attachment: attachment(made.Authenticator.Attachment),
		Discoverable: c.Kind == Passkey, Verified: verified,
		BackupEligible: made.Flags.BackupEligible, BackupState: made.Flags.BackupState}
	if len(k.AAGUID) != 16 || len(k.CredentialID) == 0 || len(k.CredentialID) > 1023 || len(k.PublicKey) > 4096 {
		return nil, ErrRefused
	}
	return k, nil
}

// transports keeps the names that browsers use, and nothing else that was sent.
func transports(sent []protocol.AuthenticatorTransport) string {
	var names []string
	for _, t := range []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal} {
		for _, s := range sent {
			if s == t {
				names = append(names, string(t))
				break
			}
		}
	}
	return strings.Join(names, ",")
}

func attachment(sent protocol.AuthenticatorAttachment) string {
	if sent == protocol.Platform || sent == protocol.CrossPlatform {
		return string(sent)
	}
	return ""
}

// Ask begins the use of one of the owner's keys of a kind: options are for the browser
// (PublicKeyCredentialRequestOptionsJSON). allowed are the keys that may answer.
func (p *RelyingParty) Ask(o *Owner, kind Kind, allowed []Key) (options json.RawMessage, c *Ceremony, err error) {
	opts := []webauthn.LoginOption{webauthn.WithUserVerification(protocol.VerificationRequired)}
	if kind == HardwareKey {
		opts = []webauthn.LoginOption{webauthn.WithUserVerification(protocol.VerificationDiscouraged),
			webauthn.WithAssertionPublicKeyCredentialHints([]protocol.PublicKeyCredentialHints{protocol.PublicKeyCredentialHintSecurityKey})}
	}
	var descriptors []protocol.CredentialDescriptor
	for i := range allowed {
		credential := allowed[i].credential()
		descriptors = append(descriptors, credential.Descriptor())
	}
	assertion, data, err := p.lib.BeginLogin(o, append(opts, webauthn.WithAllowedCredentials(descriptors))...)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for key: %w", err)
	}
	if options, err = json.Marshal(assertion.Response); err != nil {
		return nil, nil, fmt.Errorf("ask for key: %w", err)
	}
	return options, &Ceremony{Kind: kind, Data: *data}, nil
}

// Used is what a right answer tells of its key.
type Used struct {
	SignCount   int64
	BackupState bool
}

// Answered judges the answer to Ask. It returns the key that has signed, also with
// ErrEligibility and ErrCounter.
func (p *RelyingParty) Answered(o *Owner, c *Ceremony, answer []byte) (*Key, Used, error) {
	parsed, err := ParseAnswer(answer)
	if err != nil {
		return nil, Used{}, err
	}
	if c.Making {
		return nil, Used{}, ErrRefused
	}
	var key *Key
	for i := range o.Keys {
		if bytes.Equal(o.Keys[i].CredentialID, parsed.RawID) {
			key = &o.Keys[i]
		}
	}
	if key == nil {
		return nil, Used{}, ErrUnknown
	}
	flags := parsed.Response.AuthenticatorData.Flags
	if key.Kind() == Passkey && !flags.UserVerified() {
		return nil, Used{}, ErrUnverified
	}
	// The library refuses a changed eligibility like a wrong signature. The signature is
	// judged with the flag as it was sent, and the change is refused after it.
	flipped := flags.HasBackupEligible() != key.BackupEligible
	judged := *o
	judged.Keys = []Key{}
	for _, k := range o.Keys {
		if k.ID == key.ID {
			k.BackupEligible = flags.HasBackupEligible()
		}
		judged.Keys = append(judged.Keys, k)
	}
	signed, err := p.lib.ValidateLogin(&judged, c.Data, parsed)
	if err != nil {
		return nil, Used{}, errors.Join(ErrRefused, err)
	}
	used := Used{SignCount: int64(parsed.Response.AuthenticatorData.Counter), BackupState: signed.Flags.BackupState}
	switch {
	case flipped:
		return key, used, ErrEligibility
	case signed.Authenticator.CloneWarning && !key.BackupEligible:
		return key, used, ErrCounter
	}
	return key, used, nil
}

// ParseAnswer reads an answer without judging it.
func ParseAnswer(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(ErrMalformed, err)
	}
	return parsed, nil
}

// CheckMade says whether an answer to Make can be read, without judging it.
func CheckMade(answer []byte) error {
	if _, err := protocol.ParseCredentialCreationResponseBytes(answer); err != nil {
		return errors.Join(ErrMalformed, err)
	}
	return nil
}
