"""Vectors for encrypted tokens (rows JE): je/vectors.json and rfc/jwe.json. jwcrypto and joserfc make the tokens that must be
accepted; what no library agrees to make is put together from primitives of `cryptography`. No code of bonafide is used.

    pip install pyjwt joserfc jwcrypto cryptography
    python3 je.py [FOLDER OF RFC 7520 EXAMPLES]

The folder is jose/rfc7520 of the corpus; without it rfc/jwe.json stays as it is."""

import json
import os
import sys

from cryptography.hazmat.primitives import hashes, hmac, keywrap, padding as pad, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto import jwe as cj, jwk as ck
from joserfc import jwe as jj
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from lib import CLIENT, ISS, K, NONCE, NOW_TEXT, OUT, SET, b64, claims, header, key, num, octets, tok, unb64

RSA, RSA_OLD = key("e-rsa", "rsa2048"), key("e-rsa-old", "rsa2048")
EC = {"P-256": key("e-p256", "p256"), "P-384": key("e-p384", "p384"), "P-521": key("e-p521", "p521")}
XPATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keys", "e-x25519.pem")
if not os.path.exists(XPATH):
    with open(XPATH, "wb") as f:
        f.write(x25519.X25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
with open(XPATH, "rb") as f:
    X = serialization.load_pem_private_key(f.read(), None)

SHARED = {n: bytes(range(n)) for n in (16, 24, 32, 48, 64)}
SECRET = "a client secret that nobody guesses, with 50 octets"


def pem(private):
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption())


def private_jwk(private, kid, **more):
    return {**json.loads(ck.JWK.from_pem(pem(private)).export_private()), "kid": kid, **more}


def shared_jwk(n, kid, **more):
    return {"kty": "oct", "k": b64(SHARED[n]), "kid": kid, **more}


ENC = {"A128GCM": 16, "A192GCM": 24, "A256GCM": 32, "A128CBC-HS256": 32, "A192CBC-HS384": 48, "A256CBC-HS512": 64}
JWK = {"rsa": private_jwk(RSA, "rsa"), "old": private_jwk(RSA_OLD, "old"), "x": private_jwk(X, "x"),
       **{crv: private_jwk(private, crv) for crv, private in EC.items()}}
MAC = {"A128CBC-HS256": hashes.SHA256(), "A192CBC-HS384": hashes.SHA384(), "A256CBC-HS512": hashes.SHA512()}
VECTORS = []


def content(enc, cek, iv, aad, plaintext, padded=None):
    """Ciphertext and tag."""
    if enc.endswith("GCM"):
        sealed = AESGCM(cek).encrypt(iv, plaintext, aad)
        return sealed[:-16], sealed[-16:]
    half = len(cek) // 2
    if padded is None:
        p = pad.PKCS7(128).padder()
        padded = p.update(plaintext) + p.finalize()
    c = Cipher(algorithms.AES(cek[half:]), modes.CBC(iv)).encryptor()
    ciphertext = c.update(padded) + c.finalize()
    mac = hmac.HMAC(cek[:half], MAC[enc])
    mac.update(aad + iv + ciphertext + (len(aad) * 8).to_bytes(8, "big"))
    return ciphertext, mac.finalize()[:half]


def concat_kdf(z, name, n, apu=b"", apv=b""):
    out = b""
    for counter in (1, 2):
        h = hashes.Hash(hashes.SHA256())
        h.update(counter.to_bytes(4, "big") + z)
        for part in (name.encode(), apu, apv):
            h.update(len(part).to_bytes(4, "big") + part)
        h.update((n * 8).to_bytes(4, "big"))
        out += h.finalize()
    return out[:n]


def ec_jwk(public):
    n, size = public.public_numbers(), (public.curve.key_size + 7) // 8
    crv = {256: "P-256", 384: "P-384", 521: "P-521"}[public.curve.key_size]
    return {"kty": "EC", "crv": crv, "x": num(n.x, size), "y": num(n.y, size)}


def make(alg, enc, plaintext=None, more=None, cek=None, wrap=None, iv=None, aad=None, **tweak):
    """A token part by part. `more`: header members; `wrap`: the wrapped key; tweak: any part after sealing."""
    plaintext = octets(tok()) if plaintext is None else plaintext
    cek = bytes(ENC[enc]) if cek is None else cek
    h = {"alg": alg, "enc": enc, **(more or {})}
    if alg == "ECDH-ES":
        ephemeral = ec.derive_private_key(7, ec.SECP256R1())
        h["epk"] = ec_jwk(ephemeral.public_key())
        h.update(more or {})
        z = ephemeral.exchange(ec.ECDH(), EC["P-256"].public_key())
        party = {p: unb64(h[p]) for p in ("apu", "apv") if isinstance(h.get(p), str)}
        cek, wrap = concat_kdf(z, enc, ENC[enc], **party), b"" if wrap is None else wrap
    elif wrap is None:
        digest = {"RSA-OAEP": hashes.SHA1(), "RSA-OAEP-256": hashes.SHA256()}.get(alg)
        if digest:
            wrap = RSA.public_key().encrypt(cek, padding.OAEP(padding.MGF1(digest), digest, None))
        elif alg == "RSA1_5":
            wrap = RSA.public_key().encrypt(cek, padding.PKCS1v15())
        elif alg == "A128KW":
            wrap = keywrap.aes_key_wrap(SHARED[16], cek)
        elif alg == "dir":
            wrap, cek = b"", SHARED[ENC[enc]] if cek == bytes(ENC[enc]) else cek
        else:
            wrap = bytes(40)
    segment = tweak["header"] if "header" in tweak else b64(octets(h))
    if not isinstance(iv, bytes):
        tweak["iv"] = iv
        iv = bytes(12 if enc.endswith("GCM") else 16)
    ciphertext, tag = content(enc, cek, iv, segment.encode() if aad is None else aad, plaintext, tweak.get("padded"))
    for name in ("iv", "ciphertext", "tag"):
        value = {"iv": iv, "ciphertext": ciphertext, "tag": tag}[name]
        change = tweak.get(name)
        value = change(value) if callable(change) else value if change is None else change
        if name == "iv":
            iv = value
        elif name == "ciphertext":
            ciphertext = value
        else:
            tag = value
    return ".".join([segment, b64(wrap), b64(iv), b64(ciphertext), b64(tag)])


def by_name(jwk):
    """A key of keys.json by its name, with what is other in it."""
    for name, known in JWK.items():
        if all(jwk.get(n) == known[n] for n in ("kty", "n", "x") if n in known):
            other = {n: v for n, v in jwk.items() if known.get(n) != v}
            return {"is": name, "with": other, "without": [n for n in known if n not in jwk]}
    return {"is": None, "with": jwk, "without": []}


def add(row, comment, token, expect, keys, accepted, **more):
    n = sum(v["row"] == row for v in VECTORS) + 1
    openssl = any(alg != "dir" or enc not in ("A128GCM", "A256GCM") for alg, enc in accepted)
    openssl |= any(k.get("kty") != "oct" for k in keys.get("jwks", []))
    if "jwks" in keys:
        keys = {"jwks": [by_name(jwk) for jwk in keys["jwks"]]}
    VECTORS.append({"id": f"{row}-{n}", "row": row, "comment": comment, "token": token,
                    "decryption": {**keys, "accepted": accepted}, "needs_openssl": openssl, "expect": expect, **more})


def jwks(*names):
    return {"jwks": [JWK[name] for name in names]}


def no(row, comment, token, check, keys=None, accepted=None, **more):
    add(row, comment, token, {"reject": check}, keys or jwks("rsa"), accepted or [["RSA-OAEP-256", "A256GCM"]], **more)


def yes(row, comment, token, keys=None, accepted=None, decrypted_by=None, **more):
    expect = {"accept": {"sub": "alice"}}
    if decrypted_by is not None:
        expect["decrypted_by"] = decrypted_by
    add(row, comment, token, expect, keys or jwks("rsa"), accepted or [["RSA-OAEP-256", "A256GCM"]], **more)


def by_jwcrypto(plaintext, jwk, alg, enc, **headers):
    e = cj.JWE(octets(plaintext), json.dumps({"alg": alg, "enc": enc, **headers}), algs=[alg, enc])
    e.add_recipient(ck.JWK(**{name: value for name, value in jwk.items() if name != "alg"}))
    return e.serialize(compact=True)


def by_joserfc(plaintext, jwk, alg, enc, **headers):
    cls = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey, "oct": OctKey}[jwk["kty"]]
    return jj.encrypt_compact({"alg": alg, "enc": enc, **headers}, octets(plaintext), cls.import_key(jwk),
                              algorithms=[alg, enc])


def must_accept():
    for by, name in ((by_jwcrypto, "jwcrypto"), (by_joserfc, "joserfc")):
        for alg in ("RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"):
            for enc in ENC:
                if alg in ("RSA-OAEP", "RSA-OAEP-256") or enc == "A256GCM":
                    try:
                        token = by(tok(), JWK["rsa"], alg, enc, cty="JWT", kid="rsa")
                    except Exception as e:  # not every library has every algorithm
                        print("not made:", name, alg, enc, type(e).__name__)
                        continue
                    yes("MJE-1", f"{alg} {enc} by {name}", token, accepted=[[alg, enc]], decrypted_by="rsa")
        for alg in ("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"):
            for crv in ("P-256", "P-384", "P-521", "x"):
                for enc in ("A128GCM", "A256CBC-HS512") if crv == "P-256" else ("A256GCM",):
                    try:
                        token = by(tok(), JWK[crv], alg, enc, cty="JWT", kid=crv)
                    except Exception as e:
                        print("not made:", name, alg, crv, type(e).__name__)
                        continue
                    yes("MJE-2", f"{alg} {enc} on {crv} by {name}", token, jwks(crv), [[alg, enc]])
        for alg, n in (("A128KW", 16), ("A192KW", 24), ("A256KW", 32)):
            for enc in ENC:
                token = by(tok(), shared_jwk(n, "s"), alg, enc, cty="JWT")
                yes("MJE-3", f"{alg} {enc} by {name}", token, {"jwks": [shared_jwk(n, "s")]}, [[alg, enc]])
        for enc, n in ENC.items():
            token = by(tok(), shared_jwk(n, "s"), "dir", enc, cty="JWT")
            yes("MJE-4", f"dir {enc} by {name}", token, {"jwks": [shared_jwk(n, "s")]}, [["dir", enc]])
    pair = ("RSA-OAEP-256", "A256GCM")
    for extra in ({}, {"cty": "jwt"}, {"cty": "application/jwt"}, {"typ": "JWT", "cty": "JWT"}, {"cty": "JWT", "iss": ISS, "aud": CLIENT},
                  {"cty": "JWT", "x-unknown": [1, {"a": 2}]}, {"cty": "JWT", "x5t": "AAAA", "jku": "https://evil.test/"}):
        yes("MJE-5", f"header {json.dumps(extra)}", by_jwcrypto(tok(), JWK["rsa"], *pair, **extra))
    both = {"jwks": [JWK["rsa"], JWK["old"]]}
    yes("MJE-6", "rollover: no kid, the second key", by_jwcrypto(tok(), JWK["old"], *pair), both, decrypted_by="old")
    yes("MJE-6", "rollover: kid of the second key", by_jwcrypto(tok(), JWK["old"], *pair, kid="old"), both, decrypted_by="old")
    yes("MJE-6", "no kid, keys on several curves", by_jwcrypto(tok(), JWK["P-384"], "ECDH-ES", "A256GCM"),
        jwks("P-256", "x", "P-384"), [["ECDH-ES", "A256GCM"]], decrypted_by="P-384")
    without = {name: value for name, value in JWK["rsa"].items() if name != "kid"}
    yes("MJE-6", "a key without kid serves any", by_jwcrypto(tok(), JWK["rsa"], *pair, kid="other"), {"jwks": [without]})
    for alg, enc in (("dir", "A256GCM"), ("dir", "A128GCM"), ("dir", "A128CBC-HS256"), ("dir", "A256CBC-HS512"), ("A256KW", "A128CBC-HS256")):
        import hashlib
        n = 32 if alg == "A256KW" else ENC[enc]
        derived = {16: hashlib.sha256, 32: hashlib.sha256, 64: hashlib.sha512}[n](SECRET.encode()).digest()[:n]
        token = by_jwcrypto(tok(), {"kty": "oct", "k": b64(derived)}, alg, enc, cty="JWT")
        yes("MJE-7", f"{alg} {enc} with the client secret (OIDC Core 10.2)", token, {"client_secret": SECRET}, [[alg, enc]])
    apu = make("ECDH-ES", "A128GCM", more={"apu": b64(b"Alice"), "apv": b64(b"Bob")})
    yes("MJE-8", "apu and apv", apu, jwks("P-256"), [["ECDH-ES", "A128GCM"]])
    yes("MJE-8", "keys bound by alg and use", by_jwcrypto(tok(), JWK["rsa"], *pair),
        {"jwks": [{**JWK["rsa"], "use": "enc", "alg": "RSA-OAEP-256", "key_ops": ["unwrapKey"]}]})
    yes("MJE-8", "a signing key in the same set is skipped", by_jwcrypto(tok(), JWK["rsa"], *pair),
        {"jwks": [{**JWK["old"], "use": "sig"}, JWK["rsa"]]})
    yes("MJE-8", "a key in PEM", by_jwcrypto(tok(), JWK["rsa"], *pair), {"pem": pem(RSA).decode()})
    yes("MJE-8", "an elliptic key in PEM", by_jwcrypto(tok(), JWK["P-384"], "ECDH-ES", "A256GCM"),
        {"pem": pem(EC["P-384"]).decode()}, [["ECDH-ES", "A256GCM"]])
    yes("MJE-8", "an X25519 key in PEM", by_jwcrypto(tok(), JWK["x"], "ECDH-ES+A128KW", "A256GCM"),
        {"pem": pem(X).decode()}, [["ECDH-ES+A128KW", "A256GCM"]])


def attacks():
    oaep, gcm = "RSA-OAEP-256", "A256GCM"
    direct = ({"jwks": [shared_jwk(32, "s")]}, [["dir", gcm]])
    for plaintext, comment in ((json.dumps(claims(sub="admin")), "claims"), (b"", "nothing"), (b"\xff\x00", "octets"),
                               ("[" + json.dumps(tok()) + "]", "a list of tokens"), (json.dumps(tok()), "a token in quotes"),
                               (tok() + "\n", "a token and a line end"), ("Bearer " + tok(), "a scheme before the token"),
                               ('{"payload":"e30","signatures":[]}', "a JSON serialisation"), (tok().rsplit(".", 1)[0], "two segments"),
                               (SECRET, "a text")):
        no("JE-01", f"unsigned: {comment}", make(oaep, gcm, octets(plaintext), {"cty": "JWT"}), "JweContentNotSigned")
        no("JE-01", f"unsigned, shared key: {comment}", make("dir", gcm, octets(plaintext)), "JweContentNotSigned", *direct)
    no("JE-01", "content type of plain claims", make(oaep, gcm, more={"cty": "application/json"}), "JweContentNotSigned")
    none = b64(octets({"alg": "none"})) + "." + b64(octets(claims(sub="admin"))) + "."
    no("JE-02", "the token inside is not signed", make(oaep, gcm, octets(none)), "AlgForbidden")
    no("JE-02", "the token inside is not signed, shared key", make("dir", gcm, octets(none)), "AlgForbidden", *direct)
    no("JE-02", "the token inside is signed by another key", make(oaep, gcm, octets(tok(private=RSA_OLD))), "SignatureInvalid")
    no("JE-02", "the token inside is for another client", make(oaep, gcm, octets(tok(claims(aud="other")))), "AudienceMismatch")
    no("JE-02", "the token inside has expired", make(oaep, gcm, octets(tok(claims(exp=1)))), "Expired")
    no("JE-02", "the token inside announces another one", make(oaep, gcm, octets(tok(h=header(cty="JWT")))), "CtyForbidden")
    inner = make(oaep, gcm)
    no("JE-03", "an encrypted token inside", make(oaep, gcm, octets(inner), {"cty": "JWT"}), "JweContentNotSigned")
    no("JE-03", "an encrypted token inside, shared key", make("dir", gcm, octets(make("dir", gcm))), "JweContentNotSigned", *direct)
    spki = RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    n = RSA.public_key().public_numbers().n.to_bytes(256, "big")
    for comment, octets_ in (("SubjectPublicKeyInfo", spki), ("modulus", n)):
        no("JE-04", f"dir keyed by the {comment}", make("dir", gcm, cek=octets_[:32]), "JweAlgForbidden")
        wrapped = keywrap.aes_key_wrap(octets_[:16], bytes(32))
        no("JE-04", f"A128KW keyed by the {comment}", make("A128KW", gcm, wrap=wrapped), "JweAlgForbidden")
        no("JE-04", f"dir keyed by the {comment}, dir configured, no shared key", make("dir", gcm, cek=octets_[:32]),
           "JweDecryptFailed", accepted=[[oaep, gcm], ["dir", gcm]])
    no("JE-05", "RSA1_5", make("RSA1_5", gcm), "JweAlgForbidden")
    no("JE-05", "RSA1_5 with CBC", make("RSA1_5", "A128CBC-HS256"), "JweAlgForbidden", accepted=[["RSA-OAEP", "A128CBC-HS256"]])
    for p2c in (2**31, 0, -1, "4096", 1.5, 1000):
        for alg in ("PBES2-HS256+A128KW", "PBES2-HS512+A256KW"):
            no("JE-06", f"{alg} p2c {p2c!r}", make(alg, gcm, more={"p2s": "AAAAAAAAAAA", "p2c": p2c}), "JweAlgForbidden")
    no("JE-06", "AES-GCM key wrap", make("A256GCMKW", gcm, more={"iv": "AAAA", "tag": "AAAA"}), "JweAlgForbidden", *direct)
    import zlib
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = c.compress(bytes(4_000_000)) + c.flush()
    no("JE-07", "a compressed bomb", make(oaep, gcm, bomb, {"zip": "DEF"}), "JweZipForbidden")
    no("JE-07", "a compressed bomb, shared key", make("dir", gcm, bomb, {"zip": "DEF"}), "JweZipForbidden", *direct)
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    no("JE-07", "a compressed token", make(oaep, gcm, c.compress(octets(tok())) + c.flush(), {"zip": "DEF"}), "JweZipForbidden")
    for value in (None, 1, "", "none", ["DEF"]):
        no("JE-07", f"zip {value!r}", make(oaep, gcm, more={"zip": value}), "JweZipForbidden")
    good = ec_jwk(ec.derive_private_key(7, ec.SECP256R1()).public_key())
    p384 = ec_jwk(EC["P-384"].public_key())
    other = ec_jwk(ec.derive_private_key(9, ec.SECP256R1()).public_key())
    for comment, epk in (("off the curve", {**good, "y": good["x"]}), ("zero", {**good, "x": b64(bytes(32)), "y": b64(bytes(32))}),
                         ("another curve", p384), ("another curve's point under this name", {**p384, "crv": "P-256"}),
                         ("no y", {n: v for n, v in good.items() if n != "y"}), ("short x", {**good, "x": good["x"][:-4]}),
                         ("not base64url", {**good, "x": "*" * 43}), ("beyond the field", {**good, "x": b64(b"\xff" * 32)}),
                         ("kty OKP", {**good, "kty": "OKP"}), ("no object", "epk"), ("empty", {}), ("null", None), ("crv number", {**good, "crv": 256}),
                         ("X25519", {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))}), ("secp256k1", {**good, "crv": "secp256k1"})):
        no("JE-08", f"epk: {comment}", make("ECDH-ES", gcm, more={"epk": epk}), "JweShape", jwks("P-256"), [["ECDH-ES", gcm]])
    yes("JE-08", "epk: as it should be", make("ECDH-ES", gcm, more={"epk": {**good, "d": None}}), jwks("P-256"), [["ECDH-ES", gcm]])
    # Otherwise a valid token: RFC 7518 section 4.6.1.1 has public parameters only.
    for member in ("d", "k", "priv"):
        no("JE-08", f"epk: with {member}", make("ECDH-ES", gcm, more={"epk": {**good, member: num(7, 32)}}), "JweShape", jwks("P-256"), [["ECDH-ES", gcm]])
    no("JE-08", "jwk: with d", make("ECDH-ES", gcm, more={"jwk": {**other, "d": num(9, 32)}}), "JweShape", jwks("P-256"), [["ECDH-ES", gcm]])
    no("JE-08", "epk: missing", make("ECDH-ES", gcm, more={"epk": None}, header=b64(octets({"alg": "ECDH-ES", "enc": gcm}))), "JweShape",
       jwks("P-256"), [["ECDH-ES", gcm]])
    p521 = {"kty": "EC", "crv": "P-521", "x": b64(bytes(65) + b"\x07"), "y": b64(bytes(65) + b"\x07")}
    no("JE-08", "epk: off the curve P-521", make("ECDH-ES", gcm, more={"epk": p521}), "JweShape", jwks("P-521"), [["ECDH-ES", gcm]])
    for u in (0, 1, 2**255 - 19, 2**255 - 18):
        epk = {"kty": "OKP", "crv": "X25519", "x": b64(u.to_bytes(32, "little"))}
        token = make("ECDH-ES", gcm, more={"epk": epk}, cek=None)
        no("JE-08", f"X25519 point of small order {u}", token, "JweDecryptFailed", jwks("x"), [["ECDH-ES", gcm]])
    no("JE-09", "epk: another point", make("ECDH-ES", gcm, more={"epk": other}), "JweDecryptFailed", jwks("P-256"), [["ECDH-ES", gcm]])
    for party in ("apu", "apv"):
        for value, check in ((1, "HeaderType"), ("*", "JweShape")):
            token = make("ECDH-ES", gcm, header=b64(octets({"alg": "ECDH-ES", "enc": gcm, "epk": good, party: value})))
            no("JE-09", f"{party} {value!r}", token, check, jwks("P-256"), [["ECDH-ES", gcm]])
    for pairs, alg, keys in (([[oaep, gcm]], oaep, None), ([["dir", gcm]], "dir", direct[0])):
        for length in (15, 12, 4, 0):
            no("JE-10", f"{alg}: tag of {length} octets", make(alg, gcm, tag=lambda t, n=length: t[:n]), "JweDecryptFailed", keys, pairs)
        no("JE-10", f"{alg}: tag of 17 octets", make(alg, gcm, tag=lambda t: t + b"\0"), "JweDecryptFailed", keys, pairs)
        whole = make(alg, gcm).split(".")
        sealed = unb64(whole[3]) + unb64(whole[4])
        for cut in (15, 17, 32, 0, len(sealed)):
            at = len(sealed) - cut
            parts = whole[:3] + [b64(sealed[:at]), b64(sealed[at:])]
            no("JE-10", f"{alg}: {cut} octets of tag, shifted", ".".join(parts), "JweDecryptFailed", keys, pairs)
        for n in (0, 11, 13, 16):
            iv = bytes(n)
            token = make(alg, gcm, iv=iv) if n >= 8 else make(alg, gcm, iv=bytes(12), **{}).split(".")
            token = token if isinstance(token, str) else ".".join(token[:2] + [""] + token[3:])
            no("JE-11", f"{alg}: IV of {n} octets", token, "JweShape", keys, pairs)
    cbc = "A128CBC-HS256"
    cbc_direct = ({"jwks": [shared_jwk(32, "s")]}, [["dir", cbc]])
    for n in (8, 15, 0, 17, 32):
        no("JE-12", f"CBC: tag of {n} octets", make("dir", cbc, tag=lambda t, n=n: (t + bytes(32))[:n]), "JweDecryptFailed", *cbc_direct)
    h = {"alg": "dir", "enc": cbc}
    aad = b64(octets(h)).encode()
    # RFC 7518 appendix B, with a length of the AAD that is not its own.
    for bits in (0, 2**29, 2**32, len(aad), (len(aad) * 8) ^ 2**31):
        iv, cek = bytes(16), SHARED[32]
        p = pad.PKCS7(128).padder()
        padded = p.update(octets(tok())) + p.finalize()
        e = Cipher(algorithms.AES(cek[16:]), modes.CBC(iv)).encryptor()
        ciphertext = e.update(padded) + e.finalize()
        mac = hmac.HMAC(cek[:16], hashes.SHA256())
        mac.update(aad + iv + ciphertext + bits.to_bytes(8, "big"))
        no("JE-12", f"CBC: AAD length of {bits} bits", ".".join([aad.decode(), "", b64(iv), b64(ciphertext), b64(mac.finalize()[:16])]),
           "JweDecryptFailed", *cbc_direct)
    long = {"alg": "dir", "enc": cbc, "x": "y" * 6_000}
    yes("JE-12", "CBC: a long AAD with its length", make("dir", cbc, header=b64(octets(long))), *cbc_direct)
    no("JE-12", "CBC: IV of 12 octets", ".".join(make("dir", cbc).split(".")[:2] + [b64(bytes(12))] + make("dir", cbc).split(".")[3:]),
       "JweShape", *cbc_direct)
    for alg, n in (("A128KW", 16), ("A256KW", 32)):
        no("JE-13", f"{alg} without encrypted key", make(alg, gcm, wrap=b""), "JweShape", {"jwks": [shared_jwk(n, "s")]}, [[alg, gcm]])
        for size in (1, 7, 8, 16, 24, 39, 41, 48):
            no("JE-13", f"{alg}: encrypted key of {size} octets", make(alg, gcm, wrap=bytes(size)), "JweShape",
               {"jwks": [shared_jwk(n, "s")]}, [[alg, gcm]])
    no("JE-13", "RSA-OAEP-256 without encrypted key", make(oaep, gcm, wrap=b""), "JweShape")
    no("JE-13", "an encrypted key of 2 KiB", make(oaep, gcm, wrap=bytes(2048)), "JweShape")
    for size in (1, 255, 257, 512):
        no("JE-13", f"RSA-OAEP-256: encrypted key of {size} octets", make(oaep, gcm, wrap=bytes(size)), "JweDecryptFailed")
    no("JE-14", "dir with an encrypted key", make("dir", gcm, cek=SHARED[32], wrap=b"\0" * 40), "JweShape", *direct)
    no("JE-14", "ECDH-ES with an encrypted key", make("ECDH-ES", gcm, wrap=b"\0"), "JweShape", jwks("P-256"), [["ECDH-ES", gcm]])
    no("JE-16", "alg outside the pairs", make("RSA-OAEP", gcm), "JweAlgForbidden")
    no("JE-16", "enc outside the pairs", make(oaep, "A128CBC-HS256"), "JweEncForbidden")
    no("JE-16", "alg of one pair, enc of another", make(oaep, "A128GCM"), "JweEncForbidden", accepted=[[oaep, gcm], ["RSA-OAEP", "A128GCM"]])
    for alg in ("rsa-oaep-256", "RSA-OAEP-256 ", "none", "RS256", "", "A256GCM"):
        no("JE-16", f"alg {alg!r}", make(alg, gcm, wrap=bytes(256)), "JweAlgForbidden")
    for enc in ("a256gcm", "", "none", "A256GCM\0"):
        no("JE-16", f"enc {enc!r}", make(oaep, gcm, more={"enc": enc}), "JweEncForbidden")
    no("JE-16", "no alg", make(oaep, gcm, header=b64(octets({"enc": gcm}))), "AlgMissing")
    no("JE-16", "no enc", make(oaep, gcm, header=b64(octets({"alg": oaep}))), "JweEncForbidden")
    no("JE-16", "alg is a list", make(oaep, gcm, more={"alg": [oaep]}), "HeaderType")
    no("JE-16", "enc is a number", make(oaep, gcm, more={"enc": 1}), "HeaderType")
    no("JE-16", "kid is a number", make(oaep, gcm, more={"kid": 1}), "HeaderType")
    no("JE-16", "cty is null", make(oaep, gcm, more={"cty": None}), "HeaderType")
    no("JE-16", "a key bound to another alg", make(oaep, gcm), "JweDecryptFailed", {"jwks": [{**JWK["rsa"], "alg": "RSA-OAEP"}]})
    no("JE-17", "a kid that is not configured", make(oaep, gcm, more={"kid": "other"}), "JweDecryptFailed")
    no("JE-17", "the kid of another key", make(oaep, gcm, more={"kid": "old"}), "JweDecryptFailed", {"jwks": [JWK["rsa"], JWK["old"]]})
    nine = {"jwks": [{**JWK["old"], "kid": str(i)} for i in range(8)] + [JWK["rsa"]]}
    no("JE-17", "nine keys fit and none is named", make(oaep, gcm), "KeyAmbiguous", nine)
    yes("JE-17", "nine keys and one is named", make(oaep, gcm, more={"kid": "rsa"}), nine)
    parts = make(oaep, gcm).split(".")
    flat = {"protected": parts[0], "encrypted_key": parts[1], "iv": parts[2], "ciphertext": parts[3], "tag": parts[4]}
    general = {"protected": parts[0], "recipients": [{"encrypted_key": parts[1]}] * 2, "iv": parts[2], "ciphertext": parts[3], "tag": parts[4]}
    no("JE-18", "flattened JSON", json.dumps(flat), "TokenFormat")
    no("JE-18", "general JSON, two recipients", json.dumps(general), "TokenFormat")
    for crit, check in ((["exp"], "CritUnsupported"), ([], "CritInvalid"), (["alg"], "CritInvalid"), ("exp", "CritInvalid"), (None, "CritInvalid"),
                        (["zip"], "CritInvalid"), (["b64"], "CritUnsupported")):
        no("JE-19", f"crit {crit!r}", make(oaep, gcm, more={"crit": crit, "exp": 1, "b64": True}), check)
    for comment, h in (("a member twice", '{"alg":"dir","alg":"RSA-OAEP-256","enc":"A256GCM"}'), ("a list", "[]"), ("no JSON", "x")):
        check = {"a member twice": "DuplicateMember", "a list": "HeaderNotObject", "no JSON": "JsonMalformed"}[comment]
        no("JE-20", f"header: {comment}", make(oaep, gcm, header=b64(octets(h))), check)
    no("JE-20", "header: not UTF-8", make(oaep, gcm, header=b64(b'{"alg":"\xff"}')), "InvalidUtf8")
    start, end = make(oaep, gcm, more={"x": "y" * 300}).split("eXl5" * 99, 1)
    no("JE-20", "header: 100 KiB", [[start, 1], ["eXl5", 33_000], [end, 1]], "LimitHeader")
    token = make(oaep, gcm)
    for comment, changed, check in (("six segments", token + ".e30", "TokenFormat"), ("four segments", token.rsplit(".", 1)[0], "TokenFormat"),
                                    ("a line end", token + "\n", "TokenFormat"), ("padding", token + "=", "SegmentBase64"),
                                    ("a scheme", "Bearer " + token, "TokenFormat"), ("a signed token", tok(), "JweShape"),
                                    ("empty header", token[token.index("."):], "TokenFormat"), ("only dots", "....", "TokenFormat"),
                                    ("stray bits", token[:-1] + ("B" if token[-1] != "B" else "C"), "SegmentBase64")):
        no("JE-20", comment, changed, check)
    # Row 21: whatever depends on the key, one failure.
    flip = lambda o: bytes([o[0] ^ 1]) + o[1:]
    both = [[oaep, gcm], [oaep, cbc]]
    good_wrap = RSA.public_key().encrypt(bytes(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    sha1_wrap = RSA.public_key().encrypt(bytes(32), padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    other_wrap = RSA_OLD.public_key().encrypt(bytes(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    short_wrap = RSA.public_key().encrypt(bytes(16), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    pkcs1_wrap = RSA.public_key().encrypt(bytes(32), padding.PKCS1v15())
    for enc in (gcm, cbc):
        for comment, token in (("wrapped key changed", make(oaep, enc, wrap=flip(good_wrap))), ("wrapped for another key", make(oaep, enc, wrap=other_wrap)),
                               ("wrapped with another digest", make(oaep, enc, wrap=sha1_wrap)), ("wrapped key too short", make(oaep, enc, wrap=short_wrap)),
                               ("wrapped with PKCS #1 1.5", make(oaep, enc, wrap=pkcs1_wrap)), ("wrapped key of zeros", make(oaep, enc, wrap=bytes(256))),
                               ("wrapped key above the modulus", make(oaep, enc, wrap=b"\xff" * 256)),
                               ("tag changed", make(oaep, enc, tag=flip)), ("ciphertext changed", make(oaep, enc, ciphertext=flip)),
                               ("IV changed", make(oaep, enc, iv=flip)), ("no ciphertext", make(oaep, enc, ciphertext=b"")),
                               ("header changed", make(oaep, enc, aad=b"e30"))):
            no("JE-21", f"{enc}: {comment}", token, "JweDecryptFailed", accepted=both)
    for comment, padded in (("padding of zero", octets(tok()) + bytes(16 - len(octets(tok())) % 16)), ("padding of 17", b"\x11" * 32),
                            ("padding that differs", b"a" * 13 + b"\x01\x02\x03"), ("only padding of 255", b"\xff" * 16)):
        no("JE-21", f"CBC: tag holds, {comment}", make(oaep, cbc, padded=padded), "JweDecryptFailed", accepted=both)
    for alg, n in (("A128KW", 16),):
        no("JE-21", "A128KW: wrapped by another key", make(alg, gcm, wrap=keywrap.aes_key_wrap(SHARED[32][16:], bytes(32))), "JweDecryptFailed",
           {"jwks": [shared_jwk(n, "s")]}, [[alg, gcm]])
    no("JE-22", "a public key is configured", make(oaep, gcm), "KeyMalformed",
       {"jwks": [{n: v for n, v in JWK["rsa"].items() if n in ("kty", "n", "e", "kid")}]})
    no("JE-22", "a signing key is configured", make(oaep, gcm), "KeyUseForbidden", {"jwks": [{**JWK["rsa"], "use": "sig"}]})
    no("JE-22", "a key for verifying is configured", make(oaep, gcm), "KeyUseForbidden", {"jwks": [{**JWK["rsa"], "key_ops": ["sign"]}]})
    from lib import RSA1024
    no("JE-22", "RSA with 1024 bits is configured", make(oaep, gcm), "WeakKey", {"jwks": [private_jwk(RSA1024, "weak")]})
    no("JE-22", "a key whose halves do not fit", make(oaep, gcm), "KeyMalformed",
       {"jwks": [{**JWK["P-256"], **{n: ec_jwk(ec.derive_private_key(7, ec.SECP256R1()).public_key())[n] for n in "xy"}}]})
    no("JE-22", "an X25519 key whose halves do not fit", make(oaep, gcm), "KeyMalformed", {"jwks": [{**JWK["x"], "x": b64(bytes(32))}]})
    no("JE-22", "RSA numbers that do not fit", make(oaep, gcm), "KeyMalformed", {"jwks": [{**JWK["rsa"], "p": JWK["old"]["p"]}]})
    no("JE-22", "a shared key of 20 octets", make("dir", gcm), "KeyMalformed", {"jwks": [{"kty": "oct", "k": b64(bytes(20))}]}, [["dir", gcm]])
    no("JE-22", "a short client secret", make("dir", gcm), "WeakKey", {"client_secret": "short"}, [["dir", gcm]])


def rfc_examples(folder):
    out = []
    read = lambda name: open(os.path.join(folder, name), encoding="utf-8").read()
    checks = {"5.1": "JweAlgForbidden", "5.3": "JweAlgForbidden", "5.7": "AlgUnsupported", "5.9": "JweZipForbidden"}
    for n in ("5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7", "5.8", "5.9"):
        jwk = json.loads(read("rfc7520_5.4.jwk" if n == "5.3" else f"rfc7520_{n}.jwk"))
        example = {"source": f"RFC 7520 {n}", "key": jwk, "token": read(f"rfc7520_{n}.jwec").strip()}
        if n in checks:
            example["reject"] = checks[n]
        else:
            example["plaintext"] = read(f"rfc7520_{n}.pt")
        out.append(example)
    for n in ("5.10", "5.11", "5.12", "5.13"):
        form = "jweg" if n == "5.13" else "jwef"
        out.append({"source": f"RFC 7520 {n}", "key": json.loads(read("rfc7520_5.8.jwk")), "token": json.loads(read(f"rfc7520_{n}.{form}")),
                    "reject": "TokenFormat"})
    out.append({"source": "RFC 7516 A.3", "key": {"kty": "oct", "k": "GawgguFyGrWKav7AX4VKUg"}, "plaintext": "Live long and prosper.",
                "token": "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ."
                         "AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ"})
    with open(os.path.join(OUT, "rfc", "jwe.json"), "w", encoding="utf-8") as f:
        json.dump(out, f, indent=1)
        f.write("\n")
    print("rfc", len(out))


must_accept()
attacks()
os.makedirs(os.path.join(OUT, "je"), exist_ok=True)
with open(os.path.join(OUT, "je", "vectors.json"), "w", encoding="utf-8") as f:
    whole = {"provider": {"issuer": ISS, "jwks": SET}, "policy": {"client_id": CLIENT, "nonce": NONCE}, "now": NOW_TEXT, "keys": JWK}
    f.write(json.dumps(whole, ensure_ascii=True)[:-1] + ',\n"vectors": [\n')
    f.write(",\n".join(json.dumps(v, ensure_ascii=True) for v in VECTORS) + "\n]}\n")
print("je", len(VECTORS))
# What fuzz/properties/jwe.rs knows as sealed.
SEEDS = {"dir-a256gcm": "dir A256GCM by jwcrypto", "ecdh-es-a256gcm": "ECDH-ES+A128KW A128GCM on P-256 by jwcrypto",
         "a256kw-cbc": "A256KW A128CBC-HS256 by joserfc"}
for name, comment in SEEDS.items():
    with open(os.path.join(OUT, "..", "..", "fuzz", "corpus", "jwe", name), "w", encoding="utf-8") as f:
        f.write(next(v["token"] for v in VECTORS if v["comment"] == comment))
if len(sys.argv) > 1:
    rfc_examples(sys.argv[1])
