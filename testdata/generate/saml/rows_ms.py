"""UE, DS, MS, SR: encodings, limits, must-accept, POST binding."""
import unicodedata
import urllib.parse
import zlib

import enc
from bases import B_A, B_R, B_RA, GOOD, KI, LEAN_A, LEAN_R, PSS
from lib import *
from rows_sv import CA, CB, DATA_NOA, HOK, SVO, T, XSI, sc, subject
from rows_sx import EVIL_A0

NI = ">alice@idp.test</saml:NameID>"
AV = "<saml:AttributeValue>user</saml:AttributeValue>"


def attr(inner, t="A", **o):
    return T((AV, f"<saml:AttributeValue>{inner}</saml:AttributeValue>"), t=t, **o)


def role(*v):
    return {"attributes": {"email": ["alice@idp.test"], "role": [*v, "auditor"]}}


def ue():
    B = LEAN_A
    for slug, codec, bom in (("utf16le-bom", "utf-16-le", b"\xff\xfe"), ("utf16be-bom", "utf-16-be", b"\xfe\xff"), ("utf16le", "utf-16-le", b""), ("utf16be", "utf-16-be", b"")):
        M("UE-01", slug, f"B-A as {slug}", bom + B.encode(codec), "EncodingNotUtf8")
        if bom:
            M("UE-01", slug + "-declared", f"B-A as {slug}, declared", bom + ('<?xml version="1.0" encoding="UTF-16"?>' + B).encode(codec), "EncodingNotUtf8")
    for slug, codec, bom in (("utf32le-bom", "utf-32-le", b"\xff\xfe\0\0"), ("utf32be-bom", "utf-32-be", b"\0\0\xfe\xff"), ("utf32le", "utf-32-le", b""), ("utf32be", "utf-32-be", b"")):
        M("UE-02", slug, f"B-A as {slug}", bom + B[:300].encode(codec), "EncodingNotUtf8")
    M("UE-02", "ebcdic", "B-A in EBCDIC (IBM037), declared", ('<?xml version="1.0" encoding="IBM037"?>' + B).encode("cp037"), "EncodingNotUtf8")
    M("UE-02", "utf7", "UTF-7 declared, markup as UTF-7", b'<?xml version="1.0" encoding="UTF-7"?>+ADw-x+AD4-', ["EncodingNotUtf8", "EncodingDeclMismatch"])
    M("UE-02", "utf7-declared", "UTF-7 declared over B-A", '<?xml version="1.0" encoding="UTF-7"?>' + B, ["EncodingNotUtf8", "EncodingDeclMismatch"])
    for e in ("UTF-16", "UTF-16LE", "ISO-8859-1", "windows-1252", "utf8", "x-user", "UTF-8x", "US-ASCII", "UTF_8", "ISO-10646-UCS-4", "latin1", "csUTF8"):
        M("UE-03", e.lower(), f"UTF-8 bytes declared as {e}", f'<?xml version="1.0" encoding="{e}"?>' + B, ["EncodingDeclMismatch", "EncodingNotUtf8"] if e.startswith("UTF-16") else "EncodingDeclMismatch")
    M("UE-04", "iso-8859-1", "ISO-8859-1 declared, pure ASCII body (P8)", '<?xml version="1.0" encoding="ISO-8859-1"?>\n' + B, "EncodingDeclMismatch")
    M("UE-04", "iso-8859-1-bytes", "ISO-8859-1 declared and used", ('<?xml version="1.0" encoding="ISO-8859-1"?>\n' + B.replace(">user<", ">us\xe9r<")).encode("latin-1"), ["EncodingDeclMismatch", "InvalidUtf8"])
    for slug, b in (("lone-80", b"\x80"), ("c3-then-ascii", b"\xc3"), ("ff", b"\xff"), ("fe", b"\xfe"), ("truncated-4", b"\xf0\x9f\x98"), ("truncated-3", b"\xe2\x82"), ("latin1-e-acute", b"\xe9")):
        M("UE-05", slug + "-nameid", f"invalid UTF-8 {b.hex()} in NameID", B.encode().replace(b">alice@", b">al" + b + b"ice@"), "InvalidUtf8")
    M("UE-05", "c3-at-end", "0xC3 as the last byte of the input", B.encode() + b"\xc3", "InvalidUtf8")
    M("UE-05", "in-attribute", "0x80 in an attribute of the unsigned Response", B.encode().replace(b"<samlp:Response ", b'<samlp:Response Consent="\x80" ', 1), "InvalidUtf8")
    M("UE-05", "in-base64", "0xFF inside SignatureValue", B.encode().replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>\xff"), "InvalidUtf8")
    for slug, b in (("c080", b"\xc0\x80"), ("c1bf", b"\xc1\xbf"), ("e080af", b"\xe0\x80\xaf"), ("eda080", b"\xed\xa0\x80"), ("f4908080", b"\xf4\x90\x80\x80"), ("f08080af", b"\xf0\x80\x80\xaf"), ("surrogate-pair", b"\xed\xa0\xbd\xed\xb8\x80"), ("f8", b"\xf8\x88\x80\x80\x80"), ("c0bc-as-lt", b"\xc0\xbc")):
        M("UE-06", slug, f"overlong or surrogate UTF-8 {b.hex()} in NameID", B.encode().replace(b">alice@", b">al" + b + b"ice@"), "InvalidUtf8")
    bom = b"\xef\xbb\xbf"
    M("UE-07", "double", "two BOMs", bom + bom + B.encode(), ["XmlNotWellFormed", "XmlTrailingContent"])
    M("UE-07", "single", "one BOM", bom + B.encode(), "ACCEPT")
    M("UE-07", "bom-declaration", "one BOM, then a declaration", bom + b'<?xml version="1.0" encoding="utf-8"?>' + B.encode(), "ACCEPT")
    M("UE-07", "space-bom", "a space, then a BOM", b" " + bom + B.encode(), ["XmlNotWellFormed", "XmlTrailingContent"])
    M("UE-07", "after-root", "a BOM after the root", B.encode() + bom, ["XmlNotWellFormed", "XmlTrailingContent"])
    S("UE-07", "in-nameid", "U+FEFF in NameID comes out verbatim", T((NI, ">\ufeffalice@idp.test</saml:NameID>")), "ACCEPT", want={"name_id": "\ufeffalice@idp.test"})
    M("UE-08", "raw", "raw NUL in NameID", sub(B, (NI, ">alice@idp.test\0.evil</saml:NameID>")), "XmlForbiddenChar")
    M("UE-08", "reference", "&#0; in NameID", sub(B, (NI, ">alice@idp.test&#0;.evil</saml:NameID>")), ["XmlForbiddenChar", "XmlNotWellFormed"])
    M("UE-08", "reference-hex", "&#x00; in an attribute", sub(B, ("<samlp:Response ", '<samlp:Response Consent="a&#x00;b" ')), ["XmlForbiddenChar", "XmlNotWellFormed"])
    for slug, n in (("cyrillic-a", "\u0430dmin@sp.test"), ("nfd", unicodedata.normalize("NFD", "zo\xe9@idp.test")), ("nfc", "zo\xe9@idp.test"), ("fullwidth", "\uff41dmin@sp.test"), ("kelvin", "\u212aate"), ("ligature", "\ufb01sh"), ("sharp-s", "stra\xdfe"), ("turkish-i", "adm\u0131n"), ("astral", "\U0001d41admin"), ("emoji", "\U0001f468\u200d\U0001f469")):
        S("UE-09", slug, f"NameID {n.encode('unicode_escape').decode()} comes out verbatim", T((NI, f">{n}</saml:NameID>")), "ACCEPT", want={"name_id": n})
    for slug, c in (("zero-width-space", "\u200b"), ("rtl-override", "\u202e"), ("tag-a", "\U000e0041"), ("zwj", "\u200d"), ("soft-hyphen", "\xad"), ("variation", "\ufe0f"), ("private-use", "\ue000"), ("noncharacter-plane", "\U0001fffe")):
        S("UE-11", slug, f"U+{ord(c):04X} in NameID and AttributeValue comes out verbatim", T((NI, f">ad{c}min</saml:NameID>"), (">user<", f">us{c}er<")), "ACCEPT", want={"name_id": f"ad{c}min"})
    M("UE-13", "assertion", "every LF of B-A changed to CRLF", B.replace("\n", "\r\n"), "ACCEPT")
    M("UE-13", "response", "every LF of B-R changed to CRLF", LEAN_R.replace("\n", "\r\n"), "ACCEPT")
    M("UE-13", "lone-cr", "every LF of B-A changed to CR", B.replace("\n", "\r"), "ACCEPT")
    M("UE-13", "mixed", "LF, CR and CRLF mixed", "".join(x + ["\n", "\r\n", "\r"][i % 3] for i, x in enumerate(B.split("\n")[:-1])) + B.split("\n")[-1], "ACCEPT")
    M("UE-13", "references", "LF between elements of the signed Assertion changed to &#13;&#10;", B.replace("</saml:Subject>\n", "</saml:Subject>&#13;&#10;"), ["DigestMismatch", "UnexpectedText"])
    S("UE-15", "inside", "&#13; inside NameID", T((NI, ">ali&#13;ce</saml:NameID>")), "ACCEPT", want={"name_id": "ali\rce"})
    S("UE-15", "trailing", "&#13;&#10; at the end of NameID", T((NI, ">alice&#13;&#10;</saml:NameID>")), "ACCEPT", want={"name_id": "alice\r\n"})
    for slug, v in (("lf", "https://sp.test/acs\n"), ("lf-before", "\nhttps://sp.test/acs"), ("tab", "https://sp.test/\tacs"), ("crlf", "https://sp.test/acs\r\n"), ("lf-reference", "https://sp.test/acs&#10;")):
        S("UE-16", slug, f"{slug} inside Destination", T(('Destination="https://sp.test/acs"', f'Destination="{v}"'), t="R"), "DestinationMismatch")
    S("UE-16", "recipient", "raw LF inside Recipient becomes a space", T(('Recipient="https://sp.test/acs"', 'Recipient="https://sp.test/acs\n"')), "RecipientMismatch")


def long(row, slug, comment, doc, marker, insert, expect, mode="M"):
    """A build recipe over the text `doc`: insert before the marker."""
    before, repeat, times, after = insert
    j = doc.index(marker)
    add(row, slug, mode, comment, doc, expect, build=recipe(doc, j, before, repeat, times, after))


def ds():
    B = LEAN_A
    ext = B.replace("<samlp:Status>", "<samlp:Extensions></samlp:Extensions><samlp:Status>", 1)
    XE = "</samlp:Extensions>"
    long("DS-01", "100mib", "100 MiB of text in Extensions", ext, XE, ('<v:x xmlns:v="urn:vendor">', "A" * 64, 100 * 1024 * 1024 // 64, "</v:x>"), ["LimitInputSize"])
    long("DS-01", "2mib-whitespace", "2 MiB of white space between elements", B, "<samlp:Status>", ("", " " * 64, 32 * 1024, ""), ["LimitInputSize"])
    long("DS-01", "2mib-after-root", "2 MiB of white space after the root", B, "</samlp:Response>", ("", " " * 64, 32 * 1024, ""), ["LimitInputSize"])
    for n in (60, 100000):
        long("DS-02", f"{n}-unclosed", f"{n} nested start tags in Extensions, never closed", ext, XE, ("", "<a>", n, ""), "LimitDepth" if n > 64 else ["XmlNotWellFormed"])
    # depth counts elements on the path: Response, Extensions, then the vendor elements
    for n, want in ((62, "ACCEPT"), (63, "LimitDepth"), (1000, "LimitDepth")):
        d = B.replace("<samlp:Status>", "<samlp:Extensions>" + '<v:a xmlns:v="urn:vendor">' + "<v:a>" * (n - 1) + "</v:a>" * n + "</samlp:Extensions><samlp:Status>", 1)
        M("DS-02", f"depth-{n + 2}", f"{n} nested elements in Extensions: {n + 2} levels (limit 64)", d, want)
    for n, want in ((63, "ACCEPT"), (64, "LimitDepth")):
        # Response, Assertion, AttributeStatement, Attribute, AttributeValue are five levels
        m = n - 5 + 1
        S("DS-02", f"signed-depth-{n + 1}", f"{m} nested elements in an AttributeValue: {n + 1} levels (limit 64)", attr("<a>" * m + "</a>" * m), want)
    for n, want in ((58, "ACCEPT"), (59, "LimitAttributes"), (994, "LimitAttributes")):
        d = B.replace("<samlp:Status>", "<samlp:Extensions><v:a xmlns:v=\"urn:vendor\"" + "".join(f' a{i}=""' for i in range(n + 6)) + "/></samlp:Extensions><samlp:Status>", 1)
        M("DS-03", f"{n + 6}", f"{n + 6} distinct attributes on a vendor element (limit 64)", d, want)
    long("DS-03", "100000-same", "100 000 equal attributes on one tag", ext, XE, ("<a ", 'a="" ', 100000, "/>"), ["LimitAttributes", "XmlDuplicateAttribute"])
    for n, want in ((64, "ACCEPT"), (65, "LimitNamespaces"), (500, "LimitNamespaces")):
        d = B.replace("<samlp:Status>", "<samlp:Extensions><v:a xmlns:v=\"urn:vendor\"" + "".join(f' xmlns:a{i}="urn:a"' for i in range(n - 1)) + "/></samlp:Extensions><samlp:Status>", 1)
        M("DS-04", f"{n}", f"{n} namespace declarations on a vendor element (limit 64)", d, want)
    d = B.replace("<samlp:Response ", "<samlp:Response" + "".join(f' xmlns:a{i}="urn:a"' for i in range(500)) + " ", 1)
    M("DS-04", "500-on-root", "500 namespace declarations on the root", d, "LimitNamespaces")
    long("DS-04", "50000-same", "50 000 equal declarations on one tag", ext, XE, ("<a ", 'xmlns:a="urn:a" ', 50000, "/>"), ["LimitNamespaces", "XmlDuplicateAttribute"])
    nest = "".join("<v:a" + "".join(f' xmlns:p{i}="urn:{lv % 7}"' for i in range(30)) + ' xmlns:v="urn:vendor">' for lv in range(30)) + "</v:a>" * 30
    d = sign(attr(nest))
    add("DS-06", "redeclared", "S", "30 levels, each redeclares 30 prefixes, not used: linear time or a Limit error", d, {**acc(d), "or_reject_any": ["LimitNamespaces", "LimitDepth", "LimitElements"]}, check=True)
    used = "".join("<v:a" + "".join(f' xmlns:p{i}="urn:{lv % 7}-{i}" p{i}:x=""' for i in range(20)) + ' xmlns:v="urn:vendor">' for lv in range(30)) + "</v:a>" * 30
    d = sign(attr(used))
    add("DS-06", "redeclared-used", "S", "30 levels, each redeclares and uses 20 prefixes: linear time or a Limit error", d, {**acc(d), "or_reject_any": ["LimitNamespaces", "LimitDepth", "LimitElements", "LimitAttributes"]}, check=True)
    pl = " ".join(f"p{i}" for i in range(60))
    d = sign(response("", siga=sig("A", transforms=transform(ENV) + transform(EXC, prefixes(pl)))).replace(AV, "<saml:AttributeValue>" + "<a/>" * 3000 + "</saml:AttributeValue>"), py={})
    add("DS-06", "prefixlist-60x3000", "S", "PrefixList with 60 prefixes, 3 000 elements: linear time or a Limit error", d, {**acc(d), "or_reject_any": ["LimitNamespaces", "LimitElements"]}, check=True)
    for n, want in ((10**6, ["LimitElements", "LimitInputSize"]), (100000, "LimitElements"), (19000, "ACCEPT")):
        x = ('<v:e xmlns:v="urn:vendor">', "<v:a/>", n, "</v:e>")
        long("DS-07", str(n), f"{n} elements in Extensions (limit 20 000)", ext, XE, x, acc(B) if want == "ACCEPT" else want)
    long("DS-08", "50mib", "NameID of 50 MiB", B, "alice@idp.test</saml:NameID>", ("", "A" * 64, 50 * 1024 * 1024 // 64, ""), ["LimitTextLength", "LimitInputSize"])
    long("DS-08", "300kib", "NameID of 300 KiB (limit 256 KiB)", B, "alice@idp.test</saml:NameID>", ("", "A" * 64, 300 * 16, ""), "LimitTextLength")
    long("DS-08", "attribute-300kib", "Consent attribute of 300 KiB", B.replace("<samlp:Response ", '<samlp:Response Consent="" ', 1), '" xmlns:samlp', ("", "A" * 64, 300 * 16, ""), "LimitTextLength")
    long("DS-08", "references-300kib", "NameID of 300 KiB made of references", B, "alice@idp.test</saml:NameID>", ("", "&#65;" * 16, 300 * 64, ""), ["LimitTextLength", "LimitInputSize"])
    many = ["LimitElements", "LimitInputSize"]
    long("DS-10", "audience", "100 000 Audience elements", B, "<saml:Audience>", ("", "<saml:Audience>a:b</saml:Audience>", 100000, ""), many)
    long("DS-10", "attributevalue", "100 000 AttributeValue elements", B, AV, ("", "<saml:AttributeValue/>", 100000, ""), many)
    long("DS-10", "subjectconfirmation", "100 000 SubjectConfirmation elements", B, "<saml:SubjectConfirmation ", ("", '<saml:SubjectConfirmation Method="urn:x"/>', 100000, ""), many)
    base, rec = build_signed(T((AV, "@@INS@@" + AV)), ("", "<saml:AttributeValue>g</saml:AttributeValue>", 1000, ""))
    full = base.replace(rec["insert_at"], rec["repeat"] * 1000 + rec["insert_at"], 1)
    exp = acc(full)
    add("DS-10", "1000-groups", "S", "1 000 AttributeValues, validly signed: accepted", base, exp, build=rec)
    base, rec = build_signed(T(("<saml:Audience>", "@@INS@@<saml:Audience>")), ("", "<saml:Audience>urn:other</saml:Audience>", 1000, ""))
    add("DS-10", "1000-audiences", "S", "1 000 Audiences, ours last, validly signed: accepted", base, acc(base), build=rec)
    bad = sc(recipient="https://sp2.test/acs")
    for n, want in ((15, "ACCEPT"), (50, ["SubjectConfirmationFailed", "LimitElements"])):
        S("DS-10", f"{n}-bad-confirmations-then-good", f"{n} failing bearer confirmations, then a good one (at most 16 are examined)", response("A", subject=subject(*[bad] * n, CONFIRMATION)), want)
    one = f'<ds:Signature xmlns:ds="{DS}"/>'
    long("DS-11", "10000-empty", "10 000 empty Signatures in the Assertion", B, "<saml:Subject>", ("", one, 10000, ""), ["SignatureDuplicate", "SignatureShape"])
    long("DS-11", "100-copies", "100 more copies of the valid Signature in the Assertion", B, "<saml:Subject>", ("", signature_of(B), 100, ""), ["SignatureDuplicate"])
    long("DS-11", "nested-signatures", "2 000 Signatures inside an AttributeValue of the Assertion", B, "user</saml:AttributeValue>", ("", one, 2000, ""), "DigestMismatch")
    long("DS-16", "element-name", "un-namespaced element with a name of 200 KiB in the Response", B, "<samlp:Status>", ("<", "A" * 64, 200 * 16, "/>"), ["UnexpectedElement", "LimitTextLength"])
    long("DS-16", "attribute-name", "attribute id with a namespace prefix of 200 KiB", B, "ID=\"_r1\"", ("", "A" * 64, 200 * 16, ':id="x" '), ["XmlUnboundPrefix", "LimitTextLength"])
    long("DS-16", "hostile-name", "element name of 100 KiB of control-picture and right-to-left characters", B, "<samlp:Status>", ("<\u05d0", "\u05d0" * 32, 1600, "/>"), ["UnexpectedElement", "LimitTextLength"])
    long("DS-16", "destination", "Destination of 100 KiB", B, '" InResponseTo="_req1">', ("", "A" * 64, 100 * 16, ""), ["DestinationMismatch", "LimitTextLength"])
    long("DS-16", "algorithm", "SignatureMethod of 100 KiB", B, 'rsa-sha256"/>', ("", "A" * 64, 100 * 16, ""), ["SignatureAlgForbidden", "LimitTextLength"])
    long("DS-16", "status", "status code of 100 KiB", B, 'Success"/>', ("", "A" * 64, 100 * 16, ""), ["StatusNotSuccess", "LimitTextLength"])
    for n, want in ((256, "ACCEPT"), (257, "IdAttributeForm"), (1000, "IdAttributeForm")):
        i = "_" + "a" * (n - 1)
        S("DS-16", f"id-{n}", f"Assertion ID of {n} bytes (limit 256)", response("A").replace('ID="_a1"', f'ID="{i}"').replace('URI="#_a1"', f'URI="#{i}"'), want)


def prefixed(doc, p=None, s=None, d=None):
    """The template with other prefixes; '' is the default namespace, declared where it is needed."""
    if p is not None:
        doc = doc.replace("<samlp:", f"<{p}:").replace("</samlp:", f"</{p}:").replace("xmlns:samlp=", f"xmlns:{p}=")
    if s is not None:
        doc = doc.replace("<saml:", f"<{s}:").replace("</saml:", f"</{s}:").replace("xmlns:saml=", f"xmlns:{s}=")
    if d is not None:
        doc = doc.replace("<ds:", f"<{d}:").replace("</ds:", f"</{d}:").replace("xmlns:ds=", f"xmlns:{d}=")
    return doc


def defaults(t):
    """Default namespaces everywhere: Response in samlp, Issuer and Assertion redeclare, Signature redeclares."""
    d = response(t).replace("<samlp:", "<").replace("</samlp:", "</").replace("xmlns:samlp=", "xmlns=").replace(f' xmlns:saml="{SAML}"', "")
    d = d.replace("<saml:Assertion ", f'<saml:Assertion xmlns="{SAML}" ').replace("<saml:Issuer>", f'<saml:Issuer xmlns="{SAML}">').replace("<saml:", "<").replace("</saml:", "</")
    d = d.replace("xmlns:ds=", "xmlns=").replace("<ds:", "<").replace("</ds:", "</")
    return d


def ms():
    none = dict(mode="none", data=None, check=True)
    add("MS-01", "b-a", comment="Assertion signed", expect=acc(B_A), file="base/b-a.xml", **none)
    d = response("A").replace("<saml:Assertion ", f'<saml:Assertion xmlns="{SAML}" ')
    a = cut(d, "<saml:Assertion ", "</saml:Assertion>")
    entra = d.replace(a, a.replace("<saml:", "<").replace("</saml:", "</").replace("xmlns:ds=", "xmlns=").replace("<ds:", "<").replace("</ds:", "</"))
    S("MS-01", "entra", "Entra style: default xmlns on Assertion and Signature, Response unsigned", entra, "ACCEPT")
    add("MS-02", "b-r", comment="Response signed", expect=acc(B_R), file="base/b-r.xml", **none)
    add("MS-03", "b-ra", comment="both signed", expect=acc(B_RA), file="base/b-ra.xml", **none)
    for slug, p, s, x in (("shibboleth", "saml2p", "saml2", "ds"), ("pysaml2", "ns0", "ns1", "ns3"), ("dsig", None, None, "dsig"), ("one-letter", "p", "s", "d"), ("non-ascii", "\u043f", "\u00e9", "\u7b7e"), ("same-letters-case", "a", "A", "_"), ("long", "a" * 200, "b.-_1", "c\u00b7"), ("xml-like", "x.ml", "xm-l", "XMLx")):
        for t in "AR":
            S("MS-04", f"{slug}-{t.lower()}", f"prefixes {slug}, {'Assertion' if t == 'A' else 'Response'} signed", prefixed(response(t), p, s, x), "ACCEPT")
    for t in ("A", "R", "RA"):
        S("MS-04", f"defaults-{t.lower()}", f"default namespaces everywhere, {t} signed", defaults(t), "ACCEPT")
    S("MS-04", "same-uri-two-prefixes", "two prefixes for the assertion namespace, mixed", sub(response("R"), ("<samlp:Response ", f'<samlp:Response xmlns:s2="{SAML}" ')).replace("<saml:Subject>", "<s2:Subject>").replace("</saml:Subject>", "</s2:Subject>"), "ACCEPT")
    root_ds = lambda t: response(t).replace(f' xmlns:ds="{DS}"', "").replace("<samlp:Response ", f'<samlp:Response xmlns:ds="{DS}" ', 1)
    for t in ("A", "R", "RA"):
        S("MS-06", t.lower(), f"xmlns:ds only on the Response, {t} signed", root_ds(t), "ACCEPT")
    S("MS-06", "on-assertion", "xmlns:ds only on the Assertion", response("A").replace(f' xmlns:ds="{DS}"', "").replace("<saml:Assertion ", f'<saml:Assertion xmlns:ds="{DS}" '), "ACCEPT")
    XS = "http://www.w3.org/2001/XMLSchema"
    typed = '<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">user</saml:AttributeValue>'

    def pl(p, on, t="A", extra=""):
        d = response("", **{"sig" + t.lower(): sig(t, transforms=transform(ENV) + transform(EXC, prefixes(p)))}).replace(AV, typed)
        where = "<saml:Assertion " if on == "assertion" else "<samlp:Response "
        return d.replace(where, f'{where}xmlns:xs="{XS}" {extra}', 1)
    for on in ("assertion", "response"):
        for t in "AR":
            S("MS-07", f"{on}-{t.lower()}", f"PrefixList xs, declared on the {on}, {t} signed", pl("xs", on, t), "ACCEPT")
    S("MS-07", "xsd", "PrefixList xsd (CAS)", pl("xs", "response").replace("xs:string", "xsd:string").replace("xmlns:xs=", "xmlns:xsd=").replace('PrefixList="xs"', 'PrefixList="xsd"'), "ACCEPT")
    for slug, p, ex in (("xs-saml-xsi", "xs saml xsi", ""), ("ds-saml-samlp", "ds saml samlp", ""), ("unknown", "nope xs", ""), ("double-spaces", " xs  saml ", ""), ("default", "#default xs", 'xmlns="urn:d" '), ("default-none", "#default", ""), ("repeated", "xs xs saml xs", ""), ("tab-newline", "xs\tsaml\nxsi", ""), ("xml", "xml xs", "")):
        S("MS-08", slug, f"PrefixList {p!r}", pl(p, "response", "A", ex), "ACCEPT")
        if slug in ("default", "double-spaces", "unknown"):
            S("MS-08", slug + "-response", f"PrefixList {p!r}, Response signed", pl(p, "response", "R", ex), "ACCEPT")
    S("MS-08", "tab-reference", "PrefixList with a tab written as reference between prefixes (NMTOKENS: white space; xmlsec1 1.2 splits at spaces only)", pl("xs&#9;saml", "response"), "ACCEPT", py={}, check=None)
    S("MS-08", "default-undeclared-below", "PrefixList #default, default namespace undeclared below", pl("#default", "response", "A", 'xmlns="urn:d" ').replace(typed, '<saml:AttributeValue xmlns=""><a xmlns="urn:d"/></saml:AttributeValue>'), "ACCEPT")
    S("MS-09", "c14nmethod", "InclusiveNamespaces under CanonicalizationMethod", response("", siga=sig("A", c14n_inner=prefixes("xs saml"))).replace("<samlp:Response ", f'<samlp:Response xmlns:xs="{XS}" ', 1), "ACCEPT")
    S("MS-09", "both", "InclusiveNamespaces under CanonicalizationMethod and Transform", response("", siga=sig("A", c14n_inner=prefixes("#default samlp"), transforms=transform(ENV) + transform(EXC, prefixes("xs")))).replace("<samlp:Response ", f'<samlp:Response xmlns:xs="{XS}" xmlns="urn:d" ', 1), "ACCEPT")
    for t in "AR":
        S("MS-10", f"inc-signedinfo-{t.lower()}", f"inclusive C14N on SignedInfo, exclusive on Reference, {t} signed", response("", **{"sig" + t.lower(): sig(t, c14n=INC)}), "ACCEPT")
    S("MS-10", "exc-signedinfo-inc-reference", "exclusive C14N on SignedInfo, inclusive on Reference", response("", sigr=sig("R", transforms=transform(ENV) + transform(INC))), "ACCEPT")
    for name, f, cert, comment in GOOD:
        add("MS-15" if "ecdsa" in name else "MS-10", "good-" + name, comment=comment, expect=acc(read(os.path.join(OUT, f))), file=f, trust={"certs": [cert + ".crt"]} if cert != "k" else None, cert=cert, **none)
    for name, f, data in PSS:
        add("MS-15", "good-" + name, "none", f"RSA-PSS under {name}, salt as long as the hash", None, {**acc(data), "or_reject_any": ["SignatureAlgForbidden"]}, file=f)
    pair = response("A").replace(f'<ds:Transform Algorithm="{ENV}"/><ds:Transform Algorithm="{EXC}"/>', f'<ds:Transform Algorithm="{ENV}"></ds:Transform><ds:Transform Algorithm="{EXC}"></ds:Transform>').replace(f'<ds:DigestMethod Algorithm="{SHA256}"/>', f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>')
    S("MS-12", "transform", "start-end pairs instead of empty elements in the Signature", pair, "ACCEPT")
    S("MS-12", "whitespace-in-pair", "line feeds inside the pairs of the Signature", pair.replace("></ds:Transform>", ">\n</ds:Transform>").replace("></ds:DigestMethod>", ">\n</ds:DigestMethod>"), "ACCEPT")
    M("MS-12", "swapped-after", "pairs and empty elements swapped after signing (C14N identical)", sub(LEAN_A, (f'<ds:DigestMethod Algorithm="{SHA256}"/>', f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>')), "ACCEPT")
    for t in "AR":
        S("MS-13", f"sha1-{t.lower()}", "RSA-SHA1 with SHA-1 digest under the exception", response("", **{"sig" + t.lower(): sig(t, sm=RSA1, dm=SHA1)}), "ACCEPT", policy={"allow": ["sha1"]})
    S("MS-13", "adfs-inc", "RSA-SHA1, SHA-1, inclusive SignedInfo (old Shibboleth) under the exception", response("", sigr=sig("R", sm=RSA1, dm=SHA1, c14n=INC)), "ACCEPT", policy={"allow": ["sha1"]})
    val = cut(B_A, "<ds:SignatureValue>", "</ds:SignatureValue>")
    v = val[19:-20].replace("\n", "")
    crt = cert_b64("k")
    fold = lambda x, n, sep="\n": sep.join(x[i:i + n] for i in range(0, len(x), n))
    full_ki = cut(B_A, "<ds:X509Certificate>", "</ds:X509Certificate>")
    for slug, f in (("64-columns", lambda x: fold(x, 64)), ("76-columns", lambda x: fold(x, 76)), ("leading-newline", lambda x: "\n" + fold(x, 64)), ("trailing-newline", lambda x: fold(x, 64) + "\n"), ("tabs", lambda x: fold(x, 64, "\n\t\t")), ("one-line", lambda x: x), ("spaces", lambda x: fold(x, 4, " ")), ("crlf", lambda x: fold(x, 64, "\r\n")), ("indented", lambda x: "\n          " + fold(x, 60, "\n          ") + "\n        ")):
        M("MS-16", slug, f"SignatureValue and X509Certificate folded: {slug}", sub(B_A, (val, f"<ds:SignatureValue>{f(v)}</ds:SignatureValue>"), (full_ki, f"<ds:X509Certificate>{f(crt)}</ds:X509Certificate>")), "ACCEPT")
    S("MS-16", "digestvalue", "DigestValue with white space, signed so", sgn_digest_ws(), "ACCEPT", py={})
    for slug, sep in (("13-lf", "&#13;\n"), ("xd", "&#xD;"), ("xd-lf", "&#xD;\n"), ("13", "&#13;"), ("xa", "&#xA;"), ("9", "&#9;"), ("20", "&#x20;")):
        M("MS-17", slug, f"{sep!r} at the fold ends of SignatureValue and X509Certificate", sub(B_A, (val, f"<ds:SignatureValue>{fold(v, 76, sep)}{sep}</ds:SignatureValue>"), (full_ki, f"<ds:X509Certificate>{fold(crt, 76, sep)}{sep}</ds:X509Certificate>")), "ACCEPT")
    inner = sign_xmlsec(response("RA"), "A")
    iv = cut(inner[inner.index("<saml:Assertion "):], "<ds:SignatureValue>", "</ds:SignatureValue>")
    S("MS-17", "inner-signature-13", "both signed, &#13; in the inner SignatureValue is part of what the Response signs", sub(inner, (iv, iv.replace("\n", "&#13;\n"))), "ACCEPT")
    for t in ("A", "R", "RA"):
        S("MS-19", t.lower(), f"the whole document with CRLF, {t} signed", response(t).replace("\n", "\r\n"), "ACCEPT")
    for slug, head, tail in (("upper", '<?xml version="1.0" encoding="UTF-8"?>', ""), ("lower", '<?xml version="1.0" encoding="utf-8"?>', ""), ("single-quotes", "<?xml version='1.0' encoding='utf-8'?>\n", ""), ("standalone-no", '<?xml version="1.0" encoding="UTF-8" standalone="no"?>', ""), ("standalone-yes", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n', ""), ("no-encoding", '<?xml version="1.0"?>', ""), ("trailing-newline", '<?xml version="1.0" encoding="UTF-8"?>\n', "\n"), ("spaces", "<?xml  version = \"1.0\"\n encoding = 'UTF-8' ?>\r\n", "\r\n"), ("mixed-case", '<?xml version="1.0" encoding="Utf-8"?>', "")):
        M("MS-20", slug, f"XML declaration: {slug}", head + LEAN_R + tail, "ACCEPT")
    M("MS-21", "response", "Response with a UTF-8 BOM", b"\xef\xbb\xbf" + LEAN_R.encode(), "ACCEPT")
    M("MS-21", "declaration", "Response with a UTF-8 BOM and a declaration", b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n' + LEAN_A.encode(), "ACCEPT")
    pretty = parse(response("RA").replace("\n", ""))
    from lxml import etree as ET
    ET.indent(pretty, "    ")
    pretty = ET.tostring(pretty).decode()
    S("MS-22", "both", "pretty-printed, both signed", pretty, "ACCEPT")
    S("MS-22", "tabs-crlf", "pretty-printed with CRLF and tabs, both signed", pretty.replace("    ", "\t").replace("\n", "\r\n"), "ACCEPT")
    S("MS-22", "compact", "no white space between elements, both signed", response("RA").replace("\n", ""), "ACCEPT")
    S("MS-23", "a", "KeyInfo absent, Assertion signed", response("A"), "ACCEPT")
    S("MS-23", "r", "KeyInfo absent, Response signed", response("R"), "ACCEPT")
    kn = privkey("k").public_key().public_numbers()
    kv = f"<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{b64(kn.n.to_bytes(256, 'big'))}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
    S("MS-24", "rsakeyvalue", "KeyInfo with RSAKeyValue only", response("A", kv), "ACCEPT")
    S("MS-24", "x509-and-rsakeyvalue", "KeyInfo with X509Data (subject, certificate) and RSAKeyValue", response("R", kv.replace("<ds:KeyInfo>", f"<ds:KeyInfo><ds:X509Data><ds:X509SubjectName>CN=idp.test</ds:X509SubjectName><ds:X509Certificate>{crt}</ds:X509Certificate></ds:X509Data>")), "ACCEPT")
    S("MS-24", "wstrust", "KeyInfo in the ds default namespace as .NET writes it", response("A", f'<KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{crt}</X509Certificate></X509Data></KeyInfo>'), "ACCEPT", py={})
    for slug, i in (("digit", "1a2b3c4d"), ("plus", "_a+b"), ("tilde", "_a~b"), ("slash", "a/b"), ("colon", "a:b"), ("uuid", "7f9c24e8-3b12-4f5e-9a0d-1c2b3d4e5f60"), ("dollar", "$x"), ("at", "x@y"), ("equals", "pfx1=="), ("comma", "a,b"), ("semicolon", "a;b"), ("question", "a?b"), ("star", "a*b"), ("bang", "a!b"), ("dot-first", ".a"), ("dash-first", "-a")):
        S("MS-27", slug, f"Assertion ID {i!r} (P2)", response("A").replace('ID="_a1"', f'ID="{i}"').replace('URI="#_a1"', f'URI="#{i}"'), "ACCEPT", py={}, check=None)
        if slug in ("digit", "uuid", "plus"):
            S("MS-27", slug + "-response", f"Response ID {i!r} (P2), Response signed", response("R").replace('ID="_r1"', f'ID="{i}"').replace('URI="#_r1"', f'URI="#{i}"'), "ACCEPT", py={}, check=None)
    S("MS-27", "request-id", "request ID that is not an NCName", T(('acs" InResponseTo="_req1"', 'acs" InResponseTo="1+a/b:c"'), subject=subject(sc(irt="1+a/b:c"))), "ACCEPT", policy={"request": {"in_response_to": "1+a/b:c"}})
    for slug, f in (("none", ""), ("1", ".1"), ("3", ".123"), ("7", ".1234567"), ("6", ".123456"), ("9", ".123456789"), ("zeros", ".000"), ("12", ".000000000001")):
        S("MS-28", slug, f"all instants with fraction {f!r}", re.sub(r'(\d\d:\d\d:\d\d)Z"', rf'\g<1>{f}Z"', response("A")), "ACCEPT")
    S("MS-30", "missing", "SessionIndex missing", T((' SessionIndex="_s1"', "")), "ACCEPT", want={"session_index": None})
    S("MS-30", "odd", "SessionIndex with odd characters comes out verbatim", T(('SessionIndex="_s1"', 'SessionIndex=" a&amp;b&lt; "')), "ACCEPT", want={"session_index": " a&b< "})
    S("MS-30", "subjectlocality", "SubjectLocality, AuthenticatingAuthority, SessionNotOnOrAfter present", T(('SessionIndex="_s1">', 'SessionIndex="_s1" SessionNotOnOrAfter="2026-01-01T08:00:00Z"><saml:SubjectLocality Address="192.0.2.1" DNSName="c.test"/>'), ("</saml:AuthnContextClassRef>", "</saml:AuthnContextClassRef><saml:AuthenticatingAuthority>https://up.test</saml:AuthenticatingAuthority>")), "ACCEPT")
    S("MS-31", "missing", "SessionNotOnOrAfter missing", response("A"), "ACCEPT")
    no_irt = ((' InResponseTo="_req1">', ">"), (' InResponseTo="_req1"/>', "/>"))
    for t in ("A", "R", "RA"):
        S("MS-32", t.lower(), f"IdP-initiated, {t} signed", T(*no_irt, t=t), "ACCEPT", policy={"request": "unsolicited"})
    S("MS-33", "response-signed", "signed Response has InResponseTo, the data lacks it", T(no_irt[1], t="R"), "ACCEPT")
    S("MS-33", "both-signed", "both signed, the Response has InResponseTo, the data lacks it", T(no_irt[1], t="RA"), "ACCEPT")
    S("MS-34", "absent", "Response Issuer absent, Assertion signed", response("A", r_issuer=""), "ACCEPT")
    S("MS-35", "absent", "Destination absent, Response unsigned", T((' Destination="https://sp.test/acs"', "")), "ACCEPT")
    cons = ("<samlp:Response ", '<samlp:Response Consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified" ')
    vend = ("<samlp:Status>", '<samlp:Extensions><v:x xmlns:v="urn:vendor" a="b">t<v:y/></v:x></samlp:Extensions><samlp:Status>')
    for t in "AR":
        S("MS-36", f"consent-{t.lower()}", "Consent attribute", T(cons, t=t), "ACCEPT")
        S("MS-36", f"extensions-{t.lower()}", "Extensions with vendor XML", T(vend, t=t), "ACCEPT")
        S("MS-36", f"both-{t.lower()}", "Consent and Extensions with two vendor elements", T(cons, (vend[0], vend[1].replace("</samlp:Extensions>", '<w:z xmlns:w="urn:w"/></samlp:Extensions>')), t=t), "ACCEPT")
    for slug, ty, val_ in (("string", "xs:string", "user"), ("anytype", "xs:anyType", "user"), ("integer", "xs:integer", "42"), ("boolean", "xs:boolean", "true"), ("base64binary", "xs:base64Binary", "dXNlcg=="), ("datetime", "xs:dateTime", "2026-01-01T00:00:00Z"), ("anyuri", "xs:anyURI", " urn:x "), ("unknown", "foo:bar", "user")):
        S("MS-37", slug, f"AttributeValue of type {ty}", T((AV, f'<saml:AttributeValue xmlns:xs="{XS}" xmlns:foo="urn:foo" {XSI} xsi:type="{ty}">{val_}</saml:AttributeValue>')), "ACCEPT", want=role(val_))
    S("MS-37", "attribute-level", "NameFormat, FriendlyName and a foreign attribute on Attribute", T(('<saml:Attribute Name="role">', '<saml:Attribute Name="role" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" FriendlyName="Role" xmlns:x5="urn:oasis:names:tc:SAML:2.0:profiles:attribute:X500" x5:Encoding="LDAP">')), "ACCEPT", want=role("user"))
    for slug, m, want in (("self-closed", "<saml:AttributeValue/>", [""]), ("pair", "<saml:AttributeValue></saml:AttributeValue>", [""]), ("nil-true", f'<saml:AttributeValue {XSI} xsi:nil="true"/>', [None]), ("nil-1", f'<saml:AttributeValue {XSI} xsi:nil="1"></saml:AttributeValue>', [None]), ("nil-false", f'<saml:AttributeValue {XSI} xsi:nil="false">x</saml:AttributeValue>', ["x"]), ("nil-0-empty", f'<saml:AttributeValue {XSI} xsi:nil="0"/>', [""]), ("typed-empty", f'<saml:AttributeValue {XSI} xmlns:xs="{XS}" xsi:type="xs:string"/>', [""]), ("whitespace", "<saml:AttributeValue> </saml:AttributeValue>", [" "])):
        S("MS-38", slug, f"AttributeValue {slug}", T((AV, m)), "ACCEPT", want=role(*want))
    S("MS-38", "absent", "Attribute without values", T((AV + "<saml:AttributeValue>auditor</saml:AttributeValue>", "")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": []}})
    S("MS-38", "absent-self-closed", "self-closed Attribute", T((f'<saml:Attribute Name="role">{AV}<saml:AttributeValue>auditor</saml:AttributeValue></saml:Attribute>', '<saml:Attribute Name="role"/>')), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": []}})
    nid = '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="https://idp.test" SPNameQualifier="https://sp.test/md">opaque</saml:NameID>'
    S("MS-39", "qualified", "NameID with both qualifiers inside AttributeValue", attr(nid), "ACCEPT", want=role({"name_id": "opaque", "name_qualifier": "https://idp.test", "sp_name_qualifier": "https://sp.test/md"}))
    S("MS-39", "unqualified", "NameID without qualifiers inside AttributeValue", attr("<saml:NameID>opaque</saml:NameID>"), "ACCEPT", want=role({"name_id": "opaque", "name_qualifier": None, "sp_name_qualifier": None}))
    S("MS-39", "whitespace", "NameID inside AttributeValue with white space around it", attr(f"\n  {nid}\n"), "ACCEPT", want=role({"name_id": "opaque", "name_qualifier": "https://idp.test", "sp_name_qualifier": "https://sp.test/md"}))
    S("MS-41", "two", "two AttributeStatements, merged in order", T(('</saml:Attribute>\n<saml:Attribute Name="role">', '</saml:Attribute></saml:AttributeStatement><saml:AttributeStatement><saml:Attribute Name="role">')), "ACCEPT", want=role("user"))
    S("MS-41", "around-authn", "AttributeStatements before and after the AuthnStatement", response("A", authn='<saml:AttributeStatement><saml:Attribute Name="role"><saml:AttributeValue>first</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>' + AUTHN), "ACCEPT", want={"attributes": {"role": ["first", "user", "auditor"], "email": ["alice@idp.test"]}})
    S("MS-42", "20", "Role in 20 separate Attributes", T(("</saml:AttributeStatement>", "".join(f'<saml:Attribute Name="Role"><saml:AttributeValue>r{i}</saml:AttributeValue></saml:Attribute>' for i in range(20)) + "</saml:AttributeStatement>")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "role": ["user", "auditor"], "Role": [f"r{i}" for i in range(20)]}})
    S("MS-43", "none", "no AttributeStatement", response("A", attrs=""), "ACCEPT", want={"attributes": {}})
    S("MS-43", "empty", "empty AttributeStatement", response("A", attrs="<saml:AttributeStatement/>"), "ACCEPT", want={"attributes": {}})
    noname = response("A", subject=subject(CONFIRMATION, name=""))
    S("MS-45", "optional", "Subject without NameID, none required", noname, "ACCEPT", want={"name_id": None}, policy={"name_id": "optional"})
    S("MS-45", "required", "Subject without NameID where one is required (default)", noname, "NameIdMissing")
    F11, F20 = "urn:oasis:names:tc:SAML:1.1:nameid-format:", "urn:oasis:names:tc:SAML:2.0:nameid-format:"
    for slug, f, n in (("emailaddress", F11 + "emailAddress", "Alice@IDP.test"), ("unspecified", F11 + "unspecified", "alice"), ("x509subjectname", F11 + "X509SubjectName", "CN=Alice, O=Test &amp; Co"), ("windows", F11 + "WindowsDomainQualifiedName", "CORP\\user"), ("kerberos", F20 + "kerberos", "alice@IDP.TEST"), ("transient", F20 + "transient", "_" + "ab" * 32), ("persistent", F20 + "persistent", "a+b/c="), ("entity", F20 + "entity", "https://idp.test"), ("custom", "urn:custom", "42")):
        S("MS-46", slug, f"NameID format {slug}", T((f'Format="{EMAILFMT}">alice@idp.test', f'Format="{f}">{n}')), "ACCEPT", want={"name_id": n.replace("&amp;", "&"), "name_id_format": f})
    S("MS-46", "no-format", "NameID without Format", T((f' Format="{EMAILFMT}"', "")), "ACCEPT", want={"name_id_format": None})
    S("MS-46", "qualifiers", "NameID with NameQualifier, SPNameQualifier, SPProvidedID", T((f'<saml:NameID Format="{EMAILFMT}"', f'<saml:NameID NameQualifier="https://idp.test" SPNameQualifier="https://sp.test/md" SPProvidedID="x" Format="{EMAILFMT}"')), "ACCEPT", more={"name_qualifier": "https://idp.test", "sp_name_qualifier": "https://sp.test/md"})
    ok = CONFIRMATION
    for slug, first in (("expired", sc(noa="2025-12-31T23:00:00Z")), ("hok", sc(method=HOK)), ("sender-vouches", sc(method=SVO)), ("wrong-recipient", sc(recipient="https://sp2.test/acs")), ("wrong-request", sc(irt="_other")), ("no-data", sc(data=False)), ("no-notonorafter", sc(noa=None)), ("future", sc(nb="2027-01-01T00:00:00Z")), ("unknown-method", sc(method="urn:x"))):
        S("MS-47", slug, f"first confirmation {slug}, second valid bearer", response("A", subject=subject(first, ok)), "ACCEPT")
    S("MS-47", "good-first", "valid bearer first, then expired and holder-of-key", response("A", subject=subject(ok, sc(noa="2025-12-31T23:00:00Z"), sc(method=HOK))), "ACCEPT")
    S("MS-47", "hok-keyinfo", "holder-of-key with KeyInfo in its data, then valid bearer", response("A", subject=subject(f'<saml:SubjectConfirmation Method="{HOK}"><saml:SubjectConfirmationData {XSI} xsi:type="saml:KeyInfoConfirmationDataType"><ds:KeyInfo xmlns:ds="{DS}"><ds:KeyName>k</ds:KeyName></ds:KeyInfo></saml:SubjectConfirmationData></saml:SubjectConfirmation>', ok)), "ACCEPT")
    S("MS-47", "address", "Address in the confirmation data is not checked", T(('InResponseTo="_req1"/>', 'InResponseTo="_req1" Address="192.0.2.1"/>')), "ACCEPT")
    AUD = "<saml:Audience>https://sp.test/md</saml:Audience>"
    S("MS-48", "last", "several Audiences, ours last", T((AUD, "<saml:Audience>spn:5a1f</saml:Audience><saml:Audience>https://sp2.test/md</saml:Audience>" + AUD)), "ACCEPT")
    S("MS-48", "first", "several Audiences, ours first", T((AUD, AUD + "<saml:Audience>https://sp2.test/md</saml:Audience>")), "ACCEPT")
    S("MS-52", "2s-ahead", "IdP clock 2 s ahead: IssueInstant, NotBefore, AuthnInstant in the future", T((CB, 'NotBefore="2026-01-01T00:00:02Z"'), (ASSERTION_TAG, ASSERTION_TAG.replace(NOW, "2026-01-01T00:00:02Z")), (f' IssueInstant="{NOW}" Destination', ' IssueInstant="2026-01-01T00:00:02Z" Destination'), ('AuthnInstant="2025-12-31T23:59:00Z"', 'AuthnInstant="2026-01-01T00:00:02Z"')), "ACCEPT")
    S("MS-52", "equal", "NotBefore = IssueInstant = AuthnInstant = now, no leeway", T((CB, f'NotBefore="{NOW}"'), ('AuthnInstant="2025-12-31T23:59:00Z"', f'AuthnInstant="{NOW}"')), "ACCEPT", policy={"leeway": 0})
    S("MS-52", "2s-ahead-no-leeway", "IdP clock 2 s ahead, no leeway", T((CB, 'NotBefore="2026-01-01T00:00:02Z"')), "NotYetValid", policy={"leeway": 0})
    S("MS-54", "groups-link", "Entra groups link claim", T(('Name="role"', 'Name="http://schemas.microsoft.com/claims/groups.link"'), (AV + "<saml:AttributeValue>auditor</saml:AttributeValue>", "<saml:AttributeValue>https://graph.windows.net/t/users/u/getMemberObjects</saml:AttributeValue>")), "ACCEPT", want={"attributes": {"email": ["alice@idp.test"], "http://schemas.microsoft.com/claims/groups.link": ["https://graph.windows.net/t/users/u/getMemberObjects"]}})
    add("MS-69", "expired-pinned", comment="expired self-signed certificate pinned", expect=acc(B_A), file="base/b-a.xml", trust={"certs": ["k-expired.crt"]}, cert="k-expired", **none)
    for slug, a in (("newlines", "\n   https://sp.test/md\n "), ("trailing-space", "https://sp.test/md "), ("tabs", "\t\thttps://sp.test/md\t"), ("references", "&#10;https://sp.test/md&#13;&#9;")):
        S("MS-70", slug, f"Audience with surrounding white space: {slug} (P4)", T((AUD, f"<saml:Audience>{a}</saml:Audience>")), "ACCEPT")
    S("MS-70", "nbsp", "Audience with a no-break space: not XML white space", T((AUD, "<saml:Audience>https://sp.test/md\xa0</saml:Audience>")), "AudienceMismatch")
    S("MS-70", "inner", "white space inside Audience", T((AUD, "<saml:Audience>https://sp.test /md</saml:Audience>")), "AudienceMismatch")


def sgn_digest_ws():
    d = response("A")
    h = b64(hash_of("sha256", canon_parent(d, "@DA@")))
    return d.replace("@DA@", f"\n  {h[:20]}\n\t{h[20:]}\n")


def sr():
    v = b64(LEAN_A.encode())
    body = lambda x: "SAMLResponse=" + urllib.parse.quote(x, safe="")
    ok = acc(LEAN_A)

    def P(row, slug, comment, data, expect, ext="b64", mode="M"):
        add(row, slug, mode, comment, data, expect, ext=ext)
    for slug, x in (("bang", v[:100] + "!" + v[100:]), ("percent", v[:100] + "%" + v[100:]), ("nul", v[:100] + "\0" + v[100:]), ("equals", "===="), ("padding-inside", v[:100] + "==" + v[100:]), ("data-after-padding", b64(LEAN_A.encode() + b" ") + "AAAA" if b64(LEAN_A.encode() + b" ").endswith("=") else b64(LEAN_A.encode() + b"  ") + "AAAA"), ("non-ascii", v[:100] + "\xe9" + v[100:]), ("raw-xml", LEAN_A), ("single-char", "A"), ("trailing-bits", trailing_bits())):
        P("SR-01", slug, f"POST value is not base64: {slug}", x, "Base64Invalid")
    P("SR-01", "empty", "POST value is empty", "", ["Base64Invalid", "XmlNotWellFormed", "ParamMissing"])
    P("SR-01", "body-bang", "POST body whose value is not base64", "SAMLResponse=%21%21%21%21", "Base64Invalid", ext="form")
    P("SR-02", "mixed", "both + and - in one value", mixed_alphabet(), "Base64Invalid")
    P("SR-02", "url-alphabet", "URL alphabet throughout", url_only(), "Base64Invalid")
    P("SR-04", "response-twice", "two SAMLResponse fields", body(v) + "&" + body(v), "ParamDuplicate", ext="form")
    P("SR-04", "response-twice-evil-first", "two SAMLResponse fields, the first evil", body(b64(unsigned(LEAN_A).replace(HONEST, EVIL).encode())) + "&RelayState=x&" + body(v), "ParamDuplicate", ext="form")
    P("SR-04", "response-and-request", "SAMLResponse and SAMLRequest", body(v) + "&SAMLRequest=" + urllib.parse.quote(b64(b"<x/>"), safe=""), "ParamConflict", ext="form")
    P("SR-04", "request-and-response", "SAMLRequest and SAMLResponse", "SAMLRequest=" + urllib.parse.quote(b64(b"<x/>"), safe="") + "&" + body(v), "ParamConflict", ext="form")
    P("SR-04", "relaystate-twice", "two RelayState fields", body(v) + "&RelayState=a&RelayState=b", "ParamDuplicate", ext="form")
    P("SR-04", "encoded-name-twice", "SAMLResponse and %53AMLResponse", body(v) + "&%53AMLResponse=" + urllib.parse.quote(v, safe=""), "ParamDuplicate", ext="form")
    P("SR-04", "missing", "no SAMLResponse field", "RelayState=x", "ParamMissing", ext="form")
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    z = raw.compress(LEAN_A.encode()) + raw.flush()
    P("SR-05", "deflated", "raw DEFLATE data posted", b64(z), ["XmlNotWellFormed", "InvalidUtf8", "XmlForbiddenChar", "EncodingNotUtf8"])
    P("SR-05", "zlib", "zlib data posted", b64(zlib.compress(LEAN_A.encode())), ["XmlNotWellFormed", "InvalidUtf8", "XmlForbiddenChar", "EncodingNotUtf8"])
    P("SR-05", "double-base64", "base64 twice", b64(v.encode()), ["XmlNotWellFormed", "XmlTrailingContent"])
    P("MS-61", "plain", "padded base64 in one line", v, ok)
    padded = LEAN_A + " " * ((1 - len(LEAN_A)) % 3)
    vp = b64(padded.encode())
    assert vp.endswith("==")
    P("MS-61", "padding", "padded base64 with two padding characters", vp, ok)
    P("MS-61", "unpadded", "unpadded base64", vp.rstrip("="), ok)
    for slug, sep in (("crlf-64", "\r\n"), ("lf-76", "\n"), ("spaces", " "), ("tabs", "\t")):
        P("MS-61", slug, f"base64 folded: {slug}", sep.join(v[i:i + (76 if "76" in slug else 64)] for i in range(0, len(v), 76 if "76" in slug else 64)), ok)
    P("MS-61", "trailing-newline", "base64 with a trailing newline", v + "\r\n", ok)
    P("MS-61", "leading-newline", "base64 with a leading newline", "\n" + v, ok)
    P("MS-61", "body", "form body with RelayState", body(v) + "&RelayState=https%3A%2F%2Fsp.test%2Fapp", ok, ext="form")
    P("MS-61", "body-relaystate-first", "form body, RelayState first, empty", "RelayState=&" + body(v), ok, ext="form")
    P("MS-61", "body-unknown-field", "form body with an unknown field", "x=1&" + body(v) + "&y", ok, ext="form")
    P("MS-61", "body-crlf", "form body with folded base64 (%0D%0A)", body("\r\n".join(v[i:i + 76] for i in range(0, len(v), 76))), ok, ext="form")
    P("MS-61", "body-lower-case-escapes", "form body with lower-case percent escapes", re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), body(v)), ok, ext="form")
    for s in [x for x in VECTORS if x["row"] == "MS-61"]:
        s["mode"] = "none"


def trailing_bits():
    s = b64((LEAN_A + " " * ((1 - len(LEAN_A)) % 3)).encode())
    assert s.endswith("==")
    alpha = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return s[:-3] + alpha[alpha.index(s[-3]) | 1] + "=="


def mixed_alphabet():
    s = b64(LEAN_A.replace('ID="_r1"', 'ID="_r1"' + ' Consent="~~~???>>>~~~???>>> ???~~~ ~~>>"'.replace(">", "&gt;")).encode())
    i = s.index("+") if "+" in s else None
    assert i is not None and s.count("+") > 1, s.count("+")
    return s[: i] + "-" + s[i + 1:]


def url_only():
    s = b64(LEAN_A.replace('ID="_r1"', 'ID="_r1"' + ' Consent="~~~???>>>~~~???>>> ???~~~ ~~>>"'.replace(">", "&gt;")).encode())
    return s.replace("+", "-").replace("/", "_")


def run_rows():
    ue()
    ds()
    ms()
    sr()
