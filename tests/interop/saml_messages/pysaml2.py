"""Responses of a pysaml2 identity provider: what is signed, by which algorithm, what is encrypted. Run by saml_messages.sh."""

import functools
import sys

import saml2.entity
from manifest import ACS, IDP, REQUEST, SP, USER, add
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import Config, SPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import pre_encryption_part
from saml2.xmldsig import DIGEST_SHA256, DIGEST_SHA512, SIG_RSA_SHA1, SIG_RSA_SHA256, SIG_RSA_SHA384, SIG_RSA_SHA512

WORK = sys.argv[1]
keys = {"key_file": f"{WORK}/idp.key", "cert_file": f"{WORK}/idp.crt"}
sp = SPConfig().load({
    "entityid": SP, "key_file": f"{WORK}/sp.key", "cert_file": f"{WORK}/sp.crt",
    "encryption_keypairs": [{"key_file": f"{WORK}/sp.key", "cert_file": f"{WORK}/sp.crt"}],
    "service": {"sp": {"endpoints": {"assertion_consumer_service": [(ACS, BINDING_HTTP_POST)]}}}})
with open(f"{WORK}/pysaml2-sp.xml", "w", encoding="utf-8") as file:
    file.write(str(entity_descriptor(sp)))
config = {
    "entityid": IDP, **keys, "xmlsec_binary": "/usr/bin/xmlsec1", "metadata": {"local": [f"{WORK}/pysaml2-sp.xml"]},
    "service": {"idp": {"endpoints": {"single_sign_on_service": [(IDP + "/sso", BINDING_HTTP_REDIRECT)]},
                        "policy": {"default": {"lifetime": {"minutes": 15}, "attribute_restrictions": None}}}}}
server = Server(config=Config().load(config))


ALG_AES_128_GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm"


def mint(name, sign_response, sign_assertion, algorithm=SIG_RSA_SHA256, digest=DIGEST_SHA256, request=REQUEST, **more):
    response = server.create_authn_response(
        {"mail": [USER], "givenName": ["Älice & <Bob>"], "displayName": ["tab\there"]}, request, ACS, SP,
        name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=USER),
        authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"},
        sign_response=sign_response, sign_assertion=sign_assertion, sign_alg=algorithm, digest_alg=digest, **more)
    return str(response), name


for what, response, assertion in (("Response", True, False), ("Assertion", False, True), ("both", True, True)):
    for algorithm, digest in ((SIG_RSA_SHA256, DIGEST_SHA256), (SIG_RSA_SHA384, DIGEST_SHA256), (SIG_RSA_SHA512, DIGEST_SHA512)):
        text, _ = mint(what, response, assertion, algorithm, digest)
        add(WORK, "pysaml2", f"{what} signed, {algorithm.rsplit('#')[-1]}", text)
text, _ = mint("SHA-1", False, True, SIG_RSA_SHA1)
add(WORK, "pysaml2", "SHA-1 without an exception", text, refused=["SignatureAlgForbidden"])
add(WORK, "pysaml2", "SHA-1 with one", text, args=["--allow", "sha1=tests:2100-01-01"])
text, _ = mint("unsigned", False, False)
add(WORK, "pysaml2", "nothing signed", text, refused=["SignatureMissing"])
encryption = (("Assertion signed, then encrypted", False), ("and the Response signed around it", True))
for what, response in encryption:
    text, _ = mint(what, response, True, encrypt_assertion=True)
    add(WORK, "pysaml2", f"{what}, 3DES as it comes", text, encrypted=True, refused=["EncAlgForbidden"])
# pysaml2 has no setting for it.
saml2.entity.pre_encryption_part = functools.partial(pre_encryption_part, msg_enc=ALG_AES_128_GCM)
server.sec.encrypt_assertion = functools.partial(server.sec.encrypt_assertion, key_type="aes-128")
for what, response in encryption:
    text, _ = mint(what, response, True, encrypt_assertion=True)
    add(WORK, "pysaml2", f"{what}, AES-128-GCM", text, encrypted=True)
