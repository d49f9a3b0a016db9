"""Keys and signers for the OpenID Connect vectors. Foreign code signs: PyJWT, joserfc, jwcrypto, and `cryptography` for
what those refuse to make. No code of bonafide is used."""

import base64
import hashlib
import hmac
import json
import os

import jwt as pyjwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "..", "oidc")
KEYS = os.path.join(HERE, "keys")

ISS, CLIENT, NONCE = "https://idp.test", "client1", "n-0S6_WzA2Mj"
NOW_TEXT, NOW = "2026-01-01T00:00:00Z", 1767225600


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_key(kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1(), "k256": ec.SECP256K1()}[kind])


def key(name, kind):
    """A key that is made once and then kept beside the generator."""
    os.makedirs(KEYS, exist_ok=True)
    path = os.path.join(KEYS, name + ".pem")
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(make_key(kind).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with open(path, "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


K = key("k-rsa", "rsa2048")            # trusted provider key
K2 = key("k2-rsa", "rsa2048")          # another trusted provider's key
X = key("x-rsa", "rsa2048")            # attacker
P256, P384, P521, K256 = key("k-p256", "p256"), key("k-p384", "p384"), key("k-p521", "p521"), key("k-k256", "k256")
ED = key("k-ed25519", "ed25519")
RSA1024 = key("weak-rsa1024", "rsa1024")
XP256 = key("x-p256", "p256")


def num(n, size=None):
    return b64(n.to_bytes(size or (n.bit_length() + 7) // 8 or 1, "big"))


def jwk(private, kid=None, **more):
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        n = public.public_numbers()
        out = {"kty": "RSA", "n": num(n.n), "e": num(n.e)}
    elif isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        out = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    else:
        n, size = public.public_numbers(), (public.curve.key_size + 7) // 8
        crv = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp256k1": "secp256k1"}[public.curve.name]
        out = {"kty": "EC", "crv": crv, "x": num(n.x, size), "y": num(n.y, size)}
    if kid is not None:
        out["kid"] = kid
    out.update(more)
    return out


def jwks(*keys):
    return {"keys": list(keys)}


JWK_K = jwk(K, "k1", use="sig", alg="RS256")
JWK_BARE = jwk(K, "k1")
SET = jwks(JWK_K)

HASH = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def raw_sign(alg, private, data):
    """A signature by name; `private` is a key, or octets for HMAC."""
    if isinstance(data, str):
        data = data.encode()
    if alg.startswith("HS"):
        return hmac.new(private, data, {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}[alg[2:]]).digest()
    if alg in ("EdDSA", "Ed25519"):
        return private.sign(data)
    if alg == "RS1":
        return private.sign(data, padding.PKCS1v15(), hashes.SHA1())
    digest = HASH[alg[2:5] if alg != "ES256K" else "256"]
    if alg.startswith("RS"):
        return private.sign(data, padding.PKCS1v15(), digest)
    if alg.startswith("PS"):
        return private.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    r, s = utils.decode_dss_signature(private.sign(data, ec.ECDSA(digest)))
    size = (private.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def jws_octets(header, payload, private=K, alg="RS256"):
    """Header and payload as octets, whatever they are; signed over exactly what is sent."""
    signed = b64(header) + "." + b64(payload)
    return signed + "." + b64(raw_sign(alg, private, signed))


def octets(value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)).encode()


def header(alg="RS256", **more):
    out = {"alg": alg, "kid": "k1"}
    out.update(more)
    return {name: value for name, value in out.items() if value is not ...}


def claims(**more):
    out = {"iss": ISS, "sub": "alice", "aud": CLIENT, "exp": NOW + 600, "iat": NOW - 10, "nonce": NONCE}
    out.update(more)
    return {name: value for name, value in out.items() if value is not ...}


def tok(c=None, h=None, private=K, alg=None):
    """A token from claims and header: objects, JSON text or octets."""
    h = header() if h is None else h
    name = alg or (h.get("alg") if isinstance(h, dict) else None) or "RS256"
    return jws_octets(octets(h), octets(claims() if c is None else c), private, name)


def with_claims(text):
    """The usual claims as JSON text, with more text inside."""
    return json.dumps(claims(), separators=(",", ":"))[:-1] + "," + text + "}"


def by_pyjwt(c, private, alg, **headers):
    return pyjwt.encode(c, private, algorithm=alg, headers=headers)


def by_joserfc(c, private, alg, **headers):
    from joserfc import jws as jj
    from joserfc.jwk import ECKey, OKPKey, RSAKey
    cls = RSAKey if isinstance(private, rsa.RSAPrivateKey) else OKPKey if isinstance(private, ed25519.Ed25519PrivateKey) else ECKey
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return jj.serialize_compact({"alg": alg, **headers}, octets(c), cls.import_key(pem), algorithms=[alg])


def by_jwcrypto(c, private, alg, **headers):
    from jwcrypto import jwk as ck, jws as cs
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    token = cs.JWS(octets(c))
    token.add_signature(ck.JWK.from_pem(pem), alg, json.dumps({"alg": alg, **headers}))
    return token.serialize(compact=True)


class Family:
    """Collects the vectors of one family and writes them as one file."""

    def __init__(self, name):
        self.name, self.vectors = name, []

    def add(self, row, comment, token, expect, kind="id-token", provider=None, policy=None, now=NOW_TEXT):
        provider = provider if provider is not None else {"issuer": ISS, "jwks": SET}
        policy = policy if policy is not None else {"client_id": CLIENT, "nonce": NONCE}
        n = sum(v["row"] == row for v in self.vectors) + 1
        self.vectors.append({"id": f"{row}-{n}", "row": row, "comment": comment, "kind": kind, "token": token,
                             "provider": provider, "policy": policy, "now": now, "expect": expect})

    def no(self, row, comment, token, check, **more):
        self.add(row, comment, token, {"reject": check}, **more)

    def yes(self, row, comment, token, claims=None, **more):
        self.add(row, comment, token, {"accept": claims or {}}, **more)

    def write(self):
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, self.name + ".json"), "w", encoding="utf-8") as f:
            f.write("[\n" + ",\n".join(json.dumps(v, ensure_ascii=True) for v in self.vectors) + "\n]\n")
        print(self.name, len(self.vectors))


def prov(*keys, **more):
    return {"issuer": ISS, "jwks": jwks(*keys), **more}


def pol(**more):
    out = {"client_id": CLIENT, "nonce": NONCE}
    out.update(more)
    return {name: value for name, value in out.items() if value is not ...}


def half_hash(value, digest="sha256"):
    full = hashlib.new(digest, value.encode()).digest()
    return b64(full[: len(full) // 2])


def thumbprint(key):
    members = {"RSA": ["e", "kty", "n"], "EC": ["crv", "kty", "x", "y"], "OKP": ["crv", "kty", "x"]}[key["kty"]]
    text = json.dumps({name: key[name] for name in members}, separators=(",", ":"), sort_keys=True)
    return b64(hashlib.sha256(text.encode()).digest())
