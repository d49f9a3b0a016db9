"""SI: ID, Reference and SignedInfo shape."""
from bases import KI_S as KI
from bases import MED_A as B_A
from bases import MED_R as B_R
from bases import MED_RA as B_RA
from lib import *
from rows_sx import A, A0, EVIL_A0, SIG_A, SIG_R, append, before_assertion, into_signature

SI_A = cut(SIG_A, "<ds:SignedInfo>", "</ds:SignedInfo>")
REF_A = cut(SIG_A, "<ds:Reference ", "</ds:Reference>")
DV_A = cut(SIG_A, "<ds:DigestValue>", "</ds:DigestValue>")
SV_A = cut(SIG_A, "<ds:SignatureValue>", "</ds:SignatureValue>")
TRS = cut(SIG_A, "<ds:Transforms>", "</ds:Transforms>")
CM = f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'
SM = f'<ds:SignatureMethod Algorithm="{RSA256}"/>'
DM = f'<ds:DigestMethod Algorithm="{SHA256}"/>'
DV = "<ds:DigestValue>@DA@</ds:DigestValue>"
SV = "<ds:SignatureValue>@SA@</ds:SignatureValue>"
EVIL_DIGEST = b64(hash_of("sha256", exc_c14n(parse(B_A.replace(SIG_A, "").replace(HONEST, EVIL)).getroot()[-1])))


def signed(*edits, t="A", **kw):
    """A template with edits in its Signature."""
    return sub(response(t), *edits)


def run_rows():
    M("SI-01", "response-takes-assertion-id", "Response ID set to the Assertion's ID", sub(B_A, ('ID="_r1"', 'ID="_a1"')), "DuplicateId")
    M("SI-01", "assertion-takes-response-id", "Response signed, unsigned-looking Assertion takes the Response's ID", sub(B_R, ('ID="_a1"', 'ID="_r1"')), "DuplicateId")
    S("SI-01", "signed", "Response and Assertion have one ID, Response signed by K", sub(response("R"), ('ID="_a1"', 'ID="_r1"')), "DuplicateId", py={}, check=None)
    M("SI-01", "signature-id", "ds:Signature Id equal to the Assertion's ID", sub(B_A, (f'<ds:Signature xmlns:ds="{DS}">', f'<ds:Signature xmlns:ds="{DS}" Id="_a1">')), ["DuplicateId", "UnexpectedAttribute", "SignatureShape"])
    M("SI-02", "attack-then-namespaced", 'ID="attack" and samlp:ID="_r1" on the Response', sub(B_R, ('ID="_r1"', 'ID="attack" samlp:ID="_r1"')), "UnexpectedAttribute")
    M("SI-02", "namespaced-then-attack", 'samlp:ID="_r1" and ID="attack" on the Response', sub(B_R, ('ID="_r1"', 'samlp:ID="_r1" ID="attack"')), "UnexpectedAttribute")
    M("SI-02", "namespaced-attack", 'ID="_r1" and samlp:ID="attack" on the Response', sub(B_R, ('ID="_r1"', 'ID="_r1" samlp:ID="attack"')), "UnexpectedAttribute")
    M("SI-02", "only-namespaced", "the Response has only samlp:ID", sub(B_R, ('ID="_r1"', 'samlp:ID="_r1"')), ["UnexpectedAttribute", "MissingAttribute"])
    M("SI-02", "foreign-namespaced", 'foreign e:ID="_a1" on the unsigned Response', sub(B_A, ('ID="_r1"', 'ID="_r1" xmlns:e="urn:e" e:ID="_a1"')), "UnexpectedAttribute")
    S("SI-02", "signed-assertion", "K signed an Assertion with ID and saml:ID", sub(response("A"), ('ID="_a1"', 'ID="_a1" saml:ID="_a1x"')), "UnexpectedAttribute")
    for name, slug in (("id", "lower"), ("Id", "capital"), ("iD", "odd")):
        M("SI-04", f"response-{slug}", f'{name}="_a1" on the unsigned Response', sub(B_A, ('ID="_r1"', f'ID="_r1" {name}="_a1"')), "UnexpectedAttribute")
        forged = sub(A, ('ID="_a1"', f'ID="_evil" {name}="_a1"'), (HONEST, EVIL))
        M("SI-04", f"forged-{slug}", f'forged Assertion ID="_evil" {name}="_a1" with the original Signature', sub(B_A, (A, forged)), "UnexpectedAttribute")
    M("SI-04", "on-subject", 'id="_a1" on the evil Subject', sub(unsigned(B_A), ("<saml:Subject>", '<saml:Subject id="_a1">')), "UnexpectedAttribute")
    M("SI-04", "on-statuscode", 'Id="_a1" on StatusCode', sub(B_A, ("<samlp:StatusCode ", '<samlp:StatusCode Id="_a1" ')), "UnexpectedAttribute")
    M("SI-04", "on-extension", 'id="_a1" on a vendor element in Extensions', sub(B_A, ("<samlp:Status>", '<samlp:Extensions><v:x xmlns:v="urn:vendor" id="_a1"/></samlp:Extensions><samlp:Status>')), ["UnexpectedAttribute", "DuplicateId"])
    M("SI-04", "assertionid", 'AssertionID="_a1" (SAML 1.1) on the Assertion, signed part', sub(B_A, ('ID="_a1"', 'ID="_a1" AssertionID="_a1"')), "UnexpectedAttribute")
    M("SI-05", "on-response", 'xml:id="_a1" on the unsigned Response', sub(B_A, ('ID="_r1"', 'ID="_r1" xml:id="_a1"')), "UnexpectedAttribute")
    M("SI-05", "forged", 'forged Assertion ID="_evil" xml:id="_a1"', sub(B_A, (A, sub(A, ('ID="_a1"', 'ID="_evil" xml:id="_a1"'), (HONEST, EVIL)))), "UnexpectedAttribute")
    M("SI-05", "on-status", 'xml:id="_a1" on Status', sub(B_A, ("<samlp:Status>", '<samlp:Status xml:id="_a1">')), "UnexpectedAttribute")
    S("SI-05", "signed", "K signed an Assertion with a further xml:id", sub(response("A"), ('ID="_a1"', 'ID="_a1" xml:id="_x1"')), "UnexpectedAttribute")

    S("SI-07", "response", 'Reference URI="" at Response level, signed by xmlsec1', response("", sigr=sig("R", ref="")), "ReferenceUriForm")
    M("SI-07", "assertion", 'Reference URI="" at Assertion level', sub(B_A, ('URI="#_a1"', 'URI=""')), "ReferenceUriForm")
    S("SI-07", "assertion-signed", 'Reference URI="" at Assertion level, signed as if it meant the Assertion', response("", siga=sig("A", ref="")), "ReferenceUriForm", py={}, check=None)
    S("SI-08", "response", "Reference without URI at Response level", sub(response("R"), (' URI="#_r1"', "")), "ReferenceUriForm", py={}, check=None)
    S("SI-08", "assertion", "Reference without URI at Assertion level", sub(response("A"), (' URI="#_a1"', "")), "ReferenceUriForm", py={}, check=None)
    for slug, uri in (("root", "#xpointer(/)"), ("id", "#xpointer(id('_a1'))"), ("element", "#element(/1)"), ("element-id", "#element(_a1)"),
                      ("xmlns", "#xmlns(s=urn:x)xpointer(//s:y)"), ("xpointer-all", "#xpointer(//*[@ID='_a1'])")):
        S("SI-09", slug, f"Reference URI={uri}, digest of the Assertion", response("", siga=sig("A", ref=uri)), "ReferenceUriForm", py={}, check=None)
    S("SI-09", "root-response", "Reference URI=#xpointer(/) at Response level, signed by xmlsec1", response("", sigr=sig("R", ref="#xpointer(/)")), "ReferenceUriForm")
    for slug, uri in (("http", "http://evil.test/x"), ("https-fragment", "https://sp.test/x#_a1"), ("file", "file:///etc/passwd"), ("cid", "cid:x"), ("network-path", "//host/x"),
                      ("relative", "x.xml"), ("relative-fragment", "x.xml#_a1"), ("query", "?#_a1"), ("bare-id", "_a1"), ("hash-only", "#"), ("two-hashes", "##_a1"),
                      ("percent", "#%5Fa1"), ("space", "#_a1 "), ("leading-space", " #_a1"), ("data", "data:text/xml,%3Cx/%3E")):
        S("SI-10", slug, f"Reference URI={uri!r}, digest of the Assertion", response("", siga=sig("A", ref=uri)),
          "ReferenceUriForm" if slug not in ("hash-only", "two-hashes", "percent", "space") else ["ReferenceUriForm", "ReferenceNotParent"], py={}, check=None)
    for slug, raw in (("quote-or", "_a' or '1'='1"), ("bracket", "x')] or //*[@x='"), ("double-quote", "_a&quot;b"), ("hash", "_a#1"), ("percent", "_a%31"), ("space", "_a 1"), ("amp", "_a&amp;1"),
                      ("lt", "_a&lt;1"), ("gt", "_a&gt;1"), ("parens", "_a(1)"), ("braces", "_a{1}"), ("tab", "_a&#9;1"), ("newline", "_a&#10;1"), ("empty", ""), ("non-ascii", "_ä1"), ("del", "_a&#127;1")):
        S("SI-12", slug, f"Assertion ID={raw!r}, Reference to it, signed", sub(response("A"), ('ID="_a1"', f'ID="{raw}"'), ('URI="#_a1"', f'URI="#{raw}"')),
          {"non-ascii": ["IdAttributeForm"], "empty": ["IdAttributeForm", "ReferenceUriForm", "MissingAttribute"], "parens": ["IdAttributeForm", "ReferenceUriForm"]}.get(slug, "IdAttributeForm"), py={}, check=None)
    S("SI-12", "response-id-quote", "Response ID with a quote, Response signed", sub(response("R"), ('ID="_r1"', "ID=\"_r'1\""), ('URI="#_r1"', "URI=\"#_r'1\"")), "IdAttributeForm", py={}, check=None)
    M("SI-12", "unsigned-response-id", "unsigned Response's ID has brackets and spaces", sub(B_A, ('ID="_r1"', 'ID="_r1]) | //*[(x"')), "IdAttributeForm")
    S("SI-13", "assertion-hash", 'signed Assertion without ID, URI="#"', sub(response("A"), (' ID="_a1"', ""), ('URI="#_a1"', 'URI="#"')), "MissingAttribute", py={}, check=None)
    S("SI-13", "assertion-named", 'signed Assertion without ID, URI="#_a1"', sub(response("A"), (' ID="_a1"', "")), "MissingAttribute", py={}, check=None)
    S("SI-13", "assertion-empty-uri", 'signed Assertion without ID, URI=""', sub(response("A"), (' ID="_a1"', ""), ('URI="#_a1"', 'URI=""')), "MissingAttribute", py={}, check=None)
    S("SI-13", "response", "signed Response without ID", sub(response("R"), (' ID="_r1"', "")), "MissingAttribute", py={}, check=None)
    M("SI-13", "unsigned-response", "unsigned Response without ID around the signed Assertion", sub(B_A, (' ID="_r1"', "")), "MissingAttribute")
    S("SI-13", "assertion-in-signed-response", "Assertion without ID in a signed Response", sub(response("R"), (' ID="_a1"', "")), "MissingAttribute")

    ref2 = (f'<ds:Reference URI="#_r1"><ds:Transforms>{transform(ENV)}{transform(EXC)}</ds:Transforms>{DM}<ds:DigestValue>@D2@</ds:DigestValue></ds:Reference>')
    r = response("A")
    refr = cut(r, "<ds:Reference ", "</ds:Reference>")

    def two_refs(order):
        d = sub(r, (refr, refr + ref2 if order else ref2 + refr))
        s2 = parse(d)
        d2 = b64(hash_of("sha256", exc_c14n_without(s2, "@DA@")))
        d = sign_py(d.replace("@D2@", d2), "A", value="x")  # digest of the Assertion first
        return d.replace("<ds:SignatureValue>x<", "<ds:SignatureValue>@SA@<")
    S("SI-14", "second-to-response", "two References, the second to the Response, both digests right", two_refs(True), "ReferenceCount", py={}, check=None)
    S("SI-14", "first-to-response", "two References, the first to the Response, both digests right", two_refs(False), "ReferenceCount", py={}, check=None)
    S("SI-14", "same-twice", "the same right Reference twice", sub(r, (refr, refr + refr)), "ReferenceCount", py={}, check=True)
    bad = refr.replace("@DA@", b64(b"\0" * 32))
    S("SI-14", "bad-then-good", "two References to the Assertion, the first digest wrong, the last right", sub(r, (refr, bad + refr)), "ReferenceCount", py={}, check=None)
    S("SI-14", "good-then-bad", "two References to the Assertion, the first digest right, the last wrong", sub(r, (refr, refr + bad)), "ReferenceCount", py={}, check=None)
    S("SI-16", "none", "SignedInfo without Reference", sub(r, (refr, "")), "ReferenceCount", py={}, check=None)
    S("SI-16", "none-response", "SignedInfo without Reference at Response level", (lambda d: sub(d, (cut(d, "<ds:Reference ", "</ds:Reference>"), "")))(response("R")), "ReferenceCount", py={}, check=None)

    evil = sub(B_A, (HONEST, EVIL))
    evil_si = SI_A.replace(DV_A, f"<ds:DigestValue>{EVIL_DIGEST}</ds:DigestValue>")
    M("SI-17", "second-after", "evil Assertion, a second SignedInfo with its digest after the real one", sub(evil, (SI_A, SI_A + evil_si)), "SignatureShape")
    M("SI-17", "second-before", "evil Assertion, a second SignedInfo with its digest before the real one", sub(evil, (SI_A, evil_si + SI_A)), "SignatureShape")
    M("SI-17", "second-last", "evil Assertion, a second SignedInfo with its digest after SignatureValue", sub(evil, (SV_A, SV_A + evil_si)), "SignatureShape")
    M("SI-19", "wrapper", "evil SignedInfo in an unknown ds element inside the Signature", sub(evil, (SI_A, SI_A + f"<ds:X>{evil_si}</ds:X>")), "SignatureShape")
    M("SI-19", "wrapper-first", "real SignedInfo in an unknown ds element, evil one in its place", sub(evil, (SI_A, f"<ds:X>{SI_A}</ds:X>" + evil_si)), "SignatureShape")
    M("SI-19", "in-keyinfo", "evil SignedInfo inside KeyInfo", sub(evil, ("<ds:KeyInfo>", f"<ds:KeyInfo>{evil_si}")), "SignatureShape")
    M("SI-19", "foreign-namespace", "evil SignedInfo without namespace beside the real one", sub(evil, (SI_A, SI_A + evil_si.replace("<ds:", "<").replace("</ds:", "</"))), "SignatureShape")
    M("SI-20", "extensions", "altered Assertion, its digest as ds:DigestValue in Extensions", sub(evil, ("<samlp:Status>", f'<samlp:Extensions><ds:DigestValue xmlns:ds="{DS}">{EVIL_DIGEST}</ds:DigestValue></samlp:Extensions><samlp:Status>')), "UnexpectedElement")
    M("SI-20", "statusdetail", "altered Assertion, its digest as ds:DigestValue in StatusDetail", sub(evil, ("</samlp:Status>", f'<samlp:StatusDetail><ds:DigestValue xmlns:ds="{DS}">{EVIL_DIGEST}</ds:DigestValue></samlp:StatusDetail></samlp:Status>')), "UnexpectedElement")
    M("SI-20", "vendor-wrapped", "altered Assertion, a whole Reference inside a vendor element in Extensions", sub(evil, ("<samlp:Status>", f'<samlp:Extensions><v:w xmlns:v="urn:vendor" xmlns:ds="{DS}">{REF_A.replace(DV_A, "<ds:DigestValue>" + EVIL_DIGEST + "</ds:DigestValue>")}</v:w></samlp:Extensions><samlp:Status>')), "UnexpectedElement")
    M("SI-22", "evil-first", "evil digest in a comment before the real digest, evil Assertion", sub(evil, ("<ds:DigestValue>", f"<ds:DigestValue><!--{EVIL_DIGEST}-->")), "XmlCommentForbidden")
    M("SI-22", "evil-then-comment", "evil digest, the real digest in a comment", sub(evil, (DV_A, "<ds:DigestValue>" + EVIL_DIGEST + "<!--" + DV_A[16:-17] + "--></ds:DigestValue>")), "XmlCommentForbidden")
    M("SI-22", "empty-comment", "an empty comment inside the real digest", sub(B_A, ("<ds:DigestValue>", "<ds:DigestValue><!---->")), "XmlCommentForbidden")
    M("SI-22", "pi", "evil digest in a processing instruction", sub(evil, ("<ds:DigestValue>", f"<ds:DigestValue><?d {EVIL_DIGEST}?>")), "XmlPiForbidden")
    M("SI-22", "cdata", "the real digest inside CDATA (P17: refused inside Signature)", sub(B_A, (DV_A, f"<ds:DigestValue><![CDATA[{DV_A[16:-17]}]]></ds:DigestValue>")), ["CdataForbidden", "SignatureShape"])
    M("SI-22", "cdata-signaturevalue", "SignatureValue inside CDATA (P17: refused inside Signature)", sub(B_A, (SV_A, f"<ds:SignatureValue><![CDATA[{SV_A[19:-20]}]]></ds:SignatureValue>")), ["CdataForbidden", "SignatureShape"])

    shapes = [
        ("two-digestvalue", (DV, DV + DV)), ("two-digestmethod", (DM, DM + DM)), ("two-signaturemethod", (SM, SM + SM)), ("two-c14nmethod", (CM, CM + CM)),
        ("two-signaturevalue", (SV, SV + SV)), ("two-transforms", (TRS, TRS + TRS)), ("element-in-digestvalue", (DV, "<ds:DigestValue>@DA@<x/></ds:DigestValue>")),
        ("element-in-signaturevalue", (SV, "<ds:SignatureValue>@SA@<x/></ds:SignatureValue>")), ("unknown-in-signedinfo", (SM, SM + "<ds:Y/>")), ("unknown-in-reference", (DM, DM + "<ds:Y/>")),
        ("unknown-in-signature", (SV, SV + "<ds:Y/>")), ("foreign-in-signedinfo", (SM, SM + '<v:y xmlns:v="urn:vendor"/>')), ("foreign-in-signature", (SV, SV + '<v:y xmlns:v="urn:vendor"/>')),
        ("foreign-in-transforms", ("<ds:Transforms>", '<ds:Transforms><v:y xmlns:v="urn:vendor"/>')), ("c14n-after-signaturemethod", (CM + SM, SM + CM)),
        ("digestvalue-first", (DM + DV, DV + DM)), ("transforms-last", (TRS + DM + DV, DM + DV + TRS)), ("reference-first", (CM + SM, ""), ("</ds:SignedInfo>", CM + SM + "</ds:SignedInfo>")),
        ("text-in-signedinfo", (SM, SM + "text")), ("text-in-reference", (DM, DM + "text")), ("text-in-signature", (SV, SV + "text")), ("text-in-transforms", ("<ds:Transforms>", "<ds:Transforms>text")),
        ("child-of-digestmethod", (DM, f'<ds:DigestMethod Algorithm="{SHA256}"><x/></ds:DigestMethod>')),
        ("attribute-on-signature", (f'<ds:Signature xmlns:ds="{DS}">', f'<ds:Signature xmlns:ds="{DS}" foo="1">')),
        ("attribute-on-digestvalue", ("<ds:DigestValue>", '<ds:DigestValue foo="1">')),
        ("attribute-on-reference", ("<ds:Reference ", '<ds:Reference foo="1" ')),
        ("object-after-keyinfo", (SV, SV + "<ds:Object>x</ds:Object>")),
        ("properties-object", (SV, SV + "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#s\">t</ds:SignatureProperty></ds:SignatureProperties></ds:Object>")),
    ]
    for slug, *edits in shapes:
        want = "SignatureShape"
        if "attribute" in slug:
            want = ["SignatureShape", "UnexpectedAttribute"]
        if slug.startswith("text-in"):
            want = ["SignatureShape", "UnexpectedText"]
        S("SI-24", slug, f"Signature shape: {slug.replace('-', ' ')}, signed by K", signed(*edits), want, py={}, check=None)
    swapped = signed((SV, "")).replace("<ds:SignedInfo>", SV + "<ds:SignedInfo>")
    S("SI-24", "signaturevalue-first", "SignatureValue before SignedInfo, signed by K", swapped, "SignatureShape", py={}, check=None)
    S("SI-24", "keyinfo-before-signaturevalue", "KeyInfo before SignatureValue, signed by K", signed((SV, KI + SV)), "SignatureShape", py={}, check=None)
    M("SI-24", "signaturevalue-evil-first", "a random SignatureValue before the real one", sub(B_A, (SV_A, f"<ds:SignatureValue>{b64(bytes(256))}</ds:SignatureValue>{SV_A}")), "SignatureShape")
    M("SI-24", "digestvalue-evil-second", "evil Assertion, its digest as second DigestValue", sub(evil, (DV_A, DV_A + f"<ds:DigestValue>{EVIL_DIGEST}</ds:DigestValue>")), "SignatureShape")
    M("SI-24", "digestvalue-evil-first", "evil Assertion, its digest as first DigestValue", sub(evil, (DV_A, f"<ds:DigestValue>{EVIL_DIGEST}</ds:DigestValue>" + DV_A)), "SignatureShape")
    M("SI-25", "signaturevalue", "empty SignatureValue", sub(B_A, (SV_A, "<ds:SignatureValue></ds:SignatureValue>")), "SignatureShape")
    M("SI-25", "signaturevalue-self-closed", "self-closed SignatureValue", sub(B_A, (SV_A, "<ds:SignatureValue/>")), "SignatureShape")
    M("SI-25", "signaturevalue-whitespace", "SignatureValue of white space", sub(B_A, (SV_A, "<ds:SignatureValue> \n </ds:SignatureValue>")), "SignatureShape")
    S("SI-25", "digestvalue", "empty DigestValue, SignedInfo signed by K", response("A"), "SignatureShape", py={"digest": ""}, check=None)
    S("SI-25", "digestvalue-whitespace", "DigestValue of white space, SignedInfo signed by K", response("A"), "SignatureShape", py={"digest": " \n "}, check=None)
    M("SI-25", "digestvalue-unsigned", "empty DigestValue, not signed again", sub(B_A, (DV_A, "<ds:DigestValue/>")), "SignatureShape")
    full = hash_of("sha256", canon_parent(response("A"), "@DA@"))
    for slug, d in (("20", full[:20]), ("31", full[:31]), ("1", full[:1]), ("33", full + b"\0"), ("64", full + full), ("64-zero", full + bytes(32))):
        S("SI-26", slug, f"{len(d)} digest bytes under sha256 (a prefix or extension of the right digest), signed by K", response("A"), "DigestMismatch", py={"digest": b64(d)}, check=None)
    S("SI-26", "sha512-bytes", "the right SHA-512 digest under the sha256 URI, signed by K", response("A"), "DigestMismatch", py={"dname": "sha512"}, check=None)
    S("SI-26", "sha1-bytes", "the right SHA-1 digest under the sha256 URI, signed by K", response("A"), "DigestMismatch", py={"dname": "sha1"}, check=None)
    S("SI-26", "hex", "the right digest in hexadecimal, signed by K", response("A"), ["DigestMismatch", "Base64Invalid"], py={"digest": full.hex()}, check=None)
    manifest = (f'<ds:Object><ds:Manifest Id="_m1"><ds:Reference URI="#_a1"><ds:Transforms>{transform(ENV)}{transform(EXC)}</ds:Transforms>{DM}<ds:DigestValue>{b64(bytes(32))}</ds:DigestValue></ds:Reference></ds:Manifest></ds:Object>')
    md = signed(('<ds:Reference URI="#_a1">', f'<ds:Reference URI="#_m1" Type="{DS}Manifest">'), (SV, SV + manifest))
    man = [e for e in parse(md).iter(f"{{{DS}}}Manifest")][0]
    S("SI-28", "manifest", "Reference of Type Manifest to a Manifest in ds:Object (its digest is right), the digest inside the Manifest is wrong", md, "SignatureShape", py={"canon": exc_c14n(man)}, check=None)
    S("SI-28", "type-only", "Reference to the Assertion, right in everything, that calls it a Manifest", signed(('<ds:Reference URI="#_a1">', f'<ds:Reference URI="#_a1" Type="{DS}Manifest">')), "SignatureShape")
    S("SI-28", "type-other", "the same, called an Object: Type is a hint that decides nothing", signed(('<ds:Reference URI="#_a1">', f'<ds:Reference URI="#_a1" Type="{DS}Object">')), "ACCEPT")
    TR_EMPTY = "<ds:Transforms></ds:Transforms>"
    missing = [
        ("signedinfo", (SI_A, "")), ("signaturevalue", (SV_A, "")), ("digestmethod", (DM, "")), ("digestvalue", (DV_A, "")), ("c14nmethod", (CM, "")),
        ("signaturemethod", (SM, "")), ("transforms", (TRS, "")), ("digestmethod-algorithm", (DM, "<ds:DigestMethod/>")), ("c14nmethod-algorithm", (CM, "<ds:CanonicalizationMethod/>")),
        ("signaturemethod-algorithm", (SM, "<ds:SignatureMethod/>")), ("transform-algorithm", (transform(EXC), "<ds:Transform/>")), ("signedinfo-empty", (SI_A, "<ds:SignedInfo/>")),
        ("reference-empty", (REF_A, '<ds:Reference URI="#_a1"/>')), ("transforms-empty", (TRS, TR_EMPTY)), ("all-but-keyinfo", (SI_A + SV_A, "")),
    ]
    alt = {"transforms": ["SignatureShape", "TransformMissing"], "transforms-empty": ["SignatureShape", "TransformMissing"], "digestmethod-algorithm": ["SignatureShape", "MissingAttribute", "DigestAlgForbidden"],
           "c14nmethod-algorithm": ["SignatureShape", "MissingAttribute", "C14nAlgorithmForbidden"], "signaturemethod-algorithm": ["SignatureShape", "MissingAttribute", "SignatureAlgForbidden"],
           "transform-algorithm": ["SignatureShape", "MissingAttribute", "TransformForbidden"]}
    for slug, e in missing:
        M("SI-29", "no-" + slug, f"missing in Signature: {slug}", sub(B_A, e), alt.get(slug, "SignatureShape"))
    M("SI-29", "no-reference", "missing in Signature: Reference", sub(B_A, (REF_A, "")), ["SignatureShape", "ReferenceCount"])
    M("SI-30", "assertion", "evil NameID, DigestValue computed anew", sub(evil, (DV_A, f"<ds:DigestValue>{EVIL_DIGEST}</ds:DigestValue>")), "SignatureInvalid")
    evr = sub(B_R, (HONEST, EVIL))
    dvr = cut(B_R, "<ds:DigestValue>", "</ds:DigestValue>")
    evrd = b64(hash_of("sha256", exc_c14n(parse(evr.replace(SIG_R, "")).getroot())))
    M("SI-30", "response", "Response signed, evil NameID, DigestValue computed anew", sub(evr, (dvr, f"<ds:DigestValue>{evrd}</ds:DigestValue>")), "SignatureInvalid")
    M("SI-31", "nameid", "evil NameID", evil, "DigestMismatch")
    M("SI-31", "nameid-response", "Response signed, evil NameID", evr, "DigestMismatch")
    M("SI-31", "nameid-both", "both signed, evil NameID", sub(B_RA, (HONEST, EVIL)), "DigestMismatch")
    M("SI-31", "attribute", "attribute value altered", sub(B_A, (">user<", ">root<")), "DigestMismatch")
    M("SI-31", "attribute-added", "an AttributeValue added", sub(B_A, (">user</saml:AttributeValue>", ">user</saml:AttributeValue><saml:AttributeValue>admin</saml:AttributeValue>")), "DigestMismatch")
    M("SI-31", "audience", "Audience altered", sub(B_A, (">https://sp.test/md<", ">https://sp2.test/md<")), "DigestMismatch")
    M("SI-31", "notonorafter", "Conditions/NotOnOrAfter extended", sub(B_A, ('NotOnOrAfter="2026-01-01T01:00:00Z"', 'NotOnOrAfter="2027-01-01T01:00:00Z"')), "DigestMismatch")
    M("SI-31", "whitespace", "one space added between elements of the Assertion", sub(B_A, ("</saml:Subject>\n", "</saml:Subject> \n")), "DigestMismatch")
    M("SI-31", "response-destination", "Response signed, Destination altered", sub(B_R, ('Destination="https://sp.test/acs"', 'Destination="https://sp.test/acs2"')), "DigestMismatch")
    M("SI-31", "digest-flipped", "one bit of DigestValue flipped", sub(B_A, (DV_A, DV_A.replace(DV_A[16], "A" if DV_A[16] != "A" else "B", 1))), "SignatureInvalid")
    value = base64.b64decode(SV_A[19:-20])
    for slug, v in (("random", bytes((i * 91 + 7) % 256 for i in range(256))), ("zero", bytes(256)), ("ones", b"\xff" * 256), ("bit-flipped-last", value[:-1] + bytes([value[-1] ^ 1])),
                    ("bit-flipped-first", bytes([value[0] ^ 0x40]) + value[1:]), ("truncated", value[:-1]), ("one-byte", b"\1"), ("doubled", value + value), ("reversed", value[::-1])):
        M("SI-32", slug, f"SignatureValue {slug}", sub(B_A, (SV_A, f"<ds:SignatureValue>{b64(v)}</ds:SignatureValue>")), "SignatureInvalid")
    M("SI-32", "of-other-message", "SignatureValue of another message signed by K", sub(B_A, (SV_A, cut(signature_of(B_R), "<ds:SignatureValue>", "</ds:SignatureValue>"))), "SignatureInvalid")
    for slug, ns in (("no-hash", DS[:-1]), ("trailing-space", DS + " "), ("upper-case", DS.upper()), ("https", DS.replace("http:", "https:")), ("dsig11", "http://www.w3.org/2009/xmldsig11#"), ("empty", None)):
        d = B_A.replace(f'xmlns:ds="{DS}"', f'xmlns:ds="{ns}"') if ns else B_A.replace(f' xmlns:ds="{DS}"', f' xmlns="{DS[:-1]}"').replace("<ds:", "<").replace("</ds:", "</")
        M("SI-33", slug, f"Signature namespace look-alike: {slug}", d, "UnexpectedElement")


def exc_c14n_without(tree, mark):
    """Canonical Response without the Signature that holds the mark (what a second Reference to the Response digests)."""
    s = up(find_mark(tree, mark), "Signature")
    drop(s)
    return exc_c14n(tree.getroot())
