#!/bin/sh
# Regenerates testdata/saml: certificates, donors, vectors, indexes; cross-checks them with xmlsec1, then puts them in place.
# Needs Python 3 with lxml and cryptography, xmlsec1, openssl. Run from anywhere.
set -eu
cd "$(dirname "$0")"
target=$(cd ../../saml && pwd)
SAML_OUT=$(mktemp -d)
export SAML_OUT
trap 'rm -rf "$SAML_OUT"' EXIT
python3 certs.py
python3 make.py "$@"
for d in base keys metadata sx si sc st sd sp sf sa sk sn sr sv tm ue ds ms; do
    rm -rf "${target:?}/$d"
    cp -r "$SAML_OUT/$d" "$target/$d"
done
cp "$SAML_OUT/vectors.json" "$SAML_OUT/metadata.json" "$SAML_OUT/TOOLS.txt" "$target/"
