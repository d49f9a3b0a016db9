"""Families JC, JT, JD, OX, MJ: claims, kinds of tokens, proofs of possession, responses and discovery, real providers."""

import copy
import hashlib
import json
import os

from lib import *

SKEW = 60


def jc():
    f = Family("jc")
    no, yes = f.no, f.yes
    yes("JC-00", "baseline", tok(), {"iss": ISS, "sub": "alice"})
    no("JC-01", "iss missing", tok(claims(iss=...)), "ClaimMissing")
    no("JC-01", "iss wrong", tok(claims(iss="https://evil.test")), "IssuerMismatch")
    for iss in ["https://idp.test/", "https://IDP.test", "HTTPS://idp.test", "http://idp.test", "https://idp.test:443", "https://idp.test.", "https://idp.test/x", "https://%69dp.test", "https://idp.tes", "https://idp.testt", " https://idp.test", "https://idp.test ", "https://idp.test\n", "https://idp.test#", "https://idp.test?", "//idp.test", "idp.test", "", "https://ıdp.test", "https://idp.test\u200b"]:
        no("JC-02", f"iss {iss!r}", tok(claims(iss=iss)), "IssuerMismatch")
    path = {"issuer": "https://idp.test/Realms/a", "jwks": SET}
    for iss in ["https://idp.test/realms/a", "https://idp.test/Realms/A", "https://idp.test/Realms/a/", "https://idp.test/Realms/%61", "https://idp.test/Realms/./a", "https://idp.test//Realms/a"]:
        no("JC-02", f"iss path {iss!r}", tok(claims(iss=iss)), "IssuerMismatch", provider=path)
    yes("JC-02", "path exact", tok(claims(iss="https://idp.test/Realms/a")), provider=path)
    no("JC-02", "configured with slash, token without", tok(claims(iss="https://idp.test")), "IssuerMismatch", provider={"issuer": "https://idp.test/", "jwks": SET})
    for iss in [["https://idp.test", "https://evil.test"], ["https://idp.test"], {"a": 1}, 1, True]:
        no("JC-03", f"iss {iss!r}", tok(claims(iss=iss)), "ClaimType")
    a, b = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
    template = {"template": "https://login.microsoftonline.com/{tenantid}/v2.0", "jwks": SET, "tenants": [a]}
    anyone = {**template, "tenants": "any"}
    url = "https://login.microsoftonline.com/%s/v2.0"
    for p in (template, anyone):
        no("JC-05", "literal", tok(claims(iss=url % "{tenantid}", tid="{tenantid}")), "IssuerMismatch", provider=p)
        no("JC-05", "literal, tid of a tenant", tok(claims(iss=url % "{tenantid}", tid=a)), "IssuerMismatch", provider=p)
        no("JC-05", "literal, no tid", tok(claims(iss=url % "{tenantid}")), "IssuerMismatch", provider=p)
        no("JC-06", "iss A, tid B", tok(claims(iss=url % a, tid=b)), "IssuerMismatch", provider=p)
        no("JC-06", "iss B, tid A", tok(claims(iss=url % b, tid=a)), "IssuerMismatch", provider=p)
        no("JC-06", "no tid", tok(claims(iss=url % a)), "IssuerMismatch", provider=p)
        no("JC-06", "empty tid", tok(claims(iss=url % "", tid="")), "IssuerMismatch", provider=p)
        no("JC-06", "tid with a path", tok(claims(iss=url % "a/../b", tid="a/../b")), "IssuerMismatch", provider=p)
        no("JC-06", "tid an array", tok(claims(iss=url % a, tid=[a])), "IssuerMismatch", provider=p)
        no("JC-06", "suffix of another version", tok(claims(iss="https://login.microsoftonline.com/%s/" % a, tid=a)), "IssuerMismatch", provider=p)
        no("JC-06", "longer", tok(claims(iss=url % a + "/x", tid=a)), "IssuerMismatch", provider=p)
        no("JC-06", "prefix of another host", tok(claims(iss="https://evil.test/" + url % a, tid=a)), "IssuerMismatch", provider=p)
    no("JC-06", "tenant B is not listed", tok(claims(iss=url % b, tid=b)), "IssuerMismatch", provider=template)
    yes("MJ-27", "tenant A is listed", tok(claims(iss=url % a, tid=a)), {"tid": a}, provider=template)
    yes("MJ-27", "any tenant", tok(claims(iss=url % b, tid=b)), provider=anyone)
    no("JC-05", "template configured as an exact issuer", tok(claims(iss=url % "{tenantid}")), "ConfigurationInvalid", provider={"issuer": url % "{tenantid}", "jwks": SET})
    # Entra's common set: keys of every tenant, and of the personal accounts.
    personal, v1 = "9188040d-6c67-4c5b-b112-36a304b66dad", "https://sts.windows.net/%s/"
    common = jwks(jwk(K, "k1", issuer=url % "{tenantid}"), jwk(K2, "k2", issuer=url % personal), jwk(X, "k3"))
    everyone = {"template": url % "{tenantid}", "jwks": common, "tenants": "any"}
    three = {**everyone, "tenants": [a, personal]}
    of_k, of_k2, of_k3 = {}, {"h": header(kid="k2"), "private": K2}, {"h": header(kid="k3"), "private": X}
    no_kid = {"h": header(kid=...), "private": K2}
    for p in (everyone, three):
        yes("MJ-27", "key of every tenant", tok(claims(iss=url % a, tid=a)), provider=p)
        yes("MJ-27", "key of every tenant for a personal account", tok(claims(iss=url % personal, tid=personal)), provider=p)
        yes("MJ-27", "key of the personal accounts", tok(claims(iss=url % personal, tid=personal), **of_k2), provider=p)
        yes("MJ-27", "key that names no issuer", tok(claims(iss=url % a, tid=a), **of_k3), provider=p)
        no("JC-06", "key of the personal accounts for a company", tok(claims(iss=url % a, tid=a), **of_k2), "IssuerMismatch", provider=p)
        no("JC-06", "key of the personal accounts for a company, try all", tok(claims(iss=url % a, tid=a), **no_kid), "IssuerMismatch", provider={**p, "selection": "try-all"})
        no("JC-06", "key of the personal accounts, tid of a company", tok(claims(iss=url % personal, tid=a), **of_k2), "IssuerMismatch", provider=p)
        no("JC-06", "key of the personal accounts, iss of a company", tok(claims(iss=url % a, tid=personal), **of_k2), "IssuerMismatch", provider=p)
        yes("MJ-27", "key of the personal accounts, try all", tok(claims(iss=url % personal, tid=personal), **no_kid), provider={**p, "selection": "try-all"})
    for name, of_key in {"of another host": "https://evil.test/{tenantid}/v2.0", "of another version": "https://login.microsoftonline.com/{tenantid}/", "longer": url % "{tenantid}" + "/x", "another placeholder": url % "{tenantId}", "another tenant": url % b, "no URL": "x", "of the template, in another case": (url % "{tenantid}").upper(), "of v1.0": v1 % "{tenantid}"}.items():
        p = {**everyone, "jwks": jwks(jwk(K, "k1", issuer=of_key))}
        no("JC-06", "key issuer " + name, tok(claims(iss=url % a, tid=a)), "IssuerMismatch", provider=p)
    no("JC-06", "key issuer a number", tok(claims(iss=url % a, tid=a)), "KeyMalformed", provider={**everyone, "jwks": jwks(jwk(K, "k1", issuer=1))})
    for of_key in [None, ""]:
        yes("MJ-27", f"key issuer {of_key!r}", tok(claims(iss=url % a, tid=a)), provider={**everyone, "jwks": jwks(jwk(K, "k1", issuer=of_key))})
    twice = {**everyone, "jwks": jwks(jwk(K, "k1", issuer=url % a), jwk(K, "k1", issuer=url % b))}
    for tenant in (a, b):
        yes("MJ-27", "one key for two tenants", tok(claims(iss=url % tenant, tid=tenant)), provider=twice)
    no("JC-06", "one key for two tenants, of a third", tok(claims(iss=url % personal, tid=personal)), "IssuerMismatch", provider=twice)
    apart = {**everyone, "jwks": jwks(jwk(K, "k1", issuer=url % a), jwk(K, "k2", issuer=url % b))}
    no("JC-06", "one key under two key ids, the other is named", tok(claims(iss=url % a, tid=a), h=header(kid="k2")), "IssuerMismatch", provider=apart)
    yes("MJ-27", "one key under two key ids, none is named", tok(claims(iss=url % a, tid=a), h=header(kid=...)), provider=apart)
    no("JC-06", "one kid, keys of two issuers", tok(claims(iss=url % a, tid=a)), "KeyAmbiguous", provider={**everyone, "jwks": jwks(jwk(K, "k1", issuer=url % "{tenantid}"), jwk(K2, "k1", issuer=url % personal))})
    older = {**everyone, "template": v1 % "{tenantid}"}
    yes("MJ-27", "v1.0 token, key of v2.0", tok(claims(iss=v1 % a, tid=a)), provider=older)
    no("JC-06", "v1.0 token, key of the personal accounts", tok(claims(iss=v1 % a, tid=a), **of_k2), "IssuerMismatch", provider=older)
    no("JC-06", "v2.0 token, key of v1.0", tok(claims(iss=url % a, tid=a)), "IssuerMismatch", provider={**everyone, "jwks": jwks(jwk(K, "k1", issuer=v1 % "{tenantid}"))})
    for issuer in (url % a, v1 % a):
        one = {"issuer": issuer, "jwks": common}
        yes("MJ-27", f"one tenant, keys of all, {issuer[8:11]}", tok(claims(iss=issuer, tid=a)), provider=one)
        no("JC-06", f"one tenant, key of the personal accounts, {issuer[8:11]}", tok(claims(iss=issuer, tid=a), **of_k2), "IssuerMismatch", provider=one)
        no("JC-06", f"one tenant, key and tid of the personal accounts, {issuer[8:11]}", tok(claims(iss=issuer, tid=personal), **of_k2), "IssuerMismatch", provider=one)
        no("JC-06", f"one tenant, key of the personal accounts, no tid, {issuer[8:11]}", tok(claims(iss=issuer), **of_k2), "IssuerMismatch", provider=one)
        own = {"issuer": issuer, "jwks": jwks(jwk(K, "k1", issuer=url % a))}
        yes("MJ-27", f"one tenant, its own key, {issuer[8:11]}", tok(claims(iss=issuer, tid=a)), provider=own)
    no("JC-06", "an alias, key of the personal accounts", tok(claims(iss=url % a, tid=a), **of_k2), "IssuerMismatch", provider={"issuer": v1 % a, "alias": url % a, "jwks": common})
    yes("MJ-27", "a key issuer that is no URL means something else", tok(), provider={"issuer": ISS, "jwks": jwks(jwk(K, "k1", issuer="CN=CA"))})
    no("JC-06", "a key of another issuer", tok(), "IssuerMismatch", provider={"issuer": ISS, "jwks": jwks(jwk(K, "k1", issuer="https://other.test"))})
    no("JC-10", "aud wrong", tok(claims(aud="other")), "AudienceMismatch")
    no("JC-10", "aud missing", tok(claims(aud=...)), "ClaimMissing")
    for aud in ["CLIENT1", "client1 ", "client", "client11", "", "client1,other", "client1 other", "https://idp.test"]:
        no("JC-10", f"aud {aud!r}", tok(claims(aud=aud)), "AudienceMismatch")
    no("JC-11", "aud []", tok(claims(aud=[])), "AudienceMismatch")
    no("JC-11", "aud ['']", tok(claims(aud=[""])), "AudienceMismatch")
    for aud in [1, {"a": 1}, [1], [None], [["client1"]], True, False, ["client1", 1], ["client1", None], {"client1": True}]:
        no("JC-12", f"aud {aud!r}", tok(claims(aud=aud)), "ClaimType")
    no("JC-14", "several, no azp", tok(claims(aud=["client1", "other"])), "AzpMissing")
    yes("JC-14", "several listed, no azp", tok(claims(aud=["client1", "api"])), policy=pol(other_audiences=["api"]))
    yes("JC-14", "the client twice, no azp", tok(claims(aud=["client1", "client1"])))
    no("JC-14", "several with azp, other unlisted", tok(claims(aud=["client1", "other"], azp="client1")), "AudienceMismatch")
    no("JC-14", "only others", tok(claims(aud=["api", "other"], azp="client1")), "AudienceMismatch", policy=pol(other_audiences=["api", "other"]))
    no("JC-14", "one listed, one not, no azp", tok(claims(aud=["client1", "api", "other"])), "AzpMissing", policy=pol(other_audiences=["api"]))
    no("JC-14", "listed, without the client, no azp", tok(claims(aud=["api", "api"])), "AudienceMismatch", policy=pol(other_audiences=["api"]))
    no("JC-14", "a named party is no audience", tok(claims(aud=["client1", "api"])), "AzpMissing", policy=pol(other_parties=["api"]))
    no("JC-14", "several with an empty text", tok(claims(aud=["client1", ""])), "AzpMissing", policy=pol(other_audiences=["api"]))
    yes("JC-14", "several listed, azp null", tok(claims(aud=["client1", "api"], azp=None)), policy=pol(other_audiences=["api"]))
    yes("MJ-02", "several with azp, listed", tok(claims(aud=["client1", "api"], azp="client1")), policy=pol(other_audiences=["api"]))
    no("JC-16", "azp other", tok(claims(azp="other")), "AzpMismatch")
    no("JC-16", "azp empty", tok(claims(azp="")), "AzpMismatch")
    no("JC-16", "several, azp other", tok(claims(aud=["client1", "api"], azp="api")), "AzpMismatch", policy=pol(other_audiences=["api"]))
    for azp in [1, ["client1"], {}, True]:
        no("JC-16", f"azp {azp!r}", tok(claims(azp=azp)), "ClaimType")
    yes("JC-16", "azp allow-listed", tok(claims(azp="android")), policy=pol(other_parties=["android"]))
    yes("MJ-03", "azp with single aud", tok(claims(azp="client1")))
    no("JC-18", "sub missing", tok(claims(sub=...)), "ClaimMissing")
    no("JC-18", "sub empty", tok(claims(sub="")), "ClaimRange")
    for sub in [1, ["alice"], {}, True]:
        no("JC-18", f"sub {sub!r}", tok(claims(sub=sub)), "ClaimType")
    no("JC-18", "sub of 256", tok(claims(sub="a" * 256)), "ClaimRange")
    yes("MJ-38", "sub of 255", tok(claims(sub="a" * 255)), {"sub": "a" * 255})
    for sub in ["auth0|abc", "okta:user|1", "a b", "x" * 43 + "=", "../../etc"]:
        yes("MJ-38", f"sub {sub[:10]!r}", tok(claims(sub=sub)), {"sub": sub})
    no("JC-19", "exp missing", tok(claims(exp=...)), "ClaimMissing")
    for exp, ok in [(NOW - SKEW - 1, 0), (NOW - SKEW, 0), (NOW - SKEW + 1, 1), (NOW, 1), (NOW + 1, 1)]:
        (yes if ok else no)("JC-20", f"exp now{exp - NOW:+}", tok(claims(exp=exp)), *([] if ok else ["Expired"]))
    for exp, ok in [(NOW - 1, 0), (NOW, 0), (NOW + 1, 1)]:
        (yes if ok else no)("JC-20", f"exp now{exp - NOW:+}, skew 0", tok(claims(exp=exp)), *([] if ok else ["Expired"]), policy=pol(leeway=0))
    no("JC-20", "exp a fraction past, skew 0", tok(claims(exp=NOW - 0.5)), "Expired", policy=pol(leeway=0))
    for exp in [str(NOW + 600), True, [NOW + 600], {}, "never", "", {"$numberLong": "1"}, f"{NOW + 600}.0"]:
        no("JC-21", f"exp {exp!r}", tok(claims(exp=exp)), "ClaimType")
    for exp in [-1, 0, -NOW, 1, 0.5, -0.0]:
        no("JC-22", f"exp {exp}", tok(claims(exp=exp)), "Expired")
    no("JC-22", "exp in milliseconds", tok(claims(exp=(NOW + 600) * 1000)), "ClaimRange")
    for nbf, ok in [(NOW + SKEW + 1, 0), (NOW + SKEW, 1), (NOW, 1), (NOW - 1, 1)]:
        (yes if ok else no)("JC-24", f"nbf now{nbf - NOW:+}", tok(claims(nbf=nbf)), *([] if ok else ["NotYetValid"]))
    for nbf, check in [("99999999999", "ClaimType"), ("", "ClaimType"), (True, "ClaimType"), ([NOW], "ClaimType"), ({}, "ClaimType"), (-1, "ClaimRange"), (99999999999, "NotYetValid"), (9223372036854775807, "NotYetValid"), (1e300, "NotYetValid")]:
        no("JC-25", f"nbf {nbf!r}", tok(claims(nbf=nbf)), check)
    yes("JC-25", "nbf 0 (old Keycloak)", tok(claims(nbf=0)))
    no("JC-26", "iat missing", tok(claims(iat=...)), "ClaimMissing")
    for iat in [str(NOW), True, [NOW], {}]:
        no("JC-26", f"iat {iat!r}", tok(claims(iat=iat)), "ClaimType")
    for iat, ok in [(NOW + SKEW + 1, 0), (NOW + SKEW, 1), (NOW + SKEW - 1, 1), (99999999999, 0), (1e300, 0)]:
        (yes if ok else no)("JC-26", f"iat {iat}", tok(claims(iat=iat)), *([] if ok else ["IssuedInFuture"]))
    no("JC-26", "iat negative", tok(claims(iat=-1)), "ClaimRange")
    for iat, ok in [(NOW - 7 * 86400, 0), (NOW - 300 - SKEW - 1, 0), (NOW - 300 - SKEW, 0), (NOW - 300 - SKEW + 0.5, 1), (NOW - 300, 1)]:
        (yes if ok else no)("JC-28", f"iat now{iat - NOW:+}, max 300", tok(claims(iat=iat)), *([] if ok else ["TooOld"]), policy=pol(max_token_age=300))
    no("JC-29", "nonce missing", tok(claims(nonce=...)), "NonceMissing")
    for nonce in ["other", NONCE.upper(), NONCE.lower(), NONCE[:-1], NONCE + "d", "", " " + NONCE]:
        no("JC-30", f"nonce {nonce!r}", tok(claims(nonce=nonce)), "NonceMismatch")
    for nonce in [1, [NONCE], {"nonce": NONCE}, True]:
        no("JC-30", f"nonce {nonce!r}", tok(claims(nonce=nonce)), "ClaimType")
    no("JC-31", "nonce when none was sent", tok(), "NonceUnexpected", policy=pol(nonce=...))
    no("JC-31", "empty nonce when none was sent", tok(claims(nonce="")), "NonceUnexpected", policy=pol(nonce=...))
    yes("JC-31", "none sent, none there", tok(claims(nonce=...)), policy=pol(nonce=...))
    yes("JC-31", "ignored", tok(), policy=pol(nonce=True))
    no("JC-32", "empty expected nonce", tok(claims(nonce="")), "ConfigurationInvalid", policy=pol(nonce=""))
    no("JC-32", "empty client id", tok(claims(aud="")), "ConfigurationInvalid", policy=pol(client_id=""))
    no("JC-32", "empty issuer", tok(claims(iss="")), "ConfigurationInvalid", provider={"issuer": "", "jwks": SET})
    no("JC-33", "max_age, no auth_time", tok(), "AuthTimeMissing", policy=pol(max_age=300))
    no("JC-33", "max_age, auth_time null", tok(claims(auth_time=None)), "AuthTimeMissing", policy=pol(max_age=300))
    for at, ok in [(NOW - 300 - SKEW - 1, 0), (NOW - 300 - SKEW, 0), (NOW - 300, 1), (NOW, 1), (0, 0)]:
        (yes if ok else no)("JC-34", f"auth_time now{at - NOW:+}, max 300", tok(claims(auth_time=at)), *([] if ok else ["AuthTooOld"]), policy=pol(max_age=300))
    for p in (pol(), pol(max_age=300)):
        no("JC-34", "auth_time future", tok(claims(auth_time=NOW + SKEW + 1)), "AuthTimeInvalid", policy=p)
        no("JC-34", "auth_time far future", tok(claims(auth_time=1e300)), "AuthTimeInvalid", policy=p)
        no("JC-34", "auth_time negative", tok(claims(auth_time=-1)), "ClaimRange", policy=p)
        for at in [str(NOW), "2026-01-01T00:00:00Z", True, [NOW], {}]:
            no("JC-34", f"auth_time {at!r}", tok(claims(auth_time=at)), "ClaimType", policy=p)
    yes("JC-34", "auth_time a second before the end", tok(claims(auth_time=NOW - 300 - SKEW + 1)), policy=pol(max_age=300))
    yes("JC-34", "auth_time float", tok(claims(auth_time=NOW - 10.5)), policy=pol(max_age=300))
    no("JC-36", "acr missing", tok(), "AcrMismatch", policy=pol(acr=["mfa"]))
    no("JC-36", "acr other", tok(claims(acr="pwd")), "AcrMismatch", policy=pol(acr=["mfa", "phr"]))
    no("JC-36", "acr array", tok(claims(acr=["mfa"])), "ClaimType", policy=pol(acr=["mfa"]))
    yes("JC-36", "acr number, not wanted", tok(claims(acr=1)))
    for acr in [1, {"mfa": 1}, [], True]:
        no("JC-36", f"acr {acr!r}, wanted", tok(claims(acr=acr)), "ClaimType", policy=pol(acr=["mfa"]))
        yes("JC-36", f"acr {acr!r}, not wanted", tok(claims(acr=acr)))
    yes("JC-36", "acr one of two", tok(claims(acr="phr")), policy=pol(acr=["mfa", "phr"]))
    no("JC-37", "amr missing", tok(), "AmrMismatch", policy=pol(amr=["mfa"]))
    no("JC-37", "amr without one", tok(claims(amr=["pwd"])), "AmrMismatch", policy=pol(amr=["pwd", "otp"]))
    no("JC-37", "amr a string that holds it", tok(claims(amr="mfa pwd")), "AmrMismatch", policy=pol(amr=["mfa"]))
    yes("JC-37", "amr of numbers, not wanted", tok(claims(amr=[1])))
    no("JC-37", "amr of numbers, wanted", tok(claims(amr=[1])), "ClaimType", policy=pol(amr=["mfa"]))
    no("JC-37", "amr mixed, wanted", tok(claims(amr=["mfa", 1])), "ClaimType", policy=pol(amr=["mfa"]))
    no("JC-37", "amr an object, wanted", tok(claims(amr={"mfa": "mfa"})), "ClaimType", policy=pol(amr=["mfa"]))
    yes("JC-37", "amr text, wanted", tok(claims(amr="pwd")), policy=pol(amr=["pwd"]))
    no("JC-37", "amr text, two wanted", tok(claims(amr="pwd")), "AmrMismatch", policy=pol(amr=["pwd", "otp"]))
    yes("JC-37", "amr", tok(claims(amr=["pwd", "otp", "mfa"])), policy=pol(amr=["mfa", "pwd"]))
    at = "ya29.access-token"
    yes("JC-38", "at_hash", tok(claims(at_hash=half_hash(at))), policy=pol(access_token=at))
    no("JC-38", "other access token", tok(claims(at_hash=half_hash(at))), "HashMismatch", policy=pol(access_token=at + "x"))
    full = hashlib.sha256(at.encode()).digest()
    import base64 as b
    for name, value in {"full hash": b64(full), "right half": b64(full[16:]), "hexadecimal": full[:16].hex(), "padded": half_hash(at) + "==", "standard base64": b.b64encode(full[:16]).decode(), "SHA-512 half": half_hash(at, "sha512"), "15 octets": b64(full[:15]), "17 octets": b64(full[:17]), "empty": "", "the token": at, "prefix": half_hash(at)[:-2], "case": half_hash(at).swapcase()}.items():
        no("JC-39", name, tok(claims(at_hash=value)), "HashMismatch", policy=pol(access_token=at))
    for value in [1, None, [half_hash(at)], {}]:
        if value is None:
            yes("MJ-17", "at_hash null in code flow", tok(claims(at_hash=None)), policy=pol(access_token=at))
        else:
            no("JC-39", f"at_hash {value!r}", tok(claims(at_hash=value)), "ClaimType", policy=pol(access_token=at))
    no("JC-40", "unknown alg", tok(claims(at_hash="x"), h=header("XX256"), alg="RS256"), "AlgForbidden", policy=pol(access_token=at))
    for alg, key_, digest in [("RS384", K, "sha384"), ("PS512", K, "sha512"), ("ES384", P384, "sha384"), ("EdDSA", ED, "sha512"), ("Ed25519", ED, "sha512")]:
        yes("JC-38", f"at_hash with {alg}", tok(claims(at_hash=half_hash(at, digest)), header(alg), key_), policy=pol(access_token=at), provider=prov(jwk(key_, "k1")))
        no("JC-38", f"at_hash of SHA-256 with {alg}", tok(claims(at_hash=half_hash(at)), header(alg), key_), "HashMismatch", policy=pol(access_token=at), provider=prov(jwk(key_, "k1")))
    yes("MJ-17", "at_hash absent in code flow", tok(), policy=pol(access_token=at))
    no("JC-42", "at_hash missing, front channel", tok(), "HashMissing", policy=pol(access_token=at, front_channel=True))
    no("JC-42", "at_hash null, front channel", tok(claims(at_hash=None)), "HashMissing", policy=pol(access_token=at, front_channel=True))
    code = "SplxlOBeZQQYbYS6WxSbIA"
    no("JC-43", "c_hash missing", tok(), "HashMissing", policy=pol(code=code, front_channel=True))
    no("JC-43", "c_hash wrong", tok(claims(c_hash=half_hash("x"))), "HashMismatch", policy=pol(code=code, front_channel=True))
    no("JC-43", "c_hash wrong, code flow", tok(claims(c_hash=half_hash("x"))), "HashMismatch", policy=pol(code=code))
    no("JC-43", "at_hash right, c_hash missing", tok(claims(at_hash=half_hash(at))), "HashMissing", policy=pol(code=code, access_token=at, front_channel=True))
    yes("JC-43", "c_hash", tok(claims(c_hash=half_hash(code))), policy=pol(code=code, front_channel=True))
    no("JC-43", "s_hash wrong", tok(claims(s_hash=half_hash("x"))), "HashMismatch", policy=pol(state="st"))
    yes("JC-43", "s_hash", tok(claims(s_hash=half_hash("st"))), policy=pol(state="st", front_channel=True))
    for name, value in {"name": 1, "email": ["a@b"], "email_verified": 1, "phone_number": {}, "preferred_username": True, "given_name": [], "updated_at": {}, "picture": 1, "jti": 1, "sid": [], "zoneinfo": 0}.items():
        yes("JC-44", f"{name} {value!r}", tok(claims(**{name: value})))
    yes("JC-44", "email_verified yes", tok(claims(email_verified="yes")))
    yes("JC-44", "email_verified TRUE", tok(claims(email_verified="TRUE")))
    for name, value in {"email": {"a": 1}, "acr": None, "amr": 1, "sid": 7, "tid": 1, "phone_number_verified": "", "website": ["x"], "name": [], "birthdate": 19700101}.items():
        yes("JC-44", f"{name} {value!r}", tok(claims(**{name: value})))
    # Nobody asked for these either, but they protect.
    for name in ["azp", "nonce", "at_hash", "c_hash", "s_hash", "typ", "token_use"]:
        no("JC-44", f"{name} a list", tok(claims(**{name: ["ID"]})), "ClaimType", policy=pol(nonce=True))
    no("JC-44", "cnf text", tok(claims(cnf="x")), "ClaimType")
    no("JC-44", "typ 1", tok(claims(typ=1)), "ClaimType")
    no("JC-44", "events text", tok(claims(events="x")), "TokenTypeMismatch")
    no("JC-45", "subject other", tok(), "SubMismatch", policy=pol(subject="bob"))
    yes("JC-45", "subject", tok(), policy=pol(subject="alice"))
    f.write()


def logout(**more):
    out = {"iss": ISS, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "jti": "j1", "sub": "alice", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}
    out.update(more)
    return {name: value for name, value in out.items() if value is not ...}


API = "https://api.test"


def access(**more):
    out = {"iss": ISS, "aud": API, "sub": "alice", "client_id": CLIENT, "iat": NOW, "exp": NOW + 300, "jti": "a1", "scope": "read write"}
    out.update(more)
    return {name: value for name, value in out.items() if value is not ...}


def jt():
    f = Family("jt")
    no, yes = f.no, f.yes
    none = pol(nonce=...)
    at = header(typ="at+jwt")
    no("JT-01", "RFC 9068", tok(access(aud=CLIENT), at), "TypForbidden")
    no("JT-01", "RFC 9068, media type", tok(access(aud=CLIENT), header(typ="application/at+jwt")), "TypForbidden", policy=none)
    for scope in [{"scope": "read"}, {"scope": ..., "scp": "User.Read"}, {"scope": ..., "scp": ["a", "b"]}, {"scope": ""}]:
        no("JT-02", f"{scope}, nonce expected", tok(access(aud=CLIENT, **scope), header(typ="JWT")), "NonceMissing")
        no("JT-02", f"{scope}, no nonce", tok(access(aud=CLIENT, **scope), header(typ="JWT")), "TokenTypeMismatch", policy=none)
        no("JT-02", f"{scope}, nonce ignored", tok(access(aud=CLIENT, **scope)), "TokenTypeMismatch", policy=pol(nonce=True))
    for scope in [{"scope": ...}, {"scope": ..., "client_id": ..., "cid": "c"}]:
        no("JT-02", f"{scope}, no nonce", tok(access(aud=CLIENT, **scope), header(typ="JWT")), "TokenTypeMismatch", policy=none)
    yes("JT-02", "ID token with scope and nonce", tok(claims(scope="openid")))
    yes("JT-02", "ID token with scope and at_hash, no nonce", tok(claims(scope="openid", nonce=..., at_hash=half_hash("at"))), policy=none)
    no("JT-04", "Cognito access token", tok(claims(aud=..., client_id=CLIENT, token_use="access", nonce=...)), "ClaimMissing", policy=none)
    no("JT-04", "token_use access with aud", tok(claims(client_id=CLIENT, token_use="access")), "TokenTypeMismatch")
    no("JT-04", "token_use a number", tok(claims(token_use=1)), "ClaimType")
    yes("JT-04", "token_use id", tok(claims(token_use="id")))
    for typ in ["Bearer", "bearer", "Refresh", "Offline", "Logout"]:
        no("JT-04", f"Keycloak typ {typ}", tok(claims(typ=typ)), "TokenTypeMismatch")
    yes("JT-04", "Keycloak typ ID", tok(claims(typ="ID")))
    for p in (pol(), none):
        no("JT-05", "logout token", tok(logout()), "TokenTypeMismatch", policy=p)
        no("JT-05", "logout token with typ", tok(logout(), header(typ="logout+jwt")), "TypForbidden", policy=p)
        no("JT-05", "ID token with events", tok(claims(events={})), "TokenTypeMismatch" if p is not none else "TokenTypeMismatch", policy=p)
    lp = {"client_id": CLIENT}
    lo = dict(kind="logout-token", policy=lp)
    no("JT-06", "ID token", tok(), "ClaimMissing", **lo)
    no("JT-06", "ID token with jti", tok(claims(jti="x", nonce=...)), "ClaimMissing", **lo)
    no("JT-06", "access token", tok(access(aud=CLIENT), at), "TypForbidden", **lo)
    no("JT-06", "with nonce", tok(logout(nonce="n")), "NonceUnexpected", **lo)
    no("JT-06", "other event", tok(logout(events={"http://schemas.openid.net/event/x": {}})), "TokenTypeMismatch", **lo)
    no("JT-06", "event not an object", tok(logout(events={"http://schemas.openid.net/event/backchannel-logout": True})), "ClaimType", **lo)
    no("JT-06", "events an array", tok(logout(events=["http://schemas.openid.net/event/backchannel-logout"])), "ClaimType", **lo)
    no("JT-06", "neither sub nor sid", tok(logout(sub=...)), "ClaimMissing", **lo)
    no("JT-06", "jti missing", tok(logout(jti=...)), "ClaimMissing", **lo)
    no("JT-06", "iat missing", tok(logout(iat=...)), "ClaimMissing", **lo)
    no("JT-06", "exp missing", tok(logout(exp=...)), "ClaimMissing", **lo)
    no("JT-06", "expired", tok(logout(exp=NOW - 61)), "Expired", **lo)
    no("JT-06", "other client", tok(logout(aud="other")), "AudienceMismatch", **lo)
    no("JT-06", "other issuer", tok(logout(iss="https://evil.test")), "IssuerMismatch", **lo)
    no("JT-06", "signed by X", tok(logout(), private=X), "SignatureInvalid", **lo)
    for name, c, h in [("sub only", logout(), None), ("sid only", logout(sub=..., sid="s1"), None), ("both", logout(sid="s1"), None), ("typ logout+jwt", logout(), header(typ="logout+jwt")), ("typ JWT", logout(), header(typ="JWT")), ("aud array", logout(aud=[CLIENT]), None)]:
        yes("MJ-35", name, tok(c, h), {"sub": c.get("sub"), "sid": c.get("sid")}, **lo)
    no("JT-08", "client assertion", tok({"iss": CLIENT, "sub": CLIENT, "aud": ISS, "exp": NOW + 60, "iat": NOW, "jti": "x"}), "IssuerMismatch")
    server = "https://as.test"
    ca = dict(kind="client-assertion", policy={"server": server}, provider={"issuer": CLIENT, "jwks": SET})

    def assertion(**more):
        return {k: v for k, v in {"iss": CLIENT, "sub": CLIENT, "aud": server, "exp": NOW + 60, "iat": NOW, "jti": "x", **more}.items() if v is not ...}

    for aud in [server + "/token", [server, "https://other.test"], [server], [server + "/token"], "", server + "/", [server, server]]:
        no("JT-09", f"aud {aud!r}", tok(assertion(aud=aud)), "AudienceMismatch", **ca)
    no("JT-09", "aud missing", tok(assertion(aud=...)), "ClaimMissing", **ca)
    no("JT-09", "aud a number", tok(assertion(aud=1)), "ClaimType", **ca)
    no("JT-09", "sub other", tok(assertion(sub="other")), "SubMismatch", **ca)
    no("JT-09", "iss other", tok(assertion(iss="other")), "IssuerMismatch", **ca)
    no("JT-09", "jti missing", tok(assertion(jti=...)), "ClaimMissing", **ca)
    no("JT-09", "exp missing", tok(assertion(exp=...)), "ClaimMissing", **ca)
    no("JT-09", "expired", tok(assertion(exp=NOW - 61)), "Expired", **ca)
    no("JT-09", "ID token of the client as issuer", tok(assertion(nonce="n")), "TokenTypeMismatch", **ca)
    no("JT-09", "typ at+jwt", tok(assertion(), at), "TypForbidden", **ca)
    yes("JT-09", "good", tok(assertion()), {"client_id": CLIENT}, **ca)
    yes("JT-09", "good, typ client-authentication+jwt", tok(assertion(), header(typ="client-authentication+jwt")), {"client_id": CLIENT}, **ca)
    response = {"iss": ISS, "aud": CLIENT, "exp": NOW + 600, "code": "c", "state": "st"}
    no("JT-11", "JARM", tok(response), "ClaimMissing")
    no("JT-11", "request object", tok({"iss": CLIENT, "aud": ISS, "client_id": CLIENT}, header(typ="oauth-authz-req+jwt")), "TypForbidden")
    introspected = {"iss": ISS, "aud": API, "iat": NOW, "token_introspection": {"active": True, "sub": "alice", "scope": "read"}}
    ih = header(typ="token-introspection+jwt")
    no("JT-11", "introspection", tok({**introspected, "aud": CLIENT}, ih), "TypForbidden")
    no("JT-11", "introspection without typ", tok({**introspected, "aud": CLIENT}), "ClaimMissing")
    jp = dict(kind="jarm", policy={"client_id": CLIENT, "state": "st"})
    yes("JT-11", "JARM at its entry", tok(response), {"code": "c", "error": None}, **jp)
    yes("JT-11", "JARM error", tok({**{k: v for k, v in response.items() if k != "code"}, "error": "access_denied"}), {"error": "access_denied"}, **jp)
    for name, change, check in [("state other", {"state": "x"}, "StateMismatch"), ("state missing", {"state": ...}, "StateMismatch"), ("state empty", {"state": ""}, "StateMismatch"), ("iss other", {"iss": "https://evil.test"}, "IssuerMismatch"), ("aud other", {"aud": "other"}, "AudienceMismatch"), ("exp missing", {"exp": ...}, "ClaimMissing"), ("expired", {"exp": NOW - 61}, "Expired"), ("no code", {"code": ...}, "TokenTypeMismatch"), ("code a number", {"code": 1}, "ClaimType"), ("state a number", {"state": 1}, "ClaimType")]:
        no("JT-11", "JARM, " + name, tok({k: v for k, v in {**response, **change}.items() if v is not ...}), check, **jp)
    no("JT-11", "ID token as JARM", tok(claims(state="st", code="c")), "TokenTypeMismatch", **jp)
    ip = dict(kind="introspection", policy={"audience": API})
    yes("JT-11", "introspection at its entry", tok(introspected, ih), {"active": True}, **ip)
    yes("JT-11", "inactive", tok({**introspected, "token_introspection": {"active": False}}, ih), {"active": False}, **ip)
    for name, change, check in [("active text", {"token_introspection": {"active": "true"}}, "ClaimType"), ("active missing", {"token_introspection": {}}, "ClaimMissing"), ("no introspection", {"token_introspection": ...}, "ClaimMissing"), ("an array", {"token_introspection": [True]}, "ClaimType"), ("sub at top", {"sub": "x"}, "TokenTypeMismatch"), ("exp at top", {"exp": NOW + 60}, "TokenTypeMismatch"), ("old", {"iat": NOW - 361}, "TooOld"), ("future", {"iat": NOW + 61}, "IssuedInFuture"), ("aud other", {"aud": "other"}, "AudienceMismatch")]:
        no("JT-11", "introspection, " + name, tok({k: v for k, v in {**introspected, **change}.items() if v is not ...}, ih), check, **ip)
    no("JT-11", "introspection without typ at its entry", tok(introspected), "TypForbidden", **ip)
    no("JT-12", "other client, same issuer", tok(claims(aud="client2")), "AudienceMismatch")
    ap = dict(kind="access-token", policy={"audience": API})
    yes("JT-16", "access token", tok(access(), at), {"scope": "read write"}, **ap)
    yes("JT-16", "application/at+jwt", tok(access(), header(typ="application/at+jwt")), **ap)
    yes("JT-16", "aud of several", tok(access(aud=["x", API]), at), **ap)
    for h, name in [(None, "no typ"), (header(typ="JWT"), "JWT")]:
        no("JT-16", f"ID token, {name}", tok(claims(aud=API), h), "TypForbidden", **ap)
        no("JH-09", f"access token, {name}", tok(access(), h), "TypForbidden", **ap)
    no("JT-16", "ID token with typ at+jwt", tok(claims(aud=API, client_id=CLIENT, jti="x"), at), "TokenTypeMismatch", **ap)
    for name, change, check in [("client_id missing", {"client_id": ...}, "ClaimMissing"), ("jti missing", {"jti": ...}, "ClaimMissing"), ("sub missing", {"sub": ...}, "ClaimMissing"), ("iat missing", {"iat": ...}, "ClaimMissing"), ("exp missing", {"exp": ...}, "ClaimMissing"), ("aud missing", {"aud": ...}, "ClaimMissing"), ("aud other", {"aud": "https://other.test"}, "AudienceMismatch"), ("aud []", {"aud": []}, "AudienceMismatch"), ("expired", {"exp": NOW - 61}, "Expired"), ("nbf future", {"nbf": NOW + 61}, "NotYetValid"), ("iss other", {"iss": "x"}, "IssuerMismatch"), ("scope a list", {"scope": ["read"]}, None), ("events", {"events": {}}, "TokenTypeMismatch"), ("cnf", {"cnf": {"jkt": "x"}}, "BindingMissing"), ("cnf x5t", {"cnf": {"x5t#S256": "x"}}, "BindingMissing"), ("cnf jwk", {"cnf": {"jwk": {}}}, "BindingMissing"), ("cnf empty", {"cnf": {}}, "BindingMissing"), ("cnf text", {"cnf": "x"}, "ClaimType")]:
        no("JT-16", name, tok(access(**change), at), check, **ap) if check else yes("JT-16", name, tok(access(**change), at), **ap)
    yes("JT-16", "scopes", tok(access(), at), kind="access-token", policy={"audience": API, "scopes": ["write"]})
    no("JT-16", "scope missing", tok(access(), at), "ScopeMissing", kind="access-token", policy={"audience": API, "scopes": ["admin"]})
    no("JT-16", "scope a part of a word", tok(access(), at), "ScopeMissing", kind="access-token", policy={"audience": API, "scopes": ["rea"]})
    cg = dict(kind="access-token", policy={"audience": CLIENT, "profile": "cognito"})
    cognito = access(aud=..., token_use="access")
    yes("MJ-31", "Cognito access token", tok(cognito), {"token_use": "access"}, **cg)
    for name, change, check in [("other client", {"client_id": "other"}, "AudienceMismatch"), ("client_id missing", {"client_id": ...}, "ClaimMissing"), ("token_use id", {"token_use": "id"}, "TokenTypeMismatch"), ("token_use missing", {"token_use": ...}, "TokenTypeMismatch"), ("aud other", {"aud": "other"}, "AudienceMismatch")]:
        no("MJ-31", name, tok({k: v for k, v in {**cognito, **change}.items() if v is not ...}), check, **cg)
    no("MJ-31", "Cognito ID token", tok(claims(token_use="id", nonce=...)), "TokenTypeMismatch", **cg)
    no("MJ-31", "Cognito access token without the profile", tok(cognito), "TypForbidden", **ap)
    for profile, mark in [("entra", {"scp": "access_as_user"}), ("okta", {"cid": "c", "scp": ["a"]}), ("keycloak", {"typ": "Bearer"}), ("auth0", {"azp": "c"})]:
        pr = dict(kind="access-token", policy={"audience": API, "profile": profile})
        yes("MJ-31", f"{profile}", tok(access(**mark, scope=...), header(typ="JWT")), **pr)
        no("MJ-31", f"{profile}, no mark", tok(access(scope=...), header(typ="JWT")), "TokenTypeMismatch", **pr)
        no("MJ-31", f"{profile}, ID token", tok(claims(aud=API, **mark), header(typ="JWT")), "TokenTypeMismatch", **pr)
    up = dict(kind="userinfo", policy={"client_id": CLIENT, "subject": "alice"})
    info = {"iss": ISS, "aud": CLIENT, "sub": "alice", "email": "alice@idp.test"}
    yes("OX-12", "UserInfo", tok(info), {"email": "alice@idp.test"}, **up)
    yes("OX-12", "UserInfo with times", tok({**info, "iat": NOW, "exp": NOW + 60}), **up)
    for name, change, check in [("sub other", {"sub": "bob"}, "SubMismatch"), ("sub missing", {"sub": ...}, "SubMismatch"), ("sub a number", {"sub": 1}, "SubMismatch"), ("iss missing", {"iss": ...}, "ClaimMissing"), ("iss other", {"iss": "x"}, "IssuerMismatch"), ("aud other", {"aud": "x"}, "AudienceMismatch"), ("aud missing", {"aud": ...}, "ClaimMissing"), ("expired", {"exp": NOW - 61}, "Expired"), ("exp text", {"exp": "x"}, "ClaimType"), ("nonce", {"nonce": "n"}, "TokenTypeMismatch"), ("scope", {"scope": "x"}, "TokenTypeMismatch")]:
        no("OX-12", "UserInfo, " + name, tok({k: v for k, v in {**info, **change}.items() if v is not ...}), check, **up)
    no("OX-12", "ID token as UserInfo", tok(), "TokenTypeMismatch", **up)
    no("OX-12", "access token as UserInfo", tok(access(aud=CLIENT), at), "TypForbidden", **up)
    pp = dict(kind="userinfo-plain", policy={"client_id": CLIENT, "subject": "alice"})
    yes("OX-12", "plain", json.dumps(info), {"sub": "alice"}, **pp)
    for name, text, check in [("sub other", '{"sub":"bob"}', "SubMismatch"), ("sub missing", "{}", "SubMismatch"), ("sub twice", '{"sub":"alice","sub":"bob"}', "DuplicateMember"), ("array", "[]", "ClaimsNotObject"), ("token", tok(info), "JsonMalformed"), ("NUL", '{"sub":"alice","x":"\\u0000"}', "ClaimForbiddenChar")]:
        no("OX-12", "plain, " + name, text, check, **pp)
    for name, entra in [("v1 appidacr", {"appid": "other", "appidacr": "1"}), ("v2 azpacr", {"azp": CLIENT, "azpacr": "1"}), ("idtyp", {"idtyp": "app"})]:
        no("JT-02", f"Entra token of a client alone, {name}, no nonce", tok(claims(nonce=..., roles=["r"], **entra)), "TokenTypeMismatch", policy=none)
        no("JT-02", f"Entra token of a client alone, {name}, nonce ignored", tok(claims(nonce=..., roles=["r"], **entra)), "TokenTypeMismatch", policy=pol(nonce=True))
        no("OX-12", f"Entra access token as UserInfo, {name}", tok({**info, **entra}), "TokenTypeMismatch", **up)
    no("JT-02", "Auth0 token of a client alone, no nonce", tok(claims(nonce=..., azp=CLIENT, gty="client-credentials")), "TokenTypeMismatch", policy=none)
    yes("JT-02", "ID token with appid, no nonce", tok(claims(nonce=..., appid=CLIENT)), policy=none)
    for typ in ["Bearer", "Refresh", "Offline", "ID", "DPoP"]:
        no("OX-12", f"Keycloak typ {typ} as UserInfo", tok({**info, "typ": typ, "exp": NOW + 60}), "TokenTypeMismatch", **up)
    for use in ["id", "access"]:
        no("OX-12", f"Cognito token_use {use} as UserInfo", tok({**info, "token_use": use, "exp": NOW + 60}), "TokenTypeMismatch", **up)
    no("OX-12", "Okta access token as UserInfo", tok({**info, "cid": "c"}), "TokenTypeMismatch", **up)
    yes("OX-12", "UserInfo with a typ claim of its own", tok({**info, "typ": "person"}), **up)
    f.write()


def jd():
    f = Family("jd")
    uri, method, token = "https://api.sp.test/orders/1", "GET", "access-token-value"
    jp = jwk(P256)

    def dh(**more):
        return {k: v for k, v in {"typ": "dpop+jwt", "alg": "ES256", "jwk": jp, **more}.items() if v is not ...}

    def dc(**more):
        return {k: v for k, v in {"jti": "e1j3V_bKic8-LAEB", "htm": method, "htu": uri, "iat": NOW, **more}.items() if v is not ...}

    def proof(c=None, h=None, private=P256, alg="ES256"):
        return jws_octets(octets(h or dh()), octets(c or dc()), private, alg)

    base = {"method": method, "uri": uri}
    with_token = {**base, "access_token": token}
    ath = b64(hashlib.sha256(token.encode()).digest())

    def no(row, comment, t, check, policy=base):
        f.no(row, comment, t, check, kind="dpop", policy=policy, provider={})

    def yes(row, comment, t, claims_=None, policy=base):
        f.yes(row, comment, t, claims_ or {"jkt": thumbprint(jp)}, kind="dpop", policy=policy, provider={})

    yes("JD-00", "ES256", proof())
    for alg, private in [("RS256", K), ("PS256", K), ("ES384", P384), ("EdDSA", ED), ("Ed25519", ED)]:
        yes("JD-00", alg, proof(h=dh(alg=alg, jwk=jwk(private)), private=private, alg=alg), {"jkt": thumbprint(jwk(private))})
    for typ in [..., "JWT", "jwt", "at+jwt", "dpop", ""]:
        no("JD-01", f"typ {typ if typ is not ... else 'absent'}", proof(h=dh(typ=typ)), "TypForbidden")
        if typ in (..., "JWT"):
            no("JH-09", f"DPoP typ {typ if typ is not ... else 'absent'}", proof(h=dh(typ=typ)), "TypForbidden")
    t = proof().split(".")
    no("JD-02", "none", b64(octets(dh(alg="none"))) + "." + t[1] + ".", "AlgForbidden")
    no("JD-02", "HS256 with the key", proof(h=dh(alg="HS256"), private=octets(jp), alg="HS256"), "AlgForbidden")
    no("JD-02", "HS256 with an oct jwk", proof(h=dh(alg="HS256", jwk={"kty": "oct", "k": "AAAA"}), private=b"\0\0\0", alg="HS256"), "AlgForbidden")
    no("JD-03", "d", proof(h=dh(jwk={**jp, "d": "AA"})), "KeyPrivateMaterial")
    no("JD-03", "p", proof(h=dh(alg="RS256", jwk={**jwk(K), "p": "AA"}), private=K, alg="RS256"), "KeyPrivateMaterial")
    no("JD-03", "k", proof(h=dh(jwk={"kty": "oct", "k": "AA"})), "KeyPrivateMaterial")
    no("JD-04", "jwk missing", proof(h=dh(jwk=...)), "KeyMalformed")
    for value in [None, "x", [], 1, {}]:
        no("JD-04", f"jwk {value!r}", proof(h=dh(jwk=value)), "KeyMalformed")
    no("JD-04", "oct without k", proof(h=dh(jwk={"kty": "oct"})), "KeyMalformed")
    no("JD-04", "RSA 1024", proof(h=dh(alg="RS256", jwk=jwk(RSA1024)), private=RSA1024, alg="RS256"), "WeakKey")
    y = int.from_bytes(unb64(jp["y"]), "big")
    no("JD-04", "off curve", proof(h=dh(jwk={**jp, "y": num(y + 1, 32)})), "KeyMalformed")
    no("JD-04", "alg does not fit", proof(h=dh(jwk=jwk(K))), "AlgKeyMismatch")
    no("JD-04", "alg of the jwk differs", proof(h=dh(alg="RS256", jwk=jwk(K, alg="PS256")), private=K, alg="RS256"), "AlgKeyMismatch")
    for name, x in [("identity", b"\1" + bytes(31)), ("order 2", bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")), ("zero", bytes(32))]:
        hh = b64(octets(dh(alg="EdDSA", jwk={"kty": "OKP", "crv": "Ed25519", "x": b64(x)})))
        trivial = b64(b"\1" + bytes(63))
        no("JD-05", name, f"{hh}.{t[1]}.{trivial}", "WeakKey")
    no("JD-06", "other key", proof(private=XP256), "SignatureInvalid")
    no("JD-06", "payload changed", f"{t[0]}.{b64(octets(dc(htm='POST')))}.{t[2]}", "SignatureInvalid")
    no("JD-06", "no signature", f"{t[0]}.{t[1]}.", "SignatureMissing")
    for htm in ["POST", "get", "Get", "GET ", "", ...]:
        no("JD-07", f"htm {htm if htm is not ... else 'absent'}", proof(dc(htm=htm)), "DpopHtm")
    no("JD-07", "htm a list", proof(dc(htm=["GET"])), "ClaimType")
    for htu in ["https://api.sp.test/orders/2", "https://evil.test/orders/1", "http://api.sp.test/orders/1", "https://api.sp.test:8443/orders/1", "https://api.sp.test/orders/1/", "https://api.sp.test/Orders/1", "https://api.sp.test/orders%2F1", "https://api.sp.test", "/orders/1", "", "https://api.sp.test@evil.test/orders/1", "https://user@api.sp.test/orders/1", ...]:
        no("JD-08", f"htu {htu if htu is not ... else 'absent'}", proof(dc(htu=htu)), "DpopHtu")
    no("JD-08", "htu a number", proof(dc(htu=1)), "ClaimType")
    for htu in ["https://API.SP.TEST/orders/1", "HTTPS://api.sp.test:443/orders/1", uri + "?a=1", uri + "#f", "https://api.sp.test/%6Frders/1"]:
        yes("MJ-39", f"htu {htu}", proof(dc(htu=htu)))
    yes("MJ-39", "request with query and upper-case host", proof(), policy={"method": method, "uri": "https://API.sp.test/orders/1?x=y"})
    for iat, ok in [(NOW - 121, 0), (NOW - 120, 0), (NOW - 60, 1), (NOW + 60, 1), (NOW + 61, 0), (NOW - 86400, 0), (0, 0), (1e300, 0), (-1, 0)]:
        (yes if ok else no)("JD-10", f"iat now{iat - NOW:+}", proof(dc(iat=iat)), *([] if ok else ["DpopIat"]))
    yes("JD-10", "iat half a second before the end", proof(dc(iat=NOW - 119.5)))
    no("JD-10", "iat missing", proof(dc(iat=...)), "DpopIat")
    for iat in [str(NOW), True, [NOW]]:
        no("JD-10", f"iat {iat!r}", proof(dc(iat=iat)), "ClaimType")
    no("JD-11", "jti missing", proof(dc(jti=...)), "ClaimMissing")
    no("JD-11", "jti empty", proof(dc(jti="")), "ClaimRange")
    no("JD-11", "jti 10 KiB", proof(dc(jti="x" * 10240)), "ClaimRange")
    no("JD-11", "jti a number", proof(dc(jti=1)), "ClaimType")
    yes("JD-13", "iat ahead: the replay entry outlives it", proof(dc(iat=NOW + 60)), {"replay_expires": NOW + 60 + 60 + 60})
    yes("JD-14", "ath", proof(dc(ath=ath)), policy=with_token)
    for value in [..., "", ath + "=", b64(hashlib.sha256(b"x").digest()), hashlib.sha256(token.encode()).hexdigest(), half_hash(token), token]:
        no("JD-14", f"ath {value if value is not ... else 'absent'}", proof(dc(ath=value)), "DpopAth", with_token)
    no("JD-14", "ath a list", proof(dc(ath=[ath])), "ClaimType", with_token)
    yes("JD-16", "server nonce", proof(dc(nonce="sn")), policy={**base, "nonce": "sn"})
    no("JD-16", "server nonce missing", proof(), "NonceMissing", {**base, "nonce": "sn"})
    no("JD-16", "server nonce other", proof(dc(nonce="x")), "NonceMismatch", {**base, "nonce": "sn"})
    no("JD-18", "two proofs", proof() + "," + proof(), "TokenFormat")
    no("JD-18", "two proofs with a space", proof() + ", " + proof(), "TokenFormat")
    at = header(typ="at+jwt")

    def bound(cnf, dpop_private=P256, certificate=None):
        bearer = tok(access(cnf=cnf) if cnf is not ... else access(), at)
        p = {"audience": API}
        if dpop_private is not None:
            made = jws_octets(octets(dh(jwk=jwk(dpop_private))), octets(dc(ath=b64(hashlib.sha256(bearer.encode()).digest()))), dpop_private, "ES256")
            p["dpop"] = {**base, "access_token": bearer, "token": made}
        if certificate is not None:
            p["client_certificate"] = certificate
        return bearer, p

    def judge(row, comment, expected, *arguments, **more):
        bearer, p = bound(*arguments, **more)
        if expected is None:
            f.yes(row, comment, bearer, kind="access-token", policy=p)
        else:
            f.no(row, comment, bearer, expected, kind="access-token", policy=p)

    right, other = thumbprint(jp), thumbprint(jwk(XP256))
    judge("JD-15", "bound", None, {"jkt": right})
    judge("JD-15", "proof by the attacker's key", "DpopBinding", {"jkt": right}, XP256)
    judge("JD-15", "jkt of another key", "DpopBinding", {"jkt": other})
    judge("JD-15", "no cnf", "DpopBinding", ...)
    judge("JD-15", "cnf without jkt", "DpopBinding", {"jkt": None})
    judge("JD-15", "jkt of another hash", "DpopBinding", {"jkt": hashlib.sha256(octets(jp)).hexdigest()})
    judge("JD-15", "jkt padded", "DpopBinding", {"jkt": right + "="})
    judge("JD-15", "jkt a list", "DpopBinding", {"jkt": [right]})
    judge("JD-15", "no proof", "BindingMissing", {"jkt": right}, None)
    cert = "a certificate"
    x5t = b64(hashlib.sha256(cert.encode()).digest())
    judge("JD-20", "bound", None, {"x5t#S256": x5t}, None, certificate=cert)
    judge("JD-20", "other certificate", "BindingMismatch", {"x5t#S256": x5t}, None, certificate="another")
    judge("JD-20", "no cnf", "BindingMismatch", ..., None, certificate=cert)
    judge("JD-20", "no certificate", "BindingMissing", {"x5t#S256": x5t}, None)
    judge("JD-20", "DPoP proof instead", "BindingMissing", {"x5t#S256": x5t})
    judge("JD-20", "both", None, {"x5t#S256": x5t, "jkt": right}, P256, certificate=cert)
    judge("JD-20", "both, proof for one", "BindingMissing", {"x5t#S256": x5t, "jkt": right}, None, certificate=cert)
    judge("JD-20", "an unknown confirmation beside", "BindingMissing", {"x5t#S256": x5t, "kid": "x"}, None, certificate=cert)
    f.no("JD-20", "ID token with cnf and no proof", tok(claims(cnf={"jkt": right})), "BindingMissing")
    f.write()


def mj():
    f = Family("mj")
    yes = f.yes
    yes("MJ-01", "aud as one-element array", tok(claims(aud=[CLIENT])))
    for exp in ["1767226200.0", "1.7672262e9", "1767226200.123456", "17672262e2", "1767226200"]:
        yes("MJ-05", f"exp {exp}", tok(json.dumps(claims(exp="@")).replace('"@"', exp)))
    yes("MJ-05", "iat and auth_time float", tok(claims(iat=NOW - 0.25, auth_time=NOW - 1.5)), policy=pol(max_age=60))
    yes("MJ-07", "nbf past", tok(claims(nbf=NOW - 300)))
    no_claims = claims(jti="j-1")
    for alg, private in [("RS256", K), ("RS384", K), ("RS512", K), ("PS256", K), ("PS384", K), ("PS512", K), ("ES256", P256), ("ES384", P384), ("EdDSA", ED)]:
        kid = "k1"
        for with_alg in (True, False):
            keys = prov(jwk(private, kid, alg=alg) if with_alg else jwk(private, kid))
            for name, by in [("PyJWT", by_pyjwt), ("joserfc", by_joserfc), ("jwcrypto", by_jwcrypto)]:
                yes("MJ-14", f"{alg} by {name}, alg in JWK: {with_alg}", by(no_claims, private, alg, kid=kid, typ="JWT"), {"sub": "alice"}, provider=keys)
    for key_alg in [None, "EdDSA", "Ed25519"]:
        for alg in ["EdDSA", "Ed25519"]:
            yes("MJ-15", f"JWK {key_alg}, header {alg}", tok(h=header(alg), private=ED), provider=prov(jwk(ED, "k1", alg=key_alg)))
    for only in ["EdDSA", "Ed25519"]:
        for alg in ["EdDSA", "Ed25519"]:
            yes("MJ-15", f"only {only} allowed, header {alg}", tok(h=header(alg), private=ED), provider=prov(jwk(ED, "k1"), algorithms=[only]))
    yes("MJ-15", "Ed25519 by joserfc", by_joserfc(no_claims, ED, "Ed25519", kid="k1"), provider=prov(jwk(ED, "k1")))
    for value in ["true", "false", True, False]:
        yes("MJ-19", f"email_verified {value!r}", tok(claims(email="a@b.test", email_verified=value)), {"email_verified": value})
    yes("MJ-21", "updated_at as text", tok(claims(updated_at="2025-12-31T23:59:59.123Z")), {"updated_at": "2025-12-31T23:59:59.123Z"})
    yes("MJ-21", "updated_at as number", tok(claims(updated_at=NOW)))
    yes("MJ-22", "null optional claims", tok(claims(picture=None, name=None, azp=None, acr=None)))
    for iss in ["https://tenant.auth0.com/", "https://sts.windows.net/11111111-1111-1111-1111-111111111111/", "http://localhost:8080/auth/realms/test", "https://dev-1.okta.com/oauth2/default"]:
        yes("MJ-25", iss, tok(claims(iss=iss)), {"iss": iss}, provider={"issuer": iss, "jwks": SET})
    google = {"google": True, "jwks": SET}
    for iss in ["https://accounts.google.com", "accounts.google.com"]:
        yes("MJ-26", iss, tok(claims(iss=iss, hd="sp.test", azp=CLIENT)), provider=google)
        yes("MJ-26", iss + ", as alias", tok(claims(iss=iss)), provider={"issuer": "https://accounts.google.com", "alias": "accounts.google.com", "jwks": SET})
    f.no("MJ-26", "without scheme, not configured", tok(claims(iss="accounts.google.com")), "IssuerMismatch", provider={"issuer": "https://accounts.google.com", "jwks": SET})
    f.no("MJ-26", "http", tok(claims(iss="http://accounts.google.com")), "IssuerMismatch", provider=google)
    yes("MJ-29", "overage", tok(claims(_claim_names={"groups": "src1"}, _claim_sources={"src1": {"endpoint": "https://graph.windows.net/x"}})))
    yes("MJ-29", "hasgroups", tok(claims(hasgroups=True)))
    nested = {"realm_access": {"roles": ["a", "b"]}, "https://ns/roles": ["x"], "cognito:groups": ["g"], "address": {"country": "CH"}, "arr": [{"a": 1}, {"b": [1.5, None, True]}]}
    yes("MJ-30", "nested claims", tok(claims(**nested)), nested)
    yes("MJ-32", "Apple nonce", tok(claims(nonce_supported=True, email_verified="true", is_private_email="true")))
    digest = hashlib.sha256(b"raw").hexdigest()
    yes("MJ-32", "Apple nonce hashed by the app", tok(claims(nonce=digest, nonce_supported=True)), policy=pol(nonce=digest))
    groups = [f"cn=group-{n:04},ou=groups,dc=idp,dc=test" for n in range(1000)]
    yes("MJ-33", "1 000 groups", tok(claims(groups=groups)))
    yes("MJ-34", "locale and address of other shapes", tok(claims(locale={"country": "US"}, address="x")))
    # Long tokens are written as pieces: text and how often.
    f.no("JJ-18", "a string of 10 MiB", [[tok() + "A", 1], ["eXl5", 3_500_000]], "TokenTooLarge")
    short = tok()
    f.no("JB-15", "1 MiB and 1", [[short, 1], ["A", 1048577 - len(short)]], "TokenTooLarge")
    f.no("JB-15", "1 MiB", [[short, 1], ["A", 1048576 - len(short)]], "SegmentBase64" if (1048576 - short.rindex(".") - 1) % 4 == 1 else "SignatureInvalid")
    f.no("JB-01", "10^6 dots", [[".", 1_000_000]], "TokenFormat")
    f.write()


def ox():
    """Tokens for the login flows of tests/oidc_login.rs."""
    other = "https://other.test"
    auth = {"auth_time": NOW - 30}
    out = {
        "nonce": NONCE, "jwks_a": jwks(JWK_K), "jwks_b": jwks(jwk(K2, "k2", use="sig", alg="RS256")),
        "token_a": tok(claims(**auth)), "token_b": tok(claims(iss=other), header(kid="k2"), K2), "token_b_signed_by_a": tok(claims(iss=other)),
        "token_hybrid": tok(claims(c_hash=half_hash("c"))), "token_implicit": tok(claims(at_hash=half_hash("at"))),
        "token_rich": tok(claims(email="alice@idp.test", jti="jti-rich", _claim_names={"groups": "src1"}, _claim_sources={"src1": {"endpoint": "https://x"}})),
        "refresh_without_nonce": tok(claims(nonce=..., **auth)), "refresh_with_nonce": tok(claims(**auth)), "refresh_other_sub": tok(claims(sub="bob", nonce=..., **auth)), "token_other_sub": tok(claims(sub="bob")),
        "refresh_new_nonce": tok(claims(nonce="other", **auth)), "refresh_older_auth_time": tok(claims(nonce=..., auth_time=NOW - 31)), "refresh_other_aud": tok(claims(nonce=..., aud="other", **auth)),
    }
    # Two tenants of one template: everything in a login is of one of them.
    for tenant in ("a", "b"):
        of = {"iss": f"https://login.test/tenant-{tenant}/v2.0", "tid": f"tenant-{tenant}"}
        out[f"tenant_{tenant}"] = tok(claims(**of))
        out[f"tenant_{tenant}_hybrid"] = tok(claims(c_hash=half_hash("c"), **of))
        out[f"tenant_{tenant}_userinfo"] = tok({"aud": CLIENT, "sub": "alice", **of})
        out[f"tenant_{tenant}_jarm"] = tok({"aud": CLIENT, "exp": NOW + 600, "code": "c", "state": "st-4f2a", **of})
        out[f"tenant_{tenant}_jarm_hybrid"] = tok({"aud": CLIENT, "exp": NOW + 600, "code": "c", "id_token": out["tenant_a_hybrid"], "state": "st-4f2a", **of})
    os.makedirs(os.path.join(OUT, "ox"), exist_ok=True)
    with open(os.path.join(OUT, "ox", "login.json"), "w", encoding="utf-8") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


def bench():
    """Tokens for benches/id_token.rs: about 900 octets of claims."""
    c = claims(jti="0d7a6f4e-2f9e-4a51-8f1e-5d1b1c1b7a55", azp=CLIENT, auth_time=NOW - 30, at_hash=half_hash("at"), amr=["pwd", "mfa"], acr="1", name="Alice Example", given_name="Alice",
               family_name="Example", email="alice@idp.test", email_verified=True, preferred_username="alice@idp.test", locale="de-CH", groups=[f"group-{n:02}-of-the-organisation" for n in range(12)])
    print("claims", len(octets(c)))
    out = []
    for name, alg, private in [("RS256-2048", "RS256", K), ("RS256-4096", "RS256", key("k-rsa4096", "rsa4096")), ("PS256-2048", "PS256", K), ("ES256", "ES256", P256), ("ES384", "ES384", P384), ("EdDSA", "EdDSA", ED)]:
        out.append({"name": name, "token": tok(c, header(alg, typ="JWT"), private), "jwks": jwks(jwk(private, "k1", use="sig", alg=alg))})
    os.makedirs(os.path.join(OUT, "bench"), exist_ok=True)
    with open(os.path.join(OUT, "bench", "tokens.json"), "w", encoding="utf-8") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    for family in (jc, jt, jd, mj, ox, bench):
        family()
