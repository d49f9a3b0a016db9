#!/usr/bin/env python3
"""Makes the public certificates under testdata/saml/keys from the private test keys.

Serial numbers, names and validity are fixed, so RSA certificates come out byte for byte the same.
Keys of other families get an issuer signature by key x (a pinned key needs no self-signature), for the same reason.
"""
import base64
import datetime as dt
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import NameOID

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = os.path.join(HERE, "keys")
OUT = os.path.join(os.environ.get("SAML_OUT") or os.path.join(HERE, "..", "..", "saml"), "keys")
UTC = dt.timezone.utc


def key(name):
    with open(os.path.join(KEYS, name + ".key"), "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def name(cn):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])


def cert(pub, cn, serial, signer, issuer=None, start=(2020, 1, 1), end=(2040, 1, 1), ski=False):
    b = (
        x509.CertificateBuilder()
        .subject_name(name(cn))
        .issuer_name(name(issuer or cn))
        .public_key(pub)
        .serial_number(serial)
        .not_valid_before(dt.datetime(*start, tzinfo=UTC))
        .not_valid_after(dt.datetime(*end, tzinfo=UTC))
    )
    if ski:
        b = b.add_extension(x509.SubjectKeyIdentifier(b"\x01" * 20), critical=False)
    return b.sign(signer, hashes.SHA256())


def put(fname, c):
    pem = c if isinstance(c, bytes) else c.public_bytes(serialization.Encoding.PEM)
    with open(os.path.join(OUT, fname), "wb") as f:
        f.write(pem)


def main():
    os.makedirs(OUT, exist_ok=True)
    k, x = key("k"), key("x")
    put("k.crt", cert(k.public_key(), "idp.test", 1, k, ski=True))
    put("k2.crt", cert(key("k2").public_key(), "idp2.test", 2, key("k2")))
    put("x.crt", cert(x.public_key(), "attacker.test", 3, x))
    # SK-02: subject, issuer, serial, validity and SKI of k.crt around the attacker's key
    put("x-clone.crt", cert(x.public_key(), "idp.test", 1, x, ski=True))
    put("sp.crt", cert(key("sp").public_key(), "sp.test", 4, key("sp")))
    put("k-expired.crt", cert(k.public_key(), "idp.test", 5, k, end=(2024, 1, 1)))
    put("k-not-yet.crt", cert(k.public_key(), "idp.test", 6, k, start=(2030, 1, 1)))
    serial = 10
    for n in ["rsa512", "rsa1024", "rsa2047", "rsa3072", "rsa4096", "rsa8192", "rsa8193", "rsa16384", "rsa-e3",
              "ec256", "ec256b", "ec384", "ec521", "ed25519", "dsa1024"]:
        serial += 1
        put(n + ".crt", cert(key(n).public_key(), n + ".test", serial, x, "signer.test"))
    # SA-20: Ed25519 points of small order, and one in a non-canonical encoding
    p = 2**255 - 19
    points = {
        "ed25519-identity": (1).to_bytes(32, "little"),
        "ed25519-order8": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        "ed25519-noncanonical": (p + 1).to_bytes(32, "little"),
    }
    for n, raw in points.items():
        serial += 1
        put(n + ".crt", cert(ed25519.Ed25519PublicKey.from_public_bytes(raw), n + ".test", serial, x, "signer.test"))
    # SA-21: a PEM frame around bytes that are no certificate, and a truncated certificate
    put("bad.crt", b"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n")
    der = cert(k.public_key(), "idp.test", 1, k, ski=True).public_bytes(serialization.Encoding.DER)
    body = base64.encodebytes(der[: len(der) // 2]).decode()
    put("truncated.crt", ("-----BEGIN CERTIFICATE-----\n" + body + "-----END CERTIFICATE-----\n").encode())


if __name__ == "__main__":
    main()
