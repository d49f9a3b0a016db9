#!/bin/sh
# Makes testdata/certs with OpenSSL 3 (needs `openssl ca` for exact dates). Keys are new at every run: commit the result as a whole.
# Everything is judged at 2026-01-01T00:00:00Z.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../certs"
rm -rf -- *.pem *.der *.b64 *.p7b *.json *.xml *.toml *.txt fleet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = d
[d]
database = $work/index
new_certs_dir = $work
serial = $work/serial
policy = p
default_md = sha256
unique_subject = no
[p]
commonName = supplied
[req]
distinguished_name = dn
[dn]
CNF
: > "$work/index"

# name, key options for genpkey, notBefore, notAfter, digest
make() {
    name=$1 options=$2 from=$3 until=$4 digest=${5:-sha256}
    printf '%02X\n' "$(($(wc -l < "$work/index") + 16))" > "$work/serial"
    # shellcheck disable=SC2086
    [ -f "$work/$name.key" ] || openssl genpkey $options -out "$work/$name.key" 2>/dev/null
    openssl req -new -config "$work/ca.cnf" -key "$work/$name.key" -subj "/CN=$name" -out "$work/$name.csr" 2>/dev/null
    openssl ca -batch -notext -config "$work/ca.cnf" -selfsign -keyfile "$work/$name.key" -in "$work/$name.csr" \
        -md "$digest" -startdate "$from" -enddate "$until" -out "$name.pem" 2>/dev/null
}
# A second before, at, a second after.
word() { case $1 in -1) echo before ;; 0) echo at ;; *) echo after ;; esac; }
rsa='-algorithm RSA -pkeyopt rsa_keygen_bits:2048'
ec='-algorithm EC -pkeyopt ec_paramgen_curve:'

# One second around every boundary of 2026-01-01T00:00:00Z, and the boundaries of validity itself.
for days in 90 30 7 0; do
    for offset in -1 0 1; do
        end=$(date -u -d "@$((1767225600 + days * 86400 + offset))" +%Y%m%d%H%M%SZ)
        make "end-$days-days-$(word $offset)" "${ec}P-256" 20200101000000Z "$end"
    done
done
for offset in -1 0 1; do
    start=$(date -u -d "@$((1767225600 + offset))" +%Y%m%d%H%M%SZ)
    make "begin-$(word $offset)" "${ec}P-256" "$start" 20301231235959Z
done
# 100 days of life, 33 days left: relative thresholds.
make short-lived "${ec}P-256" 20251026000000Z 20260203000000Z

# Kinds of keys.
make rsa2048 "$rsa" 20250101000000Z 20261231000000Z
make rsa1024 '-algorithm RSA -pkeyopt rsa_keygen_bits:1024' 20250101000000Z 20301231000000Z
make rsa512 '-algorithm RSA -pkeyopt rsa_keygen_bits:512' 20250101000000Z 20301231000000Z
make rsa-sha1 "$rsa" 20250101000000Z 20301231000000Z sha1
make rsa-md5 "$rsa" 20250101000000Z 20301231000000Z md5
for curve in P-256 P-384 P-521 secp256k1 brainpoolP256r1 prime192v1; do
    make "ec-$curve" "$ec$curve" 20250101000000Z 20301231000000Z
done
make ed25519 '-algorithm ED25519' 20250101000000Z 20301231000000Z null
make ed448 '-algorithm ED448' 20250101000000Z 20301231000000Z null
openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out "$work/dsa.par" 2>/dev/null
make dsa1024 "-paramfile $work/dsa.par" 20250101000000Z 20301231000000Z

# Dates and serial numbers.
make far-future "${ec}P-256" 20250101000000Z 99991231235959Z
make beyond-2049 "${ec}P-256" 20250101000000Z 20500101000000Z
make twentieth-century "${ec}P-256" 19700101000000Z 19991231235959Z
openssl req -x509 -new -config "$work/ca.cnf" -key "$work/ec-P-256.key" -subj /CN=negative -set_serial -128 -days 1825 -out negative-serial.pem

# The next keys of a rotation.
make idp-old "$rsa" 20240101000000Z 20260110000000Z
make idp-new "$rsa" 20251220000000Z 20281220000000Z
make idp-later "$rsa" 20260201000000Z 20290201000000Z
make idp-steady "$rsa" 20250101000000Z 20271231000000Z
make idp-notice "$rsa" 20250101000000Z 20260301000000Z
make idp-retired "$rsa" 20220101000000Z 20251101000000Z

# Containers.
der() { openssl x509 -in "$1.pem" -outform DER; }
der rsa2048 > rsa2048.der
der rsa2048 | base64 -w0 > rsa2048.b64
head -c 500 rsa2048.der > truncated.der
cat idp-old.pem idp-new.pem > two.pem
openssl crl2pkcs7 -nocrl -certfile two.pem -outform DER -out two.p7b
openssl crl2pkcs7 -nocrl -certfile two.pem -out two-pem.p7b
openssl pkey -in "$work/ec-P-256.key" -pubout -out public-key.pem
{
    printf 'Bag Attributes\n    friendlyName: old\nsubject=CN = idp-old\n\n'
    cat idp-old.pem
    printf -- '-----BEGIN CERTIFICATE-----\nMIIB\n'
    printf -- '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n'
    printf '# between\n'
    cat public-key.pem
    cat idp-new.pem
    printf 'after\n'
} > junk.pem
sed 's/$/\r/' two.pem > crlf.pem
{ printf '\377\376'; iconv -f UTF-8 -t UTF-16LE two.pem; } > utf16.pem
{ printf -- '-----BEGIN CERTIFICATE-----'; der rsa2048 | base64 -w0; printf -- '-----END CERTIFICATE-----\n'; } > one-line.pem

x509() { der "$1" | base64 -w0; }
key() { printf '<md:KeyDescriptor%s><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>' "$1" "$2"; }
idp() {
    printf '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">%s</md:IDPSSODescriptor>' "$1"
}
ns='xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
sign=' use="signing"' enc=' use="encryption"'
entity() { printf '<md:EntityDescriptor %s entityID="%s">%s</md:EntityDescriptor>' "$ns" "$1" "$2"; }
entity https://idp.test/steady "$(idp "$(key "$sign" "$(x509 idp-steady)")")" > idp-steady.xml
entity https://idp.test/notice "$(idp "$(key "$sign" "$(x509 idp-notice)")")" > idp-notice.xml
entity https://idp.test/old "$(idp "$(key "$sign" "$(x509 idp-old)")")" > idp-old.xml
entity https://idp.test/both "$(idp "$(key "$sign" "$(x509 idp-old)")$(key "$sign" "$(x509 idp-new)")")" > idp-both.xml
entity https://idp.test/gap "$(idp "$(key "$sign" "$(x509 idp-old)")$(key "$sign" "$(x509 idp-later)")")" > idp-gap.xml
entity https://idp.test/new "$(idp "$(key "$sign" "$(x509 idp-new)")")" > idp-new.xml
entity https://fs.acme.test/adfs/services/trust "$(idp "$(key "$sign" "$(x509 idp-old)")$(key "$sign" "$(x509 idp-new)")")" > adfs.xml
{
    printf '<md:EntitiesDescriptor %s Name="https://federation.test" validUntil="2025-12-31T00:00:00Z">' "$ns"
    entity https://idp.test/one "$(idp "$(key "$sign" "$(x509 idp-steady)")$(key "$enc" "$(x509 rsa2048)")")"
    printf '<md:EntitiesDescriptor>'
    entity https://sp.test/two "<md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">$(key '' "$(x509 ec-P-256)")$(key "$sign" 'bm90IGEgY2VydGlmaWNhdGU=')</md:SPSSODescriptor>"
    printf '</md:EntitiesDescriptor></md:EntitiesDescriptor>'
} > federation.xml
{
    printf '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0"><saml:Issuer>https://idp.test/message</saml:Issuer>'
    printf '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature></samlp:Response>' "$(x509 idp-old)"
} > message.xml

url() { basenc --base64url -w0 | tr -d '='; }
modulus() { openssl x509 -in "$1.pem" -noout -modulus | cut -d= -f2 | tr -d '\n' | basenc --base16 -d | url; }
x5t() { der "$1" | openssl dgst "-$2" -binary | url; }
cat > jwks.json <<JSON
{ "keys": [
  { "kid": "cert", "kty": "RSA", "use": "sig", "e": "AQAB", "n": "$(modulus idp-steady)", "x5c": ["$(x509 idp-steady)"],
    "x5t": "$(x5t idp-steady sha1)", "x5t#S256": "$(x5t idp-steady sha256)" },
  { "kid": "bare", "kty": "RSA", "use": "sig", "e": "AQAB", "n": "$(modulus idp-new)" },
  { "kid": "enc", "kty": "RSA", "use": "enc", "e": "AQAB", "n": "$(modulus rsa2048)" },
  { "kid": "wrong-x5t", "kty": "RSA", "e": "AQAB", "n": "$(modulus rsa2048)", "x5c": ["$(x509 rsa2048)"], "x5t": "$(x5t idp-old sha1)" },
  { "kid": "wrong-key", "kty": "RSA", "e": "AQAB", "n": "$(modulus idp-old)", "x5c": ["$(x509 rsa2048)"] },
  { "kid": "bare", "kty": "RSA", "e": "AQAB", "n": "$(modulus idp-later)" },
  { "kid": "symmetric", "kty": "oct", "k": "c2VjcmV0" },
  { "kid": "ed", "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }
] }
JSON
printf '{ "issuer": "https://op.test", "jwks_uri": "https://op.test/jwks.json", "authorization_endpoint": "https://op.test/authorize" }\n' > openid-configuration.json
cat > fleet.toml <<'TOML'
[[app]]
name = "crm"
owner = "team-crm"
contact = "crm@app.test"
published = "idp-both.xml"
trusted = "two.pem"

[[app]]
name = "wiki"
owner = "team-kb"
published = "idp-both.xml"
trusted = ["idp-old.pem"]
TOML
