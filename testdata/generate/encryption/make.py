#!/usr/bin/env python3
"""Writes testdata/encryption: encrypted SAML messages and their index. Needs lxml, cryptography and xmlsec1.

The messages are signed by xmlsec1. The ones named xmlsec1-* are encrypted by it as well; the others are encrypted by OpenSSL
through `cryptography`, which can do what xmlsec1 1.2 cannot: OAEP with other digests than SHA-1, and wrong things on purpose.
RSA padding is random, so the ciphertexts differ from run to run; the verdicts do not.
"""
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.normpath(os.path.join(HERE, "..", "..", "encryption"))
sys.path.insert(0, os.path.join(HERE, "..", "saml"))
os.environ["SAML_OUT"] = os.path.normpath(os.path.join(HERE, "..", "..", "saml"))
sys.dont_write_bytecode = True

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib import *

X11 = "http://www.w3.org/2009/xmlenc11#"
MGF1P = XENC + "rsa-oaep-mgf1p"
OAEP = X11 + "rsa-oaep"
PKCS1 = XENC + "rsa-1_5"
DIGESTS = {"sha1": SHA1, "sha256": SHA256, "sha384": SHA384, "sha512": SHA512}
GCM = {"aes128-gcm": 16, "aes192-gcm": 24, "aes256-gcm": 32}
CBC = {"aes128-cbc": 16, "aes192-cbc": 24, "aes256-cbc": 32}
VECTORS = []
NEW = "rsa3072"   # the newer key of the service
SA_TAG = f'<saml:Assertion xmlns:saml="{SAML}" '


def wrap(cek, to="sp", transport=MGF1P, digest="sha1", mgf="sha1", label=None):
    key = privkey(to).public_key()
    if transport == PKCS1:
        return key.encrypt(cek, padding.PKCS1v15())
    return key.encrypt(cek, padding.OAEP(mgf=padding.MGF1(HASHES[mgf]()), algorithm=HASHES[digest](), label=label))


def seal(plaintext, cipher, cek, iv=None):
    data = plaintext if isinstance(plaintext, bytes) else plaintext.encode()
    if cipher in GCM:
        iv = iv or os.urandom(12)
        return iv + AESGCM(cek).encrypt(iv, data, None)
    iv = os.urandom(16)
    pad = 16 - len(data) % 16
    enc = Cipher(algorithms.AES(cek), modes.CBC(iv)).encryptor()
    return iv + enc.update(data + os.urandom(pad - 1) + bytes([pad])) + enc.finalize()


def value(octets):
    return f"<xenc:CipherData><xenc:CipherValue>{octets if isinstance(octets, str) else b64(octets)}</xenc:CipherValue></xenc:CipherData>"


def encrypted_key(wrapped, transport=MGF1P, digest="sha1", mgf="sha1", label=None, info="", attrs="", params=None, tail=""):
    if params is None:
        params = ""
        if label is not None:
            params += f"<xenc:OAEPparams>{b64(label)}</xenc:OAEPparams>"
        if transport != PKCS1 and (digest != "sha1" or transport == MGF1P):
            params += f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{DIGESTS[digest]}"/>'
        if transport == OAEP and mgf != "sha1":
            params += f'<xenc11:MGF xmlns:xenc11="{X11}" Algorithm="{X11}mgf1{mgf}"/>'
    method = f'<xenc:EncryptionMethod Algorithm="{transport}">{params}</xenc:EncryptionMethod>'
    info = f'<ds:KeyInfo xmlns:ds="{DS}">{info}</ds:KeyInfo>' if info else ""
    return f'<xenc:EncryptedKey xmlns:xenc="{XENC}"{attrs}>{method}{info}{value(wrapped)}{tail}</xenc:EncryptedKey>'


def certificate(name):
    return f"<ds:X509Data><ds:X509Certificate>{cert_b64(name)}</ds:X509Certificate></ds:X509Data>"


def data(octets, keys, cipher="aes256-gcm", uri=None, attrs=f' Type="{XENC}Element"', params="", info=None):
    uri = uri or (X11 if cipher in GCM else XENC) + cipher
    info = info if info is not None else f'<ds:KeyInfo xmlns:ds="{DS}">{keys}</ds:KeyInfo>'
    return (f'<xenc:EncryptedData xmlns:xenc="{XENC}"{attrs}><xenc:EncryptionMethod Algorithm="{uri}">{params}</xenc:EncryptionMethod>'
            f"{info}{value(octets)}</xenc:EncryptedData>")


def enc(plaintext, element="EncryptedAssertion", cipher="aes256-gcm", to="sp", cek=None, octets=None, keys=None, siblings="", info=None,
        attrs=None, uri=None, params="", change=None, **key):
    """An encrypted element around `plaintext`; every part can be replaced."""
    cek = cek or os.urandom({**GCM, **CBC}[cipher])
    octets = octets if octets is not None else seal(plaintext, cipher, cek)
    if change:
        octets = change(octets)
    if keys is None:
        how = {k: v for k, v in key.items() if k in ("transport", "digest", "mgf", "label")}
        keys = encrypted_key(wrap(key.pop("wrapped_cek", cek), to, **how), **key)
    more = {} if attrs is None else {"attrs": attrs}
    return f"<saml:{element}>{data(octets, keys, cipher, uri, params=params, info=info, **more)}{siblings}</saml:{element}>"


def own(doc):
    """The Assertion of a document as text that declares its own namespace."""
    return sub(assertion_of(doc), ("<saml:Assertion ", SA_TAG))


SIGNED = sign(response("", assertion=assertion(sig("A")).replace("<saml:Assertion ", SA_TAG)))
INNER = assertion_of(SIGNED)
UNSIGNED = assertion().replace("<saml:Assertion ", SA_TAG)
EVIL_INNER = UNSIGNED.replace(HONEST, EVIL)


def around(encrypted, signed=""):
    """A Response with this content, signed or not."""
    return sign(response(signed, assertion=encrypted))


def vector(id_, row, comment, doc, expect, keys=("sp",), allow=(), **extra):
    name = id_.lower() + ".xml"
    with open(os.path.join(TARGET, "se", name), "w") as f:
        f.write(doc)
    VECTORS.append({"id": id_, "row": row, "comment": comment, "file": "se/" + name, "keys": list(keys), "allow": list(allow), **extra, "expect": expect})


WANT = {"name_id": "alice@idp.test", "attributes": {"email": ["alice@idp.test"], "role": ["user", "auditor"]}}


def accept(id_, row, comment, doc, **extra):
    vector(id_, row, comment, doc, {"accept": extra.pop("want", WANT)}, **extra)


def refuse(id_, row, comment, doc, check, **extra):
    vector(id_, row, comment, doc, {"reject": check}, **extra)


def by_xmlsec(doc, cipher, transport):
    """xmlsec1 encrypts the Assertion of a document in its place."""
    uri = (X11 if cipher in GCM else XENC) + cipher
    template = (f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element"><xenc:EncryptionMethod Algorithm="{uri}"/>'
                f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{transport}"/>'
                "<ds:KeyInfo><ds:KeyName/></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
                "<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>")
    with tempfile.TemporaryDirectory() as d:
        a, t, b = (os.path.join(d, n) for n in ("in.xml", "template.xml", "out.xml"))
        wrapped = doc.replace(assertion_of(doc), f"<saml:EncryptedAssertion>{assertion_of(doc)}</saml:EncryptedAssertion>")
        with open(a, "w") as f:
            f.write(wrapped)
        with open(t, "w") as f:
            f.write(template)
        size = {**GCM, **CBC}[cipher] * 8
        run(["xmlsec1", "--encrypt", "--pubkey-cert-pem:sp", os.path.join(CERTS, "sp.crt"), "--session-key", f"aes-{size}", "--xml-data", a,
             "--node-xpath", "/*/*[local-name()='EncryptedAssertion']/*", "--output", b, t])
        return re.sub(r"^<\?xml[^>]*\?>\n?", "", read(b))


def accepted():
    for cipher in GCM:
        accept(f"xmlsec1-{cipher}", "MS-55", f"{cipher} and rsa-oaep-mgf1p by xmlsec1, assertion signed, Response not", by_xmlsec(SIGNED, cipher, MGF1P))
    in_context = sign(response("A"))
    accept("xmlsec1-context", "MS-59", "the plaintext needs namespaces that the Response declares", by_xmlsec(in_context, "aes256-gcm", MGF1P))
    accept("xmlsec1-cbc", "SE-07", "AES-128-CBC under the dated exception", by_xmlsec(SIGNED, "aes128-cbc", MGF1P), allow=["cbc"])
    accept("xmlsec1-cbc256", "SE-07", "AES-256-CBC under the dated exception", by_xmlsec(SIGNED, "aes256-cbc", MGF1P), allow=["cbc"])
    accept("xmlsec1-rsa15", "SE-09", "RSAES-PKCS1-v1_5 under the dated exception", by_xmlsec(SIGNED, "aes256-gcm", PKCS1), allow=["rsa15"])
    accept("xmlsec1-rsa15-cbc", "SE-09", "both, under both exceptions", by_xmlsec(SIGNED, "aes256-cbc", PKCS1), allow=["rsa15", "cbc"])
    accept("MS-60-both", "MS-60", "assertion signed, encrypted, Response signed over the ciphertext", around(enc(INNER), "R"))
    accept("MS-60-outer", "MS-60", "assertion not signed, Response signed over the ciphertext", around(enc(UNSIGNED), "R"))
    accept("MS-60-outer-cbc", "SE-07", "AES-CBC under a signature, with the exception", around(enc(UNSIGNED, cipher="aes256-cbc"), "R"), allow=["cbc"])
    sibling = lambda cek, id_="_k1", **o: encrypted_key(wrap(cek), attrs=f' Id="{id_}"', tail='<xenc:ReferenceList><xenc:DataReference URI="#_d1"/></xenc:ReferenceList>', **o)
    retrieval = lambda uri: f'<ds:RetrievalMethod Type="{XENC}EncryptedKey" URI="{uri}"/>'
    cek = b"\x11" * 32
    accept("MS-56-retrieval", "MS-56", "EncryptedKey beside the content, named by RetrievalMethod",
           around(enc(INNER, cek=cek, keys=retrieval("#_k1"), attrs=f' Id="_d1" Type="{XENC}Element"', siblings=sibling(cek, info=certificate("sp")))))
    accept("MS-56-sibling", "MS-56", "EncryptedKey beside the content, no KeyInfo in it", around(enc(INNER, cek=cek, keys="", info="", siblings=sibling(cek))))
    accept("MS-56-two", "MS-56", "two EncryptedKeys beside the content, the second one named", around(
        enc(INNER, cek=cek, keys=retrieval("#_k2"), siblings=sibling(b"\x12" * 32) + sibling(cek, "_k2"))))
    for digest in DIGESTS:
        for mgf in DIGESTS:
            accept(f"oaep-{digest}-mgf1-{mgf}", "MS-55", f"XML-Enc 1.1 rsa-oaep, {digest}, MGF1 with {mgf}", around(
                enc(INNER, cipher="aes128-gcm", transport=OAEP, digest=digest, mgf=mgf)))
    accept("oaep-mgf1p-sha256", "MS-55", "rsa-oaep-mgf1p with SHA-256: MGF1 stays with SHA-1", around(enc(INNER, digest="sha256")))
    accept("oaep-params", "MS-55", "OAEPparams", around(enc(INNER, label=b"label \x00\xff")))
    accept("oaep-no-digest", "MS-55", "rsa-oaep-mgf1p without DigestMethod", around(enc(INNER)).replace(f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{SHA1}"/>', ""))
    accept("other-attributes", "MS-55", "MimeType, Encoding, KeySize, no Type", around(enc(INNER, attrs=' Id="_d1" MimeType="text/xml" Encoding="http://www.w3.org/2000/09/xmldsig#base64"', params="<xenc:KeySize>256</xenc:KeySize>")))
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n' + INNER + "\n"
    accept("xml-declaration", "MS-55", "the plaintext begins with an XML declaration", around(enc(declared)))
    both = lambda a, b, ra="", rb="", ia="", ib="": encrypted_key(wrap(cek, a), attrs=ra, info=ia) + encrypted_key(wrap(cek, b), attrs=rb, info=ib)
    to = lambda who: f' Recipient="https://{who}.test/md"'
    accept("recipients", "MS-56", "two EncryptedKeys, the second for this Recipient", around(enc(INNER, cek=cek, keys=both(NEW, "sp", to("other"), to("sp")))))
    accept("recipients-none", "MS-56", "two EncryptedKeys without Recipient, the second for this service", around(enc(INNER, cek=cek, keys=both(NEW, "sp"))))
    accept("recipients-certificate", "MS-56", "two EncryptedKeys told apart by their certificates", around(
        enc(INNER, cek=cek, keys=both(NEW, "sp", ia=certificate(NEW), ib=certificate("sp")))))
    for name, info in (("certificate", certificate("sp")), ("none", ""), ("name", "<ds:KeyName>old</ds:KeyName>"), ("other", certificate("k2"))):
        accept(f"rollover-{name}", "MS-55", f"two keys, encrypted for the old one, hint: {name}", around(enc(INNER, cek=cek, keys=encrypted_key(wrap(cek), info=info))), keys=[NEW, "sp"])
    accept("rollover-new", "MS-55", "two keys, encrypted for the new one", around(enc(INNER, to=NEW)), keys=[NEW, "sp"])
    name_id = f'<saml:NameID xmlns:saml="{SAML}" Format="{EMAILFMT}">alice@idp.test</saml:NameID>'
    attribute = lambda n, *v: f'<saml:Attribute xmlns:saml="{SAML}" Name="{n}">' + "".join(f"<saml:AttributeValue>{x}</saml:AttributeValue>" for x in v) + "</saml:Attribute>"
    hidden = lambda n, a: dict(subject=f"<saml:Subject>\n{n}\n{CONFIRMATION}\n</saml:Subject>", attrs=f"<saml:AttributeStatement>\n{a}\n</saml:AttributeStatement>")
    eid = enc(name_id, "EncryptedID")
    attributes = enc(attribute("email", "alice@idp.test"), "EncryptedAttribute") + enc(attribute("role", "user", "auditor"), "EncryptedAttribute")
    accept("encrypted-id", "SE-21", "EncryptedID in a signed assertion", sign(response("A", subject=hidden(eid, "")["subject"])))
    accept("encrypted-attributes", "SE-21", "two EncryptedAttributes in a signed assertion", sign(response("A", attrs=hidden("", attributes)["attrs"])))
    inside = assertion_of(sign(response("", assertion=assertion(sig("A"), **hidden(eid, attributes)).replace("<saml:Assertion ", SA_TAG))))
    accept("encrypted-twice", "SE-21", "EncryptedID and EncryptedAttributes inside an EncryptedAssertion", around(enc(inside)))
    in_r = assertion("", **hidden(eid, attributes))
    accept("encrypted-id-outer", "SE-21", "EncryptedID and EncryptedAttributes, the Response signed", sign(response("R", assertion=in_r)))
    # what must not be taken for what it is not
    refuse("id-is-attribute", "SE-03", "EncryptedID decrypts to an Attribute", sign(response("A", subject=hidden(enc(attribute("email", "x"), "EncryptedID"), "")["subject"])), "EncPlaintextShape")
    refuse("attribute-is-id", "SE-03", "EncryptedAttribute decrypts to a NameID", sign(response("A", attrs=hidden("", enc(name_id, "EncryptedAttribute"))["attrs"])), "EncPlaintextShape")
    accept("attribute-hides-assertion", "SX-12", "EncryptedAttribute whose value holds an Assertion: carried, never read", sign(response("A", attrs=hidden("", enc(attribute("a", UNSIGNED), "EncryptedAttribute"))["attrs"])), want={"name_id": "alice@idp.test", "attributes": {"a": [None]}})
    many = "".join(enc(attribute(f"a{i}", "x"), "EncryptedAttribute", cek=cek, keys=f'<xenc:EncryptedKey xmlns:xenc="{XENC}"><xenc:EncryptionMethod Algorithm="{MGF1P}"/>{value(MANY)}</xenc:EncryptedKey>') for i in range(33))
    refuse("many-attributes", "SE-16", "33 EncryptedAttributes", sign(response("A", attrs=hidden("", many)["attrs"])), "EncKeyShape")
    two = sign(response("A", attrs=hidden("", attributes)["attrs"]))
    first, second = re.findall(r"<saml:EncryptedAttribute>.*?</saml:EncryptedAttribute>", two, re.S)
    refuse("SE-21-swapped", "SE-21", "two EncryptedAttributes exchanged", two.replace(first, "@1@").replace(second, first).replace("@1@", second), "DigestMismatch")
    refuse("id-replaced", "SE-23", "EncryptedID replaced by another one encrypted for us", sub(sign(response("A", subject=hidden(eid, "")["subject"])), (eid, enc(name_id.replace("alice", "admin"), "EncryptedID"))), "DigestMismatch")


MANY = wrap(b"\x11" * 32)


def refused():
    cek = b"\x11" * 32
    refuse("SE-01", "SE-01", "forged unsigned Assertion, unsigned Response", around(enc(EVIL_INNER)), "SignatureMissing")
    x = assertion_of(sign(response("", assertion=assertion(sig("A")).replace("<saml:Assertion ", SA_TAG)), key="x"))
    refuse("SE-02", "SE-02", "Assertion signed by another key", around(enc(x)), "SignatureInvalid")
    refuse("SE-02-changed", "SE-02", "signed Assertion changed before encryption", around(enc(INNER.replace(HONEST, EVIL))), "DigestMismatch")
    refuse("SE-03-response", "SE-03", "the plaintext is a Response with a signed Assertion", around(enc(SIGNED)), "EncPlaintextShape")
    refuse("SE-03-nameid", "SE-03", "the plaintext is a NameID", around(enc(f'<saml:NameID xmlns:saml="{SAML}">admin</saml:NameID>')), "EncPlaintextShape")
    refuse("SE-03-foreign", "SE-03", "the plaintext is an Assertion in no namespace", around(enc('<Assertion ID="_a1"/>')), "EncPlaintextShape")
    refuse("SE-03-saml11", "SE-03", "the plaintext is an Assertion of SAML 1.1", around(enc('<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion"/>')), "EncPlaintextShape")
    nested = enc(INNER).replace("<saml:EncryptedAssertion>", f'<saml:EncryptedAssertion xmlns:saml="{SAML}">')
    refuse("SE-05", "SE-05", "the plaintext is another EncryptedAssertion", around(enc(nested)), "EncNested")
    refuse("SE-05-data", "SE-05", "the plaintext is an EncryptedData", around(enc(cut(nested, "<xenc:EncryptedData", "</xenc:EncryptedData>"))), "EncNested")
    deep = f'<saml:EncryptedAssertion xmlns:saml="{SAML}">' * 200 + "</saml:EncryptedAssertion>" * 200
    refuse("SE-05-deep", "SE-05", "the plaintext is 200 EncryptedAssertions in one another", around(enc(deep)), "EncNested")
    xsw4 = EVIL_INNER.replace("</saml:Assertion>", INNER + "</saml:Assertion>").replace('ID="_a1"', 'ID="_evil"', 1)
    refuse("SE-06", "SE-06", "XSW4 inside the plaintext, Response signed over the ciphertext", around(enc(xsw4), "R"), "UnexpectedElement")
    refuse("SE-06-unsigned", "SE-06", "XSW4 inside the plaintext, Response not signed", around(enc(xsw4)), "UnexpectedElement")
    refuse("SE-07", "SE-07", "AES-128-CBC", around(enc(INNER, cipher="aes128-cbc")), "EncAlgForbidden")
    refuse("SE-07-ended", "SE-07", "AES-128-CBC, the exception has ended", around(enc(INNER, cipher="aes128-cbc")), "EncAlgForbidden", allow=["cbc"], now="2026-12-31T00:00:00Z", ended=True)
    cbc = lambda plaintext, **o: around(enc(plaintext, cipher="aes128-cbc", **o))
    flip = lambda at: lambda o: o[:at] + bytes([o[at] ^ 1]) + o[at + 1:]
    for name, doc in (("unsigned", cbc(UNSIGNED)), ("changed", cbc(INNER.replace(HONEST, EVIL))), ("other-key", cbc(x)), ("response", cbc(SIGNED)), ("nested", cbc(nested)), ("xsw4", cbc(xsw4)),
                      ("text", cbc("no XML at all, thirty octets...")), ("empty", cbc("")), ("padding", cbc(INNER, change=lambda o: o[:-17] + bytes([o[-17] ^ 0x80]) + o[-16:])),
                      ("short", cbc(INNER, change=lambda o: o[:16])), ("ragged", cbc(INNER, change=lambda o: o[:-1])), ("start", cbc(INNER, change=flip(0)))):
        refuse(f"SE-07-{name}", "SE-07", f"AES-128-CBC without a signature around it: {name}", doc, "EncDecryptFailed", allow=["cbc"])
    refuse("SE-09", "SE-09", "RSAES-PKCS1-v1_5", around(enc(INNER, transport=PKCS1)), "EncAlgForbidden")
    refuse("SE-09-changed", "SE-09", "RSAES-PKCS1-v1_5 allowed, wrapped key changed", around(enc(INNER, keys=encrypted_key(b"\x01" + wrap(cek, transport=PKCS1)[1:], PKCS1))), "EncDecryptFailed", allow=["rsa15"])
    for n in (12, 4, 0):
        refuse(f"SE-11-{n}", "SE-11", f"tag cut to {n} octets", around(enc(INNER, change=lambda o: o[:len(o) - 16 + n])), "EncDecryptFailed")
    refuse("SE-11-all", "SE-11", "one octet of content", around(enc(INNER, octets=b"\0")), "EncDecryptFailed")
    refuse("SE-12-tag", "SE-12", "wrong tag", around(enc(INNER, change=lambda o: o[:-1] + bytes([o[-1] ^ 1]))), "EncDecryptFailed")
    refuse("SE-12-iv", "SE-12", "IV of 16 octets", around(enc(INNER, cek=cek, octets=b"\2" * 16 + AESGCM(cek).encrypt(b"\2" * 16, INNER.encode(), None))), "EncDecryptFailed")
    refuse("SE-12-key", "SE-12", "encrypted for another service", around(enc(INNER, to="k2")), "EncDecryptFailed")
    refuse("SE-12-text", "SE-12", "the plaintext is no XML", around(enc("no XML at all")), "EncDecryptFailed")
    refuse("SE-12-two", "SE-12", "the plaintext is two Assertions", around(enc(INNER + INNER)), "EncDecryptFailed")
    refuse("SE-12-empty", "SE-12", "the plaintext is empty", around(enc("")), "EncDecryptFailed")
    refuse("SE-12-doctype", "SE-12", "the plaintext has a DOCTYPE", around(enc('<!DOCTYPE x [<!ENTITY e "x">]>' + INNER)), "EncDecryptFailed")
    refuse("SE-12-comment", "SE-12", "the plaintext has a comment", around(enc(INNER.replace(HONEST, ">alice@idp.test<!---->.evil</saml:NameID>"))), "EncDecryptFailed")
    for name, uri in (("3des", XENC + "tripledes-cbc"), ("aes192-cbc", XENC + "aes192-cbc"), ("unknown", "urn:x"), ("chacha", X11 + "chacha20-poly1305")):
        refuse(f"SE-13-{name}", "SE-13", f"content encryption {name}", around(enc(INNER, uri=uri)), "EncAlgForbidden", allow=["cbc", "rsa15"])
    for name, uri in (("kw", XENC + "kw-aes256"), ("sig", RSA1), ("unknown", "urn:x")):
        refuse(f"SE-13-key-{name}", "SE-13", f"key transport {name}", around(enc(INNER, keys=encrypted_key(wrap(cek), uri, params=""))), "EncAlgForbidden", allow=["cbc", "rsa15"])
    refuse("SE-13-mgf", "SE-13", "rsa-oaep-mgf1p with MGF1 with SHA-256", around(enc(INNER, keys=encrypted_key(wrap(cek), params=f'<xenc11:MGF xmlns:xenc11="{X11}" Algorithm="{X11}mgf1sha256"/>'))), "EncAlgForbidden")
    refuse("SE-13-digest", "SE-13", "OAEP with MD5", around(enc(INNER, keys=encrypted_key(wrap(cek), params=f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{MORE}md5"/>'))), "EncAlgForbidden")
    refuse("SE-12-label", "SE-12", "OAEPparams that were not used", around(enc(INNER, keys=encrypted_key(wrap(cek), params=f"<xenc:OAEPparams>{b64(b'x')}</xenc:OAEPparams>"))), "EncDecryptFailed")
    refuse("SE-14", "SE-14", "aes256-gcm with a key of 16 octets", around(enc(INNER, octets=seal(INNER, "aes128-gcm", b"\x11" * 16), keys=encrypted_key(wrap(b"\x11" * 16)))), "EncDecryptFailed")
    refuse("SE-14-long", "SE-14", "aes128-gcm with a key of 32 octets", around(enc(INNER, cipher="aes128-gcm", octets=seal(INNER, "aes256-gcm", cek), keys=encrypted_key(wrap(cek)))), "EncDecryptFailed")
    key = encrypted_key(wrap(cek))
    refuse("SE-16-nine", "SE-16", "nine EncryptedKeys", around(enc(INNER, cek=cek, keys=key * 9)), "EncKeyShape")
    refuse("SE-16", "SE-16", "1000 EncryptedKeys", around(enc(INNER, cek=cek, keys=f'<xenc:EncryptedKey xmlns:xenc="{XENC}"/>' * 1000)), "EncKeyShape")
    loop = encrypted_key(wrap(cek), attrs=' Id="_k1"', info='<ds:RetrievalMethod URI="#_k1"/>')
    refuse("SE-17-self", "SE-17", "EncryptedKey whose KeyInfo has a RetrievalMethod to itself", around(enc(INNER, cek=cek, keys='<ds:RetrievalMethod URI="#_k1"/>', siblings=loop)), "EncKeyShape")
    refuse("SE-17-inside", "SE-17", "EncryptedKey inside an EncryptedKey", around(enc(INNER, cek=cek, keys=encrypted_key(wrap(cek), info=key))), "EncKeyShape")
    refuse("SE-18", "SE-18", "CipherReference", re.sub(r"<xenc:CipherValue>[^<]*</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>", '<xenc:CipherReference URI="http://evil.test/"/></xenc:CipherData></xenc:EncryptedData>', around(enc(INNER, cek=cek))), "EncKeyShape")
    refuse("SE-18-key", "SE-18", "CipherReference of a key", around(enc(INNER, cek=cek, keys=re.sub(r"<xenc:CipherValue>[^<]*</xenc:CipherValue>", '<xenc:CipherReference URI="#x"/>', key))), "EncKeyShape")
    outside = response("", assertion=enc(INNER, cek=cek, keys='<ds:RetrievalMethod URI="#_k1"/>'), extensions=f'<samlp:Extensions><x xmlns="urn:x" Id="_k1"/></samlp:Extensions>')
    refuse("SE-19", "SE-19", "RetrievalMethod to an element elsewhere", outside, "EncKeyShape")
    refuse("SE-19-url", "SE-19", "RetrievalMethod to a URL", around(enc(INNER, cek=cek, keys='<ds:RetrievalMethod URI="http://evil.test/k"/>', siblings=encrypted_key(wrap(cek), attrs=' Id="_k1"'))), "EncKeyShape")
    good = around(enc(INNER), "R")
    refuse("SE-23", "SE-23", "Response signed, then EncryptedAssertion replaced", sub(good, (cut(good, "<saml:EncryptedAssertion>", "</saml:EncryptedAssertion>"), enc(INNER))), "DigestMismatch")
    refuse("SE-25-empty", "SE-25", "empty CipherValue", around(enc(INNER, octets=b"")), "EncKeyShape")
    refuse("SE-25-key-empty", "SE-25", "empty CipherValue of the key", around(enc(INNER, keys=encrypted_key(b""))), "EncKeyShape")
    refuse("SE-25-base64", "SE-25", "CipherValue that is not base64", around(enc(INNER, octets="!!!!")), "EncKeyShape")
    refuse("type-content", "SE-03", "Type is Content", around(enc(INNER, attrs=f' Type="{XENC}Content"')), "EncKeyShape")
    refuse("no-key", "SE-19", "no EncryptedKey at all", around(enc(INNER, keys="<ds:KeyName>shared</ds:KeyName>")), "EncKeyShape")
    refuse("no-method", "SE-13", "no EncryptionMethod", re.sub(r'<xenc:EncryptionMethod Algorithm="[^"]*aes256-gcm"></xenc:EncryptionMethod>', "", around(enc(INNER))), "EncKeyShape")
    refuse("SX-26", "SX-26", "an EncryptedAssertion appended to a plain signed one", sub(SIGNED, ("</samlp:Response>", enc(EVIL_INNER) + "</samlp:Response>")), "MultipleAssertions")
    refuse("xsi-outside", "MS-59", "a prefix of the plaintext that no signed octets declare", around(enc(UNSIGNED.replace("<saml:AttributeValue>user", '<saml:AttributeValue xsi:type="x">user')), "R").replace("<samlp:Response ", '<samlp:Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ', 1), "EncPlaintextShape")
    refuse("no-decryptor", "SE-01", "nothing to decrypt with", around(enc(INNER)), "EncryptedContentUnsupported", keys=[])


def main():
    shutil.rmtree(TARGET, ignore_errors=True)
    os.makedirs(os.path.join(TARGET, "se"))
    os.makedirs(os.path.join(TARGET, "keys"))
    for name in ("sp", NEW):
        shutil.copy(os.path.join(KEYS, name + ".key"), os.path.join(TARGET, "keys"))
    with open(os.path.join(TARGET, "inner.xml"), "w") as f:
        f.write(INNER)
    accepted()
    refused()
    with open(os.path.join(TARGET, "vectors.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(v) for v in VECTORS) + "\n]\n")
    print(len(VECTORS), "vectors")


main()
