#!/usr/bin/env bash
# Builds the extension for a free-threaded CPython and tests it there, on a Debian machine: the one that
# ZFFI_FREETHREADED_PYTHON names, or one of the PATH, or else one that is built from Debian's source package.
#
#   tests/freethreaded/run.sh                 everything that depends on the interpreter
#   tests/freethreaded/run.sh ARGUMENT...     pytest with these arguments instead
#
# To build one takes many minutes, and needs gcc, make, libssl-dev, zlib1g-dev and libffi-dev.
# Everything goes to build/freethreaded, or to what ZFFI_FREETHREADED names, and stays there for the next time.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${ZFFI_FREETHREADED:-build/freethreaded}")
mkdir -p "$folder"

# -- A free-threaded CPython ------------------------------------------------------------------------------------------

fetch_source() { # apt checks what it fetches; nothing is installed
    local apt=$folder/apt mirror
    rm -rf "$apt" "$folder/source"
    mkdir -p "$apt"/{state,lists/partial,cache/archives/partial} "$folder/source"
    : >"$apt/state/status"
    # shellcheck disable=SC2016 # apt replaces it
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' | head -n 1)
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "${mirror:-http://deb.debian.org/debian} trixie main" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<END
Dir::State "$apt/state"; Dir::State::status "$apt/state/status"; Dir::State::lists "$apt/lists"; Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "/dev/null"; APT::Sandbox::User "";
Acquire::Languages "none"; Debug::NoLocking "true";
END
    APT_CONFIG=$apt/apt.conf apt-get -qq update
    (cd "$apt" && APT_CONFIG=$apt/apt.conf apt-get -qq source --download-only python3.13)
    tar -xf "$apt"/python3.13_*.orig.tar.?z -C "$folder/source" --strip-components=1
    rm -rf "$apt"
}

build_python() {
    local header
    for header in openssl/ssl.h zlib.h ffi.h; do
        echo "#include <$header>" | cc -E -x c - >/dev/null 2>&1 ||
            { echo "no $header: apt-get install gcc make libssl-dev zlib1g-dev libffi-dev" >&2; exit 1; }
    done
    fetch_source
    mkdir -p "$folder/work"
    (
        cd "$folder/work"
        "$folder/source/configure" -q --prefix="$folder/python" --disable-gil --without-ensurepip --disable-test-modules \
            CFLAGS=-O2
        make -s -j"$(nproc)"
        make -s install
    ) >"$folder/python.log" 2>&1 || { tail -n 30 "$folder/python.log"; exit 1; }
    rm -rf "$folder/work" "$folder/source"
}

is_free() {
    "$1" -c 'import sys, sysconfig; sys.exit(not sysconfig.get_config_var("Py_GIL_DISABLED"))' 2>/dev/null
}

python=${ZFFI_FREETHREADED_PYTHON:-}
for candidate in python3.{15,14,13}t "$folder/python/bin/python3.13t"; do
    [ -n "$python" ] || ! is_free "$candidate" || python=$candidate
done
if [ -z "$python" ]; then
    build_python
    python=$folder/python/bin/python3.13t
fi
is_free "$python" || { echo "$python is no free-threaded CPython" >&2; exit 1; }

# -- Build and test ---------------------------------------------------------------------------------------------------

# What there is no wheel of is left at an older version.
[ -x "$folder/environment/bin/python" ] || "$python" -m venv "$folder/environment"
python=$folder/environment/bin/python
"$python" - >"$folder/requirements.txt" <<'END'
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
needs = project["project"]["dependencies"], project["project"]["optional-dependencies"]["test"]
print(*needs[0], *needs[1], *project["build-system"]["requires"], sep="\n")
END
"$python" -m pip install -q --disable-pip-version-check --only-binary=:all: -r "$folder/requirements.txt"

CFLAGS=-Werror "$python" setup.py -q build_ext --inplace >"$folder/build.log" 2>&1 || { cat "$folder/build.log"; exit 1; }
"$python" -W error -c 'import sys, zffi; sys.exit(sys._is_gil_enabled())'
"$python" -m zffi
if [ $# -gt 0 ]; then
    exec "$python" -m pytest -q -p no:cacheprovider "$@"
fi
# Freed memory is overwritten, so that nobody reads it unnoticed.
PYTHONMALLOC=debug ZFFI_STORM_ROUNDS=3 "$python" -m pytest -q -p no:cacheprovider tests/threads
exec "$python" -m pytest -q -p no:cacheprovider --ignore tests/abi --ignore tests/code --ignore tests/engine \
    --ignore tests/layout --ignore tests/native --ignore tests/vectors
