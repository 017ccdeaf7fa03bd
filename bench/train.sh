#!/bin/sh
# Learns every model anew from a folder of data sets (`make train DATA=...`): about an hour on two cores. The heavy packages go into var/train.
# ENGLISH=the source archive of vaderSentiment 3.3.2 (bench/train_english.py says how it is fetched): without it English is learned from NusaX alone.
# A second word, quick, runs the same steps on a copy in var/quick with a few batches of the strong tier: proves the chain, ships nothing.
set -eu
cd "$(dirname "$0")/.."
DATA=$(cd "${1:?the folder that holds sentiment/, streams/, hoax/ and claims/}" && pwd)
QUICK=${2:+--quick}
ENGLISH=${ENGLISH:+$(cd "$(dirname "$ENGLISH")" && pwd)/$(basename "$ENGLISH")}
WORK=$PWD/var/train
HEAVY=${KENTONGAN_TRAIN_PYTHON:-$WORK/bin/python} # one that has bench/requirements.txt already spares the download
PLAIN=$PWD/.venv/bin/python
[ -x "$HEAVY" ] || { python3 -m venv var/train && var/train/bin/pip install --quiet --editable . -r bench/requirements.txt; }
if [ -n "$QUICK" ]; then
  rm -rf var/quick && mkdir -p var/quick/work && cp -R kentongan listeners alerts mappings bench tests config var/quick/
  cd var/quick
  WORK=$PWD/work
fi
export PYTHONPATH="$PWD" # the models are learned for, and written into, the sources that lie here
"$HEAVY" bench/train_strong.py --data "$DATA" --work "$WORK" $QUICK
[ -z "$ENGLISH" ] || "$HEAVY" bench/train_further.py --data "$DATA" --english "$ENGLISH" --work "$WORK" $QUICK
"$PLAIN" bench/train_sentiment.py --data "$DATA" ${ENGLISH:+--english "$ENGLISH"} --work "$WORK" $QUICK
"$HEAVY" bench/export_strong.py --data "$DATA" ${ENGLISH:+--english "$ENGLISH"} --work "$WORK"
"$PLAIN" bench/train_claims.py --data "$DATA"
"$PLAIN" bench/train_hoax.py --data "$DATA"
sha256sum kentongan/scoring/*.npz kentongan/scoring/*.onnx kentongan/scoring/*.json 2>/dev/null || shasum -a 256 kentongan/scoring/*.npz kentongan/scoring/*.onnx kentongan/scoring/*.json
