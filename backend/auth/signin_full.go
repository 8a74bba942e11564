package auth

import "imagemaster/backend/database"

// mostUncounted is how many wrong passwords a process compares while a full disk
// keeps them from being counted. Then only browsers that the account knows sign in,
// until there is space: an administrator's right password still works there, and
// could be guessed.
const mostUncounted = 20

// requireCounting refuses an unrecognised browser while wrong passwords cannot be
// counted.
func (s *Service) requireCounting() error {
	if s.uncounted.Load() < mostUncounted {
		return nil
	}
	if s.DB.OutOfSpace() {
		return errFull()
	}
	s.uncounted.Store(0)
	return nil
}

// noteUncounted notes a wrong password that err has kept from being counted.
func (s *Service) noteUncounted(a *attempt, err error) {
	if database.IsFull(err) && a.reason != "" {
		s.uncounted.Add(1)
	}
}
