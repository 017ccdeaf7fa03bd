#!/bin/sh
# Sets up .venv from requirements.lock (`make install`): every package checked by its hash, quick when nothing changed, safe to repeat.
# KENTONGAN_PYTHON=/path/to/python picks the interpreter; KENTONGAN_INSTALLER=pip does without uv; KENTONGAN_LANG=en speaks English.
# pip's own settings (index, proxy, certificate, find-links; file or environment) hold for uv too.
set -eu
cd "$(dirname "$0")/.."
VENV=.venv
PY=$VENV/bin/python
STAMP=$VENV/kentongan.stamp
LOG=$VENV/install.log

say() { case "${KENTONGAN_LANG:-id}" in en*) printf '%s\n' "$2" >&2 ;; *) printf '%s\n' "$1" >&2 ;; esac; }
die() { say "Gagal: $1" "Failed: $2"; exit 1; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || echo '-'; }
fingerprint() { { cat requirements.lock pyproject.toml setup.py tools/install.sh; pwd; echo "${KENTONGAN_PYTHON:-}"; } | cksum; }
locked() { # the lines of the named packages in the lock, hashes and all
  awk -v names=" $* " '/^[a-z0-9]/ { split($1, part, "=="); wanted = index(names, " " part[1] " ") } wanted' requirements.lock
}

find_python() { # 3.11 first: the version that everything is tested on
  if [ -n "${KENTONGAN_PYTHON:-}" ]; then
    new_enough "$KENTONGAN_PYTHON" && { echo "$KENTONGAN_PYTHON"; return; }
    die "KENTONGAN_PYTHON=$KENTONGAN_PYTHON bukan Python >= 3.11" "KENTONGAN_PYTHON=$KENTONGAN_PYTHON is not Python >= 3.11"
  fi
  for name in python3.11 python3.12 python3.13 python3 python; do
    found=$(command -v "$name" 2>/dev/null) && new_enough "$found" && { echo "$found"; return; }
  done
  seen=$(version_of python3)
  die "perlu Python 3.11 atau lebih baru; python3 di PATH: $seen. Pasang (Debian/Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python@3.11), lalu ulangi." \
    "needs Python 3.11 or newer; python3 on the PATH: $seen. Install one (Debian/Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python@3.11), then repeat."
}

make_venv() {
  base=$(find_python)
  say "Membuat $VENV dengan $base ($(version_of "$base")) ..." "Making $VENV with $base ($(version_of "$base")) ..."
  "$base" -c 'import venv' 2>/dev/null || no_venv "$base"
  if "$base" -c 'import ensurepip' 2>/dev/null; then
    "$base" -m venv --clear "$VENV" || no_venv "$base"
  elif "$base" -m pip --version >/dev/null 2>&1; then # Debian without python3-venv, but with python3-pip
    "$base" -m venv --clear --without-pip "$VENV" || no_venv "$base"
    "$base" -m pip --python "$PY" install --quiet pip || no_venv "$base"
  else
    no_venv "$base"
  fi
}
no_venv() {
  short=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  die "$1 tidak punya modul venv. Debian/Ubuntu: apt install python$short-venv; lalu ulangi." \
    "$1 lacks the venv module. Debian/Ubuntu: apt install python$short-venv; then repeat."
}

pip_setting() { # pip's value of a setting, from its files or the environment
  "$PY" -m pip config list 2>/dev/null | sed -n "s/^\(:env:\|global\|install\)\.$1='\(.*\)'\$/\2/p" | sed -n '$p'
}
uv_like_pip() { # uv reads no pip configuration: hand it over
  : "${UV_DEFAULT_INDEX:=$(pip_setting index-url)}" "${UV_INDEX:=$(pip_setting extra-index-url)}" "${UV_FIND_LINKS:=$(pip_setting find-links)}"
  : "${SSL_CERT_FILE:=$(pip_setting cert)}" "${UV_NO_INDEX:=$(pip_setting no-index)}"
  for name in UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS SSL_CERT_FILE UV_NO_INDEX; do
    eval "value=\$$name"
    if [ -n "$value" ]; then export "$name"; else unset "$name"; fi
  done
  export UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}" UV_PYTHON_DOWNLOADS=never UV_LINK_MODE="${UV_LINK_MODE:-copy}"
}

pip_install() { "$PY" -m pip install --disable-pip-version-check --no-input --quiet "$@" >>"$LOG" 2>&1; }
get_uv() {
  [ "${KENTONGAN_INSTALLER:-uv}" = uv ] || return 1
  locked uv >"$VENV/uv.lock" && pip_install --require-hashes --no-deps --retries 2 -r "$VENV/uv.lock" && "$VENV/bin/uv" --version >>"$LOG" 2>&1
}
failed() {
  tail -5 "$LOG" >&2
  die "pemasangan paket tidak selesai (rincian: $LOG). Periksa jaringan dan pengaturan pip (PIP_INDEX_URL, HTTPS_PROXY, PIP_CERT), lalu ulangi: make install" \
    "the packages were not installed (details: $LOG). Check the network and pip's settings (PIP_INDEX_URL, HTTPS_PROXY, PIP_CERT), then repeat: make install"
}

[ -x "$PY" ] && new_enough "$PY" && [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint)" ] && exit 0
rm -f "$STAMP"
if ! { [ -z "${KENTONGAN_PYTHON:-}" ] && [ -x "$PY" ] && new_enough "$PY" && "$PY" -m pip --version >/dev/null 2>&1; }; then make_venv; fi
: >"$LOG"
count=$(grep -c '^[a-z0-9]' requirements.lock)
# --no-deps: the lock is complete, and pip would ask for hashes of "sqlalchemy[asyncio]" anew. Building the few packages that have no wheel, and this project, uses the locked setuptools: nothing is resolved or fetched outside the lock.
if get_uv; then
  uv_like_pip
  say "Memasang $count paket dengan uv ..." "Installing $count packages with uv ..."
  locked setuptools wheel packaging >"$VENV/build.lock"
  "$VENV/bin/uv" pip install --quiet --python "$PY" --require-hashes --no-deps -r "$VENV/build.lock" >>"$LOG" 2>&1 || failed
  "$VENV/bin/uv" pip sync --quiet --python "$PY" --require-hashes --no-build-isolation requirements.lock >>"$LOG" 2>&1 || failed
  "$VENV/bin/uv" pip install --quiet --python "$PY" --no-deps --no-build-isolation --editable . >>"$LOG" 2>&1 || failed
else
  say "Memasang $count paket dengan pip (tanpa uv; beberapa menit) ..." "Installing $count packages with pip (without uv; some minutes) ..."
  locked setuptools wheel packaging >"$VENV/build.lock"
  pip_install --require-hashes --no-deps -r "$VENV/build.lock" || failed
  pip_install --require-hashes --no-deps --no-build-isolation -r requirements.lock || failed
  pip_install --no-deps --no-build-isolation --editable . || failed
fi
fingerprint >"$STAMP"
say "Siap: $VENV (Python $(version_of "$PY")); perintahnya $VENV/bin/kentongan" "Ready: $VENV (Python $(version_of "$PY")); its command is $VENV/bin/kentongan"
