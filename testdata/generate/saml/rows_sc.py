"""SC, ST, SD, SP: canonicalisation, text, DTD, well-formedness."""
import unicodedata

from bases import B_A as FULL_A
from bases import KI
from bases import LEAN_A as B_A
from bases import LEAN_R as B_R
from lib import *
from rows_sv import T, XSI, subject, sc as confirmation
from rows_sx import EVIL_A0, before_assertion

SIG_A = signature_of(B_A)
SIG_R = signature_of(B_R)

NI = ">alice@idp.test</saml:NameID>"
AV = "<saml:AttributeValue>user</saml:AttributeValue>"
EMPTY = {"sha1": SHA1, "sha256": SHA256, "sha384": SHA384, "sha512": SHA512}
V = '<v:x xmlns:v="urn:vendor"'


def attr(inner, t="A", **o):
    """The first role value replaced by this markup."""
    return T((AV, f"<saml:AttributeValue>{inner}</saml:AttributeValue>"), t=t, **o)


def S_lax(row, slug, comment, doc, expect, raw, canon, token="TOKENQ", **kw):
    """Sign what a lax parser would make of the message: the token stands for `canon` in the canonical form and becomes `raw` in the file."""
    t = "A" if "@DA@" in doc else "R"
    raw, canon, token = (x if isinstance(x, bytes) else x.encode() for x in (raw, canon, token))
    data = sign_py(doc, t, csub=[(token, canon)] if token in canon_parent(doc, f"@D{t}@") else []).encode()
    assert token in data
    add(row, slug, "S", comment, data.replace(token, raw), expect, **kw)


def sc():
    empty_digest = b64(hashlib.sha256(b"").digest())
    dv = cut(SIG_A, "<ds:DigestValue>", "</ds:DigestValue>")
    dvr = cut(SIG_R, "<ds:DigestValue>", "</ds:DigestValue>")
    evil = sub(B_R, (HONEST, EVIL))
    M("SC-01", "golden", 'xmlns:ns="1" on the Response, DigestValue of the empty string, evil Assertion', sub(evil, ("<samlp:Response ", '<samlp:Response xmlns:ns="1" '), (dvr, f"<ds:DigestValue>{empty_digest}</ds:DigestValue>")), "XmlRelativeNamespace")
    M("SC-01", "golden-assertion", "the same on the Assertion", sub(sub(B_A, (HONEST, EVIL)), ("<saml:Assertion ", '<saml:Assertion xmlns:ns="1" '), (dv, f"<ds:DigestValue>{empty_digest}</ds:DigestValue>")), "XmlRelativeNamespace")
    M("SC-01", "golden-signature", 'xmlns:ns="1" on the Signature', sub(B_R, (f'<ds:Signature xmlns:ds="{DS}">', f'<ds:Signature xmlns:ds="{DS}" xmlns:ns="1">')), "XmlRelativeNamespace")
    S("SC-01", "golden-signed", "K signed SignedInfo with the empty-string digest, relative namespace on the Response", response("R").replace("<samlp:Response ", '<samlp:Response xmlns:ns="urn:TOKEN" ', 1).replace(HONEST, EVIL),
      "XmlRelativeNamespace", py={"digest": empty_digest}, check=None) and None
    fix = VECTORS[-1]["file"]
    write(fix, read(os.path.join(OUT, fix)).replace("urn:TOKEN", "1"))
    for slug, u in (("dot", "./a"), ("dotdot", "../x"), ("network-path", "//host/x"), ("fragment", "#f"), ("bare", "foo"), ("query", "?x"), ("absolute-path", "/x"), ("colon-late", "a/b:c"), ("digit-scheme", "1a:b")):
        S_lax("SC-04", f"{slug}-used", f"relative namespace {u!r} used inside the signed Assertion", attr('<v:x xmlns:v="urn:TOKENQ">y</v:x>'), "XmlRelativeNamespace", u, u, token="urn:TOKENQ")
        M("SC-04", f"{slug}-response", f"relative namespace {u!r} on the unsigned Response", sub(B_A, ("<samlp:Response ", f'<samlp:Response xmlns:v="{u}" ')), "XmlRelativeNamespace")
    S_lax("SC-04", "default-relative", "relative default namespace inside the signed Assertion", attr('<x xmlns="urn:TOKENQ">y</x>'), "XmlRelativeNamespace", "foo", "foo", token="urn:TOKENQ")
    for name, uri in EMPTY.items():
        S("SC-05", name, f"SignedInfo signed by K with the {name} digest of the empty string", response("", siga=sig("A", dm=uri)), "DigestMismatch", py={"digest": b64(hashlib.new(name, b"").digest())}, check=None,
          **({"policy": {"allow": ["sha1"]}} if name == "sha1" else {}))
    S("SC-05", "sha1-default", "the same with sha1 and no exception", response("", siga=sig("A", dm=SHA1)), "DigestAlgForbidden", py={"digest": b64(hashlib.sha1(b"").digest())}, check=None)
    void = b64(sign_bytes(privkey("k"), b""))
    sv = cut(SIG_A, "<ds:SignatureValue>", "</ds:SignatureValue>")
    M("SC-06", "assertion", "SignatureValue is K's signature over zero bytes", sub(B_A, (sv, f"<ds:SignatureValue>{void}</ds:SignatureValue>")), "SignatureInvalid")
    S("SC-06", "both-empty", "K's signature over zero bytes and the empty-string digest", response("R").replace(HONEST, EVIL), "SignatureInvalid", py={"digest": empty_digest, "value": void}, check=None)
    M("SC-07", "signature", "xml:xmlns on the Signature", sub(B_A, (f'<ds:Signature xmlns:ds="{DS}">', f'<ds:Signature xmlns:ds="{DS}" xml:xmlns="{DS}">')), "XmlReservedNamespace")
    M("SC-07", "assertion", "xml:xmlns on the Assertion", sub(B_A, ("<saml:Assertion ", f'<saml:Assertion xml:xmlns="{DS}" ')), "XmlReservedNamespace")
    M("SC-07", "response", "xml:xmlns on the unsigned Response", sub(B_A, ("<samlp:Response ", f'<samlp:Response xml:xmlns="{SAMLP}" ')), "XmlReservedNamespace")
    M("SC-07", "no-namespace-signature", "Signature without namespace, xml:xmlns pretends one", B_A.replace(f'xmlns:ds="{DS}"', f'xml:xmlns="{DS}"').replace("<ds:", "<").replace("</ds:", "</"), ["XmlReservedNamespace", "UnexpectedElement"])
    for slug, d in (("xml-other", 'xmlns:xml="urn:x"'), ("xmlns-declared", 'xmlns:xmlns="urn:x"'), ("xmlns-as-default", 'xmlns="http://www.w3.org/2000/xmlns/"'), ("xml-other-prefix", 'xmlns:p="http://www.w3.org/XML/1998/namespace"'),
                    ("xmlns-other-prefix", 'xmlns:p="http://www.w3.org/2000/xmlns/"'), ("xml-as-default", 'xmlns="http://www.w3.org/XML/1998/namespace"'), ("xml-empty", 'xmlns:xml=""'), ("xmlns-right", 'xmlns:xmlns="http://www.w3.org/2000/xmlns/"')):
        M("SC-08", slug + "-response", f"{d} on the unsigned Response", sub(B_A, ("<samlp:Response ", f"<samlp:Response {d} ")), "XmlReservedNamespace")
        S_lax("SC-08", slug, f"{d} on an element inside the signed Assertion (not visibly used)", attr('<v:x xmlns:v="urn:vendor" TOKENQ="1">y</v:x>'), "XmlReservedNamespace", " " + d, "", token=' TOKENQ="1"')
    M("SC-08", "prefix-undeclared", 'xmlns:p="" (Namespaces 1.0 forbids it)', sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns:p="" ')), ["XmlReservedNamespace", "XmlNotWellFormed", "XmlRelativeNamespace"])
    M("SC-08", "xml-right", "xmlns:xml with its own namespace on the unsigned Response: legal", sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns:xml="http://www.w3.org/XML/1998/namespace" ')), "ACCEPT")
    S("SC-08", "xml-right-signed", "xmlns:xml with its own namespace inside the signed Assertion: legal, not in the canonical form", attr('<v:x xmlns:v="urn:vendor" xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="en">y</v:x>'), "ACCEPT")
    inc = response("", siga=sig("A", transforms=transform(ENV) + transform(INC)))
    inc_signed = S("SC-10", "before", "Assertion signed with inclusive C14N", inc, "ACCEPT")
    M("SC-10", "xmlns-added", 'inclusive C14N, then xmlns:e="urn:e" added to the Response', sub(inc_signed, ("<samlp:Response ", '<samlp:Response xmlns:e="urn:e" ')), "DigestMismatch", check=False)
    M("SC-10", "xml-lang-added", "inclusive C14N 1.0, then xml:lang added to the Response: inherited into the canonical form", sub(inc_signed, ("<samlp:Response ", '<samlp:Response xml:lang="en" ')), "DigestMismatch", check=False)
    M("SC-10", "attribute-added", "inclusive C14N, then an ordinary attribute of the Response altered: not inherited", sub(inc_signed, (' InResponseTo="_req1">', ' Consent="urn:x" InResponseTo="_req1">')), "ACCEPT")
    S("SC-10", "xml-lang-signed", "inclusive C14N 1.0 with xml:lang and xml:space on the Response (inherited)", sub(inc, ("<samlp:Response ", '<samlp:Response xml:lang="de" xml:space="preserve" ')), "ACCEPT")
    c11 = response("", siga=sig("A", transforms=transform(ENV) + transform(C11)))
    S("SC-10", "c14n11-xml-lang", "C14N 1.1 with xml:lang on the Response (inherited)", sub(c11, ("<samlp:Response ", '<samlp:Response xml:lang="de" ')), "ACCEPT")
    S("SC-10", "unused-namespaces", "inclusive C14N with unused namespaces on Response and Assertion", sub(inc, ("<samlp:Response ", '<samlp:Response xmlns:z="urn:z" xmlns:b="urn:b" '), ("<saml:Assertion ", '<saml:Assertion xmlns:z="urn:z2" xmlns="urn:d" ')), "ACCEPT")
    si = response("", siga=sig("A", c14n=INC))
    si_signed = S("SC-12", "before", "SignedInfo canonicalised inclusively", si, "ACCEPT")
    M("SC-12", "xmlns-added", "SignedInfo inclusive, then a new xmlns on the Response", sub(si_signed, ("<samlp:Response ", '<samlp:Response xmlns:e="urn:e" ')), "SignatureInvalid", check=False)
    xs = '<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">user</saml:AttributeValue>'
    XSD = "http://www.w3.org/2001/XMLSchema"
    xsd = S("SC-13", "before", 'xsi:type="xs:string", xs declared on the Response, not in a PrefixList', sub(T((AV, xs)), ("<samlp:Response ", f'<samlp:Response xmlns:xs="{XSD}" ')), "ACCEPT")
    M("SC-13", "rebound", "then xs rebound on the Response: no effect on the value", sub(xsd, (f'xmlns:xs="{XSD}"', 'xmlns:xs="urn:evil"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["user", "auditor"]}})
    M("SC-13", "unbound", "then xs unbound: no effect on the value", sub(xsd, (f' xmlns:xs="{XSD}"', "")), "ACCEPT")
    pl = lambda p, t="A": response("", **{"sig" + t.lower(): sig(t, transforms=transform(ENV) + transform(EXC, prefixes(p)))})
    for slug, p in (("colon", "xs:string"), ("colon-only", ":"), ("digit", "1a"), ("slash", "a/b"), ("comma", "xs,xsi"), ("angle", "a&lt;b"), ("hash-other", "#other")):
        S("SC-15", slug, f"PrefixList {p!r}", pl(p), "PrefixListInvalid", py={}, check=None)
    for n in (65, 1000, 10000):
        base, rec = build_signed(pl("@@INS@@"), ("", "p ", n - 1, "p"), py={})
        add("SC-15", f"{n}-tokens", "S", f"PrefixList of {n} tokens", base, "PrefixListInvalid", build=rec)
    S("SC-15", "64-tokens", "PrefixList of 64 tokens (the limit)", pl(" ".join(f"p{i}" for i in range(64))), "ACCEPT", py={})
    S("SC-15", "65-tokens-distinct", "PrefixList of 65 distinct tokens", pl(" ".join(f"p{i}" for i in range(65))), "PrefixListInvalid", py={})
    for n in (300 * 1024, 1024 * 1024):
        base, rec = build_signed(pl("@@INS@@"), ("", "p", n, ""), py={})
        add("SC-15", f"token-{n // 1024}k", "S", f"PrefixList of one token of {n} bytes", base, ["PrefixListInvalid", "LimitTextLength", "LimitInputSize"], build=rec)
    M("SC-15", "nul", "PrefixList with &#0;", sub(sign(pl("xs")), ('PrefixList="xs"', 'PrefixList="xs&#0;"')), ["PrefixListInvalid", "XmlForbiddenChar"])
    S("SC-15", "empty", "empty PrefixList: the same as none", pl(""), "ACCEPT")
    incl = prefixes("xs")
    S("SC-16", "under-enveloped", "InclusiveNamespaces under the enveloped-signature Transform", response("", siga=sig("A", transforms=transform(ENV, incl) + transform(EXC))), "TransformForbidden", py={}, check=None)
    S("SC-16", "twice", "InclusiveNamespaces twice under exclusive C14N", response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, incl + incl))), "TransformForbidden", py={}, check=None)
    S("SC-16", "no-namespace", "InclusiveNamespaces without namespace", response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, '<InclusiveNamespaces PrefixList="xs"/>'))), "TransformForbidden", py={}, check=None)
    S("SC-16", "ds-namespace", "InclusiveNamespaces in the ds namespace", response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, '<ds:InclusiveNamespaces PrefixList="xs"/>'))), "TransformForbidden", py={}, check=None)
    S("SC-16", "under-inclusive", "InclusiveNamespaces under inclusive C14N", response("", sigr=sig("R", transforms=transform(ENV) + transform(INC, incl))), "TransformForbidden", py={}, check=None)
    S("SC-16", "text-child", "text under exclusive C14N", response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, "text"))), ["TransformForbidden", "SignatureShape", "UnexpectedText"], py={}, check=None)
    S("SC-16", "with-child", "InclusiveNamespaces with a child element", response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, incl.replace("/>", "><x/></ec:InclusiveNamespaces>")))), ["TransformForbidden", "SignatureShape"], py={}, check=None)
    S("SC-16", "no-prefixlist", "InclusiveNamespaces without PrefixList", response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, incl.replace(' PrefixList="xs"', "")))), ["TransformForbidden", "PrefixListInvalid", "MissingAttribute", "SignatureShape"], py={}, check=None)

    chars = "&#9;t&#10;n&#13;r&quot;q&lt;l&gt;g&amp;a&apos;s"
    for t in "AR":
        S("SC-18", f"value-attribute-{t.lower()}", f"tab, LF, CR, quote, less-than, ampersand as references in an attribute inside a value ({'Assertion' if t == 'A' else 'Response'} signed)", attr(f'<v:x xmlns:v="urn:vendor" a="{chars}"/>', t=t), "ACCEPT")
    S("SC-18", "attribute-name", "the same in Attribute/@Name: the name comes out verbatim", T(('Name="role"', f'Name="{chars}"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "\tt\nn\rr\"q<l>g&a's".replace("\tt", "\tt"): ["user", "auditor"]}})
    S("SC-18", "raw-whitespace", "raw tab and line feed in an attribute become spaces", T(('Name="role"', 'Name="ro\tle\nx"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "ro le x": ["user", "auditor"]}})
    S("SC-18", "single-quotes", "attributes in single quotes with double quotes inside", T(('Name="role"', "Name='ro\"le'")), "ACCEPT")
    S("SC-18", "text-escapes", "text with &gt;, &quot;, &apos;, hexadecimal and decimal references", T((">user<", ">a&gt;b&quot;c&apos;d&#x41;&#66;&#x1F600;<")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a>b\"c'dAB\U0001f600", "auditor"]}})
    S("SC-18", "cdata", "CDATA in an AttributeValue", T((">user<", "><![CDATA[a<b&c]]><")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a<b&c", "auditor"]}})
    S("SC-18", "attribute-order", "attributes and declarations in odd order, several namespaces", attr('<v:x z="1" b:y="2" a:y="3" xmlns:b="urn:a" xml:lang="x" a="4" xmlns:a="urn:b" xmlns:v="urn:vendor" xmlns="urn:d"/>'), "ACCEPT")
    S("SC-18", "attribute-whitespace", "white space inside tags", T((AV, '<saml:AttributeValue\n\t >user</saml:AttributeValue\n >'), ('Name="email"', 'Name\n=\n"email"\n')), "ACCEPT")
    S("SC-19", "crlf-in-value", "raw CRLF in a value becomes LF", T((">user<", ">a\r\nb<")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a\nb", "auditor"]}})
    S("SC-19", "lone-cr", "lone CR in a value becomes LF", T((">user<", ">a\rb\r\r\nc\n\rd<")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a\nb\n\nc\n\nd", "auditor"]}})
    S("SC-19", "reference", "&#13; in a value stays a CR", T((">user<", ">a&#13;b&#xD;\nc<")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a\rb\r\nc", "auditor"]}})
    S("SC-19", "cdata-crlf", "raw CRLF in CDATA becomes LF", T((">user<", "><![CDATA[a\r\nb\rc]]><")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a\nb\nc", "auditor"]}})
    S("SC-19", "attribute-crlf", "raw CRLF in an attribute becomes one space", T(('Name="role"', 'Name="a\r\nb\rc"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "a b c": ["user", "auditor"]}})
    for slug, ch in (("nel", "\x85"), ("ls", "\u2028"), ("nel-after-cr", "\r\x85"), ("nbsp", "\xa0"), ("c1", "\x80\x9f")):
        S("SC-20", slug, f"text with {[hex(ord(c)) for c in ch]}: XML 1.1 line ends do not apply", T((">user<", f">a{ch}b<")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": [f"a{ch}b".replace("\r", "\n"), "auditor"]}})
    S("SC-20", "attribute", "U+0085 and U+2028 in Attribute/@Name", T(('Name="role"', 'Name="a\x85b\u2028c"')), "ACCEPT")
    S("SC-21", "undeclared-in-child", "default namespace undeclared inside a value, redeclared below", attr('<x xmlns="urn:a"><y xmlns=""><z xmlns="urn:a"/></y></x>'), "ACCEPT")
    S("SC-21", "undeclared-at-value", "default namespace on the Assertion, undeclared in a value's child", sub(attr('<y xmlns="">t</y>'), ("<saml:Assertion ", f'<saml:Assertion xmlns="{SAML}" ')), "ACCEPT")
    S("SC-21", "needless-undeclare", 'xmlns="" where no default namespace is in scope', attr('<y xmlns="">t</y>'), "ACCEPT")
    S("SC-21", "prefix-rebound", "a prefix rebound at each level", attr('<p:x xmlns:p="urn:a"><p:y xmlns:p="urn:b"><p:z xmlns:p="urn:a"><q:w xmlns:q="urn:a" p:a="1" q:b="2"/></p:z></p:y></p:x>'), "ACCEPT")
    S("SC-21", "repeated-declaration", "the same declaration repeated at each level: only once in the canonical form", attr('<p:x xmlns:p="urn:a"><p:y xmlns:p="urn:a"><p:z xmlns:p="urn:a"/></p:y></p:x>'), "ACCEPT")
    S("SC-21", "sibling-scopes", "declarations needed by two siblings, made by none of their ancestors", sub(attr('<p:x/><p:y/>'), ("<samlp:Response ", '<samlp:Response xmlns:p="urn:p" ')), "ACCEPT")
    S("SC-21", "saml-prefix-rebound", "prefix saml rebound inside a value", attr('<saml:x xmlns:saml="urn:other"><saml:NameID>not a NameID</saml:NameID></saml:x>'), "ACCEPT")
    ex = {
        "3.1-like": "\n<v:d xmlns:v='urn:v'>  <v:e/>  text  </v:d>\n",
        "3.2": "<doc xmlns=\"urn:c\">\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n      <dirty>   A   B   </dirty>\n      C\n   </mixed>\n</doc>",
        "3.3": "<doc xmlns=\"urn:c\">\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   code=\"elem3\"   />\n   <e4   name=\"elem4\"   code=\"elem4\"   ></e4>\n   <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n      <e7 xmlns=\"http://www.ietf.org\">\n         <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n            <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\" attr=\"default\"/>\n         </e8>\n      </e7>\n   </e6>\n</doc>",
        "3.4": "<doc xmlns=\"urn:c\">\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>",
        "3.6": "<doc xmlns=\"urn:c\">&#169;</doc>",
        "exc-2.2": "<n0:local xmlns:n0=\"foo:bar\" xmlns:n3=\"ftp://example.org\"><n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"/></n1:elem2></n0:local>",
        "attr-sort": "<x xmlns='urn:x' xmlns:b='urn:1' xmlns:a='urn:2' xmlns:A='urn:0' b:z='1' a:a='2' A:q='3' c='4' B='5' a='6' &#9;='7'/>".replace(" &#9;='7'", ""),
        "astral-names": "<\u00e9l\u00e9ment xmlns='urn:x' \u4e2d='1' z='2' \U00010400='3'/>",
    }
    for slug, frag in ex.items():
        for c, cn in ((EXC, "exc"), (INC, "inc"), (C11, "c14n11")):
            if cn == "c14n11" and slug not in ("3.3", "3.4"):
                continue
            S("SC-22", f"{slug}-{cn}", f"content after W3C C14N example {slug} inside a value, {cn}", sub(response("", siga=sig("A", transforms=transform(ENV) + transform(c), c14n=c)), (AV, f"<saml:AttributeValue>{frag}</saml:AttributeValue>")), "ACCEPT")
    nfc = unicodedata.normalize("NFC", "Zoe\u0301")
    zoe = sign(T((">user<", f">{nfc}<")))
    M("SC-23", "attribute", "NFC e-acute in a value replaced by NFD", sub(zoe, (nfc, unicodedata.normalize("NFD", nfc))), "DigestMismatch")
    zn = sign(T((NI, f">{nfc}@idp.test</saml:NameID>")))
    M("SC-23", "nameid", "NFC e-acute in NameID replaced by NFD", sub(zn, (nfc, unicodedata.normalize("NFD", nfc))), "DigestMismatch")
    S_lax("SC-25", "value", "a:x and b:x bound to one URI, signed as a lax parser would", attr('<v:x xmlns:v="urn:vendor" xmlns:a="urn:a" xmlns:b="urn:TOKENQ" a:x="1" b:x="2"/>'), "XmlDuplicateAttribute", "urn:a", "urn:a", token="urn:TOKENQ")
    M("SC-25", "response", "e:ID twice under two prefixes on the unsigned Response", sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns:a="urn:a" xmlns:b="urn:a" a:x="1" b:x="2" ')), "XmlDuplicateAttribute")
    M("SC-25", "inherited", "two prefixes declared on an ancestor, used on the Status", sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns:a="urn:a" xmlns:b="urn:a" '), ("<samlp:Status>", '<samlp:Status a:x="1" b:x="2">')), "XmlDuplicateAttribute")
    S("SC-25", "distinct-uris", "a:x and b:x bound to different URIs, and x without namespace", attr('<v:x xmlns:v="urn:vendor" xmlns:a="urn:a" xmlns:b="urn:b" a:x="1" b:x="2" x="3"/>'), "ACCEPT")
    M("SC-25", "duplicate-declaration", "the same prefix declared twice on one element", sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns:a="urn:a" xmlns:a="urn:b" ')), "XmlDuplicateAttribute")
    M("SC-25", "duplicate-default", "the default namespace declared twice on one element", sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns="urn:a" xmlns="urn:a" ')), "XmlDuplicateAttribute")


def st():
    long = sign(response("A", subject=SUBJECT.replace("alice@idp.test", "admin@sp.test.evil.test")))
    full = {"name_id": "admin@sp.test.evil.test"}
    N = "admin@sp.test.evil.test"
    M("ST-01", "empty-comment", "NameID admin@sp.test<!---->.evil.test", sub(long, (N, "admin@sp.test<!---->.evil.test")), "XmlCommentForbidden")
    M("ST-01", "comment-text", "comment with text in NameID", sub(long, (N, "admin@sp.test<!-- x -->.evil.test")), "XmlCommentForbidden")
    M("ST-01", "comment-first", "comment before the NameID text", sub(long, (N, "<!--x-->" + N)), "XmlCommentForbidden")
    M("ST-01", "comment-last", "comment after the NameID text", sub(long, (N, N + "<!--x-->")), "XmlCommentForbidden")
    M("ST-01", "two-comments", "two comments in NameID", sub(long, (N, "admin<!---->@sp.test<!---->.evil.test")), "XmlCommentForbidden")
    longr = sign(response("R", subject=SUBJECT.replace("alice@idp.test", N)))
    M("ST-01", "response-signed", "comment in NameID, Response signed", sub(longr, (N, "admin@sp.test<!---->.evil.test")), "XmlCommentForbidden")
    for t in (EXCWC, INCWC):
        S("ST-01", "withcomments-" + ("exc" if t == EXCWC else "inc"), "comment in NameID covered by a #WithComments signature", sub(response("", sigr=sig("R", transforms=transform(ENV) + transform(t))), (NI, ">admin@sp.test<!---->.evil.test</saml:NameID>")), "XmlCommentForbidden")
    M("ST-03", "attributevalue", "comment in AttributeValue", sub(B_A, (">user<", ">us<!---->er<")), "XmlCommentForbidden")
    M("ST-03", "issuer", "comment in the Assertion's Issuer", sub(B_A, (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG + "\n" + ISSUER.replace("idp", "i<!---->dp"))), "XmlCommentForbidden")
    M("ST-03", "response-issuer", "comment in the Response's Issuer", sub(B_A, (ISSUER + "\n<samlp:Status>", ISSUER.replace("idp", "i<!---->dp") + "\n<samlp:Status>")), "XmlCommentForbidden")
    M("ST-03", "audience", "comment in Audience", sub(B_A, ("https://sp.test/md</", "https://sp.test/<!---->md</")), "XmlCommentForbidden")
    M("ST-03", "classref", "comment in AuthnContextClassRef", sub(B_A, (PPT, PPT.replace("Password", "Password<!---->"))), "XmlCommentForbidden")
    for slug, e in (("between-elements", ("<saml:Subject>", "<!-- c --><saml:Subject>")), ("in-response", ("<samlp:Status>", "<!-- c --><samlp:Status>")), ("in-signaturevalue", ("<ds:SignatureValue>", "<ds:SignatureValue><!-- c -->")), ("in-x509certificate", ("<ds:X509Certificate>", "<ds:X509Certificate><!-- c -->")),
                    ("in-signedinfo", ("<ds:SignedInfo>", "<ds:SignedInfo><!-- c -->")), ("before-root", ("<samlp:Response ", "<!-- c --><samlp:Response ")), ("after-root", ("</samlp:Response>", "</samlp:Response><!-- c -->")), ("in-keyinfo", ("<ds:KeyInfo>", "<ds:KeyInfo><!-- c -->")), ("in-empty-element", ('status:Success"/>', 'status:Success"><!----></samlp:StatusCode>'))):
        M("ST-04", slug, f"comment: {slug}", sub(FULL_A, e), "XmlCommentForbidden")
    pi = sign(response("A", subject=SUBJECT.replace("alice@idp.test", "not-an-admin@sp.test")))
    M("ST-05", "nameid", "NameID <?p not-an-?>admin@sp.test", sub(pi, ("not-an-admin@sp.test", "<?p not-an-?>admin@sp.test")), "XmlPiForbidden")
    for slug, e in (("attributevalue", (">user<", ">us<?p x?>er<")), ("between-elements", ("<saml:Subject>", "<?p?><saml:Subject>")), ("before-root", ("<samlp:Response ", '<?xml-stylesheet href="x"?><samlp:Response ')), ("after-root", ("</samlp:Response>", "</samlp:Response><?p?>")), ("in-signaturevalue", ("<ds:SignatureValue>", "<ds:SignatureValue><?p x?>")), ("php", ("<samlp:Status>", "<?php echo 1; ?><samlp:Status>"))):
        M("ST-05", slug, f"processing instruction: {slug}", sub(B_A, e), "XmlPiForbidden")
    M("ST-07", "cdata-first", "CDATA around the first part of NameID (C14N identical)", sub(long, (N, "<![CDATA[admin@sp.test]]>.evil.test")), "ACCEPT", want=full)
    M("ST-07", "cdata-last", "CDATA around the last part of NameID (C14N identical)", sub(long, (N, "admin@sp.test<![CDATA[.evil.test]]>")), "ACCEPT", want=full)
    M("ST-07", "cdata-empty", "empty CDATA inside NameID (C14N identical)", sub(long, (N, "admin@sp.test<![CDATA[]]>.evil.test")), "ACCEPT", want=full)
    M("ST-07", "cdata-many", "every letter group in its own CDATA", sub(long, (N, "".join(f"<![CDATA[{c}]]>" for c in ("admin", "@", "sp", ".test", ".evil.test")))), "ACCEPT", want=full)
    M("ST-07", "cdata-attributevalue", "CDATA in an AttributeValue (C14N identical)", sub(B_A, (">user<", ">us<![CDATA[er]]><")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["user", "auditor"]}})
    M("ST-07", "cdata-issuer-audience", "CDATA in Issuer and Audience (C14N identical)", sub(B_A, (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG + "\n<saml:Issuer>https://<![CDATA[idp.test]]></saml:Issuer>"), (">https://sp.test/md<", "><![CDATA[https://sp.test/md]]><")), "ACCEPT")
    M("ST-08", "dot", "NameID admin@sp.test&#x2E;evil.test (C14N identical)", sub(long, (N, "admin@sp.test&#x2E;evil.test")), "ACCEPT", want=full)
    M("ST-08", "first-letter", "first letter of NameID as reference (C14N identical)", sub(long, (N, "&#97;dmin@sp.test.evil.test")), "ACCEPT", want=full)
    M("ST-08", "last-letter", "last letter of NameID as reference (C14N identical)", sub(long, (N, "admin@sp.test.evil.tes&#x74;")), "ACCEPT", want=full)
    M("ST-08", "all", "every letter of NameID as reference (C14N identical)", sub(long, (N, "".join(f"&#{ord(c)};" for c in N))), "ACCEPT", want=full)
    M("ST-08", "attributevalue", "reference inside an AttributeValue (C14N identical)", sub(B_A, (">user<", ">us&#x65;r<")), "ACCEPT")
    M("ST-08", "attribute-name", "reference inside Attribute/@Name (C14N identical)", sub(B_A, ('Name="role"', 'Name="r&#111;le"')), "ACCEPT")
    M("ST-08", "id", "reference inside Assertion/@ID and Reference/@URI (C14N identical)", sub(B_A, ('ID="_a1"', 'ID="&#95;a1"'), ('URI="#_a1"', 'URI="#_&#97;1"')), "ACCEPT")
    M("ST-08", "recipient-audience", "references in Recipient and Audience (C14N identical)", sub(B_A, ('Recipient="https://sp.test/acs"', 'Recipient="https://sp.test/&#97;cs"'), (">https://sp.test/md<", ">https://sp.test/m&#x64;<")), "ACCEPT")
    M("ST-08", "leading-zeros", "reference with leading zeros (C14N identical)", sub(long, (N, "admin@sp.test&#x0000002e;evil.test")), "ACCEPT", want=full)
    S("ST-08", "amp", "NameID with &amp; in the middle", T((NI, ">a&amp;b@idp.test</saml:NameID>")), "ACCEPT", want={"name_id": "a&b@idp.test"})
    S("ST-10", "hex", "NameID a&amp;#x40;b: decoded once", T((NI, ">a&amp;#x40;b</saml:NameID>")), "ACCEPT", want={"name_id": "a&#x40;b"})
    S("ST-10", "lt", "NameID a&amp;lt;b: decoded once", T((NI, ">a&amp;lt;b</saml:NameID>")), "ACCEPT", want={"name_id": "a&lt;b"})
    S("ST-10", "amp-amp", "AttributeValue a&amp;amp;b: decoded once", T((">user<", ">a&amp;amp;b<")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["a&amp;b", "auditor"]}})
    S("ST-10", "cdata", "NameID <![CDATA[a&#x40;b]]>: not decoded at all", T((NI, "><![CDATA[a&#x40;b]]></saml:NameID>")), "ACCEPT", want={"name_id": "a&#x40;b"})
    S("ST-10", "attribute", "Attribute/@Name a&amp;#x40;b: decoded once", T(('Name="role"', 'Name="a&amp;#x40;b"')), "ACCEPT")
    S("ST-10", "percent", "NameID a%40b: not percent-decoded", T((NI, ">a%40b</saml:NameID>")), "ACCEPT", want={"name_id": "a%40b"})
    for slug, e in (("nameid", (NI, ">admin<x/>.evil</saml:NameID>")), ("nameid-foreign", (NI, f'>admin{V}/>.evil</saml:NameID>')), ("nameid-b", (NI, "><b>alice@idp.test</b></saml:NameID>")), ("nameid-nested", (NI, "><saml:NameID>alice@idp.test</saml:NameID></saml:NameID>")),
                    ("audience", (">https://sp.test/md<", ">https://sp.test/md<x/><")), ("issuer", (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG + "\n<saml:Issuer>https://idp<x/>.test</saml:Issuer>")), ("classref", (PPT + "</", PPT + "<x/></"))):
        S("ST-11", slug, f"element inside text-only element: {slug}", T(e), "UnexpectedElement")
    S("ST-11", "statuscode", "foreign element inside StatusCode, Response signed", T(('status:Success"/>', 'status:Success"><x/></samlp:StatusCode>'), t="R"), "UnexpectedElement")
    S("ST-11", "statusmessage", "element inside StatusMessage, Response signed", T(("</samlp:Status>", "<samlp:StatusMessage>a<x/></samlp:StatusMessage></samlp:Status>"), t="R"), "UnexpectedElement")
    S("ST-12", "nameid-twice", "NameID twice", response("A", subject=subject(NAMEID, CONFIRMATION)), "DuplicateElement")
    S("ST-12", "nameid-twice-evil", "NameID twice, the second one evil", response("A", subject=subject(NAMEID.replace("alice@idp.test", "admin@sp.test"), CONFIRMATION)), "DuplicateElement")
    S("ST-12", "nameid-baseid", "NameID and BaseID", response("A", subject=subject(f'<saml:BaseID {XSI} xmlns:x="urn:x" xsi:type="x:T"/>', CONFIRMATION)), "DuplicateElement")
    eid = f'<saml:EncryptedID><xenc:EncryptedData xmlns:xenc="{XENC}"><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedID>'
    S("ST-12", "nameid-encryptedid", "NameID and EncryptedID", response("A", subject=subject(eid, CONFIRMATION)), "DuplicateElement")
    S("ST-12", "encryptedid-nameid", "EncryptedID and NameID", response("A", subject=subject(NAMEID, CONFIRMATION, name=eid)), "DuplicateElement")
    S("ST-12", "nameid-in-confirmation", "a second NameID inside SubjectConfirmation is not the subject's name", response("A", subject=subject(confirmation(inner="<saml:NameID>admin@sp.test</saml:NameID>"))), "ACCEPT", want={"name_id": "alice@idp.test"})
    for slug, n in (("self-closed", f'<saml:NameID Format="{EMAILFMT}"/>'), ("empty", f'<saml:NameID Format="{EMAILFMT}"></saml:NameID>'), ("whitespace", "<saml:NameID> \n\t</saml:NameID>"), ("empty-cdata", "<saml:NameID><![CDATA[]]></saml:NameID>"), ("cr", "<saml:NameID>&#13;</saml:NameID>")):
        S("ST-13", slug, f"NameID empty: {slug}", response("A", subject=subject(CONFIRMATION, name=n)), "NameIdEmpty")
        if slug != "cr":
            S("ST-13", slug + "-optional", f"NameID empty ({slug}) where none is required: still refused", response("A", subject=subject(CONFIRMATION, name=n)), "NameIdEmpty", policy={"name_id": "optional"})
    for slug, n, v in (("leading-space", " admin@sp.test", " admin@sp.test"), ("trailing-newline", "admin@sp.test\n", "admin@sp.test\n"), ("trailing-tab", "admin@sp.test&#9;", "admin@sp.test\t"), ("inner-spaces", "a  b", "a  b"), ("nbsp", "\xa0admin@sp.test", "\xa0admin@sp.test"), ("indented", "\n      admin@sp.test\n    ", "\n      admin@sp.test\n    ")):
        S("ST-15", slug, f"NameID {n!r} comes out verbatim", T((NI, f">{n}</saml:NameID>")), "ACCEPT", want={"name_id": v})
    S("ST-15", "attributevalue", "AttributeValue with surrounding white space comes out verbatim", T((">user<", ">\n  user\t <")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["\n  user\t ", "auditor"]}})
    S("ST-15", "attribute-name", "Attribute/@Name with surrounding spaces comes out verbatim", T(('Name="role"', 'Name=" role "')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], " role ": ["user", "auditor"]}})
    S("ST-16", "text-and-element", "AttributeValue with text and a child element", attr(f"admin{V}/>.evil"), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": [{"xml": True}, "auditor"]}})
    S("ST-16", "element-only", "AttributeValue with a child element only", attr(f"{V}>user</v:x>"), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": [{"xml": True}, "auditor"]}})
    S("ST-16", "un-namespaced-element", "AttributeValue with an un-namespaced child element", attr("a<b>c</b>d"), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": [{"xml": True}, "auditor"]}})
    S("ST-17", "two-values", "two AttributeValue for email: the list has both, the single getter AttributeAmbiguous", T(("<saml:AttributeValue>alice@idp.test</saml:AttributeValue>", "<saml:AttributeValue>alice@idp.test</saml:AttributeValue><saml:AttributeValue>admin@sp.test</saml:AttributeValue>")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test", "admin@sp.test"], "role": ["user", "auditor"]}})
    S("ST-17", "two-attributes", "email in two Attribute elements", T((">user<", ">x<"), ('Name="role"', 'Name="email"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test", "x", "auditor"]}})
    S("ST-17", "name-case", "email and Email are two attributes", T(('Name="role"', 'Name="Email"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "Email": ["user", "auditor"]}})
    S("ST-19", "friendlyname", 'Name="urn:x:y" FriendlyName="email": lookup by email finds nothing', T(('Name="email"', 'Name="urn:x:y" FriendlyName="email"')), "ACCEPT", want={"attributes": {"urn:x:y": ["alice@idp.test"], "role": ["user", "auditor"]}})
    S("ST-19", "friendlyname-shadows", "another attribute takes email as FriendlyName", T(('Name="role"', 'Name="role" FriendlyName="email"')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["user", "auditor"]}})


def sd():
    def pro(dtd, doc=B_A):
        return dtd + doc
    D = "XmlDoctypeForbidden"
    M("SD-01", "bare", "<!DOCTYPE Response>", pro("<!DOCTYPE Response>"), D)
    M("SD-01", "qualified", "<!DOCTYPE samlp:Response>", pro("<!DOCTYPE samlp:Response>"), D)
    M("SD-01", "after-declaration", "DOCTYPE after the XML declaration", pro('<?xml version="1.0"?>\n<!DOCTYPE samlp:Response>\n'), D)
    M("SD-01", "empty-subset", "DOCTYPE with an empty internal subset", pro("<!DOCTYPE samlp:Response []>"), D)
    M("SD-01", "public", "DOCTYPE with a public identifier", pro('<!DOCTYPE samlp:Response PUBLIC "-//x//y" "http://evil.test/x.dtd">'), D)
    M("SD-01", "in-content", "DOCTYPE inside the root element", sub(B_A, ("<samlp:Status>", "<!DOCTYPE x><samlp:Status>")), [D, "XmlNotWellFormed"])
    M("SD-01", "after-root", "DOCTYPE after the root element", B_A + "<!DOCTYPE x>", [D, "XmlNotWellFormed", "XmlTrailingContent"])
    M("SD-01", "lower-case", "<!doctype Response>", pro("<!doctype Response>"), [D, "XmlNotWellFormed"])
    M("SD-01", "bom", "BOM, then DOCTYPE", "\ufeff" + pro("<!DOCTYPE samlp:Response>"), D)
    for slug, u in (("file", "file:///etc/passwd"), ("http", "http://evil.test/"), ("expect", "expect://id"), ("relative", "x.ent")):
        M("SD-02", slug, f"external entity {u} used in NameID", pro(f'<!DOCTYPE r [<!ENTITY x SYSTEM "{u}">]>', sub(B_A, (NI, ">&x;</saml:NameID>"))), D)
    M("SD-02", "external-subset", "external DTD subset", pro('<!DOCTYPE r SYSTEM "http://evil.test/x.dtd">'), D)
    M("SD-02", "parameter-entity", "external parameter entity", pro('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://evil.test/x.dtd">%p;]>'), D)
    M("SD-02", "internal-entity", "internal entity used in NameID", pro('<!DOCTYPE r [<!ENTITY x "admin@sp.test">]>', sub(B_A, (NI, ">&x;</saml:NameID>"))), D)
    laughs = "<!ENTITY l0 \"lol\">" + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    M("SD-04", "laughs", "billion laughs, 9 levels", pro(f"<!DOCTYPE r [{laughs}]>", sub(B_A, (NI, ">&l9;</saml:NameID>"))), D)
    M("SD-04", "quadratic", "one long entity used often", pro(f'<!DOCTYPE r [<!ENTITY a "{"a" * 5000}">]>', sub(B_A, (NI, ">" + "&a;" * 500 + "</saml:NameID>"))), D)
    M("SD-04", "loop", "entities that refer to each other", pro('<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', sub(B_A, (NI, ">&a;</saml:NameID>"))), D)
    M("SD-04", "parameter-loop", "parameter entity that refers to itself", pro('<!DOCTYPE r [<!ENTITY % a "%a;">%a;]>'), D)
    M("SD-06", "id-type", "ATTLIST makes ID an ID type", pro("<!DOCTYPE r [<!ATTLIST saml:Assertion ID ID #IMPLIED>]>"), D)
    M("SD-06", "default-id", "ATTLIST gives a default ID to an evil element", pro('<!DOCTYPE r [<!ATTLIST saml:Assertion ID CDATA "_a1">]>', before_assertion(B_A, EVIL_A0.replace(' ID="_evil_assertion_ID"', ""))), D)
    M("SD-06", "default-value", "ATTLIST gives StatusCode a default Value", pro(f'<!DOCTYPE r [<!ATTLIST samlp:StatusCode Value CDATA "{SUCCESS}">]>', sub(B_A, (f' Value="{SUCCESS}"', ""))), D)
    M("SD-07", "flip", "ATTLIST namespace flip", pro(f'<!DOCTYPE Response [<!ATTLIST Signature xmlns CDATA #FIXED "{DS}" xmlns CDATA "block">]>'), D)
    evil_part = EVIL_A0
    M("SD-08", "quotes", "quote confusion", "<!DOCTYPE response SYSTEM 'x\"><!--'>" + unsigned(B_A).replace(HONEST, EVIL) + "<![CDATA[-->" + B_A + "<!--]]>-->", D)
    M("SD-09", "entity-in-id", "ID from an entity", pro('<!DOCTYPE r [<!ENTITY idViaEntity "_a1">]>', sub(B_A, ('<saml:Assertion ID="_a1"', '<saml:Assertion ID="&idViaEntity;"'))), D)
    for slug, e in (("nbsp", "&nbsp;"), ("foo", "&foo;"), ("upper-amp", "&AMP;"), ("eacute", "&eacute;"), ("quot-upper", "&QUOT;"), ("xml", "&xml;"), ("colon", "&a:b;")):
        S_lax("SD-10", f"{slug}-nameid", f"undeclared entity {e} in NameID", T((NI, ">aTOKENQb</saml:NameID>")), "XmlEntityForbidden", e, "?")
        M("SD-10", f"{slug}-attribute", f"undeclared entity {e} in an attribute of the unsigned Response", sub(B_A, ("<samlp:Response ", f'<samlp:Response Consent="{e}" ')), "XmlEntityForbidden")
    M("SD-10", "after-root", "undeclared entity after the root", B_A + "&foo;", ["XmlEntityForbidden", "XmlTrailingContent"])
    xi = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    S("SD-13", "attributevalue", "xi:include in an AttributeValue: inert XML", attr(xi), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": [{"xml": True}, "auditor"]}})
    M("SD-13", "extensions", "xi:include in Extensions of the unsigned Response: inert XML", sub(B_A, ("<samlp:Status>", f"<samlp:Extensions>{xi}</samlp:Extensions><samlp:Status>")), "ACCEPT")
    S("SD-13", "nameid", "xi:include in NameID", T((NI, f">{xi}</saml:NameID>")), "UnexpectedElement")
    S("SD-13", "schemalocation", "xsi:schemaLocation on the Assertion: not fetched, inert", T(("<saml:Assertion ", f'<saml:Assertion {XSI} xsi:schemaLocation="{SAML} http://evil.test/x.xsd" ')), "ACCEPT")


def sp():
    W = "XmlNotWellFormed"
    M("SP-01", "text-before", "text before the root", "x" + B_A, ["XmlTrailingContent", W])
    M("SP-01", "text-after", "text after the root", B_A + "x", "XmlTrailingContent")
    M("SP-01", "reference-after", "&#32; after the root", B_A + "&#32;", "XmlTrailingContent")
    M("SP-01", "cdata-after", "CDATA after the root", B_A + "<![CDATA[]]>", ["XmlTrailingContent", W])
    M("SP-01", "nbsp-after", "no-break space after the root", B_A + "\xa0", "XmlTrailingContent")
    M("SP-01", "nul-after", "NUL after the root", B_A + "\0", ["XmlTrailingContent", "XmlForbiddenChar"])
    M("SP-01", "whitespace-after", "white space after the root: legal", B_A + " \t\r\n", "ACCEPT")
    M("SP-01", "whitespace-before", "white space before the root: legal", " \r\n\t" + B_A, "ACCEPT")
    M("SP-02", "no-response-end", "cut before </samlp:Response>", B_A[: B_A.index("</samlp:Response>")], W)
    M("SP-02", "no-assertion-end", "cut before </saml:Assertion>", B_A[: B_A.index("</saml:Assertion>")], W)
    M("SP-02", "assertion-end-removed", "</saml:Assertion> removed, </samlp:Response> kept", sub(B_A, ("</saml:Assertion>\n", "")), W)
    M("SP-02", "mid-tag", "cut inside a start tag", B_A[: B_A.index("<saml:Subject>") + 5], W)
    M("SP-02", "mid-end-tag", "cut inside the last end tag", B_A[:-3], W)
    M("SP-02", "last-byte", "the last byte missing", B_A[:-1], W)
    M("SP-02", "mid-attribute", "cut inside an attribute value", B_A[: B_A.index("_req1")], W)
    M("SP-02", "mid-comment", "cut inside a comment", B_A[: B_A.index("<saml:Subject>")] + "<!-- c", [W, "XmlCommentForbidden"])
    M("SP-02", "mid-reference", "cut inside a reference", B_A[: B_A.index("alice")] + "&#x2", W)
    M("SP-03", "other-prefix", "</NameID> with the same default namespace closes <saml:NameID>", sub(B_A, ("<saml:NameID ", f'<saml:NameID xmlns="{SAML}" '), ("</saml:NameID>", "</NameID>")), W)
    M("SP-03", "same-namespace-prefix", "</s2:NameID> closes <saml:NameID>, both prefixes bound to one URI", sub(B_A, ("<samlp:Response ", f'<samlp:Response xmlns:s2="{SAML}" '), ("</saml:NameID>", "</s2:NameID>")), W)
    M("SP-03", "extra-end", "one more </samlp:Response>", B_A + "</samlp:Response>", W)
    M("SP-03", "extra-end-inside", "one more </saml:Assertion>", sub(B_A, ("</saml:Assertion>", "</saml:Assertion></saml:Assertion>")), W)
    M("SP-03", "crossed", "crossed end tags", sub(B_A, ("</saml:AudienceRestriction></saml:Conditions>", "</saml:Conditions></saml:AudienceRestriction>")), W)
    M("SP-03", "case", "</saml:nameID> closes <saml:NameID>", sub(B_A, ("</saml:NameID>", "</saml:nameID>")), W)
    M("SP-03", "attribute-on-end", "attribute on an end tag", sub(B_A, ("</saml:NameID>", '</saml:NameID a="1">')), W)
    M("SP-03", "space-in-end", "</ saml:NameID>", sub(B_A, ("</saml:NameID>", "</ saml:NameID>")), W)
    M("SP-03", "end-first", "an end tag before the root", "</x>" + B_A, W)
    XD = "XmlDeclInvalid"
    decl = [("not-first", ("<samlp:Status>", '<?xml version="1.0"?><samlp:Status>')), ("in-nameid", (NI, '><?xml version="1.0"?>alice@idp.test</saml:NameID>'))]
    for slug, e in decl:
        M("SP-04", slug, f"XML declaration misuse: {slug}", sub(B_A, e), [XD, "XmlPiForbidden"])
    for slug, p in (("twice", '<?xml version="1.0"?><?xml version="1.0"?>'), ("after-space", ' <?xml version="1.0"?>'), ("after-newline", '\n<?xml version="1.0"?>'), ("version-1.1", '<?xml version="1.1"?>'), ("version-2.0", '<?xml version="2.0"?>'),
                    ("extra-pseudo", '<?xml version="1.0" foo="bar"?>'), ("wrong-order", '<?xml encoding="UTF-8" version="1.0"?>'), ("standalone-maybe", '<?xml version="1.0" standalone="maybe"?>'), ("no-version", '<?xml encoding="UTF-8"?>'), ("empty", "<?xml?>"),
                    ("standalone-before-encoding", '<?xml version="1.0" standalone="yes" encoding="UTF-8"?>'), ("upper-case", '<?XML version="1.0"?>'), ("version-twice", '<?xml version="1.0" version="1.0"?>'), ("unquoted", "<?xml version=1.0?>"), ("empty-version", '<?xml version=""?>'), ("empty-encoding", '<?xml version="1.0" encoding=""?>'), ("no-space", '<?xml version="1.0"encoding="UTF-8"?>'), ("standalone-upper", '<?xml version="1.0" standalone="YES"?>')):
        alt = {"upper-case": [XD, "XmlPiForbidden", W], "empty-encoding": [XD, "EncodingDeclMismatch"], "unquoted": [XD, W], "no-space": [XD, W], "version-twice": [XD, W, "XmlDuplicateAttribute"], "twice": [XD, "XmlPiForbidden"], "after-space": [XD, "XmlPiForbidden"], "after-newline": [XD, "XmlPiForbidden"]}
        M("SP-04", slug, f"XML declaration misuse: {slug}", p + B_A, alt.get(slug, XD))
    M("SP-04", "at-end", "XML declaration after the root", B_A + '<?xml version="1.0"?>', [XD, "XmlPiForbidden", "XmlTrailingContent"])
    M("SP-05", "id-twice", "Response ID twice", sub(B_A, ('ID="_r1"', 'ID="a" ID="b"')), "XmlDuplicateAttribute")
    M("SP-05", "assertion-id-twice", "Assertion ID twice", sub(B_A, ('ID="_a1"', 'ID="_evil" ID="_a1"')), "XmlDuplicateAttribute")
    M("SP-05", "same-value", "the same attribute twice with the same value", sub(B_A, ('ID="_a1"', 'ID="_a1" ID="_a1"')), "XmlDuplicateAttribute")
    M("SP-05", "value-on-statuscode", "StatusCode Value twice", sub(B_A, (f'Value="{SUCCESS}"', f'Value="{RESPONDER}" Value="{SUCCESS}"')), "XmlDuplicateAttribute")
    M("SP-05", "on-algorithm", "SignatureMethod Algorithm twice", sub(B_A, (f'<ds:SignatureMethod Algorithm="{RSA256}"', f'<ds:SignatureMethod Algorithm="{RSA256}" Algorithm="{RSA256}"')), "XmlDuplicateAttribute")
    for slug, new in (("unquoted", "Consent=a "), ("no-value", "Consent "), ("no-space", 'a="1"b="2" '), ("no-equals", 'Consent "x" '), ("lt-in-value", 'Consent="a<b" '), ("stray-quote", '" '), ("quote-name", '"a"="b" '), ("single-unclosed", "Consent='x "), ("empty-name", '="x" '), ("digit-name", '1a="x" '), ("dash-name", '-a="x" '), ("two-colons", 'a:b:c="x" '), ("colon-first", ':a="x" '), ("colon-last", 'a:="x" '), ("slash", "/ "), ("double-equals", 'a=="x" '), ("backtick", "a=`x` "), ("amp-name", 'a&b="x" ')):
        alt = {"two-colons": [W, "XmlUnboundPrefix"], "colon-last": [W, "XmlUnboundPrefix"], "colon-first": [W, "XmlUnboundPrefix"]}
        M("SP-06", slug, f"attribute syntax: {new.strip()}", sub(B_A, ("<samlp:Response ", "<samlp:Response " + new)), alt.get(slug, W))
    for slug, new in (("digit", "<1a/>"), ("dash", "<-a/>"), ("space", "< a/>"), ("empty", "<>"), ("two-colons", "<a:b:c/>"), ("colon-first", "<:a/>"), ("only-slash", "</>"), ("amp", "<a&b/>"), ("lt-in-tag", "<a<b/>"), ("raw-gt-cdata-end", "]]>")):
        alt = {"two-colons": [W, "XmlUnboundPrefix"], "colon-first": [W, "XmlUnboundPrefix"]}
        M("SP-06", "element-" + slug, f"element syntax: {new}", sub(B_A, ("<samlp:Status>", new + "<samlp:Status>")), alt.get(slug, W))
    for slug, new in (("directive", "<!x<!-- -->>"), ("empty", "<!>"), ("space", "<! DOCTYPE>"), ("element-decl", "<!ELEMENT x ANY>"), ("entity-decl", '<!ENTITY x "y">'), ("cdata-lower", "<![cdata[x]]>"), ("cdata-short", "<![CDATA x]]>"), ("dash", "<!-x-->"), ("comment-double-dash", "<!-- a -- b -->"), ("comment-triple", "<!-- a --->"), ("conditional", "<![INCLUDE[x]]>")):
        alt = {"directive": [W, "XmlDoctypeForbidden"], "space": [W, "XmlDoctypeForbidden"], "comment-double-dash": [W, "XmlCommentForbidden"], "comment-triple": [W, "XmlCommentForbidden"], "element-decl": [W, "XmlDoctypeForbidden"], "entity-decl": [W, "XmlDoctypeForbidden"]}
        M("SP-08", slug, f"directive {new}", sub(B_A, ("<samlp:Status>", new + "<samlp:Status>")), alt.get(slug, W))
    M("SP-08", "before-root", "directive <!x<!-- -->> before the root", "<!x<!-- -->>" + B_A, [W, "XmlDoctypeForbidden"])
    M("SP-09", "element", "element with an undeclared prefix", sub(B_A, ("<samlp:Status>", "<samlp:Extensions><q:x/></samlp:Extensions><samlp:Status>")), "XmlUnboundPrefix")
    M("SP-09", "attribute", "attribute with an undeclared prefix", sub(B_A, ("<samlp:Response ", '<samlp:Response q:x="1" ')), "XmlUnboundPrefix")
    M("SP-09", "saml", "prefix saml undeclared", sub(B_A, (f' xmlns:saml="{SAML}"', "")), "XmlUnboundPrefix")
    M("SP-09", "out-of-scope", "prefix declared on a sibling only", sub(B_A, ("<samlp:Status>", '<samlp:Extensions><q:x xmlns:q="urn:q"/><q:y/></samlp:Extensions><samlp:Status>')), "XmlUnboundPrefix")
    M("SP-09", "xmlns-element", "element <xmlns:x/>", sub(B_A, ("<samlp:Status>", "<samlp:Extensions><xmlns:x/></samlp:Extensions><samlp:Status>")), ["XmlUnboundPrefix", "XmlReservedNamespace"])
    chars = {"u0000": b"\0", "u0001": b"\1", "u000b": b"\x0b", "u001f": b"\x1f", "ufffe": "\ufffe".encode(), "uffff": "\uffff".encode()}
    for slug, c in chars.items():
        S_lax("SP-10", slug + "-text", f"raw {slug.upper()} in NameID, signed as a lax parser would", T((NI, ">aTOKENQb</saml:NameID>")), "XmlForbiddenChar", c, c)
        S_lax("SP-10", slug + "-attribute", f"raw {slug.upper()} in Attribute/@Name, signed as a lax parser would", T(('Name="role"', 'Name="aTOKENQb"')), "XmlForbiddenChar", c, c)
    S_lax("SP-10", "cdata", "raw U+0001 in CDATA", T((NI, "><![CDATA[aTOKENQb]]></saml:NameID>")), "XmlForbiddenChar", b"\1", b"\1")
    M("SP-10", "between-elements", "raw U+0000 between elements of the unsigned Response", sub(B_A, ("<samlp:Status>", "\0<samlp:Status>")), "XmlForbiddenChar")
    M("SP-10", "u007f-ok", "U+007F is a legal character: DigestMismatch only", sub(B_A, (">user<", ">us\x7fer<")), "DigestMismatch")
    refs = [("0", "&#0;", b"\0"), ("1", "&#1;", b"\1"), ("surrogate", "&#xD800;", b"\xed\xa0\x80"), ("fffe", "&#xFFFE;", "\ufffe".encode()), ("110000", "&#x110000;", b"?"), ("huge", "&#99999999999;", b"?"), ("empty", "&#;", b""), ("empty-hex", "&#x;", b""),
            ("negative", "&#-1;", b"?"), ("upper-x", "&#X41;", b"A"), ("space", "&# 65;", b"A"), ("plus", "&#+65;", b"A"), ("hex-in-decimal", "&#4A;", b"J"), ("trailing-space", "&#65 ;", b"A"), ("underscore", "&#6_5;", b"A"), ("dfff", "&#57343;", b"?"), ("wraps-32", "&#4294967361;", b"A"), ("wraps-64", "&#x10000000000000041;", b"A"), ("no-semicolon", "&#65", b"A"), ("fullwidth-digit", "&#\uff16\uff15;", b"A"), ("surrogate-pair", "&#xD83D;&#xDE00;", "\U0001f600".encode())]
    for slug, r, c in refs:
        S_lax("SP-11", slug, f"bad character reference {r} in NameID, signed as a lax parser would", T((NI, ">aTOKENQb</saml:NameID>")), ["XmlForbiddenChar", "XmlNotWellFormed"], r.encode(), c)
    S_lax("SP-11", "attribute-0", "&#0; in Attribute/@Name", T(('Name="role"', 'Name="aTOKENQb"')), ["XmlForbiddenChar", "XmlNotWellFormed"], b"&#0;", b"\0")
    for slug, r, c in (("space", "a & b", "a &amp; b"), ("no-semicolon", "a &lt b", "a &lt; b"), ("at-end", "ab&", "ab&amp;"), ("amp-amp", "a&&amp;b", "a&amp;&amp;b"), ("semicolon-only", "a&;b", "a&amp;;b"), ("digit", "a&1;b", "a&amp;1;b"), ("lt-ref-newline", "a &lt\n;b", "a &lt;b")):
        S_lax("SP-12", slug, f"dangling ampersand {r!r} in NameID, signed as a lax parser would", T((NI, ">TOKENQ</saml:NameID>")), W, r, c)
        if slug in ("space", "no-semicolon"):
            S_lax("SP-12", slug + "-attribute", f"dangling ampersand {r!r} in Attribute/@Name", T(('Name="role"', 'Name="TOKENQ"')), W, r, c)
    head = B_A[: B_A.index("<saml:Subject>")]
    for slug, e in (("cdata", "<![CDATA["), ("cdata-almost", "<![CDATA[x]]"), ("pi", "<?x"), ("tag", '<a b="'), ("tag-name", "<a"), ("lt", "<"), ("bang", "<!"), ("comment", "<!--"), ("end-tag", "</"), ("declaration", None)):
        M("SP-15", slug, f"unclosed at the end of input: {e or '<?xml'}", head + e if e else "<?xml version=", {"pi": [W, "XmlPiForbidden"], "comment": [W, "XmlCommentForbidden"], "declaration": [W, "XmlDeclInvalid"], "bang": [W, "XmlDoctypeForbidden"]}.get(slug, W))
    for slug, e in (("zero-bytes", b""), ("spaces", b"   \n"), ("declaration", b'<?xml version="1.0"?>'), ("lt", b"<"), ("bom", b"\xef\xbb\xbf"), ("text", b"hello"), ("bom-spaces", b"\xef\xbb\xbf \n")):
        add("SP-16", slug, "none", f"empty input: {slug}", e, W if slug != "text" else [W, "XmlTrailingContent"])
    dflt = response("A").replace("<saml:", "<").replace("</saml:", "</").replace(f' xmlns:saml="{SAML}"', "")
    dflt = dflt.replace("<Assertion ", f'<Assertion xmlns="{SAML}" ').replace("<Issuer>https://idp.test</Issuer>\n<samlp:Status>", f'<Issuer xmlns="{SAML}">https://idp.test</Issuer>\n<samlp:Status>')
    S("SP-17", "default-namespace", "default namespace = SAML, ID still un-namespaced", dflt, "ACCEPT")
    S("SP-17", "default-namespace-protocol", "default namespace = samlp on the Response", response("R").replace("<samlp:", "<").replace("</samlp:", "</").replace("xmlns:samlp", "xmlns"), "ACCEPT")
    M("SP-18", "statuscode", "StatusCode empty-element tag swapped with a pair inside a signed Response (C14N identical)", sub(B_R, ('status:Success"/>', 'status:Success"></samlp:StatusCode>')), "ACCEPT")
    M("SP-18", "data", "SubjectConfirmationData swapped with a pair (C14N identical)", sub(B_A, ('InResponseTo="_req1"/>', 'InResponseTo="_req1"></saml:SubjectConfirmationData>')), "ACCEPT")
    M("SP-18", "quotes", "double quotes of all attributes swapped with single ones (C14N identical)", re.sub(r'="([^"\']*)"', r"='\1'", B_R), "ACCEPT")
    M("SP-18", "attribute-order", "attributes in another order (C14N identical)", sub(B_R, ('ID="_a1" Version="2.0"', 'Version="2.0" ID="_a1"')), "ACCEPT")
    M("SP-18", "tag-whitespace", "white space inside tags (C14N identical)", sub(B_R, ("<saml:Subject>", "<saml:Subject\n >"), ("</saml:Subject>", "</saml:Subject\t>")), "ACCEPT")
    M("SP-18", "redundant-namespace", "redundant declaration of a namespace in scope (C14N identical)", sub(B_R, ("<saml:Subject>", f'<saml:Subject xmlns:saml="{SAML}" xmlns:unused="urn:u">')), "ACCEPT")


def run_rows():
    sc()
    st()
    sd()
    sp()
