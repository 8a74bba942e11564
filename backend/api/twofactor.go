package api

import (
	"context"

	"imagemaster/backend/auth"
	"imagemaster/backend/qr"
)

// TwoFactorView is the state of the second factor.
type TwoFactorView struct {
	Status           string                  `json:"status" enum:"enabled,disabled" doc:"disabled: no second factor (off), or paused."`
	HasFactor        bool                    `json:"has_factor" doc:"True with an authenticator app, a passkey or a hardware key."`
	Keys             []KeyView               `json:"keys" nullable:"false" doc:"Passkeys and hardware keys, the oldest first."`
	KeysPossible     bool                    `json:"keys_possible" doc:"False where the public URL has an IP address: passkeys and hardware keys need a host name."`
	Paused           bool                    `json:"paused" doc:"The factors are kept and not asked for at sign-in."`
	PausedUntil      *string                 `json:"paused_until" format:"date-time" doc:"When a pause ends by itself; null = no pause or an open end."`
	Key              auth.KeyState           `json:"key" enum:"none,live,dead,unreadable" doc:"Of the authenticator app. dead: blocked after too many wrong codes. unreadable: the server cannot open it."`
	PendingExpiresAt *string                 `json:"pending_expires_at" format:"date-time" doc:"When the key offered in this session ends; null = none is offered."`
	PhoneName        string                  `json:"phone_name" doc:"May be empty."`
	KeyLabel         string                  `json:"key_label" doc:"The name of the entry in the authenticator app; empty without a key."`
	EnabledAt        *string                 `json:"enabled_at" format:"date-time" doc:"When the present key was bound; null without one."`
	LastUsedAt       *string                 `json:"last_used_at" format:"date-time" doc:"When a code of it was last accepted; null = never."`
	Mail             bool                    `json:"mail" doc:"True where security notices are mailed; otherwise they are shown at the next sign-in only."`
	NoticeAddress    string                  `json:"notice_address" doc:"The e-mail address for security notices; may be empty."`
	PendingAddress   string                  `json:"notice_address_pending" doc:"The address that waits for the code mailed to it, or for a new one; may be empty."`
	BackupCodes      orNull[BackupCodesView] `json:"backup_codes" doc:"The present set; null = none."`
	Bound            bool                    `json:"bound" doc:"True if a second factor is demanded of the caller: it cannot be disabled."`
	Obligation       orNull[ObligationView]  `json:"obligation" doc:"What policies ask of the caller, also before it begins; null = nothing."`
}

// BackupCodesView is a set of backup codes without its codes.
type BackupCodesView struct {
	Left        int     `json:"left" doc:"Unused codes, 0 to 10."`
	Dead        bool    `json:"dead" doc:"True after too many wrong codes: a new set has to be made."`
	Number      int     `json:"number" doc:"Counts the sets of this account from 1."`
	CheckWord   string  `json:"check_word" doc:"Four symbols to tell sheets apart."`
	CreatedAt   string  `json:"created_at" format:"date-time" doc:"When the set was generated."`
	ConfirmedAt *string `json:"confirmed_at" format:"date-time" doc:"When the person said they are saved; null = not yet."`
	CheckedAt   *string `json:"checked_at" format:"date-time" doc:"When a saved code was last checked; null = never."`
}

// PhoneRequest names the phone.
type PhoneRequest struct {
	PhoneName string `json:"phone_name" doc:"At most 40 characters, may be empty. Reasons: too_long, not_allowed."`
}

// EnrollmentView is the key that is offered.
type EnrollmentView struct {
	Secret    string `json:"secret" doc:"The secret key, 32 letters and digits, not grouped."`
	URI       string `json:"uri" doc:"The same as an otpauth address."`
	QR        QRView `json:"qr" doc:"The same as a barcode."`
	ExpiresAt string `json:"expires_at" format:"date-time" doc:"When it ends unless it is confirmed."`
	Replaces  bool   `json:"replaces" doc:"True for a move: the present key works until this one is confirmed."`
}

// QRView is a barcode to be drawn black on white.
type QRView struct {
	Modules int    `json:"modules" doc:"Width and height in modules, the quiet zone of 4 on each side included."`
	Path    string `json:"path" doc:"The path of an SVG with viewBox 0 0 modules modules."`
}

// ConfirmRequest carries the first code of the new key.
type ConfirmRequest struct {
	Code      string  `json:"code" doc:"Six digits; spaces and dashes do not matter. Reasons: malformed, which spends no try."`
	PhoneName *string `json:"phone_name,omitempty" doc:"At most 40 characters. Reasons: too_long, not_allowed."`
}

// ConfirmAnswer says that the new key is in use.
type ConfirmAnswer struct {
	OldLabel *string `json:"old_label" doc:"The entry to delete from the old phone; null at the first set-up."`
}

func (s *server) getTwoFactor(ctx context.Context, _ *none) (*body[TwoFactorView], error) {
	view, err := s.Auth.TwoFactor(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return &body[TwoFactorView]{TwoFactorView{
		Status:           statusOf(view),
		HasFactor:        view.HasFactor,
		Keys:             viewKeys(view.Keys),
		KeysPossible:     view.KeysPossible,
		Paused:           view.Paused,
		PausedUntil:      stampOrNull(view.PausedUntil),
		Key:              view.Key,
		PendingExpiresAt: stampOrNull(view.PendingEnds),
		PhoneName:        view.PhoneName,
		KeyLabel:         view.KeyLabel,
		EnabledAt:        stampOrNull(view.EnabledAt),
		LastUsedAt:       stampOrNull(view.LastUsedAt),
		Mail:             view.Mail,
		NoticeAddress:    view.NoticeAddress,
		PendingAddress:   view.PendingAddress,
		BackupCodes:      viewCodes(view.Codes),
		Bound:            view.Bound,
		Obligation:       s.viewObligation(view.Obligation, view.Met),
	}}, nil
}

func statusOf(view auth.TwoFactorView) string {
	if view.Enabled {
		return "enabled"
	}
	return "disabled"
}

func viewCodes(set *auth.BackupCodesView) orNull[BackupCodesView] {
	if set == nil {
		return orNull[BackupCodesView]{}
	}
	return orNull[BackupCodesView]{&BackupCodesView{
		Left:        set.Left,
		Dead:        set.Dead,
		Number:      set.Number,
		CheckWord:   set.CheckWord,
		CreatedAt:   stamp(set.CreatedAt),
		ConfirmedAt: stampOrNull(set.ConfirmedAt),
		CheckedAt:   stampOrNull(set.CheckedAt),
	}}
}

func (s *server) renamePhone(ctx context.Context, in *body[PhoneRequest]) (*none, error) {
	return nil, s.Auth.RenamePhone(ctx, callerOf(ctx), in.Body.PhoneName)
}

func (s *server) beginEnrollment(ctx context.Context, _ *none) (*body[EnrollmentView], error) {
	key, err := s.Auth.BeginEnrollment(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	modules, path, err := qr.Path(key.URI)
	if err != nil {
		return nil, err
	}
	return &body[EnrollmentView]{EnrollmentView{
		Secret:    key.Secret,
		URI:       key.URI,
		QR:        QRView{Modules: modules, Path: path},
		ExpiresAt: stamp(key.EndsAt),
		Replaces:  key.Replaces,
	}}, nil
}

func (s *server) extendEnrollment(ctx context.Context, _ *none) (*none, error) {
	return nil, s.Auth.ExtendEnrollment(ctx, callerOf(ctx))
}

func (s *server) cancelEnrollment(ctx context.Context, _ *none) (*none, error) {
	return nil, s.Auth.CancelEnrollment(ctx, callerOf(ctx))
}

func (s *server) confirmEnrollment(ctx context.Context, in *body[ConfirmRequest]) (*bodyAndCookies[ConfirmAnswer], error) {
	phoneName := ""
	if in.Body.PhoneName != nil {
		phoneName = *in.Body.PhoneName
	}
	result, err := s.Auth.ConfirmEnrollment(ctx, callerOf(ctx), in.Body.Code, phoneName)
	if err != nil {
		return nil, err
	}
	var answer ConfirmAnswer
	if result.OldLabel != "" {
		answer.OldLabel = &result.OldLabel
	}
	return &bodyAndCookies[ConfirmAnswer]{SetCookie: s.cookies.lines(result.Issued), Body: answer}, nil
}
