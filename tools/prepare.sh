#!/bin/sh
# Makes .venv with exactly the packages of requirements.lock. Called by make; PYTHON names the Python.
set -eu

cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
fail() { printf 'cannot prepare: %s\n' "$*" >&2; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then printf '%s' "$candidate"; return; fi
    done
    return 1
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python) || fail "Geminya needs Python 3.11 or newer and ${PYTHON:-python3} is" \
        "$("${PYTHON:-python3}" --version 2>/dev/null || printf 'not there');" \
        "install one, or name one: make PYTHON=/path/to/python3.12 run"
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || fail "$python cannot make a virtual environment;" \
        "on Debian and Ubuntu: apt install python3-venv"
fi

# Neither tool may need a home of its own.
if [ ! -w "${HOME:-/nonexistent}" ]; then
    export PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1

uv=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv" ]; then
    say "installing uv $uv, which installs the rest"
    # The lock's own lines, so that uv is held to its hash like everything else.
    awk '/^[^ ]/ { ours = /^uv==/ } ours && !/^ *#/' requirements.lock > .venv/uv.lock.txt
    .venv/bin/python -m pip install -q --no-deps --require-hashes -r .venv/uv.lock.txt \
        || fail "pip could not install uv; is the package index reachable?"
fi

say "installing what requirements.lock names"
export VIRTUAL_ENV="$PWD/.venv"
.venv/bin/uv pip sync --require-hashes requirements.lock \
    || fail "uv could not install requirements.lock; is the package index reachable?"
.venv/bin/uv pip install -q --no-deps --no-build-isolation --offline -e . \
    || fail "the project itself could not be installed into .venv"
