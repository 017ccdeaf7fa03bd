#!/bin/bash
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  install -d -o postgres -g postgres /var/run/postgresql
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    password=$(mktemp); cat "$POSTGRES_PASSWORD_FILE" >"$password"; chown postgres "$password"
    setpriv --reuid=postgres --regid=postgres --clear-groups initdb --username="$POSTGRES_USER" --pwfile="$password" --auth-local=trust \
      --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    rm "$password"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | setpriv --reuid=postgres --regid=postgres --clear-groups postgres --single -D "$PGDATA" postgres >/dev/null
  fi
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
fi
exec "$@"
