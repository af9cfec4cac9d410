#!/usr/bin/env bash
# Makes the environment that the Makefile runs everything in: install.sh VENV [PYTHON]
#
# Looks for a Python that is new enough, builds VENV from it, installs the pins of requirements.txt and this
# checkout (editable). Does nothing when that has been done already for these pins, this pyproject.toml and
# this interpreter; starts over when VENV is broken, was moved here, or was left half-finished.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
venv=$root/${1:-.venv}
wanted=${2:-}

stamp=$venv/.installed           # the key of the finished installation; written last
unfinished=$venv/.unfinished     # there from the first step to the last
# 3.12 and 3.13 are what the pins are tested with, so they go before anything newer.
tested='(3, 12) <= sys.version_info[:2] <= (3, 13)'
newer='sys.version_info[:2] >= (3, 12)'

say() { printf '%s\n' "$*" >&2; }
die() { say "trialpool: $*"; exit 1; }

# Prints the interpreter behind "$1" (not a shim, not another venv) if it runs, satisfies "$2" and can make a venv.
usable() {
    "$1" -c "
import sys
if not ($2): sys.exit(1)
import venv, ensurepip, ssl, ctypes, sqlite3
print(getattr(sys, '_base_executable', None) or sys.executable)" 2>/dev/null </dev/null
}

# Every interpreter worth a try, best first, one a line.
candidates() {
    local name dir
    for name in python3.13 python3.12 python3 python; do
        type -ap "$name" || true
    done
    for dir in "$(pyenv root 2>/dev/null || true)" "${PYENV_ROOT:-}" "${HOME:-}/.pyenv"; do
        [ -d "$dir/versions" ] || continue
        # Newest first; names are 3.13.0, 3.13.0t, 3.12.11, ...
        ls -1 "$dir/versions" | grep -E '^3\.[0-9]+\.' | sort -t. -k2,2nr -k3,3nr |
            while read -r name; do printf '%s\n' "$dir/versions/$name/bin/python3"; done
    done
}

search() {
    local candidate condition
    for condition in "$tested" "$newer"; do
        while read -r candidate; do
            usable "$candidate" "$condition" && return 0
        done < <(candidates | awk '!seen[$0]++')
    done
    return 1
}

# Last resort: uv brings a Python of its own.
from_uv() {
    local uv python helper scratch
    uv=$(command -v uv || true)
    if [ -z "$uv" ]; then
        helper=$(command -v python3 || true)
        [ -n "$helper" ] || return 1
        scratch=$root/.venv.uv
        if "$helper" -m venv "$scratch" >/dev/null 2>&1 &&
            "$scratch/bin/python" -m pip install -q --disable-pip-version-check uv >/dev/null 2>&1; then
            uv=$scratch/bin/uv
        else
            rm -rf "$scratch"
            return 1
        fi
    fi
    say "trialpool: no Python 3.12 or newer found here; asking uv for one"
    if ! python=$("$uv" python find --no-project 3.13 2>/dev/null); then
        "$uv" python install -q 3.13 >/dev/null 2>&1 || true
        python=$("$uv" python find --no-project 3.13 2>/dev/null || true)
    fi
    rm -rf "$root/.venv.uv"
    [ -n "$python" ] && usable "$python" "$newer"
}

find_python() {
    if [ -n "$wanted" ]; then
        usable "$wanted" "$newer" ||
            die "PYTHON=$wanted does not run, is older than 3.12, or lacks venv, ensurepip, ssl or sqlite3; name another or leave PYTHON out."
        return
    fi
    search || from_uv ||
        die "needs Python 3.12 or 3.13 (with venv and ssl) and found none on PATH, under pyenv or through uv; install one, then: make install PYTHON=/path/to/python3.12"
}

# What the installation depends on; also proves that the environment's Python runs.
key() {
    "$venv/bin/python" -c '
import hashlib, sys
digest = hashlib.sha256(sys.version.encode())
for path in sys.argv[1:]:
    digest.update(open(path, "rb").read())
print(digest.hexdigest())' requirements.txt pyproject.toml scripts/install.sh
}

# Can VENV be kept, perhaps to be brought up to date?
sound() {
    [ ! -e "$unfinished" ] &&
        usable "$venv/bin/python" "$newer" >/dev/null &&
        grep -qF "$venv/bin/python" "$venv/bin/pip" 2>/dev/null || return 1
    [ -z "$wanted" ] || [ "$(usable "$venv/bin/python" True)" -ef "$(find_python)" ]
}

if [ -n "$wanted" ]; then find_python >/dev/null; fi

if sound; then
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(key)" ]; then exit 0; fi
    say "trialpool: bringing ${venv#"$root"/} up to date"
else
    python=$(find_python)
    say "trialpool: making ${venv#"$root"/} with $("$python" --version) ($python); the packages take a minute or two"
    # Aside in one step: a removal that is interrupted would leave something that looks whole.
    rm -rf "$venv.old"
    if [ -e "$venv" ] || [ -L "$venv" ]; then mv "$venv" "$venv.old" && rm -rf "$venv.old"; fi
    mkdir -p "$venv"
    touch "$unfinished"
    "$python" -m venv "$venv"
fi

touch "$unfinished"
rm -f "$stamp"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0
pip() { "$venv/bin/python" -m pip "$@"; }
# -qq: errors only. The first import of uncompiled packages takes many seconds: compile now, whatever the user's pip settings say.
pip install -qq --compile -r requirements.txt
pip install -qq --compile --no-deps --no-build-isolation -e .
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
if ! compgen -G "$packages/numpy/__pycache__/__init__.*.pyc" >/dev/null; then
    "$venv/bin/python" -m compileall -q -j 0 "$packages" >/dev/null || true   # a few packages ship templates
fi
pip check >/dev/null || { pip check >&2 || true; die "the installed packages do not fit together; see above."; }
# Absent HDF5 support would show only when a posterior is saved, after the sampling.
"$venv/bin/python" -c 'import h5netcdf, h5py, numpy, trialpool' ||
    die "the packages were installed but do not import; see above. Remove ${venv#"$root"/} and try again."
key >"$stamp"
rm -f "$unfinished"
say "trialpool: ${venv#"$root"/} is ready"
