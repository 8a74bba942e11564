// Package people holds the use cases of helpers and administrators: to find people
// and see how they are protected, to let them in, to help them, and to keep groups.
// The command line uses the same ones, as the operator.
//
// It stores nothing of its own. A helper or an administrator may call it whose
// session has given a second factor, and for each change has given the factors
// lately. Package auth judges that under the lock, for every change (auth.ChangeFor).
//
// What an attacker could try, and what prevents it:
//   - Raise the own role, or that of a friend: nobody acts on the own account, and
//     only administrators change roles. All administrators are told.
//   - As a helper, act on an administrator: refused for every role above person.
//   - Take an account over alone, with a password link and the removal of the second
//     factor or a new e-mail address: one person may do only one of these for an
//     account within a day.
//   - Lock everybody out: no act on another account takes the last enabled
//     administrator away whose second factor works, and where none has one, not the
//     last enabled one.
//   - Get into an account by its former name: nobody else gets that name.
//   - Slow down the sign-in of everybody with searches that find little: one person has
//     few lists at a time (list.go, enter).
//   - Put a formula into a table that an administrator opens (csv.go).
package people

import (
	"sync"

	"imagemaster/backend/auth"
)

// Service carries out the use cases.
type Service struct {
	*auth.Service
	exporting sync.Mutex // held during an export: a list of all people takes much memory
	lists     sync.Map   // *line of each account that asks for lists
}

// New returns a Service on the core of auth.
func New(a *auth.Service) *Service { return &Service{Service: a} }
