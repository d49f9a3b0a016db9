#!/bin/sh
# Encrypted tokens of joserfc, jwcrypto and authlib, judged by the binary. Installs the three in a virtual environment of its own (network!).
#   tests/interop/jwe.sh [BINARY]      default: builds the example with the feature `decryption`
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --release -p bonafide-troubleshoot --features decryption
    binary=${CARGO_TARGET_DIR:-target}/release/troubleshoot
fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install joserfc jwcrypto authlib
"$work/venv/bin/python" tests/interop/jwe.py "$binary" "$work"
