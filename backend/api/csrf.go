package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"imagemaster/backend/apperr"
	"imagemaster/backend/secretbox"

	"github.com/gofiber/fiber/v2"
)

const (
	headerCSRF = "X-CSRF-Token"
	csrfLabel  = "imagemaster/csrf/v1"
)

// csrf makes the token that a signed-in page sends with every change. It is an
// HMAC of the session's id, which stays the same when the session token is
// renewed, so that other open tabs go on working.
type csrf struct{ key [32]byte }

func newCSRF(keys *secretbox.Keyring) csrf {
	return csrf{key: keys.Subkey(csrfLabel)}
}

func (k csrf) token(sessionID int64) string {
	mac := hmac.New(sha256.New, k.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(sessionID)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// requireCSRF refuses a change in a session without the token of that session.
func (s *server) requireCSRF(c *fiber.Ctx) error {
	session := requestOf(c.UserContext()).caller.Session
	if isSafe(c.Method()) || session == nil {
		return c.Next()
	}
	want := s.csrf.token(session.ID)
	if !hmac.Equal([]byte(c.Get(headerCSRF)), []byte(want)) {
		return apperr.Of(apperr.CSRF)
	}
	return c.Next()
}
