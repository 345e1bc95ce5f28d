#!/usr/bin/env bash
# Runs deploy/edge-operations.service by systemd itself, in a container that systemd-nspawn boots, as root on Debian 12:
#   bash test/image/systemd.sh
#
# It installs what docs/self-hosting.md says, asks for operations, kills the service in the middle of one, restores a
# backup and stops it. The container has Debian's packages, this repository's committed files and its node_modules, and no network
# but its own. What is downloaded stays in DIRECTORY for the next time, about 1.2 GB.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DIRECTORY=${DIRECTORY:-/var/tmp/edge-operations-systemd}
machine=$DIRECTORY/machine
mkdir -p "$DIRECTORY"/{debs,programs}
cd "$DIRECTORY"

if [ ! -e programs/.complete ]; then
  (cd debs && apt-get -q download debootstrap systemd-container)
  for package in debs/*.deb; do dpkg -x "$package" programs; done
  rm -rf "$machine"
  DEBOOTSTRAP_DIR=$PWD/programs/usr/share/debootstrap programs/usr/sbin/debootstrap --variant=minbase \
    --include=ca-certificates,curl,dbus,systemd,systemd-sysv bookworm "$machine" http://deb.debian.org/debian >debootstrap.log
  echo '127.0.0.1 localhost' >"$machine/etc/hosts"
  touch programs/.complete
fi

app=$machine/opt/edge-operations
rm -rf "$app" "$machine"/var/lib/{private/,}edge-operations "$machine"/root/backup
git clone -q "$root" "$app"
cp -a "$root/node_modules" "$app/"
(cd "$app" && PATH=$app/node_modules/.bin:$PATH npm run build:worker >/dev/null)
install -d -m 0700 "$machine/etc/edge-operations"
(umask 077 && openssl rand -hex 24 >"$machine/etc/edge-operations/TOKEN")
# What it calls is itself, by a name: so that the resolver is tried too.
printf 'UPSTREAMS={"itself":"http://localhost:8787"}\nDEVELOPMENT=true\n' >"$machine/etc/edge-operations/environment"
cp "$app/deploy/edge-operations.service" "$machine/etc/systemd/system/"
ln -sf ../edge-operations.service "$machine/etc/systemd/system/multi-user.target.wants/"

cat >"$machine/root/try.sh" <<'TRY'
set -euo pipefail
api=http://127.0.0.1:8787/api
token=$(cat /etc/edge-operations/TOKEN)
ask() { curl -s --retry 30 --retry-all-errors --retry-delay 1 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@"; }
is() { case $2 in *"$3"*) echo "ok: $1" ;; *) echo "not ok: $1: $2" && exit 1 ;; esac; }
id() { grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4; }
state=/var/lib/edge-operations

is 'serves' "$(ask --fail "$api/v1/operations?sync=true" -d '{"kind":"echo","input":1}')" '"status":"succeeded"'
is 'calls an upstream by its name' "$(ask -o /dev/null -w '%{http_code}' -H 'Prefer: wait=20' "$api/proxy/itself/static/")" 200
id=$(ask "$api/v1/operations" -d '{"kind":"simulate","input":{"duration":"6s"}}' | id)
kill -s KILL "$(systemctl show --property MainPID --value edge-operations)"
is 'goes on after a kill -9' "$(ask "$api/v1/operations/$id?wait=30s")" '"status":"succeeded","labels":{},"attempt":2'
is 'was started again once' "$(systemctl show --property NRestarts edge-operations)" NRestarts=1

cd /opt/edge-operations
node=node_modules/.bin/node
is 'is backed up' "$($node src/local/backup.ts --state $state --to /root/backup)" 'backed up'
systemctl stop edge-operations
is 'stops' "$(systemctl show --property Result --property ExecMainStatus edge-operations | sort | xargs)" 'ExecMainStatus=0 Result=success'
find $state/ -mindepth 1 -delete
is 'is restored' "$($node src/local/restore.ts --from /root/backup --state $state)" 'restored'
systemctl start edge-operations
is 'has what was restored' "$(ask "$api/v1/operations/$id")" '"status":"succeeded"'
is 'serves what was restored' "$(ask "$api/v1/operations?sync=true" -d '{"kind":"echo","input":2}')" '"status":"succeeded"'
systemd-analyze security --no-pager edge-operations | tail -n 1
TRY

setsid programs/usr/bin/systemd-nspawn --boot --directory "$machine" --register=no --keep-unit --private-network \
  </dev/null >boot.log 2>&1 &
nspawn=$!
inside=
stop() {
  # systemd's signal for an orderly power-off.
  if [ -n "$inside" ]; then kill -s RTMIN+4 "$inside" 2>/dev/null || true; else kill "$nspawn" 2>/dev/null || true; fi
  wait
}
trap stop EXIT
within() { nsenter --target "$inside" --mount --uts --ipc --net --pid --cgroup --root --wd "$@"; }
for _ in $(seq 150); do
  sleep 0.2
  # nspawn's child is the container's first process once it has become systemd.
  inside=$(pgrep --parent "$nspawn" --exact systemd | head -n 1 || true)
  if [ -n "$inside" ] && within systemctl is-active --quiet edge-operations 2>/dev/null; then break; fi
done
within bash /root/try.sh
