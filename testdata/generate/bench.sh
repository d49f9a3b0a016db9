#!/usr/bin/env bash
# Makes testdata/bench: an 8.4 KB Response with one RSA-2048 signature by xmlsec1 (40 group values, certificate in
# KeyInfo), and the raw parts of one RSA verification by OpenSSL. Needs xmlsec1, openssl, python3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out="$here/../bench"
key="$here/saml/keys/k.key"
cert="$here/../saml/keys/k.crt"
mkdir -p "$out"
python3 - "$here/../saml/base/b-a.xml" "$cert" > "$out/template.xml" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
cert = ''.join(line.strip() for line in open(sys.argv[2]) if not line.startswith('-----'))
text = re.sub(r'<ds:DigestValue>[^<]*<', '<ds:DigestValue><', text)
text = re.sub(r'<ds:SignatureValue>[^<]*<', '<ds:SignatureValue><', text)
text = re.sub(r'<ds:KeyInfo>.*?</ds:KeyInfo>', '', text, flags=re.S)
info = '<ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>' % cert
text = text.replace('</ds:Signature>', info + '</ds:Signature>')
start = text[:text.index('</saml:AttributeStatement>')]
rest = text[len(start):]
groups = '<saml:Attribute Name="groups" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">'
count = 0
while len(start + groups + rest) < 8400 - 380 - 50:
    groups += '<saml:AttributeValue>cn=group-%04d,ou=engineering,dc=idp,dc=test</saml:AttributeValue>' % count
    count += 1
sys.stdout.write(start + groups + '</saml:Attribute>' + rest)
PY
xmlsec1 --sign --privkey-pem "$key" --id-attr:ID Assertion --output "$out/response-8k.xml" "$out/template.xml"
rm "$out/template.xml"
head -c 600 "$out/response-8k.xml" > "$out/signed-info.bin"
openssl dgst -sha256 -sign "$key" -out "$out/signed-info.sig" "$out/signed-info.bin"
wc -c "$out"/*
