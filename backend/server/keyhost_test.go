package server

import (
	"path/filepath"
	"strings"
	"testing"

	"imagemaster/backend/testdb"
	"imagemaster/backend/testserver"
)

// insertKey gives the first administrator a passkey of a host.
const insertKey = "INSERT INTO passkeys (account_id, rp_id, credential_id, public_key, sign_count, transports, aaguid, attachment, discoverable, verified," +
	" backup_eligible, backup_state, name, made_in, created_at, resistant_at, last_used_at)" +
	" SELECT id, 'localhost', x'01', x'02', 0, '', x'00000000000000000000000000000000', '', 1, 1, 0, 0, '', 0, 0, 0, 0 FROM accounts"

// A start at another host is refused while people would lose keys by it, unless the number
// of their accounts is named. The next start needs no number. After a way back the same
// question is asked again.
func TestStartAtAnotherHost(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		o := testdb.Options(t, engine)
		place := []string{"--data", o.DataDir}
		if o.DSN != "" {
			key := filepath.Join(t.TempDir(), "key")
			testserver.Command(t, "key", "new", key).Succeeds("")
			place = []string{"--database", o.DSN, "--key-file", key}
		}
		here := func() *testserver.Instance { return testserver.New(t, place...) }
		there := func(more ...string) *testserver.Instance {
			s := testserver.New(t, append(more, place...)...)
			s.Cmd.Args = append(s.Cmd.Args, "--public-url", "https://new.example", "--trusted-proxies", "127.0.0.1")
			return s
		}
		first := here().Start()
		first.SetUp()
		first.Stop()
		there().Start().Ready().Stop() // nobody has keys
		testdb.Exec(t, o, insertKey)
		here().Start().Ready().Stop()

		const refusal = "1 account has passkeys or hardware keys of localhost, which do not work at new.example. "
		there().Refuses(1, refusal)
		there("--accept-passkey-loss", "2").Refuses(1, "with --accept-passkey-loss 1, not 2: ")
		doctor := func(s *testserver.Instance, code int, want string) {
			t.Helper()
			for i, arg := range s.Cmd.Args {
				if arg == "serve" {
					s.Cmd.Args[i] = "doctor"
				}
			}
			if got, out := s.Start().End(); got != code || !strings.Contains(out, want) {
				t.Errorf("doctor ended with code %d, want %d and %q:\n%s", got, code, want, out)
			}
		}
		doctor(there(), 1, "problem passkeys       "+refusal)

		accepting := there()
		accepting.Cmd.Env = append(accepting.Cmd.Env, "IMAGEMASTER_ACCEPT_PASSKEY_LOSS=1")
		accepting.Start().Ready().Stop()
		there().Start().Ready().Stop()
		there("--accept-passkey-loss", "7").Start().Ready().Stop() // it may stay in the settings
		doctor(there(), 0, "ok      passkeys       all of new.example, but for those that were given up. Accounts with such keys: 1\n")

		here().Start().Ready().Stop()
		there().Refuses(1, refusal)
		events := testserver.Command(t, append([]string{"audit", "export"}, place...)...).Succeeds("")
		if n := strings.Count(events, `"accepted_passkey_loss":1`); n != 1 {
			t.Errorf("%d events of an accepted loss:\n%s", n, events)
		}
	})
}
