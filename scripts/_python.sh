# Sourced by the scripts: finds the checkout ($checkout) and a Python that is recent enough ($python).
# As root on a machine with apt, a missing Python is installed; otherwise one line says what to ask for.

unset CDPATH
checkout=$(cd -- "$(dirname -- "$(readlink -f -- "$0" || printf '%s' "$0")")/.." && pwd -P) || exit 1

find_python() {
    python=
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            python=$candidate
            return 0
        fi
    done
    return 1
}

if ! find_python; then
    wanted="python3 python3-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing Python, which this machine lacks ..."
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # shellcheck disable=SC2086 # two words are meant
        apt-get install -y -qq --no-install-recommends $wanted >/dev/null
    fi
    if ! find_python; then
        if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" != 0 ]; then
            echo "Python 3.11 or later is needed: ask for  sudo apt-get install -y $wanted" >&2
        else
            echo "Python 3.11 or later is needed, and this machine does not have it." >&2
        fi
        exit 1
    fi
fi
