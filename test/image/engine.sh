#!/usr/bin/env bash
# Runs a command that needs Docker where there is no engine and no registry of images, as root on Debian 12:
#   bash test/image/engine.sh npm run image -- --no-build
#
# The engine and debootstrap are Debian's packages, and Compose is that of Debian 13. They are unpacked under DIRECTORY
# and installed nowhere. The image that the Dockerfile begins with is made of Debian's packages, of this repository's Node and of
# the npm at hand, under the name that it has in the registry. The image is built in the network of this machine, which
# npm needs; the command is run, and its containers are, in a network namespace of their own. Everything that is started ends
# with the command. What is downloaded and built stays in DIRECTORY for the next time, about 2.5 GB.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DIRECTORY=${DIRECTORY:-/var/tmp/edge-operations-image}
base=$(sed -n 's/^FROM \([^ ]*\).*/\1/p' "$root/Dockerfile" | head -n 1)
mkdir -p "$DIRECTORY"/{debs,programs,compose,config/cli-plugins,data,run,apt/parts,apt/lists/partial,apt/cache/archives/partial}
cd "$DIRECTORY"

# The packages of another release are asked for with lists of their own.
trixie=(-o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$PWD/apt/parts"
  -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache")
if [ ! -e programs/.complete ]; then
  (cd debs && apt-get -q download docker.io containerd runc tini debootstrap)
  sed 's/bookworm/trixie/g' /etc/apt/sources.list.d/debian.sources >apt/parts/trixie.sources
  apt-get -q "${trixie[@]}" update
  (cd debs && apt-get -q "${trixie[@]}" download docker-compose docker-buildx)
  for package in debs/{docker.io,containerd,runc,tini,debootstrap}_*.deb; do dpkg -x "$package" programs; done
  for package in debs/{docker-compose,docker-buildx}_*.deb; do dpkg -x "$package" compose; done
  ln -sf "$PWD"/compose/usr/libexec/docker/cli-plugins/* config/cli-plugins/
  touch programs/.complete
fi
export PATH=$PWD/programs/usr/sbin:$PWD/programs/usr/bin:$PATH
export DOCKER_HOST=unix://$PWD/docker.sock DOCKER_CONFIG=$PWD/config

# engine starts dockerd by the words before its own, such as `unshare --net`, and returns when it takes requests.
engine() {
  "$@" dockerd --data-root "$PWD/data" --exec-root "$PWD/run" --pidfile "$PWD/dockerd.pid" --host "$DOCKER_HOST" \
    --bridge none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false >dockerd.log 2>&1 &
  local daemon=$!
  for _ in $(seq 100); do
    # One that another run has left would take requests too.
    kill -0 $daemon 2>/dev/null || break
    docker info >/dev/null 2>&1 && return
    sleep 0.2
  done
  echo "dockerd does not start:" >&2 && tail dockerd.log >&2 && return 1
}
stop() {
  if [ -e dockerd.pid ]; then kill "$(cat dockerd.pid)" 2>/dev/null || true; fi
  wait
  # What dockerd leaves mounted.
  umount run/netns/* data 2>/dev/null || true
}
trap stop EXIT

engine env
if ! docker image inspect "$base" >/dev/null 2>&1; then
  rm -rf base
  DEBOOTSTRAP_DIR=$PWD/programs/usr/share/debootstrap debootstrap --variant=minbase --include=ca-certificates \
    bookworm base http://deb.debian.org/debian >debootstrap.log
  node=$(PATH=$root/node_modules/.bin:$PATH command -v node)
  install -m 0755 "$("$node" -p process.execPath)" base/usr/local/bin/node
  mkdir -p base/usr/local/lib/node_modules
  cp -a "$(npm root --global)/npm" base/usr/local/lib/node_modules/
  for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "base/usr/local/bin/$name"; done
  chroot base groupadd --gid 1000 node
  chroot base useradd --uid 1000 --gid node --shell /bin/bash --create-home node
  # What this machine trusts is trusted there too: its registry may stand behind a proxy.
  cp /etc/ssl/certs/ca-certificates.crt base/etc/ssl/certs/ca-certificates.crt
  tar -C base -c . | docker import --change 'CMD ["node"]' \
    --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - "$base"
  rm -rf base
fi
docker buildx build --network host --tag edge-operations "$root"
stop

# shellcheck disable=SC2016 # the inner shell has its own arguments
engine unshare --net sh -c 'ip link set lo up && exec "$@"' sh
net=/proc/$(cat dockerd.pid)/ns/net
# What ends it is in this directory, however the command ends.
(cd "$root" && nsenter --net="$net" "$@")
