package auth

import "imagemaster/backend/database"

// mostUncounted is how many wrong passwords a process compares while a full disk
// keeps them from being counted. Then nobody signs in until there is space: an
// administrator's right password still works there, and could be guessed.
const mostUncounted = 20

// requireCounting refuses a sign-in while wrong passwords cannot be counted.
func (s *Service) requireCounting() error {
	if s.uncounted.Load() < mostUncounted {
		return nil
	}
	if s.DB.Full() {
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
