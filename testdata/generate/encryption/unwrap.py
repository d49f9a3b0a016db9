#!/usr/bin/env python3
"""Writes testdata/encryption/unwrapped.json: what OpenSSL unwraps from each EncryptedKey of the vectors, so that a build
without OpenSSL can judge them with a table in place of a private key. Needs lxml and cryptography; run after make.py."""
import base64
import glob
import hashlib
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

TARGET = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "encryption"))
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
DIGESTS = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


def private(name):
    with open(os.path.join(TARGET, "keys", name + ".key"), "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


KEYS = {name: private(name) for name in ("sp", "rsa3072")}


def spki_sha256(key):
    der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_key().public_bytes(*der)).hexdigest()


def digest(element, default):
    return default if element is None else element.get("Algorithm").rpartition("#")[2].replace("mgf1", "")


def ways(encrypted_key):
    """How an EncryptedKey says that it is wrapped."""
    method = encrypted_key.find(XENC + "EncryptionMethod")
    uri = "" if method is None else method.get("Algorithm", "")
    if uri.endswith("#rsa-1_5"):
        return {"method": "rsa-1_5"}
    if not uri.endswith(("#rsa-oaep-mgf1p", "#rsa-oaep")):
        return None
    mask = method.find("{http://www.w3.org/2009/xmlenc11#}MGF")
    label = method.findtext(XENC + "OAEPparams") or ""
    return {
        "method": "rsa-oaep",
        "digest": digest(method.find("{http://www.w3.org/2000/09/xmldsig#}DigestMethod"), "sha1"),
        "mgf1": digest(mask, "sha1"),
        "label": base64.b64decode(label).hex(),
    }


def unwrap(key, how, wrapped):
    if how["method"] == "rsa-1_5":
        pad = padding.PKCS1v15()
    else:
        pad = padding.OAEP(
            padding.MGF1(DIGESTS[how["mgf1"]]()), DIGESTS[how["digest"]](), bytes.fromhex(how["label"]) or None
        )
    try:
        found = key.decrypt(wrapped, pad)
    except ValueError:
        return None
    # Padding of version 1.5 that is wrong gives octets that mean nothing (implicit rejection); a table has no room for them.
    return found if how["method"] == "rsa-oaep" or len(found) in (16, 24, 32) else None


def rows(root):
    for encrypted in root.iter(XENC + "EncryptedKey"):
        how, value = ways(encrypted), encrypted.findtext(f"{XENC}CipherData/{XENC}CipherValue")
        try:
            wrapped = base64.b64decode(value or "", validate=False)
        except ValueError:
            continue
        if how is None or how.get("digest", "sha1") not in DIGESTS or how.get("mgf1", "sha1") not in DIGESTS:
            continue
        for name, key in KEYS.items():
            found = unwrap(key, how, wrapped)
            if found is not None:
                yield {"by": name, **how, "wrapped_sha256": hashlib.sha256(wrapped).hexdigest(), "key": found.hex()}
                yield from inside(root, found)


def inside(root, key):
    """What a content key shows may hold encrypted elements again."""
    for data in root.iter(XENC + "EncryptedData"):
        value = base64.b64decode(data.findtext(f"{XENC}CipherData/{XENC}CipherValue") or "", validate=False)
        try:
            plain = AESGCM(key).decrypt(value[:12], value[12:], None)
            yield from rows(etree.fromstring(plain))
        except (InvalidTag, ValueError, etree.XMLSyntaxError):
            continue


def main():
    found = {}
    for path in sorted(glob.glob(os.path.join(TARGET, "se", "*.xml"))):
        try:
            root = etree.parse(path).getroot()
        except etree.XMLSyntaxError:
            continue
        for row in rows(root):
            found[json.dumps(row)] = row
    labels = json.dumps({name: spki_sha256(key) for name, key in KEYS.items()})
    with open(os.path.join(TARGET, "unwrapped.json"), "w") as file:
        file.write(f'{{"labels": {labels},\n"unwrapped": [\n' + ",\n".join(found) + "\n]}\n")
    print(len(found), "keys")


main()
