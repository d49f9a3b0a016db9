"""ID tokens of joserfc, jwcrypto and authlib in every algorithm that the default build verifies. Run by oidc.sh."""

import json
import sys
import time

from authlib.jose import JsonWebKey, JsonWebToken
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt

WORK = sys.argv[1]
ISSUER, CLIENT, NONCE, USER = "https://op.interop.test", "client-interop", "nonce-interop", "alice-canary"
AT = "2030-03-17T17:47:00Z"
NOW = 1_900_000_020
ALGORITHMS = {"RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa", "ES256": "P-256",
              "ES384": "P-384", "EdDSA": "Ed25519"}


def keys():
    made = {"rsa": RSAKey.generate_key(2048), "P-256": ECKey.generate_key("P-256"), "P-384": ECKey.generate_key("P-384"),
            "Ed25519": OKPKey.generate_key("Ed25519")}
    return {name: {**key.as_dict(private=True), "kid": name, "use": "sig"} for name, key in made.items()}


def public(jwks):
    private = {"d", "p", "q", "dp", "dq", "qi"}
    return {"keys": [{name: value for name, value in key.items() if name not in private} for key in jwks.values()]}


def by_joserfc(key, header, claims):
    cls = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}[key["kty"]]
    return joserfc_jwt.encode(header, claims, cls.import_key(key), algorithms=[header["alg"]])


def by_jwcrypto(key, header, claims):
    token = jwcrypto_jwt.JWT(header=header, claims=claims, algs=[header["alg"]])
    token.make_signed_token(jwcrypto_jwk.JWK(**key))
    return token.serialize()


def by_authlib(key, header, claims):
    return JsonWebToken([header["alg"]]).encode(header, claims, JsonWebKey.import_key(key)).decode()


def add(peer, what, token, refused=None, nonce=NONCE, client=CLIENT):
    entry = {"peer": peer, "what": what, "text": token, "refused": refused, "encrypted": False, "command": "check",
             "args": ["--issuer", ISSUER, "--jwks", WORK + "/{KEY}.jwks.json", "--client-id", client, "--nonce", nonce, "--at", AT]}
    with open(f"{WORK}/messages.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


good, other = keys(), keys()
for name, jwks in (("good", good), ("other", other)):
    with open(f"{WORK}/{name}.jwks.json", "w", encoding="utf-8") as file:
        json.dump(public(jwks), file)
claims = {"iss": ISSUER, "sub": USER, "aud": CLIENT, "iat": NOW, "exp": NOW + 300, "nonce": NONCE, "name": "Älice \u2028 \U0001f600"}
for peer, sign in (("joserfc", by_joserfc), ("jwcrypto", by_jwcrypto), ("authlib", by_authlib)):
    def mint(algorithm="RS256", **changes):
        wanted = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return sign(good[ALGORITHMS[algorithm]], {"alg": algorithm, "kid": ALGORITHMS[algorithm], "typ": "JWT"}, wanted)

    for algorithm in ALGORITHMS:
        try:
            token = mint(algorithm)
        except Exception as error:  # noqa: BLE001: not every library has every algorithm
            print("skip", peer, algorithm, f"[not made: {type(error).__name__}]", flush=True)
            continue
        add(peer, f"ID token, {algorithm}", token)
    add(peer, "ID token, two audiences and azp", mint(aud=[CLIENT, "another"], azp=CLIENT), refused=["AudienceUntrusted", "AudienceMismatch"])
    add(peer, "ID token, audience as array", mint(aud=[CLIENT]))
    add(peer, "ID token, another nonce", mint(), refused=["NonceMismatch"], nonce="another")
    add(peer, "ID token, another client", mint(), refused=["AudienceMismatch"], client="another")
    add(peer, "ID token, expired", mint(exp=NOW - 120, iat=NOW - 300), refused=["Expired"])
    add(peer, "ID token, no exp", mint(exp=None), refused=["ClaimMissing"])
    add(peer, "ID token, another issuer", mint(iss=ISSUER + "/"), refused=["IssuerMismatch"])
