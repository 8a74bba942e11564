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

// csrf makes the token a signed-in page sends with every change. It is an HMAC
// over the session's id, which stays the same while the cookie's token changes
// with the level, so that other open tabs go on working.
type csrf struct{ key [32]byte }

func newCSRF(keys *secretbox.Keyring) csrf {
	return csrf{key: keys.Subkey(csrfLabel)}
}

func (k csrf) token(sessionID int64) string {
	mac := hmac.New(sha256.New, k.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(sessionID)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// requireCSRF refuses a change in a session whose own token is not sent along.
func (s *server) requireCSRF(c *fiber.Ctx) error {
	session := requestOf(c.UserContext()).caller.Session
	if isSafe(c.Method()) || session == nil {
		return c.Next()
	}
	want := s.csrf.token(session.ID)
	if !hmac.Equal([]byte(c.Get(headerCSRF)), []byte(want)) {
		return apperr.New(apperr.CSRF, "This page does not belong to the current session. Load it again.")
	}
	return c.Next()
}
