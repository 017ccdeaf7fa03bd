#!/bin/bash
# Settings from the environment (names with dots), the password of `elastic` from a file: as the official image does.
set -euo pipefail
if [ -n "${ELASTIC_PASSWORD_FILE:-}" ]; then
  case $(stat -Lc %a "$ELASTIC_PASSWORD_FILE") in 400 | 600) ;; *) echo "ELASTIC_PASSWORD_FILE must have mode 400 or 600" >&2; exit 1 ;; esac
  [ -f config/elasticsearch.keystore ] || bin/elasticsearch-keystore create
  bin/elasticsearch-keystore add --stdin --force bootstrap.password <"$ELASTIC_PASSWORD_FILE"
fi
options=(-Enetwork.host=0.0.0.0)
while IFS='=' read -r -d '' name value; do
  [[ $name =~ ^[a-z0-9_]+(\.[a-z0-9_]+)+$ ]] && options+=("-E$name=$value")
done < <(env -0)
exec bin/elasticsearch "${options[@]}"
