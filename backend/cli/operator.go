package cli

import (
	"os"
	"os/user"
)

// operator returns the system user who runs a command, for the audit events, and
// who that was before sudo.
func operator() string {
	name := ""
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" {
		name += " (" + before + ")"
	}
	return name
}
