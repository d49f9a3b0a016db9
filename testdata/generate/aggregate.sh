#!/bin/sh
# Makes a signed federation aggregate: aggregate.sh ENTITIES OUTPUT [VALID_UNTIL]. About 10 KB per entity; signed by xmlsec1 with
# the test key k (testdata/generate/saml/keys/k.key). Needs Python 3 and xmlsec1. The output is not committed.
set -eu
[ $# -ge 2 ] || { echo "usage: aggregate.sh ENTITIES OUTPUT [VALID_UNTIL]" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
unsigned=$(mktemp)
trap 'rm -f "$unsigned"' EXIT
python3 - "$1" "${3:-2026-01-15T00:00:00Z}" "$here" > "$unsigned" <<'PYTHON'
import os, sys
count, until, here = int(sys.argv[1]), sys.argv[2], sys.argv[3]
def cert(name):
    body = "".join(open(os.path.join(here, "../saml/keys", name + ".crt")).read().split("-----")[2].split())
    return "\n".join(body[i:i + 64] for i in range(0, len(body), 64))
CERTS = [cert(n) for n in ("k2", "rsa3072", "rsa4096", "sp")]
DS, EXC = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/10/xml-exc-c14n#"
B = "urn:oasis:names:tc:SAML:2.0:bindings:"
out = sys.stdout
out.write(f'''<?xml version="1.0" encoding="UTF-8"?>
<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="{DS}" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:mdrpi="urn:oasis:names:tc:SAML:metadata:rpi" xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" xmlns:idpdisc="urn:oasis:names:tc:SAML:profiles:SSO:idp-discovery-protocol" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_aggregate" Name="https://federation.test" validUntil="{until}" cacheDuration="PT6H"><ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC}"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_aggregate"><ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXC}"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>
''')
def key(use, c):
    return f'''      <md:KeyDescriptor use="{use}">
        <ds:KeyInfo>
          <ds:X509Data>
            <ds:X509Certificate>
{CERTS[c]}
            </ds:X509Certificate>
          </ds:X509Data>
        </ds:KeyInfo>
      </md:KeyDescriptor>
'''
def ui(n, kind):
    langs = ("en", "de", "fr", "nl", "sv", "pl")
    return ("        <mdui:UIInfo>\n"
        + "".join(f'          <mdui:DisplayName xml:lang="{l}">Organisation {n} \u2013 {kind} ({l})</mdui:DisplayName>\n' for l in langs)
        + "".join(f'          <mdui:Description xml:lang="{l}">The {kind} of organisation number {n}, which teaches &amp; does research in many fields &lt;and more&gt;</mdui:Description>\n' for l in langs)
        + f'          <mdui:Logo height="60" width="80">https://login.org{n}.test/static/logo.png</mdui:Logo>\n          <mdui:InformationURL xml:lang="en">https://www.org{n}.test/about</mdui:InformationURL>\n        </mdui:UIInfo>\n')
def contacts(n):
    return "".join(f'''    <md:ContactPerson contactType="{t}">
      <md:GivenName>Service Desk</md:GivenName>
      <md:EmailAddress>mailto:{t}@org{n}.test</md:EmailAddress>
    </md:ContactPerson>
''' for t in ("technical", "support", "administrative"))
for n in range(count):
    idp = n % 2 == 0
    out.write(f'''  <md:EntityDescriptor entityID="https://{"idp" if idp else "sp"}{n}.org.test/saml">
    <md:Extensions>
      <mdrpi:RegistrationInfo registrationAuthority="https://federation.test" registrationInstant="2020-01-01T00:00:00Z">
        <mdrpi:RegistrationPolicy xml:lang="en">https://federation.test/policy</mdrpi:RegistrationPolicy>
      </mdrpi:RegistrationInfo>
      <mdattr:EntityAttributes>
        <saml:Attribute Name="http://macedir.org/entity-category-support" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">
          <saml:AttributeValue>http://refeds.org/category/research-and-scholarship</saml:AttributeValue>
          <saml:AttributeValue>http://www.geant.net/uri/dataprotection-code-of-conduct/v1</saml:AttributeValue>
        </saml:Attribute>
      </mdattr:EntityAttributes>
    </md:Extensions>
''')
    if idp:
        out.write(f'''    <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      <md:Extensions>
        <shibmd:Scope regexp="false">org{n}.test</shibmd:Scope>
{ui(n, "identity provider")}      </md:Extensions>
{key("signing", 0)}{key("signing", 1)}{key("encryption", 3)}''')
        for b in ("SOAP", "HTTP-Redirect", "HTTP-POST"):
            out.write(f'      <md:SingleLogoutService Binding="{B}{b}" Location="https://login.org{n}.test/idp/profile/SAML2/{b}/SLO"/>\n')
        out.write("      <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>\n      <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>\n")
        for b in ("HTTP-Redirect", "HTTP-POST", "HTTP-POST-SimpleSign", "SOAP"):
            out.write(f'      <md:SingleSignOnService Binding="{B}{b}" Location="https://login.org{n}.test/idp/profile/SAML2/{b}/SSO"/>\n')
        out.write("    </md:IDPSSODescriptor>\n")
    else:
        out.write(f'''    <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      <md:Extensions>
{ui(n, "service provider")}        <idpdisc:DiscoveryResponse Binding="urn:oasis:names:tc:SAML:profiles:SSO:idp-discovery-protocol" Location="https://sp.org{n}.test/Shibboleth.sso/Login" index="1"/>
      </md:Extensions>
{key("signing", 3)}{key("encryption", 2)}''')
        for i, b in enumerate(("HTTP-POST", "HTTP-POST-SimpleSign", "HTTP-Artifact", "PAOS")):
            out.write(f'      <md:AssertionConsumerService Binding="{B}{b}" Location="https://sp.org{n}.test/Shibboleth.sso/SAML2/{b}" index="{i + 1}"/>\n')
        out.write(f'      <md:AttributeConsumingService index="1">\n        <md:ServiceName xml:lang="en">Service {n}</md:ServiceName>\n')
        for a in ("0.9.2342.19200300.100.1.3", "2.16.840.1.113730.3.1.241", "1.3.6.1.4.1.5923.1.1.1.6", "2.5.4.4", "2.5.4.42"):
            out.write(f'        <md:RequestedAttribute FriendlyName="a{a[-2:]}" Name="urn:oid:{a}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" isRequired="true"/>\n')
        out.write("      </md:AttributeConsumingService>\n    </md:SPSSODescriptor>\n")
    out.write(f'''    <md:Organization>
      <md:OrganizationName xml:lang="en">Organisation {n}</md:OrganizationName>
      <md:OrganizationDisplayName xml:lang="en">Organisation {n}</md:OrganizationDisplayName>
      <md:OrganizationURL xml:lang="en">https://www.org{n}.test/</md:OrganizationURL>
    </md:Organization>
{contacts(n)}  </md:EntityDescriptor>
''')
out.write("</md:EntitiesDescriptor>\n")
PYTHON
xmlsec1 --sign --privkey-pem "$here/saml/keys/k.key" --id-attr:ID urn:oasis:names:tc:SAML:2.0:metadata:EntitiesDescriptor \
    --output "$2" "$unsigned"
ls -l "$2"
