"""Families JA, JK, JH, JB, JJ: algorithms, keys, headers, encoding, JSON."""

import base64
import copy
import hashlib
import itertools
import json

from cryptography.hazmat.primitives import serialization
from lib import *


def ja():
    f = Family("ja")
    h, p, s = tok().split(".")
    for name in ["none", "None", "NONE", "nOnE"]:
        f.no("JA-01", f"alg {name}, no signature", b64(octets({"alg": name})) + "." + p + ".", "AlgForbidden")
        f.no("JA-01", f"alg {name}, old signature", b64(octets({"alg": name, "kid": "k1"})) + "." + p + "." + s, "AlgForbidden")
    f.no("JA-03", "no alg", tok(h={"kid": "k1"}), "AlgMissing")
    f.no("JA-03", "empty header", tok(h={}), "AlgMissing")
    for value in [None, 256, ["RS256"], {"a": 1}, True]:
        f.no("JA-03", f"alg {json.dumps(value)}", tok(h={"alg": value, "kid": "k1"}, alg="RS256"), "HeaderType")
    f.no("JA-04", "signature cut, dot kept", f"{h}.{p}.", "SignatureMissing")
    f.no("JA-04", "signature and dot cut", f"{h}.{p}", "TokenFormat")
    f.no("JA-04", "signature of one octet", f"{h}.{p}.AA", "SignatureInvalid")
    public = K.public_key()
    spki = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    secrets = {
        "SPKI PEM": spki, "SPKI PEM without final newline": spki.rstrip(b"\n"), "SPKI PEM with CRLF": spki.replace(b"\n", b"\r\n"),
        "PKCS1 PEM": public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
        "SPKI DER": public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        "modulus": unb64(JWK_K["n"]), "JWK text": octets(JWK_K), "JWK set text": octets(SET), "n text": JWK_K["n"].encode(),
    }
    for (name, secret), alg in itertools.product(secrets.items(), ["HS256", "HS384", "HS512"]):
        for keys in ([JWK_K], [JWK_BARE]):
            f.no("JA-05", f"{alg} with the {name}, alg in JWK: {'alg' in keys[0]}", tok(h=header(alg), private=secret), "AlgForbidden", provider=prov(*keys))
    ec_spki = P256.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for alg in ["HS256", "HS384", "HS512"]:
        f.no("JA-07", f"{alg} with the EC key", tok(h=header(alg), private=ec_spki), "AlgForbidden", provider=prov(jwk(P256, "k1")))
        f.no("JA-08", f"{alg} with an empty secret", tok(h=header(alg), private=b""), "AlgForbidden")
        f.no("JA-08", f"{alg} with the secret null", tok(h=header(alg), private=b"null"), "AlgForbidden")
    secret = b"0123456789abcdef0123456789abcde"
    f.no("JA-10", "31 octets", tok(h=header("HS256"), private=secret), "WeakKey", provider={"issuer": ISS, "secret": secret.decode()})
    f.no("JA-10", "HS512 with 63 octets", tok(h=header("HS512"), private=secret * 2 + b"x"), "AlgForbidden", provider={"issuer": ISS, "secret": (secret * 2 + b"x").decode()})
    good = secret + b"f"
    f.yes("JA-10", "32 octets", tok(h=header("HS256"), private=good), {"sub": "alice"}, provider={"issuer": ISS, "secret": good.decode()})
    f.yes("JA-10", "HS512 with 64 octets", tok(h=header("HS512"), private=good * 2), {"sub": "alice"}, provider={"issuer": ISS, "secret": (good * 2).decode()})
    f.no("JA-10", "wrong secret", tok(h=header("HS256"), private=b"x" * 32), "SignatureInvalid", provider={"issuer": ISS, "secret": good.decode()})
    f.no("JA-10", "signature at a symmetric provider", tok(), "AlgForbidden", provider={"issuer": ISS, "secret": good.decode()})
    f.no("JA-10", "none at a symmetric provider", f'{b64(octets({"alg": "none"}))}.{p}.', "AlgForbidden", provider={"issuer": ISS, "secret": good.decode()})
    f.no("JA-10", "no code at a symmetric provider", ".".join(tok(h=header("HS256"), private=good).split(".")[:2]) + ".", "SignatureMissing", provider={"issuer": ISS, "secret": good.decode()})
    only = prov(JWK_BARE, algorithms=["RS256"])
    for alg in ["RS512", "RS384", "PS256", "PS384", "PS512"]:
        f.no("JA-11", f"valid {alg}, only RS256 allowed", tok(h=header(alg)), "AlgForbidden", provider=only)
    for alg in ["HS256", "RS384"]:
        f.no("JA-12", f"key without alg, {alg}", tok(h=header(alg), private=JWK_K["n"].encode() if alg == "HS256" else K), "AlgForbidden", provider=only)
    for key_alg, alg in [("PS256", "RS256"), ("RS256", "PS256"), ("RS256", "RS384"), ("RS512", "RS256"), ("PS512", "PS256")]:
        f.no("JA-13", f"JWK {key_alg}, header {alg}", tok(h=header(alg)), "AlgKeyMismatch", provider=prov(jwk(K, "k1", alg=key_alg)))
    f.no("JA-14", "ES256 at an RSA key", tok(h=header("ES256"), private=P256), "AlgKeyMismatch")
    f.no("JA-14", "RS256 at an EC key", tok(), "AlgKeyMismatch", provider=prov(jwk(P256, "k1")))
    f.no("JA-14", "EdDSA at P-256", tok(h=header("EdDSA"), private=ED), "AlgKeyMismatch", provider=prov(jwk(P256, "k1")))
    f.no("JA-14", "ES256 at Ed25519", tok(h=header("ES256"), private=P256), "AlgKeyMismatch", provider=prov(jwk(ED, "k1")))
    f.no("JA-14", "ES256 at P-384", tok(h=header("ES256"), private=P256), "AlgKeyMismatch", provider=prov(jwk(P384, "k1")))
    f.no("JA-14", "ES384 at P-256", tok(h=header("ES384"), private=P384), "AlgKeyMismatch", provider=prov(jwk(P256, "k1")))
    f.no("JA-14", "no kid, nothing fits", tok(h=header("ES256", kid=...), private=P256), "AlgKeyMismatch")
    signed = b64(octets(header("ES512"))) + "." + p
    f.no("JA-16", "ES512", signed + "." + b64(raw_sign("ES512", P521, signed)), "AlgUnsupported", provider=prov(jwk(P521, "k1"), JWK_K))
    signed = b64(octets(header("ES256K"))) + "." + p
    f.no("JA-16", "ES256K", signed + "." + b64(raw_sign("ES256K", K256, signed)), "AlgUnsupported", provider=prov(jwk(K256, "k1"), JWK_K))
    f.no("JA-16", "Ed448", b64(octets(header("Ed448"))) + "." + p + "." + b64(b"\1" * 114), "AlgUnsupported")
    f.no("JA-16", "RS1", tok(h=header("RS1")), "AlgUnsupported")
    for name in ["A128KW", "RSA-OAEP", "dir", "rs256", "RS256 ", "RSA256", "", "RS256\u0000", "ＲＳ256"]:
        f.no("JA-16", f"alg {name!r}", tok(h=header(name), alg="RS256"), "AlgForbidden")
    ec_prov = prov(jwk(P256, "k1", alg="ES256"))
    signed = b64(octets(header("ES256"))) + "." + p
    raw = raw_sign("ES256", P256, signed)
    r, ss = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    f.yes("MJ-14", "ES256 baseline for the family", signed + "." + b64(raw), provider=ec_prov)
    f.no("JA-17", "ASN.1", signed + "." + b64(utils.encode_dss_signature(r, ss)), "SignatureInvalid", provider=ec_prov)
    for a, b in itertools.product([0, 1, n - 1, n], repeat=2):
        f.no("JA-18", f"r={a:x} s={b:x}", signed + "." + b64(a.to_bytes(32, "big") + b.to_bytes(32, "big")), "SignatureInvalid", provider=ec_prov)
    f.no("JA-18", "empty after header said ES256", signed + ".", "SignatureMissing", provider=ec_prov)
    f.yes("JA-20", "high s", signed + "." + b64(r.to_bytes(32, "big") + (n - ss).to_bytes(32, "big")), {"sub": "alice"}, provider=ec_prov)
    for size, sig in [(63, raw[:63]), (65, raw + b"\0"), (65, b"\0" + raw), (96, raw + raw[:32]), (128, raw + raw)]:
        f.no("JA-17", f"{size} octets", signed + "." + b64(sig), "SignatureInvalid", provider=ec_prov)
    rs = unb64(s)
    modulus = K.public_key().public_numbers().n
    value = int.from_bytes(rs, "big")
    for comment, sig in [
        ("leading zero added", b"\0" + rs), ("last octet cut", rs[:-1]), ("first octet cut", rs[1:]), ("zero", bytes(256)), ("one", (1).to_bytes(256, "big")),
        ("n-1", (modulus - 1).to_bytes(256, "big")), ("n", modulus.to_bytes(256, "big")), ("value + n", (value + modulus).to_bytes(257, "big")),
        ("n - value", (modulus - value).to_bytes(256, "big")), ("1024 octets", rs * 4), ("2048 octets", rs * 8), ("all ones", b"\xff" * 256),
    ]:
        f.no("JA-21", comment, f"{h}.{p}.{b64(sig)}", "SignatureInvalid")
    digest = hashlib.sha256(f"{h}.{p}".encode()).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420")
    private = K.private_numbers()

    def forged(block):
        return pow(int.from_bytes(block, "big"), private.d, modulus).to_bytes(256, "big")

    for comment, block in [
        ("padding type 2", b"\0\2" + b"\xff" * 202 + b"\0" + info + digest), ("padding type 0", b"\0\0" + b"\0" * 202 + b"\0" + info + digest),
        ("short padding, garbage after", b"\0\1" + b"\xff" * 8 + b"\0" + info + digest + b"\0" * 194),
        ("NULL missing", b"\0\1" + b"\xff" * 204 + b"\0" + bytes.fromhex("302f300b0609608648016503040201") + b"\4\x20" + digest),
        ("no DigestInfo", b"\0\1" + b"\xff" * 221 + b"\0" + digest), ("SHA-1 OID", b"\0\1" + b"\xff" * 206 + b"\0" + bytes.fromhex("302d300906052b0e03021a05000420") + digest),
        ("padding with a hole", b"\0\1" + b"\xff" * 100 + b"\xfe" + b"\xff" * 101 + b"\0" + info + digest),
        ("long-form length", b"\0\1" + b"\xff" * 201 + b"\0" + bytes.fromhex("308131300d060960864801650304020105000420") + digest),
    ]:
        assert len(block) == 256, (comment, len(block))
        f.no("JA-22", comment, f"{h}.{p}.{b64(forged(block))}", "SignatureInvalid")
    e3 = key("k-e3", "rsa2048") if False else None
    ed = prov(jwk(ED, "k1"))
    signed = b64(octets(header("EdDSA"))) + "." + p
    sig = raw_sign("EdDSA", ED, signed)
    order = 2**252 + 27742317777372353535851937790883648493
    big = (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    f.yes("JA-24", "baseline", signed + "." + b64(sig), provider=ed)
    for comment, bad in [("S + L", sig[:32] + big), ("63 octets", sig[:63]), ("65 octets", sig + b"\0"), ("empty R", bytes(32) + sig[32:]), ("zero", bytes(64))]:
        f.no("JA-24", comment, signed + "." + b64(bad), "SignatureInvalid", provider=ed)
    for name, (hh, pp, sg) in {
        "payload": (h, b64(unb64(p).replace(b"alice", b"alicf")), s), "header": (b64(unb64(h).replace(b'"k1"', b'"k1" ')), p, s), "signature": (h, p, b64(rs[:-1] + bytes([rs[-1] ^ 1]))),
    }.items():
        f.no("JA-25", f"bit flip in {name}", f"{hh}.{pp}.{sg}", "SignatureInvalid")
    other = tok(claims(sub="admin"), private=X)
    f.no("JA-25", "payload of another token", f"{h}.{other.split('.')[1]}.{s}", "SignatureInvalid")
    f.no("JA-25", "signed by X", other, "SignatureInvalid")
    f.write()


def jk():
    f = Family("jk")
    x = jwk(X, "k1")
    f.no("JK-01", "jwk header, kid of K", tok(h=header(jwk=x), private=X), "HeaderKeyForbidden")
    f.no("JK-01", "jwk header, no kid", tok(h=header(jwk=x, kid=...), private=X), "HeaderKeyForbidden")
    f.no("JK-01", "jwk header holding K, signed by K", tok(h=header(jwk=JWK_BARE)), "HeaderKeyForbidden")
    f.no("JK-01", "jwk null", tok(h=header(jwk=None)), "HeaderKeyForbidden")
    for name, urls in {"jku": ["https://evil.test/jwks", "http://169.254.169.254/", "file:///etc/passwd"], "x5u": ["https://evil.test/c.pem", "file:///c.pem"]}.items():
        for url in urls:
            f.no("JK-03", f"{name} {url}", tok(h=header(**{name: url}), private=X), "SignatureInvalid")
            f.yes("MJ-36", f"{name} {url}, signed by K", tok(h=header(**{name: url})))
    f.no("JK-04", "x5c", tok(h=header(x5c=["MIIBszCCAVk="]), private=X), "SignatureInvalid")
    f.no("JK-05", "unknown kid", tok(h=header(kid="k9")), "KeyNotFound")
    f.no("JK-05", "unknown kid, forged", tok(h=header(kid="k9"), private=X), "KeyNotFound")
    two = prov(jwk(K, "k1"), jwk(K2, "k2"))
    no_kid = header(kid=...)
    f.no("JK-06", "two fit, refuse", tok(h=no_kid, private=K2), "KeyAmbiguous", provider=two)
    f.yes("JK-06", "two fit, try all", tok(h=no_kid, private=K2), provider=prov(jwk(K, "k1"), jwk(K2, "k2"), selection="try-all"))
    f.no("JK-06", "try all, none verifies", tok(h=no_kid, private=X), "SignatureInvalid", provider=prov(jwk(K, "k1"), jwk(K2, "k2"), selection="try-all"))
    nine = [{**jwk(K2, f"a{n}"), "e": num(65537 + 2 * n)} for n in range(8)] + [jwk(K, "b")]
    f.no("JK-06", "try all, nine fit", tok(h=no_kid), "KeyAmbiguous", provider=prov(*nine, selection="try-all"))
    f.yes("JK-06", "try all, eight fit", tok(h=no_kid), provider=prov(*nine[1:], selection="try-all"))
    f.yes("JK-06", "one fits by type", tok(h=no_kid), provider=prov(jwk(P256, "e"), jwk(K, "k1"), jwk(ED, "d")))
    f.yes("JK-06", "one fits by alg", tok(h=no_kid), provider=prov(jwk(K2, "p", alg="PS256"), jwk(K, "k1", alg="RS256")))
    f.no("JK-08", "one kid, two RSA keys", tok(), "KeyAmbiguous", provider=prov(jwk(K, "k1"), jwk(K2, "k1")))
    f.yes("JK-08", "one kid, the same key twice", tok(), provider=prov(jwk(K, "k1"), jwk(K, "k1")))
    f.yes("JK-08", "no kid in token, the same key under three", tok(h=no_kid), provider=prov(jwk(K, "a"), jwk(K, "b"), jwk(K)))
    f.yes("JK-08", "the same key 256 times", tok(h=no_kid), provider=prov(*[jwk(K, f"a{n}") for n in range(256)]))
    f.yes("JK-08", "try all, nine entries of two keys", tok(h=no_kid), provider=prov(*[jwk(K2, f"a{n}") for n in range(8)], jwk(K, "b"), selection="try-all"))
    f.no("JK-08", "no kid in token, one key twice and another", tok(h=no_kid), "KeyAmbiguous", provider=prov(jwk(K, "a"), jwk(K, "b"), jwk(K2, "c")))
    f.no("JK-08", "the same key twice, of somebody else", tok(private=X), "SignatureInvalid", provider=prov(jwk(K, "k1"), jwk(K, "k1")))
    f.no("JK-08", "the same key twice, an unknown kid", tok(h=header(kid="c")), "KeyNotFound", provider=prov(jwk(K, "a"), jwk(K, "b")))
    f.no("JK-08", "the same key for RS512 and PS256", tok(), "AlgKeyMismatch", provider=prov(jwk(K, "k1", alg="RS512"), jwk(K, "k1", alg="PS256")))
    f.no("JK-08", "the same modulus with another exponent", tok(), "KeyAmbiguous", provider=prov(jwk(K, "k1"), {**jwk(K, "k1"), "e": "Aw"}))
    f.yes("JK-09", "one kid, RSA and EC", tok(), provider=prov(jwk(P256, "k1"), jwk(K, "k1")))
    f.yes("JK-09", "one kid, RSA and EC, ES256", tok(h=header("ES256"), private=P256), provider=prov(jwk(K, "k1"), jwk(P256, "k1")))
    for kid in ["../../dev/null", "' OR 1=1--", "|cmd", "k1\u0000", "", "k1 ", "K1", "x" * 10_000]:
        f.no("JK-10", f"kid {kid[:20]!r}", tok(h=header(kid=kid)), "KeyNotFound")
    for kid in [1, ["k1"], {"a": 1}, True, None]:
        f.no("JK-10", f"kid {kid!r}", tok(h=header(kid=kid)), "HeaderType")
    pn = K2.private_numbers()
    for name, extra in [("RSA d", jwk(K2, "z", d=num(pn.d))), ("RSA p", jwk(K2, "z", p=num(pn.p))), ("EC d", jwk(P256, "z", d=num(P256.private_numbers().private_value))),
                        ("OKP d", jwk(ED, "z", d=b64(b"\1" * 32))), ("unknown type with d", {"kty": "XYZ", "d": "AA"}), ("unknown type with k", {"kty": "XYZ", "k": "AA"}), ("AKP priv", {"kty": "AKP", "alg": "ML-DSA-44", "priv": "AA"}), ("d in an encryption key", jwk(K2, "z", use="enc", d=num(pn.d)))]:
        f.no("JK-12", name, tok(), "KeyPrivateMaterial", provider=prov(JWK_K, extra))
        f.no("JK-12", name + ", first", tok(), "KeyPrivateMaterial", provider=prov(extra, JWK_K))
    octk = {"kty": "oct", "kid": "s", "k": b64(b"0123456789abcdef0123456789abcdef")}
    f.no("JK-13", "oct published", tok(h=header("HS256", kid="s"), private=unb64(octk["k"])), "KeyPrivateMaterial", provider=prov(JWK_K, octk))
    f.yes("JK-13", "oct without k", tok(), provider=prov(JWK_K, {"kty": "oct", "kid": "s"}))
    f.no("JK-13", "HS256 with the octets of another set", tok(h=header("HS256", kid="s"), private=unb64(octk["k"])), "AlgForbidden")
    bad_uses = [({"use": "enc"}, "KeyUseForbidden"), ({"use": "SIG"}, "KeyUseForbidden"), ({"use": "tls"}, "KeyUseForbidden"), ({"use": 1}, "KeyMalformed"), ({"key_ops": ["encrypt"]}, "KeyUseForbidden"),
                ({"key_ops": ["sign"]}, "KeyUseForbidden"), ({"key_ops": []}, "KeyUseForbidden"), ({"key_ops": ["verify", "verify"]}, "KeyMalformed"), ({"key_ops": "verify"}, "KeyMalformed"), ({"key_ops": [1]}, "KeyMalformed"), ({"key_ops": {}}, "KeyMalformed"),
                ({"alg": "RSA-OAEP"}, "KeyUseForbidden"), ({"use": "sig", "key_ops": ["encrypt"]}, "KeyUseForbidden")]
    for more, check in bad_uses:
        row = "JK-14" if "use" in more and "key_ops" not in more else "JK-15"
        f.no(row, f"{more}, alone", tok(), check, provider=prov(jwk(K, "k1", **more)))
        f.no(row, f"{more}, beside another", tok(), check, provider=prov(jwk(K, "k1", **more), jwk(P256, "e")))
    f.yes("JK-15", "sign and verify", tok(), provider=prov(jwk(K, "k1", key_ops=["sign", "verify"])))
    f.yes("JK-15", "null use, key_ops, alg", tok(), provider=prov(jwk(K, "k1", use=None, key_ops=None, alg=None)))
    n = K.public_key().public_numbers().n
    rsa_bad = {"n=0": ("AA", "AQAB"), "n even": (num(n + 1), "AQAB"), "e=1": (num(n), "AQ"), "e even": (num(n), num(65536)), "e=0": (num(n), "AA"), "e > 2^33": (num(n), num(2**33 + 1)), "e huge": (num(n), num(n)),
               "n empty": ("", "AQAB"), "e empty": (num(n), ""), "not base64url": ("!!!!", "AQAB"), "padded": (num(n) + "==", "AQAB"), "padded e": (num(n), "AQAB===="),
               "standard alphabet": (base64.b64encode(n.to_bytes(256, "big")).decode().rstrip("="), "AQAB"), "n a number": (n % 2**31, "AQAB"), "n null": (None, "AQAB"), "stray bits": (num(n)[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}.get(num(n)[-1], "B"), "AQAB")}
    for name, (nn, ee) in rsa_bad.items():
        if name == "standard alphabet" and "+" not in nn and "/" not in nn:
            continue
        bad = {"kty": "RSA", "kid": "k1", "n": nn, "e": ee}
        f.no("JK-17", name + ", alone", tok(), "KeyMalformed", provider=prov(bad))
        f.no("JK-17", name + ", beside another", tok(), "KeyMalformed", provider=prov(bad, jwk(K2, "k2")))
    f.yes("JK-17", "leading zero octet in n (PayPal, Yahoo)", tok(), provider=prov({**JWK_BARE, "n": b64(b"\0" + n.to_bytes(256, "big"))}))
    f.no("JK-18", "1024 bits", tok(private=RSA1024), "WeakKey", provider=prov(jwk(RSA1024, "k1")))
    f.no("JK-18", "1024 bits beside K", tok(private=RSA1024, h=header(kid="w")), "WeakKey", provider=prov(jwk(RSA1024, "w"), JWK_K))
    for bits, check in [(512, "WeakKey"), (2040, "WeakKey"), (2047, "WeakKey"), (8200, "KeyTooLarge"), (16384, "KeyTooLarge")]:
        f.no("JK-18", f"{bits} bits", tok(), check, provider=prov({"kty": "RSA", "kid": "k1", "n": num((1 << (bits - 1)) | 1), "e": "AQAB"}))
    g = 65537
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167]
    m = 1
    for prime in primes:
        m *= prime
    roca = (pow(g, 12345, m) + m * ((1 << 2047) // m + 1))
    f.no("JK-19", "ROCA fingerprint", tok(), "WeakKey", provider=prov({"kty": "RSA", "kid": "k1", "n": num(roca | 0), "e": "AQAB"}) if roca & 1 else prov({"kty": "RSA", "kid": "k1", "n": num(roca + m), "e": "AQAB"}))
    good = jwk(P256, "k1")
    px, py = unb64(good["x"]), unb64(good["y"])
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    es = tok(h=header("ES256"), private=P256)
    for name, change in {"y + 1": {"y": b64((int.from_bytes(py, "big") + 1).to_bytes(32, "big"))}, "(0,0)": {"x": b64(bytes(32)), "y": b64(bytes(32))}, "x = p": {"x": num(prime)}, "y = p": {"y": num(prime)}, "all ones": {"x": b64(b"\xff" * 32), "y": b64(b"\xff" * 32)},
                         "P-256 labelled P-384": {"crv": "P-384"}, "x and y swapped": {"x": good["y"], "y": good["x"]}}.items():
        f.no("JK-20", name, es, "KeyMalformed", provider=prov({**good, **change}))
    for name, change in {"31 octets": {"x": b64(px[1:])}, "33 octets": {"x": b64(b"\0" + px)}, "y 31": {"y": b64(py[1:])}, "y absent": {"y": None}, "y empty": {"y": ""}, "crv absent": {"crv": None}}.items():
        f.no("JK-21", name, es, "KeyMalformed", provider=prov({**good, **change}))
    edk = jwk(ED, "k1")
    ed = tok(h=header("EdDSA"), private=ED)
    for name, x_, check in [("31", unb64(edk["x"])[1:], "KeyMalformed"), ("33", unb64(edk["x"]) + b"\0", "KeyMalformed"), ("identity", b"\1" + bytes(31), "WeakKey"), ("zero", bytes(32), "WeakKey"), ("identity with sign", b"\1" + bytes(30) + b"\x80", "WeakKey"),
                            ("order 8", bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "WeakKey"), ("p-1", bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), "WeakKey")]:
        f.no("JK-22", name, ed, check, provider=prov({**edk, "x": b64(x_)}))
    f.no("JK-24", "x5c only", tok(), "KeyMalformed", provider=prov({"kty": "RSA", "kid": "k1", "x5c": ["MIIB"]}))
    f.no("JK-24", "kty absent", tok(), "KeyMalformed", provider=prov({"kid": "k1", "n": num(n), "e": "AQAB"}))
    f.no("JK-24", "kid a number", tok(), "KeyMalformed", provider=prov({**JWK_K, "kid": 1}))
    for name, document in {"keys missing": "{}", "keys null": '{"keys":null}', "keys an object": '{"keys":{}}', "an array": "[]", "nested keys": '{"keys":{"keys":[]}}', "a key that is an array": '{"keys":[[]]}', "a key that is text": '{"keys":["x"]}', "text beside a key": json.dumps(jwks("x", JWK_K)), "a list beside a key": json.dumps(jwks([JWK_K], JWK_K)), "a single key": json.dumps(JWK_K), "a string": '"keys"'}.items():
        f.no("JK-26", name, tok(), "JwksMalformed", provider={"issuer": ISS, "jwks_text": document})
    for name, document, check in [("empty text", "", "JsonMalformed"), ("not JSON", "<html>", "JsonMalformed"), ("duplicate keys member", '{"keys":[],"keys":[]}', "DuplicateMember"), ("duplicate n", json.dumps(SET)[:-3] + ',"n":"AA"}]}', "DuplicateMember"), ("trailing text", json.dumps(SET) + "x", "JsonMalformed")]:
        f.no("JK-26", name, tok(), check, provider={"issuer": ISS, "jwks_text": document})
    for extra in [None, 1, True, {}, {"kty": None}, {"kty": 1}, {"kid": "k1"}, {"kty": "oct"}, {"kty": "oct", "k": None}, {"kty": "oct", "k": ""}, {"kty": "RSA", "d": "", "kid": "k1"}]:
        f.yes("JK-29", f"beside a key: {extra}", tok(), provider=prov(extra, JWK_K, extra))
        f.no("JK-30", f"alone: {extra}", tok(), "KeyMalformed" if extra is None or "oct" not in str(extra) else "NoTrustedKey", provider=prov(extra))
    good_beside = [{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "q"}, {"kty": "OKP", "crv": "Ed448", "x": "AA", "kid": "e4"}, {"kty": "OKP", "crv": "X25519", "x": b64(b"\1" * 32), "use": "enc", "kid": "xx"}, {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "k"}, jwk(P521, "k1", alg="ES512"), {"kty": "XYZ"}, jwk(K2, "en", use="enc", alg="RSA-OAEP")]
    f.yes("JK-29", "unknown types beside", tok(), provider=prov(*good_beside, JWK_K))
    f.yes("MJ-12", "encryption keys and unknown types", tok(), provider=prov(JWK_K, *good_beside))
    f.no("JK-29", "only unknown types", tok(), "NoTrustedKey", provider=prov(*good_beside))
    f.no("JK-30", "empty set", tok(), "NoTrustedKey", provider=prov())
    f.no("JK-28", "257 keys", tok(), "LimitKeys", provider=prov(*[{"kty": "X"}] * 256, JWK_K))
    f.yes("JK-28", "256 keys", tok(), provider=prov(*[{"kty": "X"}] * 255, JWK_K))
    f.no("JK-31", "key of another issuer", tok(private=K2, h=header(kid="k2")), "KeyNotFound")
    f.no("JK-31", "key of another issuer under the kid of K", tok(private=K2), "SignatureInvalid")
    f.yes("MJ-08", "no kid in token, one key", tok(h=no_kid))
    f.yes("MJ-08", "kid in token, key without kid", tok(), provider=prov(jwk(K)))
    f.no("MJ-08", "kid in token, key without kid is another", tok(private=X), "KeyNotFound", provider=prov(jwk(K)))
    f.yes("MJ-09", "use only", tok(), provider=prov(jwk(K, "k1", use="sig")))
    f.yes("MJ-09", "neither alg nor use", tok(), provider=prov(JWK_BARE))
    f.yes("MJ-11", "x5c with line breaks, x5t", tok(), provider=prov({**JWK_K, "x5c": ["MIIB\r\nAAAA\n"], "x5t": "abc", "x5t#S256": 1}))
    f.write()


def jh():
    f = Family("jh")
    for crit, more in [(["exp"], {"exp": 1}), (["http://x"], {"http://x": 1}), (["b64"], {"b64": True}), (["a", "b"], {"a": 1, "b": 2})]:
        f.no("JH-01", f"crit {crit}", tok(h=header(crit=crit, **more)), "CritUnsupported")
    for crit, more in [([], {}), (None, {}), ("exp", {"exp": 1}), ([1], {}), (["a", "a"], {"a": 1}), (["absent"], {}), (["alg"], {}), (["kid"], {}), ({}, {}), (1, {}), ([None], {}), (["crit"], {})]:
        f.no("JH-02", f"crit {crit!r}", tok(h=header(crit=crit, **more)), "CritInvalid")
    raw = octets(claims())
    hh = b64(octets(header(crit=["b64"], b64=False)))
    f.no("JH-04", "b64 false with crit, payload encoded", tok(h=header(crit=["b64"], b64=False)), "CritUnsupported")
    signed = hh.encode() + b"." + b64(raw).encode()
    f.no("JH-04", "b64 false, signed over the raw payload", hh + "." + b64(raw) + "." + b64(raw_sign("RS256", K, hh.encode() + b"." + raw)), "CritUnsupported")
    for value in [False, True, None, "false"]:
        f.no("JH-05" if value is False else "JH-06", f"b64 {value!r} without crit", tok(h=header(b64=value)), "B64Unsupported")
    f.no("JH-06", "b64 true with crit", tok(h=header(crit=["b64"], b64=True)), "CritUnsupported")
    for typ in ["at+jwt", "application/at+jwt", "AT+JWT", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "token-introspection+jwt", "secevent+jwt", "entity-statement+jwt", "JOSE+JSON", "application/jose/x", "JWS", "", "jwt+", "application/application/jwt", "text/jwt", "JWT ", "JWE"]:
        f.no("JH-07", f"typ {typ!r}", tok(h=header(typ=typ)), "TypForbidden")
    for typ in [1, None, ["JWT"], {}]:
        f.no("JH-07", f"typ {typ!r}", tok(h=header(typ=typ)), "HeaderType")
    for typ in [..., "JWT", "jwt", "Jwt", "application/jwt", "application/JWT", "JOSE", "jose", "application/jose"]:
        f.yes("MJ-18", f"typ {typ if typ is not ... else 'absent'}", tok(h=header(typ=typ)))
    for cty in ["JWT", "jwt", "application/jwt", "at+jwt", "JOSE", "JWS"]:
        f.no("JH-10", f"cty {cty}", tok(h=header(cty=cty)), "CtyForbidden")
        f.no("JT-13", f"nested token, cty {cty}", tok(tok(), h=header(cty=cty)), "CtyForbidden")
    f.yes("JH-10", "cty json", tok(h=header(cty="json")))
    for name, value in {"enc": "A256GCM", "zip": "DEF", "epk": {}, "apu": "AA", "apv": "AA", "p2s": "AA", "p2c": 1, "iv": "AA", "tag": "AA"}.items():
        f.no("JH-11", name, tok(h=header(**{name: value})), "HeaderUnexpected")
    f.no("JH-11", "alg and enc of a JWE in three segments", tok(h={"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "k1"}, alg="RS256"), "HeaderUnexpected")
    for value in ["[]", '"x"', "1", "null", "true", '[{"alg":"RS256"}]']:
        f.no("JH-12", value, tok(h=value), "HeaderNotObject")
    f.no("JH-12", "empty header object text", tok(h=" "), "JsonMalformed")
    f.yes("JH-13", "ALG beside alg", tok(h='{"ALG":"none","alg":"RS256","Kid":"x","kid":"k1"}'))
    f.no("JH-13", "only Alg", tok(h='{"Alg":"RS256","kid":"k1"}'), "AlgMissing")
    f.no("JH-14", "100 KiB of members", tok(h={**header(), **{f"m{n}": "x" * 100 for n in range(1000)}}), "LimitHeader")
    f.no("JH-14", "10 000 members", tok(h={**header(), **{f"m{n}": n for n in range(10000)}}), "LimitHeader")
    f.no("JH-14", "65 members", tok(h={**header(), **{f"m{n}": n for n in range(63)}}), "LimitHeader")
    f.yes("JH-14", "64 members", tok(h={**header(), **{f"m{n}": n for n in range(62)}}))
    f.no("JH-14", "an array of 10 000 in x5c", tok(h=header(x5c=["A"] * 10000)), "LimitHeader")
    f.yes("MJ-24", "white space and order", tok(h=' {\n"kid" : "k1" ,\t"alg":\r"RS256" } '))
    f.yes("MJ-24", "escapes in names and values", tok(h='{"\\u0061lg":"\\u0052S256","kid":"\\u006b1"}'))
    f.yes("MJ-36", "x5t, x5c, jku there and not used", tok(h=header(x5t="abc", x5c=["!!"], jku="https://idp.test/jwks", **{"x5t#S256": "abc"})))
    f.yes("MJ-36", "x5c of three certificates", tok(h=header(x5c=["A" * 2500] * 3)))
    f.write()


def jb():
    f = Family("jb")
    t = tok()
    h, p, s = t.split(".")
    for bad in ["", ".", "..", "...", "....", h, f"{h}.{p}", f"{t}.", f"{t}..", f"{t}.{s}", f"{t}.a.b", f"{t}...", h.replace(".", "")]:
        f.no("JB-01", f"{bad.count('.')} dots", bad, "TokenFormat")
    for bad, check in [("..", "TokenFormat"), (f"{h}..{s}", "TokenFormat"), (f".{p}.{s}", "TokenFormat"), (f"{h}.{p}.", "SignatureMissing"), (f"{h}..", "TokenFormat"), (f"..{s}", "TokenFormat"), (f".{p}.", "TokenFormat")]:
        f.no("JB-02", "empty segments", bad, check)
    for bad in [f"{h}=.{p}.{s}", f"{h}.{p}=.{s}", f"{h}.{p}.{s}=", f"{h}.{p}.{s}==", f"{h}.{p}==.{s}", f"{h}.{p}.="]:
        f.no("JB-03", "padding", bad, "SegmentBase64")
    hp = f"{h}.{p}="
    f.no("JB-03", "padding in the payload, signed so", hp + "." + b64(raw_sign("RS256", K, hp)), "SegmentBase64")
    for c in "+/":
        f.no("JB-04", "standard alphabet in the signature", f"{h}.{p}.{s[:-4]}{c}{s[-3:]}", "SegmentBase64")
        f.no("JB-04", "standard alphabet in the header", f"{h[:-4]}{c}{h[-3:]}.{p}.{s}", "SegmentBase64")
        f.no("JB-04", "standard alphabet in the payload", f"{h}.{p[:-4]}{c}{p[-3:]}.{s}", "SegmentBase64")
    for c in [" ", "\r", "\n", "\t"]:
        for where, bad in {"header": f"{h[:5]}{c}{h[5:]}.{p}.{s}", "payload": f"{h}.{p[:5]}{c}{p[5:]}.{s}", "signature": f"{h}.{p}.{s[:5]}{c}{s[5:]}", "before a dot": f"{h}{c}.{p}.{s}", "after a dot": f"{h}.{c}{p}.{s}"}.items():
            f.no("JB-05", f"{c!r} in {where}", bad, "SegmentBase64")
        f.no("JB-05", f"{c!r} before", c + t, "TokenFormat")
        f.no("JB-05", f"{c!r} after", t + c, "TokenFormat")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def stray(segment):
        rest = len(segment) % 4
        assert rest in (2, 3), "no unused bits"
        return segment[:-1] + alphabet[alphabet.index(segment[-1]) + 1]

    f.no("JB-06", "stray bits in the signature", f"{h}.{p}.{stray(s)}", "SegmentBase64")
    for sub in ["a", "ab", "abc"]:
        q = tok(claims(sub=sub)).split(".")
        if len(q[1]) % 4:
            f.no("JB-06", "stray bits in the payload", f"{q[0]}.{stray(q[1])}.{q[2]}", "SegmentBase64")
            signed = f"{q[0]}.{stray(q[1])}"
            f.no("JB-06", "stray bits in the payload, signed so", signed + "." + b64(raw_sign("RS256", K, signed)), "SegmentBase64")
    for x in ["", "a", "ab"]:
        q = tok(h=header(x=x)).split(".")
        if len(q[0]) % 4:
            f.no("JB-06", "stray bits in the header", f"{stray(q[0])}.{q[1]}.{q[2]}", "SegmentBase64")
            break
    f.no("JB-06", "a segment of one character more", f"{h}.{p}A.{s}", "SegmentBase64") if len(p) % 4 == 0 else None
    flat = {"protected": h, "payload": p, "signature": s}
    f.no("JB-09", "flattened JSON", json.dumps(flat), "TokenFormat")
    f.no("JB-09", "flattened JSON with three dots inside", json.dumps({**flat, "x": "a.b.c"}), "TokenFormat")
    f.no("JB-10", "general JSON", json.dumps({"payload": p, "signatures": [{"protected": h, "signature": s}, {"protected": h, "signature": "AA"}]}), "TokenFormat")
    f.no("JB-12", "unprotected header", json.dumps({"payload": p, "header": {"alg": "HS256"}, "signature": s}), "TokenFormat")
    for bad in [f"Bearer {t}", f"bearer {t}", f'"{t}"', f"'{t}'", f"{t};", f"[{t}]", f"{t},{t}", f"token={t}", f"{t}\u0000", f"\ufeff{t}"]:
        f.no("JB-14", f"glue: {bad[:7]!r}", bad, "SegmentBase64" if bad.startswith("token=") else "TokenFormat")
    f.no("JB-14", "non-ASCII inside", f"{h}.{p[:4]}é{p[4:]}.{s}", "SegmentBase64")
    f.no("JB-16", "a JWE", b64(octets({"alg": "RSA-OAEP", "enc": "A256GCM"})) + ".AAAA.AAAA.AAAA.AAAA", "JweUnsupported")
    f.no("JB-16", "a JWE with dir", b64(octets({"alg": "dir", "enc": "A256GCM"})) + "..AAAA.AAAA.AAAA", "JweUnsupported")
    f.no("JB-16", "five segments that are no JWE", f"{h}.{p}.{s}.AA.AA", "TokenFormat")
    f.no("JE-05", "RSA1_5", b64(octets({"alg": "RSA1_5", "enc": "A128CBC-HS256"})) + ".AAAA.AAAA.AAAA.AAAA", "JweUnsupported")
    f.no("JE-07", "zip", b64(octets({"alg": "dir", "enc": "A256GCM", "zip": "DEF"})) + "..AAAA.AAAA.AAAA", "JweUnsupported")
    f.no("JE-18", "JSON JWE", json.dumps({"protected": h, "ciphertext": "AA", "iv": "AA", "tag": "AA"}), "TokenFormat")
    f.no("JT-15", "a SAML response", base64.b64encode(b"<samlp:Response/>").decode(), "TokenFormat")
    f.write()


def jj():
    f = Family("jj")
    for name, value in [("sub", '"admin"'), ("aud", '"client1"'), ("exp", str(NOW + 600)), ("iss", f'"{ISS}"'), ("nonce", f'"{NONCE}"')]:
        f.no("JJ-01", f"{name} twice", tok(with_claims(f'"{name}":{value}')), "DuplicateMember")
        f.no("JJ-01", f"{name} twice, escaped", tok(with_claims(f'"\\u{ord(name[0]):04x}{name[1:]}":{value}')), "DuplicateMember")
    f.no("JJ-01", "deep", tok(with_claims('"x":{"y":[{"a":1,"a":2}]}')), "DuplicateMember")
    f.no("JJ-01", "in the header", tok(h='{"alg":"RS256","alg":"RS256","kid":"k1"}'), "DuplicateMember")
    f.no("JJ-01", "in the header, escaped", tok(h='{"alg":"none","\\u0061lg":"RS256","kid":"k1"}'), "DuplicateMember")
    usual = json.dumps(claims())
    for tail in ["{}", " x", "\0", ",", "]", "}", usual]:
        f.no("JJ-03", f"trailing {tail[:3]!r}", tok(usual + tail), "JsonMalformed")
        f.no("JJ-03", f"trailing {tail[:3]!r} in the header", tok(h=json.dumps(header()) + tail), "JsonMalformed")
    f.no("JJ-04", "BOM", tok(b"\xef\xbb\xbf" + usual.encode()), "JsonMalformed")
    f.no("JJ-04", "BOM in the header", tok(h=b"\xef\xbb\xbf" + octets(header())), "JsonMalformed")
    f.no("JJ-04", "UTF-16", tok(usual.encode("utf-16")), "InvalidUtf8")
    f.no("JJ-04", "UTF-16 without BOM", tok(usual.encode("utf-16-le")), "JsonMalformed")
    for bad in ["/*c*/", "//c\n"]:
        f.no("JJ-05", "comment", tok(bad + usual), "JsonMalformed")
    for more in ['"x":1,', "'x':1", '"x":NaN', '"x":Infinity', '"x":-Infinity', '"x":0x1', "x:1", '"x":undefined', '"x":True', '"x":1;', '"x":"a\nb"', '"x":"\\x41"', '"x":"\\\'"', '"x":\'y\'']:
        f.no("JJ-05", more, tok(with_claims(more)), "JsonMalformed")
    for name, octet in {"0xFF": b"\xff", "overlong": b"\xc0\x80", "CESU": b"\xed\xa0\x80\xed\xb0\x80", "cut": b"\xe2\x82", "beyond": b"\xf4\x90\x80\x80"}.items():
        f.no("JJ-06", name, tok(with_claims('"x":"@"').encode().replace(b"@", octet)), "InvalidUtf8")
        f.no("JJ-06", name + " in the header", tok(h=octets(header(x="@")).replace(b"@", octet)), "InvalidUtf8")
    for bad in ["\\ud800", "\\udc00\\ud800", "\\ud800x", "\\ud800\\ud800", "\\udfff", "\\uD83D"]:
        f.no("JJ-07", bad, tok(with_claims(f'"x":"{bad}"')), "JsonMalformed")
        f.no("JJ-07", bad + " in sub", tok(json.dumps(claims(sub="@")).replace("@", bad)), "JsonMalformed")
    f.yes("JJ-07", "a pair", tok(with_claims('"x":"\\ud83d\\ude00"')))
    for name in ["sub", "nonce", "x"]:
        c = json.dumps(claims(**{name: "@"})).replace("@", "admin\\u0000x")
        f.no("JJ-09", f"NUL in {name}", tok(c), "ClaimForbiddenChar")
    f.no("JJ-09", "NUL in a name", tok(with_claims('"a\\u0000b":1')), "ClaimForbiddenChar")
    f.no("JJ-09", "NUL deep", tok(with_claims('"a":[{"b":"\\u0000"}]')), "ClaimForbiddenChar")
    f.no("JJ-09", "raw NUL", tok(with_claims('"a":"\0"')), "JsonMalformed")
    for n in [33, 10_000]:
        for a, b in [("[", "]"), ('{"a":', "}")]:
            deep = a * n + ("1" if a != "[" else "") + b * n
            f.no("JJ-10", f"{n} {a!r} in claims", tok(with_claims(f'"x":{deep}')), "JsonTooDeep")
            if len(deep) < 65_000:
                f.no("JJ-10", f"{n} {a!r} in the header", tok(h=json.dumps(header())[:-1] + f',"x":{deep}}}'), "JsonTooDeep")
    f.yes("JJ-10", "31 levels in claims", tok(with_claims(f'"x":{"[" * 31}{"]" * 31}')))
    f.no("JJ-10", "unclosed", tok(with_claims('"x":' + "[" * 20_000)), "JsonTooDeep")
    for bad in ["01", "+1", ".5", "1.", "0x1", "1e", "--1", "-", "1e+", "1.e1", "-01", "1_000", "１"]:
        f.no("JJ-11", bad, tok(with_claims(f'"x":{bad}')), "JsonMalformed")
    for big in ["1e400", "1e-400", "9" * 10_000, "9223372036854775808", "18446744073709551616", "1e20", "253402300800", "1e999999999999999999", "9007199254740993e100"]:
        f.no("JJ-12", f"exp {big[:24]}", tok(json.dumps(claims(exp="@")).replace('"@"', big)), "ClaimRange")
    for bad in ["-1e400", "-9223372036854775809"]:
        f.no("JJ-12", f"exp {bad}", tok(json.dumps(claims(exp="@")).replace('"@"', bad)), "ClaimRange")
    f.yes("JJ-12", "huge numbers elsewhere", tok(with_claims('"x":1e400,"y":-1e-400,"z":' + "9" * 1000)))
    for bad in ["[]", '"x"', "1", "null", "true", json.dumps([claims()])]:
        f.no("JJ-14", bad[:10], tok(bad), "ClaimsNotObject")
    f.no("JJ-14", "no octets", tok(b""), "ClaimsNotObject")
    f.no("JJ-14", "a space", tok(b" "), "JsonMalformed")
    for depth in [1, 3]:
        inner = tok()
        for _ in range(depth):
            inner = tok(inner)
        f.no("JT-13", f"nested {depth}", inner, "ClaimsNotObject")
    f.no("JT-13", "nested as JSON string", tok(json.dumps(tok())), "ClaimsNotObject")
    for elements, check in [(99_000, None), (100_002, "LimitMembers"), (380_000, "LimitMembers")]:
        # Pieces: six octets of the array are eight characters of the segment.
        start = with_claims('"x":[')[:-1].encode()
        start += b" " * (-len(start) % 3)
        head, times = b64(octets(header())) + "." + b64(start), elements // 3
        tail = b64(b"1]}")
        s = b64(raw_sign("RS256", K, head + "MSwxLDEs" * times + tail))
        pieces = [[head, 1], ["MSwxLDEs", times], [tail + "." + s, 1]]
        f.no("JJ-15", f"{elements} elements", pieces, check) if check else f.yes("JJ-15", f"{elements} elements", pieces)
    f.no("JJ-15", "10^6 members", [[b64(octets(header())) + "." + b64(b'{"a":1,"a":1,'), 1], ["ImFhIjox", 1_000_000], [".AA", 1]], "TokenTooLarge")
    f.yes("JJ-17", "__proto__ and constructor", tok(with_claims('"__proto__":{"admin":true},"constructor":{"prototype":1}')), {"__proto__": {"admin": True}})
    for name in ["name", "picture", "email", "azp", "acr", "amr", "auth_time", "nbf", "at_hash", "email_verified", "updated_at", "cnf", "scope"]:
        f.yes("JJ-19", f"{name} null", tok(claims(**{name: None})))
    for name, check in {"sub": "ClaimMissing", "iss": "ClaimMissing", "aud": "ClaimMissing", "exp": "ClaimMissing", "iat": "ClaimMissing", "nonce": "NonceMissing"}.items():
        f.no("JJ-19", f"{name} null", tok(claims(**{name: None})), check)
    f.yes("MJ-24", "white space in claims", tok(json.dumps(claims(), indent="\t")))
    f.yes("MJ-24", "reverse order", tok(dict(reversed(list(claims().items())))))
    f.yes("MJ-24", "escaped names", tok(json.dumps(claims()).replace('"iss"', '"\\u0069\\u0073\\u0073"').replace("https://", "https:\\/\\/")), {"iss": ISS})
    f.write()


if __name__ == "__main__":
    for family in (ja, jk, jh, jb, jj):
        family()
