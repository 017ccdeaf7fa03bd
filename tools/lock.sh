#!/bin/sh
# Chooses package versions anew (`make lock`): requirements.lock for this checkout, docker/requirements.lock for what of it the image needs.
set -eu
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --no-header --quiet "$@"; }
compile --upgrade --all-extras --group dev --output-file requirements.lock
compile --extra airflow --extra cluster --constraint requirements.lock --no-annotate --output-file docker/requirements.lock
