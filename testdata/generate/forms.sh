#!/bin/sh
# Makes testdata/forms with OpenSSL 3: one certificate, and what people give in its place. Keys are new at every run and worth
# nothing: commit the result as a whole.
set -eu
export LC_ALL=C
mkdir -p "$(dirname "$0")/../forms" && cd "$(dirname "$0")/../forms"
rm -f -- *
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -subj "/CN=forms.test" -days 9000 -out good.pem 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/other.key" -subj "/CN=second.test" -days 9000 -out second.pem 2>/dev/null
openssl x509 -in good.pem -outform DER -out good.der
openssl x509 -in good.pem -trustout -setalias "forms" -addtrust serverAuth -out trusted.pem
openssl x509 -in good.pem -pubkey -noout > public.pem
openssl rsa -in key.pem -RSAPublicKey_out -out pkcs1.pem 2>/dev/null
openssl rsa -in key.pem -traditional -out rsa-key.pem 2>/dev/null
openssl pkcs8 -topk8 -in key.pem -passout pass:forms -out encrypted-key.pem
openssl pkcs8 -topk8 -in key.pem -passout pass:forms -outform DER -out encrypted-key.der
openssl pkey -in key.pem -outform DER -out key.der
openssl pkcs12 -export -inkey key.pem -in good.pem -passout pass:forms -name forms -out bundle.p12
openssl pkcs12 -in bundle.p12 -passin pass:forms -nokeys -out bag.pem 2>/dev/null
openssl crl2pkcs7 -nocrl -certfile good.pem -certfile second.pem -out two.p7b
openssl crl2pkcs7 -nocrl -certfile good.pem -certfile second.pem -outform DER -out two.p7c
openssl req -new -key key.pem -subj "/CN=forms.test" -out request.pem
openssl req -in request.pem -outform DER -out request.der
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\ndefault_md=sha256\ndefault_crl_days=30\n' "$work" > "$work/ca.cnf"
: > "$work/index"
openssl ca -config "$work/ca.cnf" -gencrl -keyfile key.pem -cert good.pem -out list.crl 2>/dev/null
openssl crl -in list.crl -outform DER -out list.crl.der
openssl x509 -in good.pem -noout -fingerprint -sha256 > fingerprint.txt
