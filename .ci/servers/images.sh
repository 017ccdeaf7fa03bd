#!/usr/bin/env bash
# The images that the containers under test stand on: there already, pulled, or made here as stand-ins under the official names.
#
#   bash .ci/servers/images.sh                    # asks the registry first
#   KENTONGAN_STAND_INS=1 bash .ci/servers/images.sh   # does not (as in .ci/run)
#
# Needs a Docker engine (docker.sh), root and debootstrap for the base, and the Elasticsearch of elasticsearch.sh. Exit: 0 fine; 1 failed.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
stand_ins="$here/../../tests/containers/stand_ins"
cache="${KENTONGAN_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/kentongan}"
base=python:3.11-slim-bookworm
export DOCKER_BUILDKIT=0   # the engine's own builder: no plugin is needed

note() { printf 'images: %s\n' "$*" >&2; }
have() { docker image inspect "$1" >/dev/null 2>&1 || { [ -z "${KENTONGAN_STAND_INS:-}" ] && timeout 300 docker pull -q "$1" >/dev/null 2>&1; }; }

make_base() {
  local root="$cache/bookworm"
  if [ ! -f "$cache/bookworm.tar" ]; then
    command -v debootstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
    note "making $base with debootstrap"
    rm -rf "$root"
    timeout 1200 debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,python3-pip bookworm "$root" >"$cache/debootstrap.log" 2>&1 ||
      { tail -5 "$cache/debootstrap.log" >&2; note "debootstrap failed; see $cache/debootstrap.log"; exit 1; }
    ln -sf python3 "$root/usr/bin/python"
    # This machine's own authorities: pip inside a build meets the same registry as pip outside.
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" -cf "$cache/bookworm.tar.part" . && mv "$cache/bookworm.tar.part" "$cache/bookworm.tar"
    rm -rf "$root"
  fi
  docker import --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["python3"]' - "$base" <"$cache/bookworm.tar" >/dev/null
}

make_elasticsearch() {
  local work java
  bash "$here/elasticsearch.sh" >/dev/null
  java=$(cat "$cache/java-home")
  work=$(mktemp -d)
  cp "$stand_ins/elasticsearch/"* "$work/"
  cp -r "$cache/elasticsearch-9.4.3" "$work/elasticsearch"
  mkdir "$work/jdk" && tar -C "$(readlink -f "$java")" --exclude=./jmods --exclude=./lib/src.zip --exclude=./legal -chf - . | tar -C "$work/jdk" -xf -
  docker build -q -t "$1" "$work" >/dev/null
  rm -rf "$work"
}

have "$base" || make_base
for image in docker.elastic.co/elasticsearch/elasticsearch:9.4.3 postgres:15 redis:7; do
  have "$image" && continue
  name=${image##*/} name=${name%%:*}
  note "making a stand-in for $image"
  if [ "$name" = elasticsearch ]; then make_elasticsearch "$image"; else docker build -q -t "$image" "$stand_ins/$name" >/dev/null; fi
done
docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -E '^(python|postgres|redis|docker.elastic.co/)' >&2
