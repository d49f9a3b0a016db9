"""Tokens for feature `aws-lc`: ES512 by joserfc, ML-DSA by cryptography (OpenSSL) and dilithium-py.

pip install cryptography==50.0.2 joserfc==1.8.0 dilithium-py==1.5.1
python testdata/generate/oidc/aws_lc.py > testdata/oidc/aws-lc/tokens.json

Every run makes new keys. The private keys are not kept.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives.asymmetric import mldsa
from dilithium_py.ml_dsa import ML_DSA_44, ML_DSA_65, ML_DSA_87
from joserfc import jws
from joserfc.jwk import ECKey

CLAIMS = {
    "iss": "https://idp.test", "sub": "alice", "aud": "client1", "exp": 1767226200, "iat": 1767225590,
    "nonce": "n-0S6_WzA2Mj",
}
PAYLOAD = json.dumps(CLAIMS, separators=(",", ":")).encode()


def url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unurl(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(header, sign):
    text = url(json.dumps(header, separators=(",", ":")).encode()) + "." + url(PAYLOAD)
    return text + "." + url(sign(text.encode()))


cases, keys = [], []


def case(id, maker, algorithms, jwk, token, outcome):
    """`algorithms`: what the provider names; `key`: index into `keys`."""
    if jwk not in keys:
        keys.append(jwk)
    cases.append({"id": id, "maker": maker, "algorithms": algorithms, "key": keys.index(jwk), "token": token,
                  "outcome": outcome})


def spoilt(token, at):
    header, payload, signature = token.split(".")
    octets = bytearray(unurl(signature))
    octets[at] ^= 1
    return ".".join([header, payload, url(bytes(octets))])


def variants(name, maker, jwk, token, other):
    case(f"{name} by {maker}", maker, [name], jwk, token, "ACCEPT")
    case(f"{name} by {maker}, not named", maker, None, jwk, token, "AlgUnsupported")
    case(f"{name} by {maker}, another named", maker, ["RS256"], jwk, token, "AlgUnsupported")
    case(f"{name} by {maker}, key of another", maker, [name], other, token, "SignatureInvalid")
    if maker == "dilithium-py":
        return
    case(f"{name} by {maker}, first octet changed", maker, [name], jwk, spoilt(token, 0), "SignatureInvalid")
    case(f"{name} by {maker}, last octet changed", maker, [name], jwk, spoilt(token, -1), "SignatureInvalid")
    if name in ("ML-DSA-65", "ML-DSA-87"):
        return
    header, payload, signature = token.split(".")
    short = ".".join([header, payload, url(unurl(signature)[:-1])])
    case(f"{name} by {maker}, an octet less", maker, [name], jwk, short, "SignatureInvalid")
    long = ".".join([header, payload, url(unurl(signature) + b"\0")])
    case(f"{name} by {maker}, an octet more", maker, [name], jwk, long, "SignatureInvalid")
    changed = json.dumps({**CLAIMS, "sub": "mallory"}, separators=(",", ":")).encode()
    case(f"{name} by {maker}, other claims", maker, [name], jwk, ".".join([header, url(changed), signature]),
         "SignatureInvalid")


def es512():
    key, other = (ECKey.generate_key("P-521", {"kid": "k1", "alg": "ES512", "use": "sig"}) for _ in range(2))
    token = jws.serialize_compact({"alg": "ES512", "kid": "k1", "typ": "JWT"}, PAYLOAD, key, algorithms=["ES512"])
    jwk = key.as_dict(private=False)
    variants("ES512", "joserfc", jwk, token, other.as_dict(private=False))
    header, payload, signature = token.split(".")
    zero = ".".join([header, payload, url(bytes(132))])
    case("ES512, r and s zero", "", ["ES512"], jwk, zero, "SignatureInvalid")
    bare = {name: value for name, value in jwk.items() if name != "alg"}
    case("ES512, key without alg", "joserfc", ["ES512"], bare, token, "ACCEPT")
    off = dict(jwk)
    y = bytearray(unurl(off["y"]))
    y[-1] ^= 1
    off["y"] = url(bytes(y))
    case("P-521, a point off the curve", "", ["ES512"], off, token, "KeyMalformed")
    short = dict(jwk)
    short["x"] = url(unurl(jwk["x"])[1:])
    case("P-521, a coordinate of 65 octets", "", ["ES512"], short, token, "KeyMalformed")
    # RFC 7518 section 3.4: ES512 is P-521, ES256 is P-256.
    small = ECKey.generate_key("P-256", {"kid": "k1"})
    case("ES512 with a P-256 key", "", ["ES512"], small.as_dict(private=False), token, "AlgKeyMismatch")
    es256 = jws.serialize_compact({"alg": "ES256", "kid": "k1", "typ": "JWT"}, PAYLOAD, small, algorithms=["ES256"])
    case("ES256 with a P-521 key", "joserfc", ["ES256", "ES512"], bare, es256, "AlgKeyMismatch")
    case("ES256 where ES512 is named", "joserfc", ["ES512"], small.as_dict(private=False), es256, "AlgForbidden")


def ml_dsa(name, maker, make):
    (public, sign), (other, _) = make(), make()

    def jwk(octets, **more):
        return {"kty": "AKP", "alg": name, "pub": url(octets), "kid": "k1", "use": "sig", **more}

    header = {"alg": name, "kid": "k1", "typ": "JWT"}
    token = signed(header, sign)
    variants(name, maker, jwk(public), token, jwk(other))
    if maker == "cryptography" and name == "ML-DSA-44":
        bare = jwk(public)
        del bare["alg"]
        case(f"{name}, key without alg", "", [name], bare, token, "KeyMalformed")
        case(f"{name}, a key with an octet less", "", [name], jwk(public[:-1]), token, "KeyMalformed")
        case(f"{name}, a key with its seed", "", [name], jwk(public, priv=url(bytes(32))), token, "KeyPrivateMaterial")
        case(f"{name}, key with alg ES256", "", [name], jwk(public, alg="ES256"), token, "KeyMalformed")
        # FIPS 204: a signature with a context is not one without.
        context = signed(header, lambda text: sign(text, b"JWT"))
        case(f"{name}, signed with a context", maker, [name], jwk(public), context, "SignatureInvalid")


def by_cryptography(kind):
    def make():
        private = kind.generate()
        return private.public_key().public_bytes_raw(), lambda text, context=None: private.sign(text, context)
    return make


def by_dilithium(kind):
    def make():
        public, private = kind.keygen()
        return public, lambda text: kind.sign(private, text)
    return make


es512()
ml_dsa("ML-DSA-44", "cryptography", by_cryptography(mldsa.MLDSA44PrivateKey))
ml_dsa("ML-DSA-65", "cryptography", by_cryptography(mldsa.MLDSA65PrivateKey))
ml_dsa("ML-DSA-87", "cryptography", by_cryptography(mldsa.MLDSA87PrivateKey))
ml_dsa("ML-DSA-44", "dilithium-py", by_dilithium(ML_DSA_44))


def lines(values):
    return ",\n".join(json.dumps(value, separators=(",", ":")) for value in values)


sys.stdout.write('{"keys": [\n%s\n], "cases": [\n%s\n]}\n' % (lines(keys), lines(cases)))
