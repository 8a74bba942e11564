package api

import (
	"context"
	"encoding/base64"

	"imagemaster/backend/account"
	"imagemaster/backend/auth"
	"imagemaster/backend/sheet"
)

// GenerateRequest says how the sheet is printed.
type GenerateRequest struct {
	Paper    string `json:"paper" enum:"a4,letter" doc:"The size of the sheet."`
	Language string `json:"language" enum:"en,de" doc:"The language of the sheet."`
}

// NewCodesView is a new set. No other answer holds its codes.
type NewCodesView struct {
	Number    int      `json:"number" doc:"Counts the sets of this account from 1."`
	CheckWord string   `json:"check_word" doc:"Four symbols to tell sheets apart."`
	CreatedAt string   `json:"created_at" format:"date-time" doc:"When the set was generated."`
	Codes     []string `json:"codes" nullable:"false" doc:"Ten codes in groups of four with dashes."`
	PDF       string   `json:"pdf" contentEncoding:"base64" doc:"The sheet to print, base64."`
}

// SavedRequest says that the codes of a set are saved.
type SavedRequest struct {
	Number int `json:"number" doc:"The set's number."`
}

// CheckRequest carries a saved code.
type CheckRequest struct {
	Code string `json:"code" doc:"A backup code. Reasons: malformed, which spends no try."`
}

// CheckView says whether a saved code would be accepted.
type CheckView struct {
	Result      auth.Check `json:"result" enum:"valid,used,replaced,unknown" doc:"used: it has been used up. replaced: it belongs to an earlier set. unknown: it is no code of this account."`
	Set         *int       `json:"set" doc:"The set it belongs to; null when unknown."`
	UsedAt      *string    `json:"used_at" format:"date-time" doc:"When it was used up; null otherwise."`
	TriesLeft   *int       `json:"tries_left" doc:"Tries before a wait; null unless unknown."`
	WaitSeconds *int64     `json:"wait_seconds" doc:"How long the next try must wait, in seconds; null unless unknown."`
}

func (s *server) generateBackupCodes(ctx context.Context, in *body[GenerateRequest]) (*body[NewCodesView], error) {
	codes, err := s.Auth.ReplaceBackupCodes(ctx, callerOf(ctx), s.printer(ctx, in.Body))
	if err != nil {
		return nil, err
	}
	return &body[NewCodesView]{NewCodesView{
		Number:    codes.Number,
		CheckWord: codes.CheckWord,
		CreatedAt: stamp(codes.CreatedAt),
		Codes:     codes.Codes,
		PDF:       base64.StdEncoding.EncodeToString(codes.PDF),
	}}, nil
}

// printer renders the sheet with this server's brand and address.
func (s *server) printer(ctx context.Context, how GenerateRequest) auth.Printer {
	var logo []byte
	if s.Brand.LogoType == "image/png" {
		logo = s.Brand.Logo
	}
	return func(a *account.Account, codes auth.NewCodes) ([]byte, error) {
		return s.Sheets.Render(ctx, sheet.Sheet{
			Brand: s.Brand.Name, LogoPNG: logo, Username: a.Username, DisplayName: a.DisplayName,
			CreatedAt: codes.CreatedAt, SetNumber: codes.Number, CheckWord: codes.CheckWord, Codes: codes.Codes,
			HelpContact: s.HelpContact, SignInURL: s.base, Language: how.Language, Paper: how.Paper,
		})
	}
}

func (s *server) confirmBackupCodes(ctx context.Context, in *body[SavedRequest]) (*none, error) {
	return nil, s.Auth.ConfirmBackupCodes(ctx, callerOf(ctx), in.Body.Number)
}

func (s *server) checkBackupCode(ctx context.Context, in *body[CheckRequest]) (*body[CheckView], error) {
	result, err := s.Auth.CheckBackupCode(ctx, callerOf(ctx), in.Body.Code)
	if err != nil {
		return nil, err
	}
	view := CheckView{Result: result.Result, UsedAt: stampOrNull(result.UsedAt)}
	if result.Result == auth.CheckUnknown {
		wait := seconds(result.Wait)
		view.TriesLeft, view.WaitSeconds = &result.TriesLeft, &wait
	} else {
		view.Set = &result.Set
	}
	return &body[CheckView]{view}, nil
}
