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
KENTONGAN_TEST_CONTAINERS=1 .venv/bin/pytest tests/containers -p no:xdist --timeout=900 --durations=0 --durations-min=5 -k "${1:-not scale}"
