# Shared by the scripts in tools/: finds Python, keeps the virtual environment up to date. Source it; do not run it.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Prints the interpreter to use: python3.11 where there is one (PyBullet has a ready wheel for it), else any
# python3 that is new enough. A pyenv shim may exist without its Python, so each candidate has to run.
find_python() {
    local candidate
    for candidate in python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# Creates .venv if it is missing and installs the project into it whenever pyproject.toml has changed.
ensure_env() {
    local python digest stamp="$VENV/.simgen-stamp"
    if [ ! -x "$VENV/bin/python" ]; then
        python="$(find_python)" || fail "no Python >= 3.11 found on PATH (looked for python3.11, python3).
  Debian or Ubuntu: apt install python3.11 python3.11-venv; elsewhere: https://www.python.org/downloads/"
        say "creating .venv with $("$python" --version) ($python)"
        "$python" -m venv "$VENV" || {
            rm -rf "$VENV"
            fail "$python cannot create a virtual environment; on Debian or Ubuntu install its -venv package"
        }
        "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info >= (3, 12))' ||
            say "note: PyBullet has no ready wheel for this Python; it is compiled once (needs a C++ compiler, some minutes)"
    fi
    digest="$("$VENV/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' \
        "$ROOT/pyproject.toml")"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ]; then
        say "installing simgen and its dependencies into .venv (once, and again when pyproject.toml changes)"
        (cd "$ROOT" && "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev]') ||
            fail "pip could not install simgen; the lines above say why"
        printf '%s\n' "$digest" >"$stamp"
    fi
}
