"""Nested tokens of other people's software, one per library and pair of algorithms, with fresh keys, given to
`troubleshoot check`. Run by jwe.sh."""

import base64
import json
import os
import subprocess
import sys

from authlib.jose import JsonWebEncryption
from authlib.jose import JsonWebKey
from joserfc import jwe as jj, jwt as jt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from jwcrypto import jwe as cj, jwk as ck

BINARY, WORK = sys.argv[1:]
NOW = 1_900_000_000
ENCS = ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"]
signer = RSAKey.generate_key(2048, {"kid": "sig", "use": "sig", "alg": "RS256"})
claims = {"iss": "https://op.test", "sub": "alice-canary", "aud": "rp", "iat": NOW, "exp": NOW + 300, "nonce": "n"}
signed = jt.encode({"alg": "RS256", "kid": "sig"}, claims, signer)
keys = {"rsa": RSAKey.generate_key(3072), "P-256": ECKey.generate_key("P-256"), "P-384": ECKey.generate_key("P-384"),
        "P-521": ECKey.generate_key("P-521"), "X25519": OKPKey.generate_key("X25519"),
        **{str(n): OctKey.generate_key(n) for n in (128, 192, 256, 384, 512)}}
keys = {name: key.as_dict(private=True) for name, key in keys.items()}
octets = {"A128GCM": "128", "A192GCM": "192", "A256GCM": "256", "A128CBC-HS256": "256", "A192CBC-HS384": "384", "A256CBC-HS512": "512"}


def by_joserfc(jwk, header, text):
    cls = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey, "oct": OctKey}[jwk["kty"]]
    return jj.encrypt_compact(header, text.encode(), cls.import_key(jwk), algorithms=[header["alg"], header["enc"]])


def by_jwcrypto(jwk, header, text):
    token = cj.JWE(text.encode(), json.dumps(header), algs=[header["alg"], header["enc"]])
    token.add_recipient(ck.JWK(**jwk))
    return token.serialize(compact=True)


def by_authlib(jwk, header, text):
    made = JsonWebEncryption(algorithms=[header["alg"], header["enc"], "DEF"]).serialize_compact(header, text.encode(), JsonWebKey.import_key(jwk))
    return made.decode()


def check(name, jwk, token, expected):
    """expected: None for accepted, else the check that denies."""
    paths = {n: os.path.join(WORK, n) for n in ("token", "jwks.json", "key.json")}
    for path, text in ((paths["token"], token), (paths["jwks.json"], json.dumps({"keys": [signer.as_dict(private=False)]})),
                       (paths["key.json"], json.dumps(jwk))):
        with open(path, "w") as f:
            f.write(text)
    run = subprocess.run([BINARY, "check", "--issuer", claims["iss"], "--jwks", paths["jwks.json"], "--client-id", "rp", "--nonce", "n",
                          "--sp-key", paths["key.json"], "--at", "2030-03-17T17:47:00Z", "--format", "json", paths["token"]],
                         capture_output=True, text=True, check=False)
    found = json.loads(run.stdout) if run.stdout else {"verdict": run.stderr, "findings": []}
    checks = [finding["check"] for finding in found["findings"]]
    right = (found["verdict"], run.returncode) == ("accepted", 0) if expected is None else expected in checks and run.returncode == 2
    if "canary" in run.stdout:
        right = False
    if not right:
        print("WRONG", name, found["verdict"], run.returncode, checks, "expected", expected or "accepted")
    return right


def is_short(token):
    header = token.split(".")[0]
    epk = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))).get("epk", {})
    whole = {"P-256": 43, "P-384": 64, "P-521": 88, "X25519": 43}
    return any(len(epk[name]) != whole[epk["crv"]] for name in ("x", "y") if name in epk)


results = []
for library, make in (("joserfc", by_joserfc), ("jwcrypto", by_jwcrypto), ("authlib", by_authlib)):
    made = 0
    pairs = [(alg, enc, "rsa") for alg in ("RSA-OAEP", "RSA-OAEP-256") for enc in ENCS]
    pairs += [(alg, "A256GCM", crv) for alg in ("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW")
              for crv in ("P-256", "P-384", "P-521", "X25519")]
    pairs += [("ECDH-ES", enc, "P-256") for enc in ENCS]
    pairs += [("A" + size + "KW", enc, size) for size in ("128", "192", "256") for enc in ENCS]
    pairs += [("dir", enc, octets[enc]) for enc in ENCS]
    for alg, enc, key in pairs:
        try:
            token = make(keys[key], {"alg": alg, "enc": enc, "cty": "JWT"}, signed)
        except Exception as error:  # noqa: BLE001: not every library has every algorithm
            print("not made:", library, alg, enc, key, type(error).__name__)
            continue
        made += 1
        # authlib drops leading zeros of a coordinate, which RFC 7518 section 6.2.1.2 forbids.
        refused = "JweShape" if is_short(token) else None
        results.append(check(f"{library} {alg} {enc} {key}", keys[key], token, refused))
        at = len(token) - 12
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        results.append(check(f"{library} {alg} {enc} {key}, changed", keys[key], changed, refused or "JweDecryptFailed"))
    print(library, made, "pairs")
    for name, header, text, expected in (
            ("unsigned claims", {"alg": "RSA-OAEP", "enc": "A256GCM"}, json.dumps(claims), "JweContentNotSigned"),
            ("alg none inside", {"alg": "RSA-OAEP", "enc": "A256GCM"}, "eyJhbGciOiJub25lIn0." + signed.split(".")[1] + ".", "AlgForbidden"),
            ("RSA1_5", {"alg": "RSA1_5", "enc": "A128CBC-HS256"}, signed, "JweAlgForbidden"),
            ("compressed", {"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF"}, signed, "JweZipForbidden")):
        try:
            token = make(keys["rsa"], header, text)
        except Exception as error:  # noqa: BLE001
            print("not made:", library, name, type(error).__name__)
            continue
        results.append(check(f"{library} {name}", keys["rsa"], token, expected))
print(f"{sum(results)} of {len(results)} as expected")
sys.exit(0 if all(results) else 1)
