#!/bin/sh
# `make test-containers`: engine, images, then pytest; what was started here is stopped at the end, however the end comes.
set -eu
cd "$(dirname "$0")/../.."
trap 'bash .ci/servers/docker.sh down' EXIT
trap 'exit 130' INT TERM
began=$(date +%s)
bash .ci/servers/docker.sh up
bash .ci/servers/images.sh
echo "images: $(($(date +%s) - began)) s" >&2
export KENTONGAN_TEST_CONTAINERS=1
if [ "${1:-}" = scale ]; then set -- tests/containers/test_scale.py; else set -- tests/containers --ignore=tests/containers/test_scale.py; fi
.venv/bin/pytest "$@" -p no:xdist --timeout=900 -o timeout_func_only=true --session-timeout=2700 --durations=0 --durations-min=5
