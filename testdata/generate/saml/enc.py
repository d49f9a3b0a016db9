"""XML Encryption to the SP key with fixed randomness: aes256-gcm under rsa-oaep-mgf1p (SHA-1)."""
import hashlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib import *


def encrypted_data(plaintext, tail_type="Element"):
    cek, iv, seed = b"\x11" * 32, b"\x22" * 12, b"\x33" * 20
    pub = privkey("sp").public_key().public_numbers()
    k = 256
    lhash = hashlib.sha1(b"").digest()
    db = lhash + b"\0" * (k - len(cek) - 2 * 20 - 2) + b"\1" + cek
    mdb = bytes(a ^ b for a, b in zip(db, mgf1(seed, len(db), "sha1")))
    ms = bytes(a ^ b for a, b in zip(seed, mgf1(mdb, 20, "sha1")))
    ek = pow(int.from_bytes(b"\0" + ms + mdb, "big"), pub.e, pub.n).to_bytes(k, "big")
    ct = iv + AESGCM(cek).encrypt(iv, plaintext.encode(), None)
    return (f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}{tail_type}">'
            '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>'
            f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{XENC}rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="{SHA1}"/></xenc:EncryptionMethod>'
            f'<xenc:CipherData><xenc:CipherValue>{b64(ek)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>'
            f'<xenc:CipherData><xenc:CipherValue>{b64(ct)}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>')


def encrypted_assertion(plaintext):
    return f"<saml:EncryptedAssertion>{encrypted_data(plaintext)}</saml:EncryptedAssertion>"
