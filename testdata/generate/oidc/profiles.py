"""at.json: access tokens in the shapes of products (`Profile`), their ID tokens, and both at the wrong entry points.

The claims follow what the products document or publish in their sources (named below); ids, hosts and people are made up."""

from lib import *

API = "https://api.test"
NOW_CLAIMS = {"iat": NOW - 10, "exp": NOW + 600}
JW, BARE, AT = header(typ="JWT"), header(), header(typ="at+jwt")


def token(aud, **more):
    return {"iss": ISS, "sub": "alice", "aud": aud, **NOW_CLAIMS, **more}


# name: (header, what the access token has beside iss, sub, aud, iat, exp; marks of which one must stay; what its ID token has)
SHAPES = {
    # RFC 9068 section 2.2.3.
    "rfc9068": (AT, {"client_id": CLIENT, "jti": "j1", "scope": "read"}, None, {}),
    # learn.microsoft.com, "Access token claims reference" and "ID token claims reference".
    "entra": (JW, {"appid": CLIENT, "appidacr": "1", "oid": "o", "rh": "r", "scp": "read", "tid": "t", "uti": "u", "ver": "1.0", "nbf": NOW - 10}, ["scp", "appidacr"], {"oid": "o", "rh": "r", "tid": "t", "uti": "u", "ver": "1.0"}),
    "entra-v1": (JW, {"appid": CLIENT, "appidacr": "1", "oid": "o", "roles": ["Task.Read"], "tid": "t", "uti": "u", "ver": "1.0"}, ["appidacr"], {"amr": ["pwd"], "oid": "o", "tid": "t", "upn": "alice@corp.test", "ver": "1.0"}),
    "entra-v2": (JW, {"azp": CLIENT, "azpacr": "1", "idtyp": "app", "oid": "o", "roles": ["Task.Read"], "tid": "t", "uti": "u", "ver": "2.0"}, ["azpacr", "idtyp"], {"name": "Alice", "oid": "o", "preferred_username": "alice@corp.test", "tid": "t", "uti": "u", "ver": "2.0"}),
    "entra-external-id": (JW, {"azp": CLIENT, "azpacr": "0", "oid": "o", "scp": "read", "tid": "t", "ver": "2.0"}, ["azpacr", "scp"], {"email": "alice@shop.test", "oid": "o", "tid": "t", "ver": "2.0"}),
    # learn.microsoft.com, "Request an access token in Azure Active Directory B2C".
    "entra-b2c": (JW, {"azp": CLIENT, "scp": "read", "tfp": "B2C_1_in", "oid": "o", "ver": "1.0", "nbf": NOW - 10}, ["scp"], {"auth_time": NOW - 20, "tfp": "B2C_1_in", "idp": "facebook.com", "ver": "1.0"}),
    "entra-b2c-with-nonce": (JW, {"azp": CLIENT, "scp": "read", "tfp": "B2C_1_in", "nonce": NONCE, "ver": "1.0"}, ["scp"], {"auth_time": NOW - 20, "tfp": "B2C_1_in", "ver": "1.0"}),
    # developer.okta.com, "Access token payload".
    "okta": (BARE, {"cid": CLIENT, "jti": "AT.1", "scp": ["openid", "read"], "uid": "00u1", "ver": 1}, ["cid", "scp"], {"amr": ["pwd"], "auth_time": NOW - 20, "idp": "00o", "jti": "ID.1", "ver": 1}),
    # auth0.com, "Access token profiles".
    "auth0": (JW, {"azp": CLIENT, "gty": "client-credentials", "scope": "read"}, ["scope", "gty"], {"name": "Alice", "nickname": "al", "sid": "s1", "updated_at": "2025-12-31T00:00:00Z"}),
    # docs.aws.amazon.com, "Understanding the access token".
    "cognito": (BARE, {"client_id": CLIENT, "token_use": "access", "scope": "openid", "username": "al", "version": 2, "jti": "j1"}, ["token_use"], {"token_use": "id", "cognito:username": "al", "auth_time": NOW - 20}),
    # keycloak, AccessToken.java and IDToken.java.
    "keycloak": (JW, {"typ": "Bearer", "azp": CLIENT, "jti": "j1", "sid": "s1", "acr": "1", "realm_access": {"roles": ["r"]}, "scope": "openid email", "allowed-origins": ["*"]}, ["typ"], {"typ": "ID", "azp": CLIENT, "sid": "s1", "acr": "1", "auth_time": NOW - 20}),
    # tokens of AD FS 2016 and 2019 in public reports; an ID token has scp and appid as well.
    "adfs": (JW, {"apptype": "Confidential", "appid": CLIENT, "authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "auth_time": "2025-12-31T23:59:01.180Z", "ver": "1.0", "scp": "openid"}, ["auth_time"], {"apptype": "Confidential", "appid": CLIENT, "auth_time": NOW - 20, "scp": "openid", "sid": "S-1-5-21", "unique_name": "CORP\\alice", "upn": "alice@corp.test", "ver": "1.0"}),
    # docs.duendesoftware.com, "Tokens": the scope is a list.
    "duende": (AT, {"client_id": CLIENT, "jti": "J1", "scope": ["openid", "read"], "nbf": NOW - 10, "idp": "local", "auth_time": NOW - 20}, ["scope"], {"auth_time": NOW - 20, "idp": "local", "amr": ["pwd"], "sid": "S1", "nbf": NOW - 10}),
    # ory/fosite, DefaultSession and JWTClaims.
    "hydra": (JW, {"client_id": CLIENT, "ext": {}, "jti": "j1", "nbf": NOW - 10, "scp": ["openid", "read"]}, ["scp"], {"auth_time": NOW - 20, "rat": NOW - 30, "sid": "s1", "jti": "j2"}),
    # spring-authorization-server, JwtGenerator.
    "spring": (BARE, {"jti": "j1", "nbf": NOW - 10, "scope": ["openid", "read"]}, ["scope"], {"azp": CLIENT, "auth_time": NOW - 20, "sid": "s1", "jti": "j2"}),
    # cloudfoundry/uaa, UaaTokenServices.java and IdToken.java: the ID token has scope and client_id as well.
    "uaa": (JW, {"jti": "j1", "client_id": CLIENT, "cid": CLIENT, "azp": CLIENT, "grant_type": "authorization_code", "user_id": "u", "origin": "uaa", "user_name": "al", "rev_sig": "x", "zid": "z", "scope": ["openid", "read"]}, ["scope"], {"jti": "j1", "client_id": CLIENT, "cid": CLIENT, "azp": CLIENT, "grant_type": "authorization_code", "user_id": "u", "origin": "uaa", "user_name": "al", "rev_sig": "x", "zid": "z", "scope": ["openid"]}),
    "xsuaa": (JW, {"jti": "j1", "client_id": CLIENT, "cid": CLIENT, "azp": CLIENT, "grant_type": "authorization_code", "origin": "ldap", "zid": "z", "ext_attr": {"enhancer": "XSUAA"}, "scope": ["openid", "app!t1.Display"]}, ["scope"], {"jti": "j1", "client_id": CLIENT, "cid": CLIENT, "azp": CLIENT, "grant_type": "authorization_code", "origin": "ldap", "zid": "z", "scope": ["openid"]}),
    # zitadel/oidc, NewAccessTokenClaims and NewIDTokenClaims.
    "zitadel": (JW, {"jti": "V2_1", "nbf": NOW - 10}, ["jti"], {"azp": CLIENT, "client_id": CLIENT, "auth_time": NOW - 20, "amr": ["pwd"]}),
    # kubernetes.io, "Managing Service Accounts"; docs.github.com and docs.gitlab.com, "OpenID Connect". They issue one kind of token.
    "kubernetes": (BARE, {"jti": "j1", "nbf": NOW - 10, "kubernetes.io": {"namespace": "ns", "serviceaccount": {"name": "app", "uid": "y"}}}, ["kubernetes.io"], {}),
    "github-actions": (JW, {"jti": "j1", "nbf": NOW - 300, "job_workflow_ref": "org/app/.github/workflows/t.yml@refs/heads/main", "repository": "org/app", "run_id": "1"}, ["job_workflow_ref", "repository"], {}),
    "gitlab": (JW, {"jti": "j1", "nbf": NOW - 15, "project_path": "g/p", "job_id": "7", "pipeline_id": "6", "ref_protected": "true", "user_login": "al"}, ["project_path", "job_id", "pipeline_id", "ref_protected"], {"auth_time": NOW - 20, "sub_legacy": "x", "nickname": "al", "groups_direct": ["g"]}),
}

# Nothing in them tells them from an ID token without a nonce: their issuers call them that, or (Zitadel) mark only ID tokens.
UNMARKED = ["kubernetes", "github-actions", "gitlab", "zitadel"]


def at():
    family = Family("at")
    yes, no = family.yes, family.no
    for name, (h, has, marks, of_id) in SHAPES.items():
        p = dict(kind="access-token", policy={"audience": API, "profile": name})
        good = token(API, **has)
        yes("AT-01", f"{name}", tok(good, h), {"sub": "alice"}, **p)
        yes("AT-01", f"{name}, several audiences", tok({**good, "aud": [API, "https://other.test"]}, h), {"sub": "alice"}, **p)
        if "scope" in has or "scp" in has:
            yes("AT-02", f"{name}, scope wanted", tok(good, h), **{**p, "policy": {**p["policy"], "scopes": [(has.get("scope") or has.get("scp"))[-1] if isinstance(has.get("scope", has.get("scp")), list) else (has.get("scope") or has.get("scp")).split()[-1]]}})
            no("AT-02", f"{name}, other scope wanted", tok(good, h), "ScopeMissing", **{**p, "policy": {**p["policy"], "scopes": ["admin"]}})
        no("AT-03", f"{name}, other audience", tok({**good, "aud": "https://other.test"}, h), "AudienceMismatch", **p)
        no("AT-03", f"{name}, no subject", tok({k: v for k, v in good.items() if k != "sub"}, h), "ClaimMissing", **p)
        no("AT-03", f"{name}, no end", tok({k: v for k, v in good.items() if k != "exp"}, h), "ClaimMissing", **p)
        no("AT-03", f"{name}, of a key bound to a proof", tok({**good, "cnf": {"jkt": "x" * 43}}, h), "BindingMissing", **p)
        if marks:
            no("AT-04", f"{name}, no mark", tok({k: v for k, v in good.items() if k not in marks}, h), "TokenTypeMismatch", **p)
        # RFC 8725 section 3.12: what the product's own ID token has, without and with a nonce.
        if name not in ("kubernetes", "github-actions"):
            check = "TypForbidden" if name == "rfc9068" else "TokenTypeMismatch"
            # At an API that is the client as well.
            of_id = {claim: API if value == CLIENT else value for claim, value in of_id.items()}
            no("AT-05", f"{name}, its ID token", tok(token(API, **of_id), JW), check, **p)
            no("AT-05", f"{name}, its ID token with a nonce", tok(token(API, nonce=NONCE, **of_id), JW), check, **p)
        for claim, value in [("nonce", NONCE), ("at_hash", "x" * 22), ("c_hash", "x" * 22), ("events", {"http://schemas.openid.net/event/backchannel-logout": {}})]:
            if (name, claim) != ("entra-b2c-with-nonce", "nonce"):
                no("AT-06", f"{name}, with {claim}", tok({**good, claim: value}, h), "TokenTypeMismatch", **p)
        for kind in ["ID", "Refresh", "Offline", "Logout"]:
            no("AT-06", f"{name}, Keycloak's typ {kind}", tok({**good, "typ": kind}, h), "TokenTypeMismatch", **p)
        for typ in ["logout+jwt", "dpop+jwt", "token-introspection+jwt", "client-authentication+jwt", "secevent+jwt"]:
            no("AT-07", f"{name}, typ {typ}", tok(good, header(typ=typ)), "TypForbidden", **p)
        # The same token at the other entry points.
        client = token(CLIENT, **has)
        if name not in UNMARKED + ["entra-b2c-with-nonce"]:
            no("AT-08", f"{name}, access token as ID token", tok(client, JW), "ClaimType" if name == "adfs" else "TokenTypeMismatch", policy={"client_id": CLIENT})
        if name != "entra-b2c-with-nonce":
            no("AT-08", f"{name}, access token as ID token of a login", tok(client, JW), "TokenTypeMismatch" if name in ("cognito", "keycloak") else "NonceMissing", policy=pol())
        no("AT-09", f"{name}, access token as logout token", tok(client, JW), "ClaimMissing", kind="logout-token", policy={"client_id": CLIENT})
        if name not in UNMARKED:
            no("AT-09", f"{name}, access token as UserInfo", tok(client, JW), "TokenTypeMismatch", kind="userinfo", policy={"client_id": CLIENT, "subject": "alice"})
        no("AT-09", f"{name}, access token as JARM", tok({**client, "state": "st"}, JW), "TokenTypeMismatch", kind="jarm", policy={"client_id": CLIENT, "state": "st"})
        no("AT-09", f"{name}, access token as introspection", tok(good, JW), "TypForbidden", kind="introspection", policy={"audience": API})
        no("AT-09", f"{name}, access token as client assertion", tok(token("https://as.test", **has), JW), "SubMismatch", kind="client-assertion", policy={"server": "https://as.test"})
    # UAA: refresh tokens are JWTs of the same look; the ID token names the client alone.
    for name in ["uaa", "xsuaa"]:
        p = dict(kind="access-token", policy={"audience": CLIENT, "profile": name})
        has = SHAPES[name][1]
        yes("AT-10", f"{name}, the client is the API as well", tok(token([CLIENT, "openid"], **has), JW), **p)
        no("AT-10", f"{name}, ID token at the API of the client", tok(token([CLIENT], **SHAPES[name][3]), JW), "TokenTypeMismatch", **p)
        no("AT-10", f"{name}, refresh token", tok(token([CLIENT, "openid"], **has, granted_scopes=["openid"]), JW), "TokenTypeMismatch", **p)
    # ID tokens of one product under the profile of another have its marks at times, but never a profile's own.
    for name, of_id in [("auth0", {"azp": CLIENT}), ("auth0", {"azp": CLIENT, "scope": "openid", "sid": "s1"}), ("keycloak", {"typ": "ID", "azp": CLIENT}), ("spring", SHAPES["uaa"][3]), ("zitadel", {"jti": "j", "nbf": NOW - 10, "auth_time": NOW - 20})]:
        no("AT-11", f"{name}, {sorted(of_id)}", tok(token(API, **of_id), JW), "TokenTypeMismatch", kind="access-token", policy={"audience": API, "profile": name})
    # Marks of one's own.
    own = dict(kind="access-token", policy={"audience": API, "profile": "typ=vnd.corp.access+jwt"})
    yes("AT-12", "own typ", tok(token(API), header(typ="application/vnd.corp.access+jwt")), **own)
    no("AT-12", "own typ, JWT", tok(token(API), JW), "TypForbidden", **own)
    no("AT-12", "own typ, none", tok(token(API)), "TypForbidden", **own)
    no("AT-12", "own typ, ID token", tok(token(API, nonce=NONCE), header(typ="vnd.corp.access+jwt")), "TokenTypeMismatch", **own)
    own = dict(kind="access-token", policy={"audience": API, "profile": "claim=token_kind=access"})
    yes("AT-12", "own claim", tok(token(API, token_kind="access"), JW), **own)
    for value in ["Access", "", None, ["access"], "id"]:
        no("AT-12", f"own claim, {value!r}", tok(token(API, token_kind=value), JW), "TokenTypeMismatch", **own)
    both = dict(kind="access-token", policy={"audience": API, "profile": "typ=vnd.corp.access+jwt,claim=perms"})
    yes("AT-12", "both", tok(token(API, perms=[]), header(typ="vnd.corp.access+jwt")), **both)
    no("AT-12", "both, no claim", tok(token(API), header(typ="vnd.corp.access+jwt")), "TokenTypeMismatch", **both)
    for profile in ["", "azure", "typ=JWT", "typ=application/jwt", "typ=", "typ=logout+jwt", "typ=dpop+jwt", "claim=", "claim=azp", "claim=sub", "claim=email", "claim=auth_time", "claim=typ", "claim=token_use", "claim=x=", "claim=nonce=n", "okta,claim=x", "typ=a,typ=b", "claim=x,"]:
        no("AT-13", f"no profile: {profile}", tok(token(API, x="1"), JW), "ConfigurationInvalid", kind="access-token", policy={"audience": API, "profile": profile})
    # A scope may be text or a list, under either name, whatever the profile.
    for claim, value in [("scope", "read write"), ("scope", ["read", "write"]), ("scp", "read write"), ("scp", ["read", "write"])]:
        p = dict(kind="access-token", policy={"audience": API, "scopes": ["write"]})
        yes("AT-14", f"{claim} {value}", tok(token(API, client_id=CLIENT, jti="j", **{claim: value}), AT), **p)
        no("AT-14", f"{claim} {value}, a part", tok(token(API, client_id=CLIENT, jti="j", **{claim: value}), AT), "ScopeMissing", **{**p, "policy": {"audience": API, "scopes": ["writ"]}})
    for value in [None, 7, {"write": True}, [7], "write,read"]:
        no("AT-14", f"scope {value!r}", tok(token(API, client_id=CLIENT, jti="j", scope=value), AT), "ScopeMissing", kind="access-token", policy={"audience": API, "scopes": ["write"]})
    # Claims that nobody asked for do not decide.
    yes("AT-15", "acr an object, jti a number, scope a number", tok(token(API, typ="Bearer", acr={"values": ["x"]}, jti=7, scope=7), JW), kind="access-token", policy={"audience": API, "profile": "keycloak"})
    family.write()


if __name__ == "__main__":
    at()
