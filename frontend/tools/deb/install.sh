# Installs the package the way an operator does, uses it, upgrades, removes and purges
# it: install.sh PACKAGE VERSION PORT. Run by package.js in a throw-away copy of this
# machine, where it is root.
set -eu
fail() {
	echo "$*" >&2
	exit 1
}
is() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }
file() { stat -c '%U:%G %a' "$1"; }
unit=/usr/lib/systemd/system/imagemaster.service
setting() { sed -n "s/^$1=//p" $unit; }
settings=/etc/imagemaster/imagemaster.env
key=/etc/imagemaster/keys/imagemaster.key
data=/var/lib/imagemaster

# The installation makes the user and the key file, and starts nothing.
dpkg --install "$1"
is "the shell of the user" "$(getent passwd imagemaster | cut -d: -f7)" /usr/sbin/nologin
is "the settings" "$(file $settings)" "root:root 600"
is "the folder of the settings" "$(file /etc/imagemaster)" "root:root 755"
is "the folder of the key" "$(file $(dirname $key))" "imagemaster:imagemaster 700"
is "the key file" "$(file $key)" "imagemaster:imagemaster 600"
case "$(imagemaster version)" in "imagemaster $2 (commit "*) ;; *) fail "another version: $(imagemaster version)" ;; esac

# Settings that a shell would misread are read as they stand.
sed -i "s/^IMAGEMASTER_PUBLIC_URL=.*/IMAGEMASTER_PUBLIC_URL=\"http:\/\/localhost:$3\"/" $settings
echo "IMAGEMASTER_LISTEN=127.0.0.1:$3" >>$settings
cat >>$settings <<'END'
IMAGEMASTER_HELP_CONTACT=Help & Co, room 5 $(touch /ran)
END

# The server runs with the places and the user that the unit gives it, and nothing
# else can be written. It tells the manager when it is ready.
install -d -o "$(setting User)" -g "$(setting Group)" -m "$(setting StateDirectoryMode)" "/var/lib/$(setting StateDirectory)"
start() {
	: >/log
	unshare --mount sh -euc '
		for place in '"$data $(setting ReadWritePaths)"'; do mount --bind $place $place; done
		mount -o remount,bind,ro /
		mount -t tmpfs none /tmp
		exec imagemaster-admin serve' >/log 2>&1 &
	server=$!
	tries=0
	until grep -q '"msg":"ready"' /log; do
		kill -0 $server 2>/dev/null || fail "the server has ended: $(cat /log)"
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "the server is not ready: $(cat /log)"
		sleep 0.05
	done
}
stop() {
	pid=$(pgrep -u imagemaster -x imagemaster)
	kill -TERM "$pid"
	wait $server || fail "the server ended badly: $(cat /log)"
}
start
[ ! -e /ran ] || fail "the shell ran a setting"
is "the data" "$(file $data/imagemaster.db)" "imagemaster:imagemaster 600"
if grep -q Unused $key; then fail "the server could not mark the key file as used"; fi
if grep -q warn /log; then fail "the server warns: $(cat /log)"; fi
MAINPID=$(pgrep -u imagemaster -x imagemaster)
eval "$(setting ExecReload)"
tries=0
until grep -q 'the key file was read again' /log; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || fail "a reload does nothing: $(cat /log)"
	sleep 0.05
done
echo green-ladder-sings-42 | imagemaster-admin user add anna
case "$(imagemaster-admin user list)" in *anna*) ;; *) fail "the account is missing" ;; esac
imagemaster-admin doctor >/doctor || fail "$(cat /doctor)"
install -d -o imagemaster -m 0700 /var/backups/imagemaster
imagemaster-admin backup /var/backups/imagemaster/before-upgrade.backup
stop

# An upgrade keeps key, settings and data.
kept() { sha256sum $key $settings; }
before=$(kept)
dpkg --install "$1"
[ "$before" = "$(kept)" ] || fail "the upgrade has changed the key or the settings"
is "the settings" "$(file $settings)" "root:root 600"
start
stop

# Removing keeps all three; purging keeps key and data. An installation after that
# goes on with them.
dpkg --remove imagemaster
[ ! -e /usr/bin/imagemaster ] || fail "the program is still there"
[ "$before" = "$(kept)" ] || fail "removing has changed the key or the settings"
key_before=$(sha256sum $key)
dpkg --purge imagemaster
[ ! -e $settings ] || fail "purging keeps the settings"
[ -e $data/imagemaster.db ] || fail "purging deletes the data"
dpkg --install "$1"
is "the key" "$(sha256sum $key)" "$key_before"
case "$(imagemaster-admin user list)" in *anna*) ;; *) fail "the account is gone" ;; esac
