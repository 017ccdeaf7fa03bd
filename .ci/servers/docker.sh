#!/usr/bin/env bash
# A Docker engine with Compose: the one that answers, else one that is started here.
#
#   bash .ci/servers/docker.sh up      # installs what is missing (root only), starts the engine if none answers, builds Compose if it is missing
#   bash .ci/servers/docker.sh down    # stops the engine if `up` started it
#
# Exit: 0 fine; 1 failed, with the next step.
set -euo pipefail

COMPOSE=v2.40.3
cache="${KENTONGAN_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/kentongan}"
pid_file="$cache/dockerd.pid" log="$cache/dockerd.log"

note() { printf 'docker: %s\n' "$*" >&2; }
fail() { note "$*"; exit 1; }
answers() { timeout 20 docker info >/dev/null 2>&1; }

packages() {
  local missing=()
  command -v docker >/dev/null && command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  [ ${#missing[@]} = 0 ] && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "no engine answers; start Docker, or run this as root where apt-get can install ${missing[*]}"
  note "installing ${missing[*]}"
  timeout 300 apt-get update -qq >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

start() {
  [ "$(id -u)" = 0 ] || fail "no engine answers, and only root can start one: start Docker and run this again"
  rm -f /var/run/docker.pid
  # Without these limits containers fail with "error setting rlimit" where the machine's own are lower.
  setsid dockerd --default-ulimit nofile=20000:20000 --default-ulimit nproc=4096:4096 >"$log" 2>&1 </dev/null &
  echo $! >"$pid_file"
  for _ in $(seq 60); do
    answers && { note "engine $(docker version --format '{{.Server.Version}}') started (process $(cat "$pid_file"))"; return; }
    kill -0 "$(cat "$pid_file")" 2>/dev/null || break
    sleep 1
  done
  tail -5 "$log" >&2
  rm -f "$pid_file"
  fail "the engine did not start; see $log"
}

compose() {
  docker compose version >/dev/null 2>&1 && return
  local binary="$cache/docker-compose-$COMPOSE" work began=$SECONDS
  if [ ! -x "$binary" ]; then
    command -v go >/dev/null || fail "Compose is missing: install docker-compose-plugin, or Go to build it"
    note "building Compose $COMPOSE from its module"
    work=$(mktemp -d)
    local source
    source=$(cd "$work" && timeout 600 go mod download -json "github.com/docker/compose/v2@$COMPOSE" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    [ -n "$source" ] || fail "the module of Compose could not be fetched: check GOPROXY, then run this again"
    cp -r "$source" "$work/compose" && chmod -R u+w "$work/compose"
    (cd "$work/compose" && timeout 900 go build -o "$binary.part" ./cmd) && mv "$binary.part" "$binary"
    rm -rf "$work"
    note "built in $((SECONDS - began)) s"
  fi
  mkdir -p ~/.docker/cli-plugins && ln -sf "$binary" ~/.docker/cli-plugins/docker-compose
  docker compose version >/dev/null 2>&1 || fail "Compose was built but does not run: $binary"
}

mkdir -p "$cache"
case "${1:-}" in
  up)
    command -v docker >/dev/null && answers || { packages; answers || start; }
    compose
    ;;
  down)
    [ -f "$pid_file" ] || exit 0
    kill "$(cat "$pid_file")" 2>/dev/null || true
    for _ in $(seq 30); do kill -0 "$(cat "$pid_file")" 2>/dev/null || break; sleep 1; done
    rm -f "$pid_file"
    ;;
  *) fail "usage: docker.sh up|down" ;;
esac
