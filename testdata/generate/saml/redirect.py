#!/usr/bin/env python3
"""Logout messages in redirect URLs: Python's zlib packs them, OpenSSL signs them. Writes testdata/saml/redirect.json.

RSA signatures are deterministic, so are the RSA vectors; an ECDSA vector that exists is kept as it is."""

import base64
import json
import pathlib
import subprocess
import urllib.parse
import zlib

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent.parent / "saml" / "redirect.json"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-"
EC = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-"
SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
BEFORE = {row["id"]: row for row in json.loads(OUT.read_text())} if OUT.exists() else {}

NAME = ('<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="https://idp.test" '
        'SPNameQualifier="https://sp.test/md">alice-0001</saml:NameID>')


def request(name=NAME, attributes='', destination='Destination="https://sp.test/slo"', issuer="https://idp.test",
            issued="2026-01-01T00:00:00Z", more='<samlp:SessionIndex>_s1</samlp:SessionIndex>', root="LogoutRequest"):
    return (f'<samlp:{root} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
            f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_lr1" Version="2.0" IssueInstant="{issued}" '
            f'{destination} {attributes}><saml:Issuer>{issuer}</saml:Issuer>{name}{more}</samlp:{root}>')


def status(code, nested=None, deeper=""):
    inner = f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{nested}">{deeper}</samlp:StatusCode>' if deeper else (
        f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{nested}"/>' if nested else '')
    return (f'<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{code}">{inner}'
            '</samlp:StatusCode></samlp:Status>')


def response(code="Success", nested=None, attributes='InResponseTo="_out1"', deeper="", **more):
    return request(name="", more=status(code, nested, deeper), attributes=attributes, root="LogoutResponse", **more)


def deflate(text):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = text.encode() if isinstance(text, str) else text
    return packer.compress(data) + packer.flush()


def b64(octets):
    return base64.b64encode(octets).decode()


def up(text):
    return urllib.parse.quote(text, safe="")


def low(text):
    """Percent escapes in lower case, as .NET writes them."""
    parts = up(text).split("%")
    return parts[0] + "".join("%" + part[:2].lower() + part[2:] for part in parts[1:])


def sign(text, algorithm, key):
    path = HERE / "keys" / f"{key}.key"
    if algorithm.endswith("eddsa-ed25519"):
        work = pathlib.Path("/tmp/redirect-octets")
        work.write_text(text)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", path, "-rawin", "-in", work],
                              capture_output=True, check=True).stdout
    digest = "-" + algorithm.rsplit("-", 1)[1]
    value = subprocess.run(["openssl", "dgst", digest, "-sign", path], input=text.encode(), capture_output=True,
                           check=True).stdout
    return raw(value, 48 if "384" in key else 32) if "ecdsa" in algorithm else value


def raw(der, size):
    """r and s one after the other, out of Ecdsa-Sig-Value."""
    out, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(size, "big")
        at += 2 + length
    return out


def query(message, state=None, algorithm=RSA + "sha256", key="k", escape=up, parameter="SAMLRequest", packed=None,
          order=("message", "state", "algorithm")):
    packed = deflate(message) if packed is None else packed
    parts = {"message": f"{parameter}={escape(b64(packed))}",
             "state": None if state is None else f"RelayState={escape(state)}",
             "algorithm": f"SigAlg={escape(algorithm)}"}
    signed = "&".join(parts[name] for name in order if parts[name] is not None)
    return f"{signed}&Signature={escape(b64(sign(signed, algorithm, key)))}"


def parameter(text, name):
    return next(pair for pair in text.split("&") if pair.startswith(name + "="))


ROWS = []


def row(name, text, expect, kind="request", comment="", **more):
    if "made" in more:
        del more["made"]
        text = BEFORE[name]["query"] if name in BEFORE else text
    ROWS.append({"id": name, "row": "-".join(name.split("-")[:2]), "comment": comment, "kind": kind, "query": text,
                 "expect": expect, **more})


def swap(text, name, pair):
    return "&".join(pair if part.startswith(name + "=") else part for part in text.split("&"))


def rows():
    good, plain = query(request(), "state-1"), query(request())
    # Accepted.
    row("MS-60-plain", plain, "accepted")
    row("MS-60-relay-state", good, "accepted", relay_state="state-1")
    row("MS-60-empty-relay-state", query(request(), ""), "accepted", relay_state="")
    row("MS-60-space-as-plus", query(request(), "a b", escape=urllib.parse.quote_plus), "accepted", relay_state="a b")
    row("MS-60-space-as-percent-20", query(request(), "a b"), "accepted", relay_state="a b")
    row("MS-60-relay-state-80", query(request(), "x" * 80), "accepted", relay_state="x" * 80)
    row("MS-63-lower-case-escapes", query(request(), "a/b", escape=low), "accepted", relay_state="a/b")
    for digest in ("sha384", "sha512"):
        row(f"MS-60-rsa-{digest}", query(request(), algorithm=RSA + digest), "accepted")
    row("MS-60-p256", query(request(), algorithm=EC + "sha256", key="ec256"), "accepted", key="ec256", made="once")
    row("MS-60-p384", query(request(), algorithm=EC + "sha384", key="ec384"), "accepted", key="ec384", made="once")
    row("MS-60-ed25519", query(request(), algorithm="http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", key="ed25519"),
        "accepted", key="ed25519")
    row("MS-60-sha1-excepted", query(request(), algorithm=SHA1), "accepted", allow="sha1")
    row("MS-60-foreign-parameters", "client-request-id=1&" + good + "&lang=de&flag", "accepted", relay_state="state-1",
        comment="parameters of other names decide nothing")
    row("MS-60-deflate-named", good + "&SAMLEncoding=urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3AURL-Encoding%3ADEFLATE",
        "accepted", relay_state="state-1")
    row("MS-60-stored-block", query("", packed=b"\x01" + len(request()).to_bytes(2, "little")
                                    + (0xffff - len(request())).to_bytes(2, "little") + request().encode()), "accepted",
        comment="a stream without compression")
    row("MS-60-not-on-or-after", query(request(attributes='NotOnOrAfter="2026-01-01T00:05:00Z" Reason="urn:oasis:names:tc:SAML:2.0:logout:user"')),
        "accepted")
    row("MS-60-all-sessions", query(request(more="")), "accepted")
    row("MS-60-many-sessions", query(request(more="".join(f"<samlp:SessionIndex>_s{i}</samlp:SessionIndex>" for i in range(40)))),
        "accepted")
    row("MS-61-response", query(response(), parameter="SAMLResponse"), "accepted", kind="response")
    row("MS-61-partial", query(response("Success", "PartialLogout"), parameter="SAMLResponse"), "partial", kind="response")
    # The order in the URL is not the order that is signed (bindings 3.4.4.1).
    row("SR-15-shuffled-url", "&".join(reversed(good.split("&"))), "accepted", relay_state="state-1")
    row("SR-15-signed-in-another-order", query(request(), "state-1", order=("algorithm", "message", "state")),
        "SignatureInvalid")
    # Decoding.
    message = parameter(plain, "SAMLRequest")
    row("SR-06-bomb", query("", packed=deflate(b"\0" * (10 << 20))), "LimitInflateSize")
    row("SR-06-bomb-in-xml", query("", packed=deflate("<a>" + " " * (2 << 20) + "</a>")), "LimitInflateSize")
    row("SR-08-zlib", query("", packed=zlib.compress(request().encode())), "InflateInvalid")
    gzip = zlib.compressobj(9, zlib.DEFLATED, 31)
    row("SR-08-gzip", query("", packed=gzip.compress(request().encode()) + gzip.flush()), "InflateInvalid")
    row("SR-08-not-deflated", query("", packed=request().encode()), "InflateInvalid")
    row("SR-09-trailing-octet", query("", packed=deflate(request()) + b"\0"), "InflateInvalid")
    row("SR-09-second-stream", query("", packed=deflate(request()) * 2), "InflateInvalid")
    row("SR-09-truncated", query("", packed=deflate(request())[:-2]), "InflateInvalid")
    row("SR-09-empty", query("", packed=b""), "InflateInvalid")
    row("SR-09-no-value", swap(plain, "SAMLRequest", "SAMLRequest"), "InflateInvalid")
    row("SR-01-not-base64", swap(plain, "SAMLRequest", "SAMLRequest=fZ!x"), "Base64Invalid")
    row("SR-02-base64url", swap(plain, "SAMLRequest", "SAMLRequest=a_-b"), "Base64Invalid")
    row("SR-02-raw-plus", swap(plain, "SAMLRequest", "SAMLRequest=ab+c"), "Base64Invalid")
    # Signature missing.
    row("SR-10-no-signature", "&".join(good.split("&")[:-1]), "RedirectSignatureMissing")
    row("SR-10-no-sigalg", "&".join(part for part in good.split("&") if not part.startswith("SigAlg")), "RedirectSignatureMissing")
    row("SR-10-neither", message, "RedirectSignatureMissing")
    row("SR-10-empty-signature", swap(good, "Signature", "Signature="), "SignatureInvalid")
    row("SR-10-signature-not-base64", swap(good, "Signature", "Signature=%21"), "Base64Invalid")
    # Confusion.
    evil = "SAMLResponse=" + up(b64(deflate(response())))
    row("SR-11-response-added", good + "&" + evil, "ParamConflict")
    row("SR-11-response-first", evil + "&" + good, "ParamConflict")
    row("SR-11-artifact-added", good + "&SAMLart=AAQAAA", "ParamConflict")
    row("SR-11-renamed", good.replace("SAMLRequest=", "SAMLResponse="), "SignatureInvalid")
    row("SR-11-signed-as-response", query(request(), parameter="SAMLResponse"), "ParamMissing",
        comment="the parameter and the message do not agree, whoever signed that")
    other = "SAMLRequest=" + up(b64(deflate(request(name=NAME.replace("alice", "mallory")))))
    row("SR-12-message-twice", other + "&" + good, "ParamDuplicate")
    row("SR-12-message-twice-behind", good + "&" + other, "ParamDuplicate")
    row("SR-12-message-twice-same", good + "&" + message, "ParamDuplicate")
    row("SR-12-escaped-name", good + "&%53AMLRequest=" + other.split("=", 1)[1], "ParamDuplicate")
    row("SR-12-relay-state-twice", good + "&RelayState=x", "ParamDuplicate")
    row("SR-12-sigalg-twice", good + "&" + parameter(good, "SigAlg"), "ParamDuplicate")
    row("SR-12-signature-twice", good + "&" + parameter(good, "Signature"), "ParamDuplicate")
    row("SR-12-another-message", swap(good, "SAMLRequest", other), "SignatureInvalid")
    lower = query(request(), "a/b", escape=low)
    row("SR-14-re-encoded", lower.replace("RelayState=a%2fb", "RelayState=a%2Fb"), "SignatureInvalid")
    row("SR-14-re-encoded-name", good.replace("SigAlg=", "Sig%41lg="), "SignatureInvalid")
    row("SR-14-plus-for-percent-20", query(request(), "a b").replace("RelayState=a%20b", "RelayState=a+b"), "SignatureInvalid")
    row("SR-16-relay-state-added", plain + "&RelayState=x", "SignatureInvalid")
    row("SR-16-empty-relay-state-added", plain + "&RelayState=", "SignatureInvalid")
    row("SR-16-relay-state-removed", "&".join(part for part in good.split("&") if not part.startswith("RelayState")),
        "SignatureInvalid")
    row("SR-16-relay-state-changed", good.replace("state-1", "state-2"), "SignatureInvalid")
    # Algorithms.
    for name, uri in [("hmac", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"), ("unknown", "urn:x"), ("empty", ""),
                      ("md5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
                      ("dsa", "http://www.w3.org/2000/09/xmldsig#dsa-sha1"), ("trailing-space", RSA + "sha256 "),
                      ("none", "none")]:
        row(f"SR-18-{name}", swap(plain, "SigAlg", "SigAlg=" + up(uri)), "SignatureAlgForbidden")
    row("SR-18-sha1", query(request(), algorithm=SHA1), "SignatureAlgForbidden")
    row("SR-18-fragment", "&".join([*plain.split("&")[:1], *reversed(plain.split("&")[1:])]) + "#SigAlg=none",
        "SignatureAlgForbidden", comment="a fragment is part of the last value")
    row("SR-18-other-digest", swap(plain, "SigAlg", "SigAlg=" + up(RSA + "sha512")), "SignatureInvalid")
    row("SR-18-other-kind-of-key", swap(plain, "SigAlg", "SigAlg=" + up(EC + "sha256")), "AlgKeyMismatch")
    row("SR-18-untrusted-key", query(request(), key="k2"), "SignatureInvalid")
    row("SR-19-encoding", good + "&SAMLEncoding=urn%3Ax", "BindingUnsupported")
    row("SR-19-encoding-empty", good + "&SAMLEncoding=", "BindingUnsupported")
    for name, value in [("lone", "%"), ("cut", "%2"), ("letters", "%GG"), ("overlong", "%C0%AF"), ("nul", "a%00b"),
                        ("latin-1", "%FF"), ("surrogate", "%ED%A0%80"), ("raw-space", "a b"), ("raw-control", "a\tb")]:
        row(f"SR-21-{name}", swap(good, "RelayState", "RelayState=" + value), "RedirectEncoding")
    row("SR-21-name", good + "&%zz=1", "RedirectEncoding")
    row("SR-21-not-ascii", good + "&x=\u00e9", "RedirectEncoding")
    row("SR-23-login-response", query(request(root="Response", name="", more=status("Success")), parameter="SAMLResponse"),
        "BindingForbidden")
    row("SR-23-unsigned-login-response", "SAMLResponse=" + up(b64(deflate(request(root="Response", name="", more=status("Success"))))),
        "BindingForbidden")
    row("SR-24-relay-state-81", query(request(), "x" * 81), "LimitRelayState")
    row("SR-24-crlf", query(request(), "a\r\nb"), "accepted", relay_state="a\r\nb", comment="handed out as it was signed, never followed")
    row("SR-24-javascript", query(request(), "javascript:alert(1)"), "accepted", relay_state="javascript:alert(1)")
    # The message.
    row("SL-01-authn-request", query(request(root="AuthnRequest", name="", more="")), "UnexpectedRoot")
    row("SL-01-response-as-request", query(response()), "UnexpectedRoot")
    row("SL-01-request-as-response", query(request(), parameter="SAMLResponse"), "UnexpectedRoot", kind="response")
    row("SL-02-doctype", query("<!DOCTYPE a>" + request()), "XmlDoctypeForbidden")
    row("SL-02-comment-in-name", query(request(name=NAME.replace("alice", "al<!---->ice"))), "XmlCommentForbidden")
    row("SL-02-element-in-name", query(request(name=NAME.replace("alice", "al<b/>ice"))), "UnexpectedElement")
    row("SL-03-inner-signature", query(request().replace("</saml:Issuer>", "</saml:Issuer><ds:Signature xmlns:ds="
        '"http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/><ds:SignatureValue/></ds:Signature>')), "SignatureMisplaced")
    row("SL-04-no-issuer", query(request().replace("<saml:Issuer>https://idp.test</saml:Issuer>", "")), "IssuerMissing")
    row("SL-04-other-issuer", query(request(issuer="https://idp.test/")), "IssuerMismatch")
    row("SL-04-issuer-format", query(request().replace("<saml:Issuer>", '<saml:Issuer Format="urn:x">')), "IssuerFormat")
    row("SL-05-no-destination", query(request(destination="")), "DestinationMissing")
    row("SL-05-other-destination", query(request(destination='Destination="https://sp.test/slo/"')), "DestinationMismatch")
    row("SL-06-old", query(request()), "Expired", now="2026-01-01T00:06:00Z")
    row("SL-06-last-second", query(request()), "accepted", now="2026-01-01T00:05:59Z")
    row("SL-06-future", query(request()), "NotYetValid", now="2025-12-31T23:58:59Z")
    row("SL-06-first-second", query(request()), "accepted", now="2025-12-31T23:59:00Z")
    row("SL-06-over", query(request(attributes='NotOnOrAfter="2026-01-01T00:01:00Z"')), "Expired", now="2026-01-01T00:02:00Z")
    row("SL-06-nearly-over", query(request(attributes='NotOnOrAfter="2026-01-01T00:01:00Z"')), "accepted",
        now="2026-01-01T00:01:59Z")
    row("SL-06-bad-time", query(request(attributes='NotOnOrAfter="tomorrow"')), "TimeMalformed")
    row("SL-07-no-name", query(request(name="")), "NameIdMissing")
    row("SL-07-blank-name", query(request(name="<saml:NameID> </saml:NameID>")), "NameIdEmpty")
    row("SL-07-two-names", query(request(name=NAME + NAME)), "DuplicateElement")
    row("SL-07-encrypted", query(request(name='<saml:EncryptedID/>')), "EncryptedContentUnsupported")
    row("SL-11-bare-name", query(request(name="<saml:NameID>alice-0001</saml:NameID>")), "accepted")
    row("SL-08-version", query(request().replace('"2.0"', '"1.1"')), "UnsupportedVersion")
    row("SL-08-no-id", query(request().replace(' ID="_lr1"', "")), "MissingAttribute")
    row("SL-09-failed", query(response("Responder"), parameter="SAMLResponse"), "LogoutNotDone", kind="response")
    row("SL-09-nested-success", query(response("Requester", "Success"), parameter="SAMLResponse"), "LogoutNotDone", kind="response")
    for name, codes, expect in [
            ("responder-partial", ("Responder", "PartialLogout"), "LogoutNotDone"),
            ("requester-partial", ("Requester", "PartialLogout"), "LogoutNotDone"),
            ("partial-alone", ("PartialLogout",), "LogoutNotDone"),
            ("partial-success", ("PartialLogout", "Success"), "LogoutNotDone"),
            ("success-responder", ("Success", "Responder"), "LogoutNotDone"),
            ("success-denied", ("Success", "RequestDenied"), "LogoutNotDone"),
            ("success-partial-in-other-case", ("Success", "partialLogout"), "LogoutNotDone"),
            ("success-success", ("Success", "Success"), "accepted")]:
        row(f"SL-09-{name}", query(response(*codes), parameter="SAMLResponse"), expect, kind="response")
    third = lambda code: f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{code}"/>'
    for name, nested, deeper, expect in [
            ("success-partial-denied", "PartialLogout", "RequestDenied", "partial"),
            ("success-success-denied", "Success", "RequestDenied", "LogoutNotDone"),
            ("success-success-partial", "Success", "PartialLogout", "LogoutNotDone")]:
        row(f"SL-09-{name}", query(response("Success", nested, deeper=third(deeper)), parameter="SAMLResponse"), expect,
            kind="response")
    row("SL-10-no-in-response-to", query(response(attributes=""), parameter="SAMLResponse"), "InResponseToMissing", kind="response")
    row("SL-10-other-request", query(response(attributes='InResponseTo="_out2"'), parameter="SAMLResponse"), "InResponseToMismatch",
        kind="response")


rows()
OUT.write_text(json.dumps(ROWS, indent=0, ensure_ascii=True) + "\n")
print(len(ROWS), "vectors")
