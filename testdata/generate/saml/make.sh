#!/bin/sh
# Regenerates testdata/saml: certificates, donors, vectors, indexes; then cross-checks them with xmlsec1.
# Needs Python 3 with lxml and cryptography, xmlsec1, openssl. Run from anywhere.
set -eu
cd "$(dirname "$0")"
out=../../saml
for d in sx si sc st sd sp sf sa sk sn sr sv tm ue ds ms base metadata; do rm -rf "${out:?}/$d"; done
python3 certs.py
exec python3 make.py "$@"
