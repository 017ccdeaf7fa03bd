#!/bin/sh
# Entry point of the image, its commands `kentongan` and `airflow`, and `/entrypoint` for the probes of Airflow's chart: a secret is a file whose name is the variable it stands for.
#
# Looked for in /run/secrets (yours, see docker/secrets/README.md) and /run/kentongan/secrets (made by prepare.py); a variable that is set already
# stays. So no secret is in the image, in a compose file or in `docker inspect`, and `docker compose exec` finds them too.
set -eu
for file in /run/secrets/* /run/kentongan/secrets/*; do
  name=${file##*/}
  case $name in *[!A-Z0-9_]* | [0-9]* | '') continue ;; esac
  if [ ! -r "$file" ]; then
    echo "kentongan: $file cannot be read by user $(id -u); its owner must be 1000, or its mode 0644 in a closed folder" >&2
    exit 2
  fi
  eval "known=\${$name-}"
  [ -n "$known" ] || export "$name=$(cat "$file")"
done
case ${0##*/} in kentongan | airflow) set -- "${0##*/}" "$@" ;; esac
case ${1:-} in kentongan | airflow | python) command=/opt/venv/bin/$1; shift; set -- "$command" "$@" ;; esac
exec "$@"
