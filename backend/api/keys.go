package api

import (
	"context"
	"time"

	"imagemaster/backend/auth"
	"imagemaster/backend/passkey"
)

// KeyKind says which kind of key is meant.
type KeyKind struct {
	Kind passkey.Kind `json:"kind" enum:"passkey,hardware_key" doc:"passkey: asks for a PIN, a fingerprint or a face. hardware_key: only wants to be touched."`
}

// AskRequest asks for one of the caller's keys.
type AskRequest struct {
	KeyKind
	Resistant bool `json:"resistant,omitempty" doc:"True where step_up_owed names key: only keys that count as phishing-resistant may answer."`
}

// KeyOptions is what a browser needs.
type KeyOptions struct {
	Options string `json:"options" doc:"JSON text, for PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON. Good for five minutes and one answer."`
}

// KeyAnswer is what a browser has answered.
type KeyAnswer struct {
	Answer string `json:"answer" maxLength:"12288" doc:"JSON text of PublicKeyCredential.toJSON(). Reasons: malformed, which costs nothing."`
}

// NewKeyView is a key that was added.
type NewKeyView struct {
	ID    int64        `json:"id" doc:"The key's id."`
	Kind  passkey.Kind `json:"kind" enum:"passkey,hardware_key" doc:"As it was asked for."`
	Name  string       `json:"name" doc:"The name of its model; empty = not known."`
	First bool         `json:"first" doc:"True if the account had no second factor before: backup codes come next."`
}

// KeyView is a passkey or hardware key of the caller.
type KeyView struct {
	ID          int64        `json:"id" doc:"The key's id."`
	Kind        passkey.Kind `json:"kind" enum:"passkey,hardware_key" doc:"What it asks for."`
	Name        string       `json:"name" doc:"May be empty."`
	Connections []string     `json:"connections" nullable:"false" doc:"How a hardware key is connected: usb, nfc, ble."`
	Works       bool         `json:"works" doc:"False if it was made for another address of this server: it cannot be used any more."`
	Synced      bool         `json:"synced" doc:"True if a password manager may copy it to other devices."`
	CreatedAt   string       `json:"created_at" format:"date-time" doc:"When it was added."`
	LastUsedAt  *string      `json:"last_used_at" format:"date-time" doc:"null = never."`
	ResistantAt string       `json:"resistant_at" format:"date-time" doc:"From when it counts as phishing-resistant."`
}

// RecentKeyView is a key that was added lately, in another session.
type RecentKeyView struct {
	ID        int64        `json:"id" doc:"The key's id."`
	Kind      passkey.Kind `json:"kind" enum:"passkey,hardware_key" doc:"What it asks for."`
	Name      string       `json:"name" doc:"May be empty."`
	CreatedAt string       `json:"created_at" format:"date-time" doc:"When it was added."`
}

// WayView is a way to give the second factor.
type WayView struct {
	Factor    string `json:"factor" enum:"totp,passkey,hardware_key,backup" doc:"A code of the app, a kind of key, or a backup code."`
	Resistant bool   `json:"resistant" doc:"True if one of the keys counts as phishing-resistant."`
}

// KeyID names a key.
type KeyID struct {
	ID int64 `path:"id" doc:"The key's id."`
}

// KeyNameInput renames a key.
type KeyNameInput struct {
	KeyID
	Body KeyName
}

// KeyName is what a person calls a key.
type KeyName struct {
	Name string `json:"name" doc:"At most 40 characters, may be empty. Reasons: too_long, not_allowed."`
}

func (s *server) askSignInKey(ctx context.Context, in *body[KeyKind]) (*body[KeyOptions], error) {
	return options(s.Auth.AskKey(ctx, callerOf(ctx), in.Body.Kind, false))
}

func (s *server) askSessionKey(ctx context.Context, in *body[AskRequest]) (*body[KeyOptions], error) {
	return options(s.Auth.AskKey(ctx, callerOf(ctx), in.Body.Kind, in.Body.Resistant))
}

func (s *server) makeKey(ctx context.Context, in *body[KeyKind]) (*body[KeyOptions], error) {
	return options(s.Auth.MakeKey(ctx, callerOf(ctx), in.Body.Kind))
}

func options[T ~[]byte](text T, err error) (*body[KeyOptions], error) {
	if err != nil {
		return nil, err
	}
	return &body[KeyOptions]{KeyOptions{Options: string(text)}}, nil
}

func (s *server) verifyKey(ctx context.Context, in *body[KeyAnswer]) (*bodyAndCookies[VerifyAnswer], error) {
	return s.answerVerify(s.Auth.VerifyKey(ctx, callerOf(ctx), []byte(in.Body.Answer)))
}

func (s *server) addKey(ctx context.Context, in *body[KeyAnswer]) (*bodyAndCookies[NewKeyView], error) {
	key, err := s.Auth.AddKey(ctx, callerOf(ctx), []byte(in.Body.Answer))
	if err != nil {
		return nil, err
	}
	return &bodyAndCookies[NewKeyView]{SetCookie: s.cookies.lines(key.Issued),
		Body: NewKeyView{ID: key.ID, Kind: key.Kind, Name: key.Name, First: key.First}}, nil
}

func (s *server) renameKey(ctx context.Context, in *KeyNameInput) (*none, error) {
	return nil, s.Auth.RenameKey(ctx, callerOf(ctx), in.ID, in.Body.Name)
}

func (s *server) removeKey(ctx context.Context, in *KeyID) (*cookies, error) {
	return s.issue(s.Auth.RemoveKey(ctx, callerOf(ctx), in.ID))
}

func (s *server) removeApp(ctx context.Context, _ *none) (*cookies, error) {
	return s.issue(s.Auth.RemoveApp(ctx, callerOf(ctx)))
}

func (s *server) refuseKey(ctx context.Context, in *KeyID) (*cookies, error) {
	return s.issue(s.Auth.RefuseKey(ctx, callerOf(ctx), in.ID))
}

func viewKeys(keys []auth.KeyView) []KeyView {
	views := make([]KeyView, len(keys))
	for i, k := range keys {
		views[i] = KeyView{ID: k.ID, Kind: k.Kind(), Name: k.Name, Connections: k.Connections(), Works: k.Works, Synced: k.BackupEligible,
			CreatedAt: stamp(time.UnixMilli(k.CreatedAt)), LastUsedAt: msOrNull(k.LastUsedAt), ResistantAt: stamp(time.UnixMilli(k.ResistantAt))}
		if views[i].Connections == nil {
			views[i].Connections = []string{}
		}
	}
	return views
}

// addWays says how the caller can give the second factor, and which new keys the caller may
// refuse.
func (s *server) addWays(ctx context.Context, view *SessionView, caller *auth.Caller) error {
	ways, err := s.Auth.Ways(ctx, caller)
	if err != nil {
		return err
	}
	for _, way := range ways {
		view.Ways = append(view.Ways, WayView(way))
	}
	if caller.State != auth.SignedIn {
		return nil
	}
	recent, err := s.Auth.NewKeys(ctx, caller)
	for _, k := range recent {
		view.NewKeys = append(view.NewKeys, RecentKeyView{ID: k.ID, Kind: k.Kind(), Name: k.Name, CreatedAt: stamp(time.UnixMilli(k.CreatedAt))})
	}
	return err
}
