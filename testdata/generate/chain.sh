#!/usr/bin/env bash
# Makes testdata/chain: a certificate authority and a certificate that it issued for the key k of testdata/saml. OpenSSL.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out="$here/../chain"
tmp=$(mktemp -d)
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/ca.key" -subj "/CN=ca.test" -days 7300 -out "$out/ca.crt"
openssl req -new -key "$here/saml/keys/k2.key" -subj "/CN=idp.test" -out "$tmp/leaf.csr"
openssl x509 -req -in "$tmp/leaf.csr" -CA "$out/ca.crt" -CAkey "$tmp/ca.key" -set_serial 2 -days 7300 -out "$out/leaf.crt"
# The authority's own key is k, so that messages signed with k show whether it is trusted.
openssl req -x509 -new -key "$here/saml/keys/k.key" -subj "/CN=ca.test" -days 7300 -out "$out/ca.crt"
rm -r "$tmp"
