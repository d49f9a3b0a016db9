#!/usr/bin/env python3
"""Signed metadata for rows SM of the attack catalogue: testdata/metadata and its index vectors.json.

Needs xmlsec1 only. Keys are those of ../saml/keys (k = the publisher's, x = an attacker's); now = 2026-01-01T00:00:00Z.
"""
import json
import os
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = os.path.join(HERE, "../saml/keys")
CERTS = os.path.join(HERE, "../../saml/keys")
OUT = os.path.join(HERE, "../../metadata")
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
INC = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
UNTIL = ' validUntil="2026-01-15T00:00:00Z"'
INDEX = []


def cert(name):
    text = open(os.path.join(CERTS, name + ".crt")).read()
    return "".join(text.split("-----")[2].split())


def signature(id, c14n=EXC, prefixes=None, with_comments=False):
    inclusive = f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"/>' if prefixes else ""
    method = c14n + ("#WithComments" if with_comments and "#" not in c14n else "WithComments" if with_comments else "")
    return (f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{c14n}"/>'
            f'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
            f'<ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/>'
            f'<ds:Transform Algorithm="{method}">{inclusive}</ds:Transform></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
            f'<ds:SignatureValue/></ds:Signature>')


def sign(text, key="k"):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as f:
        f.write(text)
        f.flush()
        ids = [a for e in ("EntityDescriptor", "EntitiesDescriptor", "IDPSSODescriptor") for a in ("--id-attr:ID", f"{MD}:{e}")]
        cmd = ["xmlsec1", "--sign", "--privkey-pem", os.path.join(KEYS, key + ".key"), *ids, f.name]
        done = subprocess.run(cmd, capture_output=True)
        assert done.returncode == 0, done.stderr.decode() + text
    signed = done.stdout.decode()
    # xmlsec1 writes the document anew; only its two values are carried into our octets.
    digest = re.search(r"<ds:DigestValue>([^<]+)<", signed).group(1)
    value = "".join(re.search(r"<ds:SignatureValue>([^<]+)<", signed).group(1).split())
    return text.replace("<ds:DigestValue/>", f"<ds:DigestValue>{digest}</ds:DigestValue>", 1).replace(
        "<ds:SignatureValue/>", f"<ds:SignatureValue>{value}</ds:SignatureValue>", 1)


def key(name="k2", use="signing"):
    use = f' use="{use}"' if use else ""
    return (f'<md:KeyDescriptor{use}><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{cert(name)}'
            f'</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>')


def idp(keys=None, location="https://idp.test/sso", attrs="", first="", protocols=SAMLP):
    keys = key() if keys is None else keys
    return (f'<md:IDPSSODescriptor{attrs} protocolSupportEnumeration="{protocols}">{first}{keys}'
            f'<md:SingleSignOnService Binding="{REDIRECT}" Location="{location}"/></md:IDPSSODescriptor>')


def sp(location="https://sp.test/acs"):
    return (f'<md:SPSSODescriptor protocolSupportEnumeration="{SAMLP}">{key("sp")}'
            f'<md:AssertionConsumerService Binding="{POST}" Location="{location}" index="0"/></md:SPSSODescriptor>')


def entity(body, id="_e1", entity_id="https://idp.test", attrs=UNTIL, signed=True, ns=True, **how):
    xmlns = f' xmlns:md="{MD}"' if ns else ""
    name = "" if entity_id is None else f' entityID="{entity_id}"'
    sig = signature(id, **how) if signed else ""
    id = f' ID="{id}"' if id else ""
    return f'<md:EntityDescriptor{xmlns}{id}{name}{attrs}>{sig}{body}</md:EntityDescriptor>'


def group(body, id="_g1", attrs=UNTIL, signed=True, ns=True, **how):
    xmlns = f' xmlns:md="{MD}"' if ns else ""
    sig = signature(id, **how) if signed else ""
    id = f' ID="{id}"' if id else ""
    return f'<md:EntitiesDescriptor{xmlns}{id} Name="urn:federation.test"{attrs}>{sig}\n{body}\n</md:EntitiesDescriptor>'


def put(name, row, comment, text, expect, **more):
    with open(os.path.join(OUT, name + ".xml"), "w") as f:
        f.write(text)
    expect = expect if isinstance(expect, dict) else {"reject": expect}
    INDEX.append({"file": name + ".xml", "row": row, "comment": comment, **more, "expect": expect})


def ok(entities=1, keys=1):
    return {"accept": {"entities": entities, "keys": keys}}


def main():
    os.makedirs(OUT, exist_ok=True)
    good = sign(entity(idp()))
    put("good", "SM-24", "a signed EntityDescriptor", good, ok())
    put("good-inclusive", "SM-24", "inclusive canonicalisation", sign(entity(idp(), c14n=INC)), ok())
    put("good-prefix-list", "SM-24", "exclusive canonicalisation with a PrefixList", sign(entity(idp(), prefixes="md xs #default")), ok())
    put("good-comments", "MS-66", "comments between elements, dropped by the method", sign("<!-- licence -->\n" + entity("<!-- a -->" + idp(first="<!-- b -->"))), ok())
    put("good-with-comments", "MS-66", "comments between elements, kept by the method", sign(entity("<!-- a -->" + idp(), with_comments=True)), ok())
    put("comment-in-text", "MS-66", "comment inside a text-only element", sign(entity(idp(first="<md:NameIDFormat>urn:<!-- c -->x</md:NameIDFormat>"))), "XmlCommentForbidden")
    put("good-two-keys", "MS-65", "two signing keys", sign(entity(idp(key("k2") + key("rsa3072")))), ok(keys=2))
    put("good-no-use", "SM-18", "KeyDescriptor without use", sign(entity(idp(key(use=None)))), ok())
    put("good-aggregate", "SM-24", "three entities, one of them in a nested group, with namespaces at the root",
        sign('<?xml version="1.0" encoding="UTF-8"?>\n' + group(
            entity(idp(), id=None, signed=False, ns=False, attrs="") + "\n"
            + group(entity(idp(key("rsa3072")), id=None, entity_id="https://idp2.test", signed=False, ns=False, attrs=""), id=None, attrs="", signed=False, ns=False) + "\n"
            + entity(sp(), id=None, entity_id="https://sp.test/md", signed=False, ns=False, attrs=""))), ok(entities=3))
    put("unsigned", "SM-01", "no signature", entity(idp(), signed=False), "SignatureMissing")
    put("expired", "SM-02", "validUntil in the past", sign(entity(idp(), attrs=' validUntil="2025-12-31T23:59:59Z"')), "MetaExpired")
    put("expires-now", "SM-02", "validUntil is now: exclusive", sign(entity(idp(), attrs=' validUntil="2026-01-01T00:00:00Z"')), "MetaExpired")
    put("expires-next", "SM-02", "validUntil in a second", sign(entity(idp(), attrs=' validUntil="2026-01-01T00:00:01Z"')), ok())
    ended, inside = ' validUntil="2025-12-31T23:59:59Z"', dict(id=None, signed=False, ns=False)
    member = entity(idp(), **inside)
    put("group-expired", "SM-02", "the group around the entity has ended, entity and root have not", sign(group(group(member, attrs=ended, **inside))), "MetaExpired", member="https://idp.test")
    put("group-around-expired", "SM-02", "the group around the group around the entity has ended", sign(group(group(group(member, **inside), attrs=ended, **inside))), "MetaExpired", member="https://idp.test")
    put("group-beside-expired", "SM-02", "the group of another entity has ended", sign(group(group(member, **inside) + group(entity(idp(), entity_id="https://idp2.test", **inside), attrs=ended, **inside))), ok(entities=2), member="https://idp.test")
    put("member-expired", "SM-02", "the entity has ended, its group and the root have not", sign(group(group(entity(idp(), attrs=ended, **inside), **inside))), "MetaExpired", member="https://idp.test")
    put("no-validity", "SM-04", "no validUntil", sign(entity(idp(), attrs="")), "MetaValidityMissing")
    put("too-long", "SM-04", "validUntil in 2099", sign(entity(idp(), attrs=' validUntil="2099-01-01T00:00:00Z"')), "MetaValidityTooLong")
    put("longest", "SM-04", "validUntil in exactly 30 days", sign(entity(idp(), attrs=' validUntil="2026-01-31T00:00:00Z"')), ok())
    put("longer", "SM-04", "validUntil in 30 days and a second", sign(entity(idp(), attrs=' validUntil="2026-01-31T00:00:01Z"')), "MetaValidityTooLong")
    put("year-0001", "SM-05", "validUntil 0001-01-01", sign(entity(idp(), attrs=' validUntil="0001-01-01T00:00:00Z"')), "MetaExpired")
    put("never", "SM-05", "validUntil never", sign(entity(idp(), attrs=' validUntil="never"')), "TimeMalformed")
    put("no-zone", "SM-05", "validUntil without zone", sign(entity(idp(), attrs=' validUntil="2026-01-15T00:00:00"')), "TimeNotUtc")
    forged = entity(idp(key("x")), id="_f1", entity_id="https://idp2.test", signed=False, ns=False)
    put("wrapped", "SM-07", "a signed entity in an unsigned group beside a forged one", group(good + forged, signed=False), "SignatureMissing")
    put("wrapped-same-id", "SM-07", "the forged entity takes the ID of the signed one", group(good + forged.replace("_f1", "_e1"), signed=False), "DuplicateId")
    put("wrapped-root-id", "SM-07", "the signature of the entity moved to a forged root", good.replace("<md:EntityDescriptor", f'<md:EntitiesDescriptor xmlns:md="{MD}" ID="_g1"{UNTIL}>@<md:EntityDescriptor', 1).replace("@", re.search("<ds:Signature.*</ds:Signature>", good).group(0)) + "</md:EntitiesDescriptor>", "ReferenceNotParent")
    role = sign(entity(idp(attrs=' ID="_r1"', first=signature("_r1")), signed=False))
    put("role-signature", "SM-08", "the role is signed, the root is not", role, "SignatureMisplaced")
    put("signature-last", "SM-08", "the signature is the last child of the root", re.sub("(<ds:Signature.*</ds:Signature>)(.*)(</md:EntityDescriptor>)", r"\2\1\3", good), "SignatureMisplaced")
    put("two-signatures", "SM-08", "two signatures", re.sub("(<ds:Signature.*</ds:Signature>)", r"\1\1", good), "SignatureDuplicate")
    put("signature-in-contact", "SM-08", "the signature inside a ContactPerson", re.sub("(<ds:Signature.*</ds:Signature>)(.*)(</md:EntityDescriptor>)", r'\2<md:ContactPerson contactType="technical">\1</md:ContactPerson>\3', good), "SignatureMisplaced")
    put("duplicate", "SM-10", "one entityID twice", sign(group(entity(idp(), id=None, signed=False, ns=False) + entity(idp(key("x")), id=None, signed=False, ns=False))), "MetaDuplicateEntity")
    put("duplicate-nested", "SM-10", "one entityID twice, once in a nested group", sign(group(entity(idp(), id=None, signed=False, ns=False) + group(entity(idp(key("x")), id=None, signed=False, ns=False), id=None, signed=False, ns=False))), "MetaDuplicateEntity")
    put("other-entity", "SM-12", "an answer for another entity", sign(entity(idp(), entity_id="https://other.test")), "MetaEntityIdMismatch", expect_entity="https://idp.test")
    put("other-case", "SM-12", "an entityID in other letters", sign(entity(idp(), entity_id="https://IDP.test")), "MetaEntityIdMismatch", expect_entity="https://idp.test")
    for name, value in (("missing", None), ("empty", ""), ("blank", "  "), ("1025", "https://idp.test/" + "a" * 1008)):
        put(f"entity-id-{name}", "SM-13", f"entityID {name}", sign(entity(idp(), entity_id=value)), "MetaEntityIdInvalid")
    put("sp-only", "SM-14", "only an SP role", sign(entity(sp())), "MetaRoleMissing")
    put("saml11", "SM-15", "the role speaks SAML 1.1 only", sign(entity(idp(protocols="urn:oasis:names:tc:SAML:1.1:protocol"))), "MetaRoleMissing")
    put("two-roles", "SM-16", "two IDPSSODescriptors", sign(entity(idp() + idp(key("x")))), "MetaAmbiguousRole")
    put("encryption-only", "SM-17", "only an encryption key", sign(entity(idp(key(use="encryption")))), "MetaNoSigningKey")
    put("bad-certificate", "SM-21", "one malformed and one good certificate", sign(entity(idp(key().replace(cert("k2"), "bm90IGEgY2VydA==") + key()))), "KeyMalformed")
    put("bad-use", "SM-21", "a use that the standard does not have", sign(entity(idp(key(use="sign")))), "KeyMalformed")
    put("key-name", "SM-22", "KeyName only", sign(entity(idp(f'<md:KeyDescriptor><ds:KeyInfo xmlns:ds="{DS}"><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>'))), "MetaNoSigningKey")
    for name, url in (("javascript", "javascript:alert(1)"), ("data", "data:text/html,x"), ("http", "http://idp.test/sso"), ("empty", ""), ("relative", "/sso"), ("no-host", "https:///sso"), ("user", "https://idp.test@evil.test/sso"), ("space", "https://idp.test/ sso"), ("upper-javascript", "JavaScript://idp.test/%0aalert(1)")):
        put(f"endpoint-{name}", "SM-23", f"Location {url!r}", sign(entity(idp(location=url))), "MetaEndpointInvalid")
    put("endpoint-response", "SM-23", "ResponseLocation javascript:", sign(entity(idp().replace(' Location="', ' ResponseLocation="javascript:alert(1)" Location="'))), "MetaEndpointInvalid")
    put("unknown-key", "SM-24", "signed by an unknown key", sign(entity(idp()), key="x"), "SignatureInvalid")
    put("changed", "SM-24", "changed after signing", good.replace("https://idp.test/sso", "https://idp.test/xss"), "DigestMismatch")
    put("doctype", "SM-27", "DOCTYPE", "<!DOCTYPE md:EntityDescriptor>" + good, "XmlDoctypeForbidden")
    put("attributes", "SM-29", "an Assertion in EntityAttributes is ignored", sign(entity(
        '<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">'
        '<saml:Attribute Name="http://macedir.org/entity-category"><saml:AttributeValue>urn:category</saml:AttributeValue></saml:Attribute>'
        '<saml:Assertion ID="_x" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>https://evil.test</saml:Issuer><saml:AttributeStatement>'
        '<saml:Attribute Name="http://macedir.org/entity-category"><saml:AttributeValue>urn:evil</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>'
        '</saml:Assertion></mdattr:EntityAttributes></md:Extensions>' + idp())), ok())
    put("entity-in-extensions", "SM-07", "an EntityDescriptor inside Extensions", sign(entity("<md:Extensions>" + entity(idp(key("x")), id=None, signed=False, ns=False) + "</md:Extensions>" + idp())), "UnexpectedElement")
    put("entity-in-entity", "SM-07", "an EntityDescriptor inside an EntityDescriptor", sign(entity(idp() + entity(idp(key("x")), id=None, entity_id="https://x.test", signed=False, ns=False))), "UnexpectedElement")
    put("role-in-group", "SM-07", "a role directly in a group", sign(group(idp())), "UnexpectedElement")
    put("root-other", "SM-14", "the root is a role", f'<md:IDPSSODescriptor xmlns:md="{MD}" protocolSupportEnumeration="{SAMLP}"/>', "UnexpectedRoot")
    # A signature inside a member neither counts nor refuses, wherever it stands (the root's is signed last, over all of them).
    part = lambda id: signature(id).replace("<ds:DigestValue/>", "<ds:DigestValue>AAAA</ds:DigestValue>").replace("<ds:SignatureValue/>", "<ds:SignatureValue>AAAA</ds:SignatureValue>")
    first = entity(idp(), id=None, signed=False, ns=False, attrs="")
    second = lambda body, **how: entity(body, id="_e2", entity_id="https://idp2.test", signed=False, ns=False, attrs="", **how)
    aggregate = lambda *members: sign(group("\n".join((first, *members))))
    inside = idp(key("rsa3072"), attrs=' ID="_r2"', first=part("_r2"))
    put("opaque-role", "SM-08", "a member has a signature in its role", aggregate(second(inside)), ok(entities=2))
    put("opaque-entity", "SM-08", "a member has a signature of its own", aggregate(second(part("_e2") + idp(key("rsa3072")))), ok(entities=2))
    put("opaque-entity-twice", "SM-08", "a member has two signatures", aggregate(second(part("_e2") + part("_e2") + idp(key("rsa3072")))), ok(entities=2))
    put("opaque-entity-last", "SM-08", "a member has its signature at its end", aggregate(second(idp(key("rsa3072")) + part("_e2"))), ok(entities=2))
    put("opaque-role-last", "SM-08", "a member has a signature at the end of its role", aggregate(second(idp(key("rsa3072") + part("_r2"), attrs=' ID="_r2"'))), ok(entities=2))
    put("opaque-key", "SM-08", "a member has a signature in a KeyDescriptor", aggregate(second(idp(key("rsa3072").replace("</md:KeyDescriptor>", part("_r2") + "</md:KeyDescriptor>")))), ok(entities=2))
    put("opaque-contact", "SM-08", "a member has a signature in a ContactPerson", aggregate(second(idp(key("rsa3072")) + f'<md:ContactPerson contactType="technical">{part("_e2")}</md:ContactPerson>')), ok(entities=2))
    put("opaque-group", "SM-08", "a group inside has a signature", aggregate(group(part("_g2") + second(idp(key("rsa3072"))), id="_g2", attrs="", signed=False, ns=False)), ok(entities=2))
    put("opaque-group-last", "SM-08", "a group inside has a signature at its end", aggregate(group(second(idp(key("rsa3072"))) + part("_g2"), id="_g2", attrs="", signed=False, ns=False)), ok(entities=2))
    put("opaque-affiliation", "SM-08", "a member is an affiliation with a signature", aggregate(second(f'<md:AffiliationDescriptor ID="_a2" affiliationOwnerID="https://idp2.test">{part("_a2")}<md:AffiliateMember>https://a.test</md:AffiliateMember></md:AffiliationDescriptor>')), ok(entities=2))
    put("opaque-extension", "SM-08", "a member has a signature in its Extensions", aggregate(second(f'<md:Extensions><v:x xmlns:v="urn:vendor">{part("_e2")}</v:x></md:Extensions>' + idp(key("rsa3072")))), ok(entities=2))
    put("opaque-role-extension", "SM-08", "a member has a signature in the Extensions of its role", aggregate(second(idp(key("rsa3072"), first=f"<md:Extensions>{part('_e2')}</md:Extensions>"))), ok(entities=2))
    put("opaque-shape", "SM-08", "a member has a signature of no valid shape in its role", aggregate(second(idp(key("rsa3072"), first=f'<ds:Signature xmlns:ds="{DS}"/>'))), ok(entities=2))
    put("opaque-in-entity", "SM-08", "a signed EntityDescriptor has a signature in its role", sign(entity(idp(attrs=' ID="_r2"', first=part("_r2")))), ok())
    member = entity(idp(key("x"), attrs=' ID="_r1"', first=signature("_r1")), id=None, entity_id="https://idp2.test", signed=False, ns=False, attrs="")
    put("inner-role-signed", "SM-08", "the role of a member is signed, the root is not", sign(group(first + member, signed=False)), "SignatureMisplaced")
    put("inner-entity-signed", "SM-08", "a member is signed, the root is not", group(first + good.replace("https://idp.test", "https://idp2.test"), signed=False), "SignatureMissing")
    moved = sign(group(first, id="_g1"))
    moved = re.sub("(<ds:Signature.*?</ds:Signature>)(.*?)(<md:IDPSSODescriptor[^>]*>)", r"\2\3\1", moved, flags=re.S)
    put("root-signature-in-role", "SM-08", "the signature of the root moved into the role of a member", moved, "SignatureMisplaced")
    put("root-signature-second", "SM-08", "the signature of the root behind its first member", re.sub("(<ds:Signature.*?</ds:Signature>)(.*)(</md:EntitiesDescriptor>)", r"\2\1\3", sign(group(first)), flags=re.S), "SignatureMisplaced")
    put("group-expired", "SM-02", "validUntil of the group around the entity in the past, those of root and entity in the future",
        sign(group(group(entity(idp(), id=None, signed=False, ns=False), id=None, attrs=' validUntil="2025-12-31T23:59:59Z"', signed=False, ns=False))), "MetaExpired", expect_entity="https://idp.test")
    put("good-instruction", "MS-66", "a processing instruction before the signed root", sign('<?xml-stylesheet href="a.xsl"?>' + entity(idp())), ok())
    with open(os.path.join(OUT, "vectors.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(x) for x in INDEX) + "\n]\n")


main()
