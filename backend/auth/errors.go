package auth

import (
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/throttle"
)

func errCredentials() error {
	return apperr.New(apperr.CredentialsWrong, "The user name or password is not right.")
}

func errSignedOut() error {
	return apperr.New(apperr.SignedOut, "You are signed out. Sign in again.")
}

func errSecondFactorOwed() error {
	return apperr.New(apperr.SecondFactorOwed, "Enter a verification code to go on.")
}

func errPasswordChangeOwed() error {
	return apperr.New(apperr.PasswordChangeOwed, "Choose a new password first.")
}

func errSetUpOwed() error {
	return apperr.New(apperr.SetUpOwed, "Set up two-factor authentication first.")
}

func errStepUpOwed(need ...apperr.Need) error {
	return &apperr.Error{Code: apperr.StepUpOwed, Need: need, Message: "Confirm that it is you, then go on."}
}

func errPendingEnded() error {
	return apperr.New(apperr.PendingEnded, "This sign-in has ended. Sign in again.")
}

func errExtendedEnough() error {
	return apperr.New(apperr.WrongState, "This cannot be extended any more. Finish it, or start again.")
}

func errPendingKeyEnded() error {
	return apperr.New(apperr.PendingKeyEnded,
		"This key is no longer offered. Start again with a new one and delete the entry you scanned.")
}

func errWrongState() error {
	return apperr.New(apperr.WrongState, "This has changed in the meantime. Load the page again.")
}

func errMalformedCode() error {
	return apperr.InvalidField("code", "malformed", "Enter the 6 digits the app shows, or a whole backup code. Look for a typing error.")
}

func errKeyUnreadable(cause error) error {
	return &apperr.Error{Code: apperr.KeyUnreadable, Cause: cause,
		Message: "Your key cannot be read on this server. Use a backup code, or ask for help."}
}

func errClockChanged() error {
	return apperr.New(apperr.ClockChanged, "The server's clock was changed. Use a backup code.")
}

func errKeyDead() error {
	return apperr.New(apperr.KeyDead, "There were too many wrong codes. Codes of this kind no longer work. Use the other kind, or ask for help.")
}

func errCodeStopped() error {
	return apperr.New(apperr.CodeStopped, "There were too many wrong codes. Sign in from a browser you have used before, or ask the operator for help.")
}

func errSignInWait(left time.Duration) error {
	return &apperr.Error{Code: apperr.SignInWait, Wait: left,
		Message: "There were too many wrong passwords. Wait, then try again."}
}

func errCodeWait(left time.Duration) error {
	return &apperr.Error{Code: apperr.CodeWait, Wait: left,
		Message: "There were too many wrong codes. Wait, then enter a new code."}
}

// errCode is the answer to a code that was compared and refused. state is the
// budget after the failure.
func errCode(v verdict, state throttle.State) error {
	left := state.TriesLeft()
	return &apperr.Error{Code: v.code, Message: codeMessage(v, state.Method), TriesLeft: &left, Wait: state.Wait(), Facts: v.facts()}
}

func codeMessage(v verdict, method throttle.Method) string {
	switch {
	case v.code == apperr.CodeReplaced:
		return "That code is from an older set and no longer valid. Use one of the newest set."
	case v.code == apperr.CodeUsed && method == throttle.BackupCode:
		return "That backup code has been used already. Use another one."
	case v.code == apperr.CodeUsed:
		return "That code has been used already. Wait for the next one."
	case method == throttle.BackupCode:
		return "That backup code is not right. Compare it with your sheet."
	}
	return "That code is not right. Enter the code the app shows now."
}
