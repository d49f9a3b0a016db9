"""Templates, foreign signing and bookkeeping shared by the row files.

A template is text with the marks @DA@ @SA@ (Assertion signature) and @DR@ @SR@ (Response signature) in place of
DigestValue and SignatureValue. Signing puts values into the text and touches nothing else, so the bytes of a vector
are the bytes written here, not what some serialiser makes of them.

* sign_xmlsec: xmlsec1 signs a copy whose marks are empty; its two values are carried over.
* sign_py: libxml2 (through lxml) canonicalises, `cryptography` signs. For what xmlsec1 cannot or will not sign.
"""
import base64
import copy
import hashlib
import json
import os
import re
import subprocess
import tempfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from lxml import etree

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get("SAML_OUT") or os.path.normpath(os.path.join(HERE, "..", "..", "saml"))
KEYS = os.path.join(HERE, "keys")
CERTS = os.path.join(OUT, "keys")

NOW = "2026-01-01T00:00:00Z"
DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
XENC = "http://www.w3.org/2001/04/xmlenc#"
ENV = DS + "enveloped-signature"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
EXCWC = EXC + "WithComments"
INC = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCWC = INC + "#WithComments"
C11 = "http://www.w3.org/2006/12/xml-c14n11"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
MORE07 = "http://www.w3.org/2007/05/xmldsig-more#"
RSA256 = MORE + "rsa-sha256"
RSA1 = DS + "rsa-sha1"
SHA1 = DS + "sha1"
SHA256 = XENC + "sha256"
SHA512 = XENC + "sha512"
SHA384 = MORE + "sha384"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EMAILFMT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PPT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder"
HONEST = ">alice@idp.test</saml:NameID>"
EVIL = ">admin@sp.test</saml:NameID>"


def read(path, mode="r"):
    with open(path, mode) as f:
        return f.read()


def privkey(name):
    return serialization.load_pem_private_key(read(os.path.join(KEYS, name + ".key"), "rb"), None)


def cert_b64(name):
    return "".join(read(os.path.join(CERTS, name + ".crt")).split("\n")[1:-2])


def b64(b):
    return base64.b64encode(b).decode()


# ---------------------------------------------------------------- templates

def x509(name="k"):
    return f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{cert_b64(name)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"


def transform(alg, inner=None):
    return f'<ds:Transform Algorithm="{alg}"/>' if inner is None else f'<ds:Transform Algorithm="{alg}">{inner}</ds:Transform>'


def prefixes(text):
    return f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{text}"/>'


def sig(t="A", ref=None, c14n=EXC, sm=RSA256, dm=SHA256, transforms=None, keyinfo="", c14n_inner=None):
    """A ds:Signature with marks. `ref` is the Reference URI, `transforms` the text of the Transform elements."""
    ref = ref if ref is not None else {"A": "#_a1", "R": "#_r1"}[t]
    tr = transforms if transforms is not None else transform(ENV) + transform(EXC)
    ci = f'<ds:CanonicalizationMethod Algorithm="{c14n}"/>' if c14n_inner is None else \
        f'<ds:CanonicalizationMethod Algorithm="{c14n}">{c14n_inner}</ds:CanonicalizationMethod>'
    return (f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{ci}'
            f'<ds:SignatureMethod Algorithm="{sm}"/><ds:Reference URI="{ref}"><ds:Transforms>{tr}</ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{dm}"/><ds:DigestValue>@D{t}@</ds:DigestValue></ds:Reference></ds:SignedInfo>'
            f'<ds:SignatureValue>@S{t}@</ds:SignatureValue>{keyinfo}</ds:Signature>')


CONDITIONS = ('<saml:Conditions NotBefore="2025-12-31T23:55:00Z" NotOnOrAfter="2026-01-01T01:00:00Z">'
              '<saml:AudienceRestriction><saml:Audience>https://sp.test/md</saml:Audience></saml:AudienceRestriction>'
              '</saml:Conditions>')
SCD = '<saml:SubjectConfirmationData Recipient="https://sp.test/acs" NotOnOrAfter="2026-01-01T00:05:00Z" InResponseTo="_req1"/>'
CONFIRMATION = f'<saml:SubjectConfirmation Method="{BEARER}">{SCD}</saml:SubjectConfirmation>'
NAMEID = f'<saml:NameID Format="{EMAILFMT}">alice@idp.test</saml:NameID>'
SUBJECT = f'<saml:Subject>\n{NAMEID}\n{CONFIRMATION}\n</saml:Subject>'
AUTHN = ('<saml:AuthnStatement AuthnInstant="2025-12-31T23:59:00Z" SessionIndex="_s1">'
         f'<saml:AuthnContext><saml:AuthnContextClassRef>{PPT}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>')
ATTRS = ('<saml:AttributeStatement>\n'
         '<saml:Attribute Name="email"><saml:AttributeValue>alice@idp.test</saml:AttributeValue></saml:Attribute>\n'
         '<saml:Attribute Name="role"><saml:AttributeValue>user</saml:AttributeValue><saml:AttributeValue>auditor</saml:AttributeValue></saml:Attribute>\n'
         '</saml:AttributeStatement>')
STATUS = f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status>'
ISSUER = "<saml:Issuer>https://idp.test</saml:Issuer>"
ASSERTION_TAG = '<saml:Assertion ID="_a1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">'


def assertion(s="", **o):
    """An Assertion; `s` is the text of its Signature."""
    parts = [o.get("tag", ASSERTION_TAG), o.get("issuer", ISSUER), s, o.get("subject", SUBJECT),
             o.get("conditions", CONDITIONS), o.get("advice", ""), o.get("authn", AUTHN), o.get("attrs", ATTRS)]
    return "\n".join(p for p in parts if p) + "\n</saml:Assertion>"


def response(signed="A", keyinfo="", siga=None, sigr=None, **o):
    """A Response template. signed: '', 'A', 'R' or 'RA'. Other options replace parts."""
    sa = siga if siga is not None else (sig("A", keyinfo=keyinfo) if "A" in signed else "")
    sr = sigr if sigr is not None else (sig("R", keyinfo=keyinfo) if "R" in signed else "")
    head = (f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_r1" Version="2.0" '
            'IssueInstant="2026-01-01T00:00:00Z" Destination="https://sp.test/acs" InResponseTo="_req1">')
    inner = o["assertion"] if "assertion" in o else assertion(sa, **{k: v for k, v in o.items() if k != "r_issuer"})
    parts = [head, o.get("r_issuer", ISSUER), sr, o.get("extensions", ""), o.get("status", STATUS), inner]
    return "\n".join(p for p in parts if p) + "\n</samlp:Response>"


def sub(doc, *pairs):
    """Replace, insisting that the old text occurs exactly as often as said (once by default)."""
    for p in pairs:
        old, new, n = p if len(p) == 3 else (p[0], p[1], 1)
        if isinstance(doc, bytes):
            old = old.encode() if isinstance(old, str) else old
            new = new.encode() if isinstance(new, str) else new
        c = doc.count(old)
        assert c == n, f"{c} times instead of {n}: {old!r}"
        doc = doc.replace(old, new)
    return doc


def cut(doc, start, end):
    """The first stretch of text from `start` to `end`, both included."""
    i = doc.index(start)
    return doc[i:doc.index(end, i) + len(end)]


def assertion_of(doc):
    i = doc.index("<saml:Assertion")
    return doc[i:doc.rindex("</saml:Assertion>") + len("</saml:Assertion>")]


def signature_of(doc):
    return cut(doc, "<ds:Signature ", "</ds:Signature>")


def unsigned(doc):
    """The text without any Signature, as the enveloped-signature transform leaves it."""
    return re.sub(r"<ds:Signature .*?</ds:Signature>", "", doc, flags=re.S)


# ---------------------------------------------------------------- signing

def parse(doc):
    if isinstance(doc, str):
        doc = doc.encode()
    return etree.fromstring(doc, etree.XMLParser(resolve_entities=False, huge_tree=True, no_network=True)).getroottree()


def local(e):
    return etree.QName(e).localname if isinstance(e.tag, str) else ""


def find_mark(tree, mark):
    for e in tree.iter():
        if local(e) == "DigestValue" and e.text and mark in e.text:
            return e
    raise KeyError(mark)


def up(e, name):
    while local(e) != name:
        e = e.getparent()
    return e


def index_path(e):
    steps = []
    while e.getparent() is not None:
        kids = [c for c in e.getparent() if isinstance(c.tag, str)]
        steps.append(f"*[{kids.index(e) + 1}]")
        e = e.getparent()
    return "/" + "/".join(["*"] + steps[::-1])


IDARGS = ["--id-attr:ID", SAML + ":Assertion", "--id-attr:ID", SAMLP + ":Response", "--id-attr:ID", MD + ":EntityDescriptor",
          "--id-attr:ID", SAMLP + ":LogoutRequest"]


def run(args, ok=True):
    p = subprocess.run(args, capture_output=True)
    if ok and p.returncode:
        raise RuntimeError(" ".join(args) + "\n" + p.stderr.decode(errors="replace")[:2000])
    return p


def sign_xmlsec(doc, t, key="k"):
    raw = doc.encode()
    path = index_path(up(find_mark(parse(raw), f"@D{t}@"), "Signature"))
    with tempfile.TemporaryDirectory() as d:
        a, b = os.path.join(d, "in.xml"), os.path.join(d, "out.xml")
        with open(a, "wb") as f:
            # KeyInfo is not covered by its own signature; xmlsec1 would read it
            bare = re.sub(f"(@S{t}@</ds:SignatureValue>)<ds:KeyInfo.*?</ds:KeyInfo>".encode(), rb"\1", raw, count=1, flags=re.S)
            f.write(bare.replace(f"@D{t}@".encode(), b"").replace(f"@S{t}@".encode(), b""))
        run(["xmlsec1", "--sign", "--privkey-pem", os.path.join(KEYS, key + ".key"), *IDARGS,
             "--node-xpath", path, "--output", b, a])
        s = parse(read(b, "rb")).xpath(path)[0]
    d = s.find(f".//{{{DS}}}DigestValue").text
    v = s.find(f"{{{DS}}}SignatureValue").text
    return doc.replace(f"@D{t}@", d).replace(f"@S{t}@", v)


def drop(e):
    """Remove an element but keep the text that follows it."""
    parent, prev = e.getparent(), e.getprevious()
    if e.tail:
        if prev is not None:
            prev.tail = (prev.tail or "") + e.tail
        else:
            parent.text = (parent.text or "") + e.tail
    parent.remove(e)


def exc_c14n(e, prefix_list=None, inclusive=False):
    # an empty list would be read as "no list", which is what is meant
    return etree.tostring(e, method="c14n", exclusive=not inclusive, with_comments=False, inclusive_ns_prefixes=prefix_list or None)


def canon_parent(doc, mark):
    """Canonical bytes of the element whose Signature holds the mark, without that Signature."""
    tree = parse(doc)
    dv = find_mark(tree, mark)
    s = up(dv, "Signature")
    ref = up(dv, "Reference")
    lists = [i.get("PrefixList") for i in ref.iter(f"{{{EXC}}}InclusiveNamespaces")]
    inclusive = any(x.get("Algorithm") in (INC, INCWC) for x in ref.iter(f"{{{DS}}}Transform"))
    parent = s.getparent()
    drop(s)
    return exc_c14n(parent, lists[0].split() if lists and lists[0] else None, inclusive)


def canon_signed_info(doc, mark):
    tree = parse(doc)
    for e in tree.iter():
        if local(e) == "SignatureValue" and e.text and mark in e.text:
            si = [c for c in up(e, "Signature") if local(c) == "SignedInfo"][0]
            lists = [i.get("PrefixList") for c in si if local(c) == "CanonicalizationMethod"
                     for i in c.iter(f"{{{EXC}}}InclusiveNamespaces")]
            return exc_c14n(si, lists[0].split() if lists and lists[0] else None)
    raise KeyError(mark)


HASHES = {"sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512, "md5": hashes.MD5}
DIGEST_INFO = {
    "sha1": "3021300906052b0e03021a05000414", "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430", "sha512": "3051300d060960864801650304020305000440",
    "sha224": "302d300d06096086480165030402040500041c", "md5": "3020300c06082a864886f70d020505000410",
    "ripemd160": "3021300906052b2403020105000414",
}


def hash_of(name, data):
    if name == "ripemd160":
        p = subprocess.run(["openssl", "dgst", "-provider", "legacy", "-provider", "default", "-ripemd160", "-binary"], input=data, capture_output=True, check=True)
        return p.stdout
    return hashlib.new(name, data).digest()


def rsa_raw(key, em):
    """The private operation on an encoded message, whatever is in it."""
    n = key.private_numbers()
    size = (n.public_numbers.n.bit_length() + 7) // 8
    return pow(int.from_bytes(em, "big"), n.d, n.public_numbers.n).to_bytes(size, "big")


def rsa_len(key):
    return (key.key_size + 7) // 8


def pkcs1_em(size, hname, data):
    t = bytes.fromhex(DIGEST_INFO[hname]) + hash_of(hname, data)
    return b"\0\1" + b"\xff" * (size - 3 - len(t)) + b"\0" + t


def mgf1(seed, length, hname):
    out = b""
    i = 0
    while len(out) < length:
        out += hash_of(hname, seed + i.to_bytes(4, "big"))
        i += 1
    return out[:length]


def pss_sign(key, data, hname="sha256", mgf=None, salt=b"\x5a" * 32, trailer=b"\xbc"):
    """EMSA-PSS (RFC 8017 9.1.1) with a fixed salt, so that the vectors come out the same every time."""
    bits = key.key_size - 1
    emlen = (bits + 7) // 8
    h = hash_of(hname, b"\0" * 8 + hash_of(hname, data) + salt)
    db = b"\0" * (emlen - len(salt) - len(h) - 1 - len(trailer)) + b"\1" + salt
    mask = mgf1(h, len(db), mgf or hname)
    db = bytearray(x ^ y for x, y in zip(db, mask))
    db[0] &= 0xFF >> (8 * emlen - bits)
    return rsa_raw(key, bytes(db) + h + trailer)


def sign_bytes(key, data, hname="sha256", scheme=None):
    if scheme is not None:
        return scheme(key, data)
    if isinstance(key, rsa.RSAPrivateKey):
        if hname in ("ripemd160", "md5", "sha224", "sha1") or key.key_size < 1024:
            return rsa_raw(key, pkcs1_em(rsa_len(key), hname, data))
        return key.sign(data, padding.PKCS1v15(), HASHES[hname]())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(HASHES[hname](), deterministic_signing=True)))
        n = (key.curve.key_size + 7) // 8
        return r.to_bytes(n, "big") + s.to_bytes(n, "big")
    return key.sign(data)


def sign_py(doc, t, key="k", hname="sha256", dname="sha256", scheme=None, digest=None, canon=None, csub=(), sisub=(), value=None):
    """digest: text of DigestValue; canon: the bytes digested; csub, sisub: byte replacements in the canonical forms;
    value: text of SignatureValue."""
    k = privkey(key) if isinstance(key, str) else key
    if f"@D{t}@" in doc:
        if digest is None:
            c = canon if canon is not None else canon_parent(doc, f"@D{t}@")
            for a, b in csub:
                assert a in c, a
                c = c.replace(a, b)
            digest = b64(hash_of(dname, c))
        doc = doc.replace(f"@D{t}@", digest)
    if value is None:
        c = canon_signed_info(doc, f"@S{t}@")
        for a, b in sisub:
            assert a in c, a
            c = c.replace(a, b)
        value = b64(sign_bytes(k, c, hname, scheme))
    return doc.replace(f"@S{t}@", value)


def sign(doc, key="k", py=None):
    """Sign every marked signature, the inner one first."""
    for t in "AR":
        if f"@S{t}@" in doc:
            doc = sign_xmlsec(doc, t, key) if py is None else sign_py(doc, t, **{"key": key, **py})
    return doc


# ---------------------------------------------------------------- what an accepted message must yield

def text_of(e):
    return "".join(e.itertext())


def value_of(v):
    XSI = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    kids = [c for c in v if isinstance(c.tag, str)]
    if v.get(XSI) in ("true", "1"):
        return None
    if len(kids) == 1 and kids[0].tag == f"{{{SAML}}}NameID" and not ((v.text or "") + (kids[0].tail or "")).strip():
        n = kids[0]
        return {"name_id": text_of(n), "name_qualifier": n.get("NameQualifier"), "sp_name_qualifier": n.get("SPNameQualifier")}
    if kids:
        return {"xml": True}
    return text_of(v)


def acc(data, want=None, **extra):
    """Expected values, read from the message with lxml. `want` repeats by hand what the row is about."""
    root = parse(data).getroot()
    a = root.find(f"{{{SAML}}}Assertion")
    q = lambda p: a.find("/".join(f"{{{SAML}}}{x}" for x in p.split("/")))
    n = q("Subject/NameID")
    attrs = {}
    for st in a.findall(f"{{{SAML}}}AttributeStatement"):
        for at in st.findall(f"{{{SAML}}}Attribute"):
            attrs.setdefault(at.get("Name"), []).extend(value_of(v) for v in at.findall(f"{{{SAML}}}AttributeValue"))
    st = q("AuthnStatement")
    cr = q("AuthnStatement/AuthnContext/AuthnContextClassRef")
    out = {
        "name_id": None if n is None else text_of(n),
        "name_id_format": None if n is None else n.get("Format"),
        "attributes": attrs,
        "session_index": st.get("SessionIndex"),
        "assertion_id": a.get("ID"),
        "issuer": text_of(q("Issuer")),
        "authn_context": None if cr is None else text_of(cr),
    }
    for k, v in (want or {}).items():
        assert out[k] == v, f"{k}: {out[k]!r} instead of {v!r}"
    for k, v in (("assertion_id", "_a1"), ("issuer", "https://idp.test"), ("authn_context", PPT)):
        if out[k] == v and k not in (want or {}):
            del out[k]
    out.update(extra)
    return {"accept": out}


# ---------------------------------------------------------------- the index

VECTORS = []
CHECKS = []   # (file, certificate, xmlsec1 must verify?)


def slugged(row, slug):
    return f"{row}-{slug}" if slug else row


def write(rel, data):
    p = os.path.join(OUT, rel)
    os.makedirs(os.path.dirname(p), exist_ok=True)
    with open(p, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def expectation(e):
    if isinstance(e, str):
        return {"reject": e}
    if isinstance(e, (list, tuple)):
        return {"reject_any": list(e)}
    return e


def add(row, slug, mode, comment, data, expect, policy=None, now=None, trust=None, ext="xml", build=None, check=None, cert="k", file=None, extra=None):
    """Write one vector. check: True = xmlsec1 must verify every signature, False = must not, None = not judged."""
    vid = slugged(row, slug)
    v = {"id": vid, "row": row, "comment": comment, "mode": mode}
    if build is not None:
        if data is not None:
            build = {"base": f"{row[:2].lower()}/{vid.lower()}.base.xml", **build}
            write(build["base"], data)
        v["build"] = build
    else:
        v["file"] = file or f"{row[:2].lower()}/{vid.lower()}.{ext}"
        if data is not None:
            write(v["file"], data)
        if check is not None:
            CHECKS.append((v["file"], cert, check))
    v["binding"] = "xml" if ext == "xml" else "post"
    if trust:
        v["trust"] = {"entity_id": trust.get("entity_id", "https://idp.test"), "certs": trust.get("certs", ["k.crt"])}
    if policy:
        v["policy"] = policy
    if now:
        v["now"] = now
    v["expect"] = expectation(expect)
    v.update(extra or {})
    VECTORS.append(v)
    return data


def S(row, slug, comment, doc, expect, key="k", py=None, check=True, want=None, more=None, **kw):
    """Sign the template, add it. expect: check name(s), or 'ACCEPT'."""
    data = sign(doc, key, py)
    assert "@S" not in data or "@S" in doc and row == "none"
    if expect == "ACCEPT":
        expect = acc(data, want, **(more or {}))
    add(row, slug, kw.pop("mode", "S"), comment, data, expect, check=check, cert=kw.pop("cert", key), **kw)
    return data


def M(row, slug, comment, data, expect, want=None, more=None, **kw):
    if expect == "ACCEPT":
        expect = acc(data, want, **(more or {}))
        kw.setdefault("check", True)
    return add(row, slug, kw.pop("mode", "M"), comment, data, expect, **kw)


def build_signed(doc, insert, n_marker=24, **kw):
    """Sign a template with @@INS@@ replaced by the long text; return (base without the long text, build recipe)."""
    before, repeat, times, after = insert
    long = before + repeat * times + after
    i = doc.index("@@INS@@")
    full = sign(doc.replace("@@INS@@", long), **kw)
    j = full.index(long)
    base = full[:j] + full[j + len(long):]
    return base, recipe(base, j, before, repeat, times, after)


def recipe(base, j, before, repeat, times, after):
    n = 8
    while base.find(base[j:j + n]) != j:
        n += 8
        assert n < 2000
    return {"insert_at": base[j:j + n], "before": before, "repeat": repeat, "times": times, "after": after}


def build_plain(base_file, data, marker, before, repeat, times, after):
    assert marker in data
    return {"base": base_file, "insert_at": marker, "before": before, "repeat": repeat, "times": times, "after": after}


def dump():
    ids = [v["id"] for v in VECTORS]
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]
    with open(os.path.join(OUT, "vectors.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(v, ensure_ascii=True) for v in VECTORS) + "\n]\n")
