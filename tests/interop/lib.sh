# What the scripts of this folder share. Sourced; the caller stands in the root of the repository.
#
# Peers are installed into a cache outside of the repository: BONAFIDE_INTEROP_CACHE, else ~/.cache/bonafide-interop.
cache=${BONAFIDE_INTEROP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bonafide-interop}
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

# Packages of Debian, where they are missing and can be installed.
need_debian() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    # shellcheck disable=SC2086
    if [ "$(id -u)" = 0 ] && { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } \
        >"$work/apt.log" 2>&1; then
        return 0
    fi
    echo "FAIL setup apt-get install$missing"
    return 1
}

# need_python NAME PACKAGE...: a virtual environment in the cache; its interpreter is in $python.
need_python() {
    folder=$cache/python-$1
    python=$folder/bin/python
    shift
    [ -f "$folder/done" ] && [ "$(cat "$folder/done")" = "$*" ] && return 0
    rm -rf "$folder"
    if python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" >"$work/pip.log" 2>&1; then
        echo "$*" >"$folder/done"
        return 0
    fi
    echo "FAIL setup pip install $*"
    return 1
}

# need_node NAME PACKAGE...: a folder in the cache; NODE_PATH points to it.
need_node() {
    folder=$cache/node-$1
    NODE_PATH=$folder/node_modules
    export NODE_PATH
    shift
    [ -f "$folder/done" ] && [ "$(cat "$folder/done")" = "$*" ] && return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    if (cd "$folder" && npm init -y && npm install --no-audit --no-fund "$@") >"$work/npm.log" 2>&1; then
        echo "$*" >"$folder/done"
        return 0
    fi
    echo "FAIL setup npm install $*"
    return 1
}

# The command of the tool: TROUBLESHOOT, else the example, built with what decrypts.
tool=${TROUBLESHOOT:-}
if [ -z "$tool" ]; then
    need_debian pkg-config libssl-dev
    cargo build --quiet --release -p bonafide-troubleshoot --features decryption
    tool=${CARGO_TARGET_DIR:-target}/release/troubleshoot
fi
