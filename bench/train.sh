#!/bin/sh
# Learns every model anew from a folder of data sets (`make train DATA=...`): about an hour on two cores. The heavy packages go into var/train.
set -eu
cd "$(dirname "$0")/.."
DATA=${1:?the folder that holds sentiment/, streams/ and hoax/}
[ -x var/train/bin/python ] || { python3 -m venv var/train && var/train/bin/pip install --quiet --editable . -r bench/requirements.txt; }
var/train/bin/python bench/train_strong.py --data "$DATA" --work var/train
.venv/bin/python bench/train_sentiment.py --data "$DATA" --work var/train
var/train/bin/python bench/export_strong.py --data "$DATA" --work var/train
.venv/bin/python bench/train_claims.py --data "$DATA"
.venv/bin/python bench/train_hoax.py --data "$DATA"
