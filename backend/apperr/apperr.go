// Package apperr holds the errors a person may know about.
//
// An *Error carries a stable code, which the API publishes and the web
// interface turns into a sentence of its own, and the few facts that sentence
// needs. codes.go says what each code means, once. Any other error is internal:
// package api logs it once and answers with the code "internal". Messages never
// contain what the person typed, a secret, or a detail of the server.
//
// An error is made with Of or OfField, which take the sentence of the code. New
// and InvalidField take another sentence; they are for errors that the command
// line shows and that would be unclear without it, such as "There is no account
// of that name.".
package apperr

import (
	"errors"
	"time"
)

// Need names a factor a step-up still owes.
type Need string

const (
	NeedPassword Need = "password"
	NeedCode     Need = "code"
	NeedAppCode  Need = "app_code" // of the app, or a backup code
	NeedKey      Need = "key"      // a phishing-resistant one, or a backup code
)

// Field is one rejected input: Name is the JSON member (of a nested one the
// path, its parts divided by "/"), Reason a stable word such as "too_short"
// that the web interface turns into a sentence.
type Field struct {
	Name   string
	Reason string
}

// Error is an error a person may know.
type Error struct {
	Code      Code
	Message   string        // English, safe; empty = the sentence of the code
	Wait      time.Duration // 0 = none; rounded up to whole seconds when shown
	TriesLeft *int          // tries before a wait or the end; nil = not told
	Need      []Need
	Fields    []Field
	Facts     map[string]any // further members of the answer, never secret
	Cause     error          // for the log only
}

func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Sentence()
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Sentence returns the error's own message, or else the sentence of its code.
func (e *Error) Sentence() string {
	if e.Message != "" {
		return e.Message
	}
	return meanings[e.Code].Sentence
}

// Of returns an Error with a code and its sentence.
func Of(code Code) *Error { return New(code, meanings[code].Sentence) }

// OfField returns the error for one rejected input.
func OfField(name, reason string) *Error {
	return InvalidField(name, reason, meanings[Invalid].Sentence)
}

// New returns an Error with a code and a sentence of its own.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// InvalidField returns the error for one rejected input, with a sentence of its
// own.
func InvalidField(name, reason, message string) *Error {
	return &Error{Code: Invalid, Message: message, Fields: []Field{{Name: name, Reason: reason}}}
}

// CodeOf returns the code of err, Internal when it carries none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
