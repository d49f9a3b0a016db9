"""Documents signed by command line tools: xmlsec1, and samlsign of Shibboleth's OpenSAML. Run by saml_messages.sh."""

import subprocess
import sys

from manifest import IDP, add, add_metadata
from words import ASSERTION, RESPONSE

WORK = sys.argv[1]
METADATA = f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="_m1" entityID="{IDP}" validUntil="2100-01-01T00:00:00Z">{{}}
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{{}}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<!-- a comment between elements -->
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.interop.test/sso"/></md:IDPSSODescriptor>
</md:EntityDescriptor>
"""
with open(f"{WORK}/idp.crt", encoding="utf-8") as file:
    certificate = "".join(line.strip() for line in file if "-----" not in line)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def write(name, text):
    with open(f"{WORK}/{name}", "w", encoding="utf-8") as file:
        file.write(text)
    return f"{WORK}/{name}"


unsigned = write("unsigned.xml", METADATA.format("", certificate))
for digest in ("SHA-256", "SHA-512"):
    name = "http://www.w3.org/2001/04/xmldsig-more#rsa-" + digest.replace("-", "").lower()
    digests = "http://www.w3.org/2001/04/xmlenc#" + digest.replace("-", "").lower()
    made = run("samlsign", "-s", "-k", f"{WORK}/idp.key", "-c", f"{WORK}/idp.crt", "-f", unsigned, "-alg", name, "-dig", digests)
    add_metadata(WORK, "OpenSAML samlsign", f"metadata, {digest}", made)

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
for what, canonical in (("exclusive", EXCLUSIVE), ("inclusive", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
                        ("1.1", "http://www.w3.org/2006/12/xml-c14n11"), ("exclusive with comments", EXCLUSIVE + "WithComments")):
    template = f"""<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonical}"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_m1"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="{canonical}"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"""
    path = write("template.xml", METADATA.format(template, certificate))
    made = run("xmlsec1", "--sign", "--privkey-pem", f"{WORK}/idp.key", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", path)
    add_metadata(WORK, "xmlsec1", f"metadata, canonicalisation {what}", made)

    assertion = ASSERTION.replace("<saml:Subject>", template.replace("#_m1", "#_a1") + "<saml:Subject>", 1)
    path = write("template.xml", RESPONSE.format(assertion))
    made = run("xmlsec1", "--sign", "--privkey-pem", f"{WORK}/idp.key", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", path)
    add(WORK, "xmlsec1", f"Assertion signed, canonicalisation {what}", made)
