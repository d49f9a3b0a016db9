#!/bin/sh
# Regenerates the signed logins of testdata/mapping: the same user by SAML (signed by xmlsec1) and by OpenID Connect
# (signed by PyJWT), with the claims of Entra. Needs Python 3 with PyJWT and cryptography, xmlsec1. Run from anywhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../mapping" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$here" "$out" "$work" <<'PYTHON'
import base64, json, sys
import jwt
from cryptography.hazmat.primitives import serialization
here, out, work = sys.argv[1:]
TENANT = "11111111-2222-3333-4444-555555555555"
ISSUER = f"https://sts.windows.net/{TENANT}/"
OID = "aaaaaaaa-0000-4000-8000-0000000000aa"
GROUPS = ["app-users", "app-wiki", "0f1e2d3c-0000-4000-8000-000000000001"]
MS, XS = "http://schemas.microsoft.com", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
START = 1780272000  # 2026-06-01T00:00:00Z

attributes = {
    f"{MS}/identity/claims/objectidentifier": [OID],
    f"{MS}/identity/claims/tenantid": [TENANT],
    f"{MS}/identity/claims/displayname": ["Ada Lovelace"],
    f"{XS}/emailaddress": ["Ada@acme.example"],
    f"{XS}/givenname": ["Ada"],
    f"{MS}/ws/2008/06/identity/claims/groups": GROUPS,
    f"{MS}/claims/authnmethodsreferences": ["http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"],
}
statement = "".join(
    f'<Attribute Name="{name}">' + "".join(f"<AttributeValue>{value}</AttributeValue>" for value in values) + "</Attribute>"
    for name, values in attributes.items())
algorithms = "http://www.w3.org/2001/10/xml-exc-c14n#"
signature = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
    f'<ds:CanonicalizationMethod Algorithm="{algorithms}"/>'
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_a1"><ds:Transforms>'
    '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
    f'<ds:Transform Algorithm="{algorithms}"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    '<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>')
with open(f"{work}/unsigned.xml", "w") as file:
    file.write(
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" '
        'IssueInstant="2026-06-01T00:00:00Z" Destination="https://app.acme.example/acs" InResponseTo="_req1">'
        f'<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{ISSUER}</Issuer><samlp:Status>'
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" IssueInstant="2026-06-01T00:00:00Z" Version="2.0">'
        f'<Issuer>{ISSUER}</Issuer>{signature}'
        '<Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">canary-pairwise-saml</NameID>'
        '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="_req1" '
        'NotOnOrAfter="2026-06-01T00:30:00Z" Recipient="https://app.acme.example/acs"/></SubjectConfirmation></Subject>'
        '<Conditions NotBefore="2026-05-31T23:55:00Z" NotOnOrAfter="2026-06-01T00:30:00Z"><AudienceRestriction>'
        '<Audience>https://app.acme.example/metadata</Audience></AudienceRestriction></Conditions>'
        f'<AttributeStatement>{statement}</AttributeStatement>'
        '<AuthnStatement AuthnInstant="2026-05-31T23:59:00Z" SessionIndex="_a1"><AuthnContext><AuthnContextClassRef>'
        'urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement>'
        '</Assertion></samlp:Response>')

with open(f"{here}/oidc/keys/k-rsa.pem", "rb") as file:
    private = serialization.load_pem_private_key(file.read(), None)
claims = {
    "iss": ISSUER, "sub": "canary-pairwise-oidc", "aud": "client1", "iat": START, "nbf": START, "exp": START + 3600,
    "nonce": "n-0S6_WzA2Mj", "oid": OID, "tid": TENANT, "name": "Ada Lovelace", "email": "ada@acme.example", "given_name": "Ada",
    "groups": GROUPS, "amr": ["pwd"], "auth_time": START - 60, "ver": "1.0",
}
token = jwt.encode(claims, private, algorithm="RS256", headers={"kid": "k1"})
with open(f"{out}/login.jwt", "w") as file:
    file.write(token + "\n")
numbers = private.public_key().public_numbers()
b64 = lambda n: base64.urlsafe_b64encode(n.to_bytes((n.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
with open(f"{out}/login-jwks.json", "w") as file:
    json.dump({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": b64(numbers.n), "e": b64(numbers.e)}]}, file, indent=1)
    file.write("\n")
PYTHON
xmlsec1 --sign --privkey-pem "$here/saml/keys/k.key" --id-attr:ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion \
    --output "$out/login.xml" "$work/unsigned.xml"
xmlsec1 --verify --pubkey-cert-pem "$out/../saml/keys/k.crt" --enabled-key-data rsa,x509 --id-attr:ID \
    urn:oasis:names:tc:SAML:2.0:assertion:Assertion "$out/login.xml"
