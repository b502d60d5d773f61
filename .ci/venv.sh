#!/bin/sh
# Makes .venv, or mends it, and installs what one purpose needs: sh .ci/venv.sh demo|test|mutation|bench|lint|packages|docs
# Called by the Makefile from the project's folder. Plain POSIX sh.
set -eu
purpose=$1
unset PYTHONHOME
# PYTHONWARNINGS: setuptools lectures about editable installations, which are meant here.
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 PYTHONWARNINGS=ignore

on_debian() { command -v apt-get >/dev/null 2>&1; }
on_macos() { [ "$(uname -s)" = Darwin ]; }

# missing WHAT DEBIAN-PACKAGES BREW-FORMULA
missing() {
    echo "$1 is needed. This installs it:" >&2
    if on_debian; then
        echo "  sudo apt-get install $2" >&2
    elif on_macos; then
        echo "  brew install $3" >&2
    else
        echo "  your system's package manager, or https://www.python.org/downloads/" >&2
    fi
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# A name on the PATH proves nothing: version managers put names there that only print a refusal.
find_python() {
    without_venv=
    for candidate in python3.13 python3.12 python3.11 python3; do
        is_new_enough "$candidate" || continue
        if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then
            python=$candidate
            return
        fi
        without_venv=${without_venv:-$candidate}
    done
    if [ -n "$without_venv" ]; then
        missing "The venv module of $without_venv" "$without_venv-venv" python@3.13
    fi
    missing "Python 3.11 or newer, with its venv module," "python3 python3-venv" python@3.13
}

is_usable() {
    [ ! -e .venv/.unfinished ] || return 1
    # Its scripts hold absolute paths, so a moved or copied .venv runs another folder's programs.
    [ ! -e .venv/.made-in ] || [ "$(cat .venv/.made-in)" = "$(pwd -P)" ] || return 1
    is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1
}

if [ "$purpose" = test ] && ! command -v git >/dev/null 2>&1; then
    missing git git git
fi
if ! is_usable; then
    find_python
    echo "Making .venv with $python ..."
    rm -rf .venv
    "$python" -m venv .venv
fi
pwd -P >.venv/.made-in

echo "Installing what \"make $purpose\" needs ..."
# Stays behind when this is killed, and then the half-made .venv is made anew.
: >.venv/.unfinished
pip() { .venv/bin/python -m pip install --quiet "$@"; }
install() {
    case $purpose in
    demo) pip --editable '.[sample-host]' ;;
    # Dependency groups need pip 25.1.
    test | mutation | bench | lint | packages | docs) pip 'pip>=25.1' && pip --editable '.[sample-host]' --group "$purpose" ;;
    *) echo "venv.sh: no purpose named $purpose" >&2 && return 2 ;;
    esac
}
code=0
install || code=$?
rm .venv/.unfinished
if [ "$code" -ne 0 ]; then
    echo "The installation failed (see above). Nothing else was changed; try again once the cause is gone." >&2
    exit "$code"
fi
: >".venv/.for-$purpose"
