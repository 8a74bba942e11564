package app

// Set is all applications, found by their addresses.
type Set struct {
	Version  int64
	All      []Application
	byOrigin map[string]*Application
}

// NewSet returns a set for looking applications up. Addresses on the host of the sign-in
// itself, publicURL, do not count: it may have moved there later.
func NewSet(version int64, all []Application, publicURL string) *Set {
	s := &Set{Version: version, All: all, byOrigin: map[string]*Application{}}
	own := HostOf(publicURL)
	for i := range all {
		for _, origin := range all[i].Addresses {
			if HostOf(origin) != own {
				s.byOrigin[origin] = &all[i]
			}
		}
	}
	return s
}

// At returns the application at an origin, nil = none.
func (s *Set) At(origin string) *Application { return s.byOrigin[origin] }

// AtHost returns the origin and the application at a Host header, which says no scheme:
// https is tried first. nil = none.
func (s *Set) AtHost(host string) (origin string, a *Application) {
	for _, scheme := range []string{"https", "http"} {
		if t, ok := NewTarget(scheme, host, "/"); ok && s.byOrigin[t.Origin] != nil {
			return t.Origin, s.byOrigin[t.Origin]
		}
	}
	return "", nil
}
