#!/usr/bin/env bash
# Builds the extension for arm64 and tests it, on an x86-64 Debian machine: a CPython of Debian's arm64, unpacked to a
# folder and run by qemu-user, calls the cross compilers of this machine.
#
#   tests/arm64/run.sh                 everything that makes sense there
#   tests/arm64/run.sh ARGUMENT...     pytest with these arguments instead
#
# Needs clang, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user, and a python3 with pip (or what PYTHON names).
# Everything goes to build/arm64, or to what ZFFI_ARM64 names, and stays there for the next time.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${ZFFI_ARM64:-build/arm64}")
root=$folder/root

need() { # need TOOL PACKAGES: the path of a tool
    command -v "$1" || { echo "no $1: apt-get install $2" >&2; exit 1; }
}
gcc=$(need aarch64-linux-gnu-gcc "gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
clang=$(need clang clang)
qemu=$(need qemu-aarch64 qemu-user)
ZFFI_HOST_CC=$(need gcc gcc) # for programs that the tests themselves run
export ZFFI_HOST_CC

# -- A CPython of arm64, and the packages that the tests need ---------------------------------------------------------

fetch_python() { # nothing of it is run or installed: apt resolves and checks, tar unpacks
    local apt=$folder/apt new=$folder/root.new directory package
    rm -rf "$apt" "$new"
    mkdir -p "$apt"/{state,lists/partial,cache/archives/partial} "$new"
    : >"$apt/state/status"
    cat >"$apt/apt.conf" <<END
APT::Architecture "arm64"; APT::Architectures "arm64"; APT::Install-Recommends "false"; APT::Sandbox::User "";
Dir::State "$apt/state"; Dir::State::status "$apt/state/status"; Dir::State::lists "$apt/lists"; Dir::Cache "$apt/cache";
Acquire::Languages "none"; Debug::NoLocking "true";
END
    APT_CONFIG=$apt/apt.conf apt-get -qq update
    APT_CONFIG=$apt/apt.conf apt-get -qq install -y --download-only python3 libpython3-dev libstdc++6
    for directory in bin lib sbin; do
        mkdir -p "$new/usr/$directory"
        ln -s "usr/$directory" "$new/$directory"
    done
    for package in "$apt"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$new"
    done
    rm -rf "$apt" "$root"
    mv "$new" "$root"
}

requirements() { # what the package and its tests need
    "${PYTHON:-python3}" - <<'END'
import tomllib

with open("pyproject.toml", "rb") as file:
    data = tomllib.load(file)
project = data["project"]
needed = [*project.get("dependencies", []), *project["optional-dependencies"]["test"]]
print(*needed, *data["build-system"]["requires"], sep="\n")
END
}

fetch_packages() { # wheels for that CPython, chosen by this machine's
    local platforms=() minor new=$folder/packages.new
    for minor in {17..36}; do
        platforms+=(--platform "manylinux_2_${minor}_aarch64")
    done
    rm -rf "$new" "$folder/packages"
    "${PYTHON:-python3}" -m pip install -q --target "$new" --only-binary=:all: --implementation cp \
        --python-version "${version#python}" "${platforms[@]}" -r "$folder/requirements.new"
    mv "$new" "$folder/packages"
    mv "$folder/requirements.new" "$folder/requirements.txt"
}

mkdir -p "$folder/bin"
[ -e "$root/usr/bin/python3" ] || fetch_python
version=$(readlink "$root/usr/bin/python3")
requirements >"$folder/requirements.new"
cmp -s "$folder/requirements.new" "$folder/requirements.txt" || fetch_packages

# -- Programs of the usual names, before all others -------------------------------------------------------------------

program() { # program NAME COMMAND...
    printf '#!/bin/sh\nexec %s "$@"\n' "${*:2}" >"$folder/bin/$1"
    chmod +x "$folder/bin/$1"
}
program gcc "$gcc"
program clang "$clang" --target=aarch64-linux-gnu
sed -i "2i [ \"\$1\" = -cc1 ] && exec $clang \"\$@\" # the front end is told its target" "$folder/bin/clang"
# Told its own name, so that what starts sys.executable comes by here again.
program python "/usr/bin/env PYTHONHOME=$root/usr $qemu -0 $folder/bin/python -L $root $root/usr/bin/$version"
export PATH=$folder/bin:$PATH PYTHONPATH=$folder/packages
export ZFFI_EMULATOR="$qemu -L $root" # for what the build runs

# -- Build and test ---------------------------------------------------------------------------------------------------

CC=gcc CFLAGS="-Werror -idirafter $root/usr/include" python setup.py -q build_ext --inplace >"$folder/build.log" 2>&1 ||
    { cat "$folder/build.log"; exit 1; }
python -m zffi
if [ $# -eq 0 ]; then # but what tests the engine without Python, on all CPUs, what needs a real kernel, pages that show x86-64,
    # and headers of libraries that this machine has for itself alone
    set -- tests --ignore tests/abi/test_calls.py --ignore tests/abi/test_oracle.py --ignore tests/abi/test_plans.py \
        --ignore tests/code --ignore tests/debugging --ignore tests/documentation --ignore tests/engine --ignore tests/layout \
        --ignore tests/refusal --ignore tests/stubs/test_emitter.py \
        --ignore tests/cdef/test_headers.py
fi
exec python -m pytest -q -o cache_dir="$folder/cache" "$@"
