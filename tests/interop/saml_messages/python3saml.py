"""Messages signed by python3-saml's own signer (the Python binding of libxmlsec1), and its service provider metadata. Run by
saml_messages.sh."""

import sys

from manifest import ACS, SP, add, add_metadata
from onelogin.saml2.constants import OneLogin_Saml2_Constants as C
from onelogin.saml2.metadata import OneLogin_Saml2_Metadata as Metadata
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils
from words import ASSERTION, RESPONSE

WORK = sys.argv[1]
key, certificate = (open(f"{WORK}/idp.{kind}", encoding="utf-8").read() for kind in ("key", "crt"))


def signed(text, algorithm, digest):
    made = Utils.add_sign(text, key, certificate, sign_algorithm=algorithm, digest_algorithm=digest)
    return made.decode() if isinstance(made, bytes) else made


for name, algorithm, digest in (("rsa-sha256", C.RSA_SHA256, C.SHA256), ("rsa-sha512", C.RSA_SHA512, C.SHA512)):
    inner = signed(ASSERTION, algorithm, digest)
    add(WORK, "python3-saml", f"Assertion signed, {name}", RESPONSE.format(inner))
    add(WORK, "python3-saml", f"Response signed, {name}", signed(RESPONSE.format(ASSERTION), algorithm, digest))
    add(WORK, "python3-saml", f"both signed, {name}", signed(RESPONSE.format(inner), algorithm, digest))
moved = RESPONSE.format(signed(ASSERTION, C.RSA_SHA256, C.SHA256)).replace('ID="_a1"', 'ID="_a2"', 1)
add(WORK, "python3-saml", "another ID than the one signed", moved, refused=["ReferenceNotParent", "DigestMismatch"])

sp = {"entityId": SP, "assertionConsumerService": {"url": ACS, "binding": C.BINDING_HTTP_POST}, "singleLogoutService": {},
      "attributeConsumingService": {}, "NameIDFormat": C.NAMEID_PERSISTENT}
metadata = Metadata.builder(sp, authnsign=True, wsign=True)
metadata = Metadata.sign_metadata(metadata, key, certificate, sign_algorithm=C.RSA_SHA256, digest_algorithm=C.SHA256)
add_metadata(WORK, "python3-saml", "its metadata, signed", metadata.decode() if isinstance(metadata, bytes) else metadata)
