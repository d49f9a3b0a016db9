"""SF, SA, SK: transforms, algorithms, keys, KeyInfo."""
import hmac

from cryptography.hazmat.primitives.asymmetric import utils as asym

from bases import B_A, B_R, GOOD, KI, LEAN_A, LEAN_R, PSS
from lib import *
from rows_sv import T

N_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def tr(*algs):
    return "".join(a if a.startswith("<") else transform(a) for a in algs)


def sgn(t="A", **o):
    return response("", **{"sig" + t.lower(): sig(t, **o)})


def with_transforms(*algs, t="A"):
    return sgn(t, transforms=tr(*algs))


def sf():
    XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
    XP = "http://www.w3.org/TR/1999/REC-xpath-19991116"
    env, exc = transform(ENV), transform(EXC)
    both = env + exc
    doubling = ('<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><xsl:call-template name="d"><xsl:with-param name="s" select="\'aaaaaaaa\'"/></xsl:call-template></xsl:template>'
                '<xsl:template name="d"><xsl:param name="s"/><xsl:call-template name="d"><xsl:with-param name="s" select="concat($s,$s)"/></xsl:call-template></xsl:template></xsl:stylesheet>')
    document = '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><xsl:copy-of select="document(\'file:///etc/passwd\')"/></xsl:template></xsl:stylesheet>'
    F = "TransformForbidden"
    for slug, x in (("doubling", doubling), ("document", document), ("empty", "")):
        M("SF-01", slug, f"XSLT transform ({slug}) added", sub(LEAN_A, (both, env + transform(XSLT, x) + exc)), ["TransformForbidden", "TransformCount"])
        M("SF-01", slug + "-instead", f"XSLT transform ({slug}) in place of C14N", sub(LEAN_A, (both, env + transform(XSLT, x))), F)
    xp = f'<ds:XPath xmlns:saml="{SAML}">not(ancestor-or-self::saml:Subject)</ds:XPath>'
    M("SF-02", "not-subject", "XPath transform that leaves the Subject out", sub(LEAN_A, (both, env + transform(XP, xp))), F)
    S("SF-02", "not-subject-signed", "the same, signed by xmlsec1: the Subject is not covered", with_transforms(ENV, transform(XP, xp), EXC), ["TransformForbidden", "TransformCount"])
    S("SF-02", "two-transforms-signed", "enveloped and XPath, signed by xmlsec1", with_transforms(ENV, transform(XP, xp)), F)
    S("SF-02", "xpath-enveloped-signed", "XPath in place of enveloped, signed by xmlsec1", with_transforms(transform(XP, "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>"), EXC), F)
    M("SF-02", "xpath2-filter", "XPath Filter 2.0", sub(LEAN_A, (both, env + transform("http://www.w3.org/2002/06/xmldsig-filter2", '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//*</f:XPath>'))), F)
    for slug, u in (("base64", DS + "base64"), ("decrypt", "http://www.w3.org/2002/07/decrypt#XML"), ("str", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"), ("unknown", "urn:x"), ("empty", ""), ("sha256", SHA256), ("xmldsig", DS), ("c14n2", "http://www.w3.org/2010/xml-c14n2"), ("relationship", "http://schemas.openxmlformats.org/package/2006/RelationshipTransform")):
        S("SF-04", slug, f"Transform {u!r} in place of C14N, signed by K", with_transforms(ENV, u), F, py={}, check=None)
        if slug in ("base64", "unknown", "empty"):
            S("SF-04", slug + "-first", f"Transform {u!r} in place of enveloped, signed by K", with_transforms(u, EXC), [F, "TransformMissing"], py={}, check=None)
            S("SF-04", slug + "-third", f"Transform {u!r} after enveloped and C14N, signed by K", with_transforms(ENV, EXC, u), [F, "TransformCount"], py={}, check=None)
    for t in "AR":
        S("SF-05", f"exc-only-{t.lower()}", f"only exclusive C14N, {'Assertion' if t == 'A' else 'Response'} signed by K over the element without Signature", with_transforms(EXC, t=t), "TransformMissing", py={}, check=None)
    S("SF-05", "inc-only", "only inclusive C14N, Response signed", with_transforms(INC, t="R"), "TransformMissing", py={}, check=None)
    S("SF-05", "exc-twice", "exclusive C14N twice", with_transforms(EXC, EXC), ["TransformMissing", "TransformOrder"], py={}, check=None)
    S("SF-06", "exc-then-enveloped", "exclusive C14N, then enveloped", with_transforms(EXC, ENV), "TransformOrder", py={}, check=None)
    S("SF-06", "inc-then-enveloped", "inclusive C14N, then enveloped, Response signed", with_transforms(INC, ENV, t="R"), "TransformOrder", py={}, check=None)
    S("SF-06", "enveloped-only", "only enveloped: C14N 1.0 with implied method", with_transforms(ENV), "ACCEPT")
    S("SF-06", "enveloped-only-response", "only enveloped at Response level: C14N 1.0 with implied method", with_transforms(ENV, t="R"), "ACCEPT")
    S("SF-06", "enveloped-twice", "enveloped twice", with_transforms(ENV, ENV), ["TransformOrder", "TransformForbidden"], py={}, check=None)
    S("SF-06", "three", "enveloped, exclusive C14N, exclusive C14N", with_transforms(ENV, EXC, EXC), "TransformCount", check=True)
    S("SF-06", "enveloped-c14n-c14n11", "enveloped, inclusive C14N, C14N 1.1", with_transforms(ENV, INC, C11, t="R"), "TransformCount", check=None)
    base, rec = LEAN_A.replace(both, "", 1), None
    j = LEAN_A.index(both)
    for n in (100, 10000):
        r = recipe(base, j, env, exc, n, "")
        add("SF-08", f"{n}", "M", f"{n + 1} transforms", base, ["TransformCount"] if n < 10000 else ["TransformCount", "LimitElements", "LimitInputSize"], build=r)
    M("SF-08", "four", "four transforms", sub(LEAN_A, (both, both + exc + exc)), "TransformCount")
    for slug, u in (("no-hash", EXC[:-1]), ("upper-case", EXC.upper()), ("trailing-space", EXC + " "), ("https", EXC.replace("http:", "https:")), ("leading-space", " " + EXC), ("fragment", EXC + "x"), ("2000", EXC.replace("2001/10", "2000/10"))):
        S("SF-09", "exc-" + slug, f"look-alike C14N transform {u!r}", with_transforms(ENV, u), F, py={}, check=None)
    for slug, u in (("no-hash", ENV.replace("#", "")), ("upper-case", ENV.upper()), ("trailing-space", ENV + " "), ("https", ENV.replace("http:", "https:"))):
        S("SF-09", "enveloped-" + slug, f"look-alike enveloped transform {u!r}", with_transforms(u, EXC), [F, "TransformMissing"], py={}, check=None)
    for slug, x in (("xpath", "<ds:XPath>true()</ds:XPath>"), ("foreign", '<v:x xmlns:v="urn:vendor"/>'), ("un-namespaced", "<x/>")):
        S("SF-10", slug, f"child under the enveloped Transform: {slug}", with_transforms(transform(ENV, x), EXC), F, py={}, check=None)
    S("SF-10", "text", "text under the enveloped Transform", with_transforms(transform(ENV, "text"), EXC), [F, "SignatureShape", "UnexpectedText"], py={}, check=None)
    S("SF-10", "foreign-under-exc", "foreign child under the C14N Transform", with_transforms(ENV, transform(EXC, '<v:x xmlns:v="urn:vendor"/>')), F, py={}, check=None)
    cm = f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'
    C = "C14nAlgorithmForbidden"
    for slug, u in (("xslt", XSLT), ("base64", DS + "base64"), ("enveloped", ENV), ("unknown", "urn:x"), ("empty", ""), ("xpath", XP), ("no-hash", EXC[:-1]), ("trailing-space", EXC + " "), ("c14n2", "http://www.w3.org/2010/xml-c14n2")):
        M("SF-11", slug, f"CanonicalizationMethod {u!r}", sub(LEAN_A, (cm, f'<ds:CanonicalizationMethod Algorithm="{u}"/>')), C)
        if slug not in ("xslt", "enveloped", "unknown", "empty"):
            continue
        S("SF-11", slug + "-signed", f"CanonicalizationMethod {u!r}, signed by K over exclusive C14N", sgn(c14n=u), C, py={}, check=None)
    M("SF-11", "missing-algorithm", "CanonicalizationMethod without Algorithm", sub(LEAN_A, (cm, "<ds:CanonicalizationMethod/>")), [C, "SignatureShape", "MissingAttribute"])
    M("SF-11", "missing", "CanonicalizationMethod missing", sub(LEAN_A, (cm, "")), [C, "SignatureShape"])
    S("SF-11", "xslt-child", "XSLT stylesheet under an allowed CanonicalizationMethod", sgn(c14n_inner=doubling), [C, "SignatureShape"], py={}, check=None)
    for slug, c, t in (("exc", EXCWC, "A"), ("exc-response", EXCWC, "R"), ("inc", INCWC, "A"), ("inc-response", INCWC, "R"), ("c14n11", C11 + "#WithComments", "R")):
        S("SF-13", slug, "#WithComments as C14N transform on a comment-free document (P3)", sgn(t, transforms=tr(ENV, c)), "ACCEPT")
        S("SF-13", slug + "-signedinfo", "#WithComments as CanonicalizationMethod too (P3)", sgn(t, transforms=tr(ENV, c), c14n=c), "ACCEPT")


def raw_pkcs1(em):
    return lambda k, d: rsa_raw(k, em(k, d))


def sa():
    forbidden = "SignatureAlgForbidden"
    pem = read(os.path.join(CERTS, "k.crt"), "rb")
    der = base64.b64decode(cert_b64("k"))
    spki = privkey("k").public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    macs = {"hmac-sha1": (DS + "hmac-sha1", "sha1"), "hmac-sha256": (MORE + "hmac-sha256", "sha256"), "hmac-sha384": (MORE + "hmac-sha384", "sha384"), "hmac-sha512": (MORE + "hmac-sha512", "sha512")}
    secrets = {"pem": pem, "der": der, "spki": spki, "base64": cert_b64("k").encode()}
    for mn, (uri, h) in macs.items():
        for sn_, s in secrets.items():
            S("SA-01", f"{mn}-{sn_}", f"{mn} keyed with the certificate as {sn_}, evil NameID", sgn(sm=uri).replace(HONEST, EVIL), forbidden, py={"scheme": lambda k, d, s=s, h=h: hmac.new(s, d, h).digest()}, check=None, mode="M")
    for bad, uri in (("hmac-md5", MORE + "hmac-md5"), ("hmac-ripemd160", MORE + "hmac-ripemd160"), ("hmac-sha224", MORE + "hmac-sha224")):
        S("SA-01", bad, f"{bad} keyed with the empty string", sgn(sm=uri).replace(HONEST, EVIL), forbidden, py={"scheme": lambda k, d: hmac.new(b"", d, "md5").digest()}, check=None, mode="M")
    for n in (0, 1, 7, 8, 160):
        d = sgn(sm=DS + "hmac-sha1").replace(f'<ds:SignatureMethod Algorithm="{DS}hmac-sha1"/>', f'<ds:SignatureMethod Algorithm="{DS}hmac-sha1"><ds:HMACOutputLength>{n}</ds:HMACOutputLength></ds:SignatureMethod>').replace(HONEST, EVIL)
        S("SA-02", f"hmac-sha1-{n}", f"hmac-sha1 with HMACOutputLength {n}", d, forbidden, py={"scheme": lambda k, x, n=n: hmac.new(pem, x, "sha1").digest()[: max(n // 8, 1)]}, check=None, mode="M")
    S("SA-02", "rsa-with-length", "rsa-sha256 with an HMACOutputLength child, signed by K", sgn().replace(f'<ds:SignatureMethod Algorithm="{RSA256}"/>', f'<ds:SignatureMethod Algorithm="{RSA256}"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>'), "SignatureShape", py={}, check=None)
    for slug, uri, h in (("rsa-md5", MORE + "rsa-md5", "md5"), ("rsa-ripemd160", MORE + "rsa-ripemd160", "ripemd160"), ("rsa-sha224", MORE + "rsa-sha224", "sha224")):
        S("SA-03", slug, f"{slug}, signed by K", sgn(sm=uri), forbidden, py={"hname": h}, check=None)
        S("SA-03", slug + "-legacy", f"{slug} under the sha1 exception: still refused", sgn(sm=uri), forbidden, py={"hname": h}, check=None, policy={"allow": ["sha1"]})
    S("SA-03", "dsa-sha1", "dsa-sha1, signed with a DSA key; the RSA key is trusted", sgn(sm=DS + "dsa-sha1"), forbidden, py={"key": "dsa1024", "scheme": lambda k, d: b"".join(x.to_bytes(32, "big") for x in asym.decode_dss_signature(dsa_sign(k, d)))}, check=None)
    S("SA-03", "dsa-sha256", "dsa-sha256 URI, signature by K", sgn(sm="http://www.w3.org/2009/xmldsig11#dsa-sha256"), forbidden, py={}, check=None)
    S("SA-03", "rsa-sha1-upper", "rsa-sha256 URI in upper case", sgn(sm=RSA256.upper()), forbidden, py={}, check=None)
    S("SA-03", "rsa-sha256-trailing-space", "rsa-sha256 URI with a trailing space", sgn(sm=RSA256 + " "), forbidden, py={}, check=None)
    S("SA-03", "rsa-sha256-xmldsig-namespace", "rsa-sha256 under the xmldsig namespace", sgn(sm=DS + "rsa-sha256"), forbidden, py={}, check=None)
    S("SA-03", "digest-uri-as-signature", "the sha256 digest URI as SignatureMethod", sgn(sm=SHA256), forbidden, py={}, check=None)
    S("SA-03", "rsa-1_5-encryption", "RSA encryption URI as SignatureMethod", sgn(sm=XENC + "rsa-1_5"), forbidden, py={}, check=None)
    S("SA-04", "rsa-sha1", "rsa-sha1 signature, sha256 digest", sgn(sm=RSA1), forbidden)
    S("SA-04", "sha1-digest", "rsa-sha256 signature, sha1 digest", sgn(dm=SHA1), "DigestAlgForbidden")
    S("SA-04", "both", "rsa-sha1 signature, sha1 digest", sgn(sm=RSA1, dm=SHA1), [forbidden, "DigestAlgForbidden"])
    sha1 = {"allow": ["sha1"]}
    S("SA-04", "rsa-sha1-allowed", "rsa-sha1 signature, sha256 digest, under the exception", sgn(sm=RSA1), "ACCEPT", policy=sha1)
    S("SA-04", "sha1-digest-allowed", "rsa-sha256 signature, sha1 digest, under the exception", sgn(dm=SHA1), "ACCEPT", policy=sha1)
    S("SA-04", "rsa1024-not-sha1", "rsa-sha1 signature under the rsa1024 exception only", sgn(sm=RSA1), forbidden, policy={"allow": ["rsa1024"]})
    S("SA-04", "ecdsa-sha1", "ecdsa-sha1 signature", sgn(sm=MORE + "ecdsa-sha1"), forbidden, key="ec256", py={"hname": "sha1"}, trust={"certs": ["ec256.crt"]})
    for slug, u, h in (("md5", MORE + "md5", "md5"), ("ripemd160", XENC + "ripemd160", "ripemd160"), ("sha224", MORE + "sha224", "sha224"), ("unknown", "urn:x", "sha256"), ("empty", "", "sha256"), ("upper-case", SHA256.upper(), "sha256"), ("sha3-256", MORE07 + "sha3-256", "sha3_256"), ("sha256-xmldsig", DS + "sha256", "sha256"), ("rsa-sha256-as-digest", RSA256, "sha256"), ("trailing-space", SHA256 + " ", "sha256")):
        S("SA-05", slug, f"digest {u!r}, signed by K", sgn(dm=u), "DigestAlgForbidden", py={"dname": h}, check=None)
    S("SA-05", "md5-legacy", "md5 digest under the sha1 exception: still refused", sgn(dm=MORE + "md5"), "DigestAlgForbidden", py={"dname": "md5"}, check=None, policy=sha1)
    sm = f'<ds:SignatureMethod Algorithm="{RSA256}"/>'
    for slug, new in (("empty", '<ds:SignatureMethod Algorithm=""/>'), ("none", '<ds:SignatureMethod Algorithm="none"/>'), ("none-uri", f'<ds:SignatureMethod Algorithm="{DS}none"/>'), ("space", '<ds:SignatureMethod Algorithm=" "/>')):
        M("SA-06", slug, f"SignatureMethod {slug}", sub(LEAN_A, (sm, new)), forbidden)
    M("SA-06", "missing", "SignatureMethod without Algorithm", sub(LEAN_A, (sm, "<ds:SignatureMethod/>")), [forbidden, "SignatureShape", "MissingAttribute"])
    M("SA-06", "none-empty-value", "SignatureMethod none with a SignatureValue of one zero byte", sub(LEAN_A, (sm, '<ds:SignatureMethod Algorithm="none"/>'), (cut(LEAN_A, "<ds:SignatureValue>", "</ds:SignatureValue>"), "<ds:SignatureValue>AA==</ds:SignatureValue>")), forbidden)
    E256 = MORE + "ecdsa-sha256"
    S("SA-07", "ecdsa-uri-rsa-key", "ecdsa-sha256 URI, RSA signature and key", sgn(sm=E256), "AlgKeyMismatch", py={}, check=None)
    S("SA-07", "rsa-uri-ec-key", "rsa-sha256 URI, EC signature and key", sgn(), "AlgKeyMismatch", key="ec256", py={}, check=None, trust={"certs": ["ec256.crt"]})
    for slug, u, k, h in (("ecdsa-sha384-p256", MORE + "ecdsa-sha384", "ec256", "sha384"), ("ecdsa-sha256-p384", E256, "ec384", "sha256")):
        d = sign(sgn(sm=u), k, {"hname": h})
        add("SA-07", slug, "S", f"{slug}: curve and hash of different size, which XML-DSig allows", d, {**acc(d), "or_reject_any": ["AlgKeyMismatch", "SignatureAlgForbidden", "AlgUnsupported"]}, trust={"certs": [k + ".crt"]}, check=True, cert=k)
    S("SA-07", "ecdsa-ed25519-key", "ecdsa-sha256 URI, Ed25519 key", sgn(sm=E256), "AlgKeyMismatch", key="ed25519", py={}, check=None, trust={"certs": ["ed25519.crt"]})
    S("SA-07", "rsa-uri-two-families", "signed by K, both an EC and the RSA key trusted", sgn(), "ACCEPT", trust={"certs": ["ec256.crt", "k.crt"]})
    S("SA-07", "ec-uri-two-families", "signed with EC, both the RSA and the EC key trusted", sgn(sm=E256), "ACCEPT", key="ec256", py={}, trust={"certs": ["k.crt", "ec256.crt"]})
    S("SA-07", "wrong-sha-for-uri", "rsa-sha256 URI, but the signature is over SHA-512", sgn(), "SignatureInvalid", py={"hname": "sha512"}, check=False)
    ec_trust = {"certs": ["ec256.crt"]}

    def ec(value_of_sig, **kw):
        return {"scheme": lambda k, d: value_of_sig(k, d)}

    def der_sig(k, d):
        return k.sign(d, ec_alg())

    def parts(k, d):
        return asym.decode_dss_signature(k.sign(d, ec_alg()))

    def fixed(r, s):
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    S("SA-09", "der", "ecdsa-sha256 SignatureValue as ASN.1 DER", sgn(sm=E256), "SignatureInvalid", key="ec256", py=ec(der_sig), check=None, trust=ec_trust)
    for slug, f in (("zero", lambda k, d: bytes(64)), ("r-n", lambda k, d: fixed(N_P256, parts(k, d)[1])), ("s-n", lambda k, d: fixed(parts(k, d)[0], N_P256)), ("r1-s0", lambda k, d: fixed(1, 0)), ("r0-s1", lambda k, d: fixed(0, 1)), ("63-bytes", lambda k, d: fixed(*parts(k, d))[:63]), ("65-bytes", lambda k, d: fixed(*parts(k, d)) + b"\0"),
                    ("65-bytes-front", lambda k, d: b"\0" + fixed(*parts(k, d))), ("r-plus-n", lambda k, d: fixed((parts(k, d)[0] + N_P256) % 2**256, parts(k, d)[1])), ("swapped", lambda k, d: fixed(*parts(k, d)[::-1])), ("ones", lambda k, d: b"\xff" * 64), ("r1-s1", lambda k, d: fixed(1, 1)), ("n-minus-1", lambda k, d: fixed(N_P256 - 1, N_P256 - 1))):
        S("SA-10", slug, f"ECDSA degenerate: {slug}", sgn(sm=E256), "SignatureInvalid", key="ec256", py=ec(f), check=None, trust=ec_trust, mode="M")
    S("SA-10", "0-bytes", "ECDSA degenerate: no bytes", sgn(sm=E256), ["SignatureShape", "SignatureInvalid"], key="ec256", py={"value": ""}, check=None, trust=ec_trust, mode="M")
    S("SA-10", "negated-s", "s replaced by n - s: the other valid form of the same signature (malleability; replay keys do not use it)", sgn(sm=E256), "ACCEPT", key="ec256", py=ec(lambda k, d: fixed(parts(k, d)[0], N_P256 - parts(k, d)[1])), trust=ec_trust)
    for bits, want in ((512, "WeakKey"), (1024, "WeakKey"), (2047, "WeakKey"), (8193, "KeyTooLarge"), (16384, "KeyTooLarge")):
        name = f"rsa{bits}"
        py = {} if bits != 512 else {"scheme": raw_pkcs1(lambda k, d: pkcs1_em(64, "sha256", d))}
        S("SA-12", str(bits), f"RSA of {bits} bits, signed with it", sgn(), want, key=name, py=py, check=None, trust={"certs": [name + ".crt"]})
    S("SA-12", "1024-allowed", "RSA of 1024 bits under the exception", sgn(), "ACCEPT", key="rsa1024", trust={"certs": ["rsa1024.crt"]}, policy={"allow": ["rsa1024"]})
    S("SA-12", "2047-exception", "RSA of 2047 bits under the rsa1024 exception", sgn(), "ACCEPT", key="rsa2047", trust={"certs": ["rsa2047.crt"]}, policy={"allow": ["rsa1024"]})
    S("SA-12", "512-exception", "RSA of 512 bits under the rsa1024 exception: still refused", sgn(), "WeakKey", key="rsa512", py={"scheme": raw_pkcs1(lambda k, d: pkcs1_em(64, "sha256", d))}, check=None, trust={"certs": ["rsa512.crt"]}, policy={"allow": ["rsa1024"]})
    S("SA-12", "8192", "RSA of 8192 bits (the limit)", sgn(), "ACCEPT", key="rsa8192", py={}, trust={"certs": ["rsa8192.crt"]})
    S("SA-12", "3072", "RSA of 3072 bits", sgn(), "ACCEPT", key="rsa3072", trust={"certs": ["rsa3072.crt"]})
    S("SA-12", "p521", "ECDSA with P-521 and SHA-512 (not in the default build)", sgn(sm=MORE + "ecdsa-sha512", dm=SHA512), ["SignatureAlgForbidden", "AlgUnsupported", "AlgKeyMismatch", "KeyMalformed"], key="ec521", py={"hname": "sha512", "dname": "sha512"}, trust={"certs": ["ec521.crt"]})

    e3 = {"certs": ["rsa-e3.crt"]}
    S("SA-13", "e3-genuine", "RSA with e = 3, genuine signature", sgn(), "ACCEPT", key="rsa-e3", trust=e3)
    S("SA-13", "e3-cube-root", "e = 3, BB'06 forgery without the private key: short padding, garbage after DigestInfo", sgn().replace(HONEST, EVIL), "SignatureInvalid", key="rsa-e3", py={"scheme": forge_tail}, check=None, trust=e3, mode="M")
    S("SA-13", "e3-params", "e = 3, forgery without the private key: garbage inside the algorithm parameters", sgn().replace(HONEST, EVIL), "SignatureInvalid", key="rsa-e3", py={"scheme": forge_params}, check=None, trust=e3, mode="M")
    di = bytes.fromhex(DIGEST_INFO["sha256"])

    def em(t, bt=b"\1", pad=b"\xff", sep=b"\0", lead=b"\0", tail=b""):
        return lambda k, d: lead + bt + pad * (rsa_len(k) - 3 - len(t(d)) - len(tail)) + sep + t(d) + tail
    H = lambda d: hash_of("sha256", d)
    forms = {
        "garbage-after": em(lambda d: di + H(d), tail=b"\xaa" * 16), "short-padding-garbage": lambda k, d: b"\0\1" + b"\xff" * 8 + b"\0" + di + H(d) + b"\xaa" * (256 - 11 - 51),
        "no-null": em(lambda d: bytes.fromhex("302f300b06096086480165030402010420") + H(d)), "params-garbage": em(lambda d: bytes.fromhex("30353011060960864801650304020104" + "04deadbeef" + "0420") + H(d)),
        "block-type-2": em(lambda d: di + H(d), bt=b"\2"), "block-type-0": em(lambda d: di + H(d), bt=b"\0", pad=b"\0"), "padding-zero": em(lambda d: di + H(d), pad=b"\0"), "padding-fe": em(lambda d: di + H(d), pad=b"\xfe"),
        "sha1-oid": em(lambda d: bytes.fromhex("302d300906052b0e03021a05000420") + H(d)), "raw-hash": em(lambda d: H(d)), "long-form-length": em(lambda d: bytes.fromhex("308131300d060960864801650304020105000420") + H(d)),
        "hash-truncated": em(lambda d: bytes.fromhex("3030300d06096086480165030402010500041f") + H(d)[:31]), "no-padding": lambda k, d: (di + H(d)).rjust(256, b"\0"), "hash-in-ber": em(lambda d: bytes.fromhex("3035300d060960864801650304020105002480") + b"\x04\x20" + H(d)),
        "missing-separator": em(lambda d: di + H(d), sep=b"\xff"),
    }
    for slug, f in forms.items():
        S("SA-13", slug, f"PKCS#1 block made with K's private key: {slug}", sgn(), "SignatureInvalid", py={"scheme": raw_pkcs1(f)}, check=None)
    S("SA-13", "pss-as-pkcs1", "PSS signature under the rsa-sha256 URI", sgn(), "SignatureInvalid", py={"scheme": lambda k, d: pss_sign(k, d)}, check=False)
    n = privkey("k").public_key().public_numbers().n
    value = base64.b64decode(cut(LEAN_A, "<ds:SignatureValue>", "</ds:SignatureValue>")[19:-20])

    def put_value(v, doc=LEAN_A):
        return sub(doc, (cut(doc, "<ds:SignatureValue>", "</ds:SignatureValue>"), f"<ds:SignatureValue>{v if isinstance(v, str) else b64(v)}</ds:SignatureValue>"))
    for slug, v in (("leading-zero-added", b"\0" + value), ("trailing-zero-added", value + b"\0"), ("zero", bytes(256)), ("one", (1).to_bytes(256, "big")), ("n-minus-1", (n - 1).to_bytes(256, "big")), ("n", n.to_bytes(256, "big")), ("n-minus-s", (n - int.from_bytes(value, "big")).to_bytes(256, "big"))):
        M("SA-15", slug, f"RSA SignatureValue: {slug}", put_value(v), "SignatureInvalid")
    for i in range(5000):
        doc = sgn().replace("_s1", f"_s{i}")
        done = sign_py(doc, "A")
        v = base64.b64decode(cut(done, "<ds:SignatureValue>", "</ds:SignatureValue>")[19:-20])
        if v[0] == 0:
            M("SA-15", "leading-zero-stripped", "RSA SignatureValue whose leading zero byte is stripped", put_value(v[1:], done), "SignatureInvalid")
            M("SA-15", "leading-zero-kept", "RSA SignatureValue with a genuine leading zero byte", done, "ACCEPT", mode="S")
            break
    for i in range(5000):
        done = sign_py(sgn().replace("_s1", f"_t{i}"), "A")
        v = int.from_bytes(base64.b64decode(cut(done, "<ds:SignatureValue>", "</ds:SignatureValue>")[19:-20]), "big")
        if v + n < 2**2048:
            M("SA-15", "s-plus-n", "RSA SignatureValue s + n, same number modulo n", put_value((v + n).to_bytes(256, "big"), done), "SignatureInvalid")
            break
    PSS_URI = MORE07 + "rsa-pss"
    MGF = MORE07 + "MGF1"

    def params(digest=SHA256, mgf=SHA256, salt=32, trailer=1):
        return (f'<ds:SignatureMethod Algorithm="{PSS_URI}"><p:RSAPSSParams xmlns:p="{MORE07}"><ds:DigestMethod Algorithm="{digest}"/><p:MaskGenerationFunction Algorithm="{MGF}"><ds:DigestMethod Algorithm="{mgf}"/></p:MaskGenerationFunction>'
                f'<p:SaltLength>{salt}</p:SaltLength><p:TrailerField>{trailer}</p:TrailerField></p:RSAPSSParams></ds:SignatureMethod>')
    pss_want = ["SignatureAlgForbidden", "SignatureInvalid", "SignatureShape"]
    for slug, p, f in (("salt-0", params(salt=0), lambda k, d: pss_sign(k, d, salt=b"")), ("trailer-2", params(trailer=2), lambda k, d: pss_sign(k, d, trailer=b"\x33\xcc")), ("mgf1-sha1", params(mgf=SHA1), lambda k, d: pss_sign(k, d, mgf="sha1")),
                       ("digest-sha512-mgf-sha256", params(digest=SHA512), lambda k, d: pss_sign(k, d, "sha512", mgf="sha256", salt=b"\x5a" * 32)), ("plain", params(), lambda k, d: pss_sign(k, d)), ("salt-negative", params(salt=-1), lambda k, d: pss_sign(k, d)), ("salt-huge", params(salt=2**63), lambda k, d: pss_sign(k, d))):
        S("SA-17", slug, f"generic rsa-pss with parameters: {slug}", sgn().replace(sm, p), pss_want, py={"scheme": f}, check=None)
    S("SA-17", "no-params", "generic rsa-pss without parameters", sgn(sm=PSS_URI), ["SignatureAlgForbidden", "SignatureInvalid"], py={"scheme": lambda k, d: pss_sign(k, d)}, check=None)
    U = MORE07 + "sha256-rsa-MGF1"
    S("SA-17", "salt-20", "sha256-rsa-MGF1 with a salt of 20 bytes", sgn(sm=U), ["SignatureAlgForbidden", "SignatureInvalid"], py={"scheme": lambda k, d: pss_sign(k, d, salt=b"\x5a" * 20)}, check=None)
    S("SA-17", "salt-max", "sha256-rsa-MGF1 with the longest salt", sgn(sm=U), ["SignatureAlgForbidden", "SignatureInvalid"], py={"scheme": lambda k, d: pss_sign(k, d, salt=b"\x5a" * 222)}, check=None)
    S("SA-17", "mgf1-sha1-fixed-uri", "sha256-rsa-MGF1 with MGF1-SHA1", sgn(sm=U), ["SignatureAlgForbidden", "SignatureInvalid"], py={"scheme": lambda k, d: pss_sign(k, d, mgf="sha1")}, check=None)
    S("SA-17", "sha1-rsa-mgf1", "sha1-rsa-MGF1", sgn(sm=MORE07 + "sha1-rsa-MGF1"), forbidden, py={"scheme": lambda k, d: pss_sign(k, d, "sha1", salt=b"\x5a" * 20)}, check=None)
    S("SA-17", "pkcs1-under-pss-uri", "PKCS#1 v1.5 signature under sha256-rsa-MGF1", sgn(sm=U), ["SignatureAlgForbidden", "SignatureInvalid"], py={}, check=None)
    t = cut(LEAN_A, "<ds:SignatureValue>", "</ds:SignatureValue>")[19:-20].replace("\n", "")
    plus = t.index("+") if "+" in t else t.index("/")
    last = t[-3]
    alpha = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for slug, v in (("bang", t[:40] + "!" + t[40:]), ("bang-instead", t[:40] + "!" + t[41:]), ("url-alphabet", t.replace("+", "-").replace("/", "_")), ("padding-inside", t[:40] + "=" + t[40:]), ("padding-pair-inside", t[:40] + "==" + t[42:]), ("no-padding", t.rstrip("=")), ("one-padding", t[:-1]), ("three-padding", t + "="), ("data-after", t + "AAAA"),
                    ("trailing-bits", t[:-3] + alpha[(alpha.index(last) & 0x30) | 1] + "=="), ("comma", t[:40] + "," + t[40:]), ("nul-ref-instead", t[:40] + "\u0430" + t[41:]), ("nbsp", t[:40] + "\xa0" + t[40:]), ("hash", t + "#"), ("percent", t.replace("+", "%2B")), ("vertical-tab-ref", t[:40] + "\u2028" + t[40:]), ("single-char", "A"), ("padding-only", "====")):
        M("SA-18", slug, f"SignatureValue base64: {slug}", put_value(v), "Base64Invalid")
    M("SA-18", "whitespace-legal", "SignatureValue base64 with spaces, tabs and line feeds between characters: legal", put_value(" \t\n" + " ".join(t) + "\n"), "ACCEPT")
    S("SA-18", "digest-url-alphabet", "DigestValue in the URL alphabet", url_digest(), "Base64Invalid", py={}, check=None)
    S("SA-18", "digest-no-padding", "DigestValue without padding", sgn(), "Base64Invalid", py={"digest": b64(hash_of("sha256", canon_parent(sgn(), "@DA@"))).rstrip("=")}, check=None)
    for name in ("identity", "order8", "noncanonical"):
        add("SA-20", name, "none", f"the trusted key is Ed25519, {name}", None, "WeakKey" if name != "noncanonical" else ["WeakKey", "KeyMalformed"], trust={"certs": [f"ed25519-{name}.crt"]}, file="base/b-a.xml")
    add("SA-20", "beside-good", "none", "a small-order Ed25519 key beside the right RSA key", None, "WeakKey", trust={"certs": ["k.crt", "ed25519-identity.crt"]}, file="base/b-a.xml")
    add("SA-21", "first-bad", "none", "two trusted certificates, the first malformed", None, "KeyMalformed", trust={"certs": ["bad.crt", "k.crt"]}, file="base/b-a.xml")
    add("SA-21", "second-bad", "none", "two trusted certificates, the second malformed", None, "KeyMalformed", trust={"certs": ["k.crt", "bad.crt"]}, file="base/b-a.xml")
    add("SA-21", "truncated", "none", "two trusted certificates, the first cut short", None, "KeyMalformed", trust={"certs": ["truncated.crt", "k.crt"]}, file="base/b-a.xml")
    add("SA-21", "weak-among-good", "none", "RSA-1024 beside the right key: refused as configuration, or never used", None, {**acc(B_A), "or_reject_any": ["WeakKey"]}, trust={"certs": ["k.crt", "rsa1024.crt"]}, file="base/b-a.xml", check=True)
    S("SA-21", "weak-among-good-used", "RSA-1024 beside the right key, the message is signed with the weak one", sgn(), ["WeakKey", "SignatureInvalid"], key="rsa1024", trust={"certs": ["k.crt", "rsa1024.crt"]})


def url_digest():
    """A message whose digest has a character outside the URL alphabet, with the digest written in that alphabet."""
    for i in range(100):
        d = sgn().replace("_s1", f"_u{i}")
        h = b64(hash_of("sha256", canon_parent(d, "@DA@")))
        if "+" in h or "/" in h:
            return d.replace("@DA@", h.replace("+", "-").replace("/", "_"))


def ec_alg():
    from cryptography.hazmat.primitives.asymmetric import ec
    return ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def dsa_sign(k, d):
    """DSA with a fixed nonce, so that the vector comes out the same every time (the key is worthless anyway)."""
    p = k.private_numbers()
    q = p.public_numbers.parameter_numbers
    nonce = int.from_bytes(hashlib.sha256(b"nonce" + d).digest()[:19], "big")
    r = pow(q.g, nonce, q.p) % q.q
    s = pow(nonce, -1, q.q) * (int.from_bytes(hashlib.sha1(d).digest(), "big") + p.x * r) % q.q
    return asym.encode_dss_signature(r, s)


def icbrt(n):
    x = 1 << ((n.bit_length() + 2) // 3)
    while True:
        y = (2 * x + n // (x * x)) // 3
        if y >= x:
            return x
        x = y


def forge_tail(k, d):
    """00 01 ff*8 00 DigestInfo H garbage, as a perfect-enough cube: needs only the public key."""
    head = b"\0\1" + b"\xff" * 8 + b"\0" + bytes.fromhex(DIGEST_INFO["sha256"]) + hash_of("sha256", d)
    low = int.from_bytes(head.ljust(256, b"\0"), "big")
    s = icbrt(low - 1) + 1
    assert (s**3).to_bytes(256, "big").startswith(head)
    return s.to_bytes(256, "big")


def forge_params(k, d):
    """00 01 ff*8 00 with an OCTET STRING of garbage as AlgorithmIdentifier parameters and the hash at the end."""
    h = hash_of("sha256", d)
    if h[-1] % 2 == 0:
        # the low half of a cube root exists only for odd numbers; an even hash gets its last bit set (still a forgery attempt)
        h = h[:-1] + bytes([h[-1] | 1])
    oid = bytes.fromhex("0609608648016503040201")
    total = 256 - 11
    outer = total - 4                      # after 30 82 LLLL
    inner = outer - 34 - 4                 # AlgorithmIdentifier content, hash element is 34 bytes
    garbage = inner - len(oid) - 4
    be = lambda v: v.to_bytes(2, "big")
    head = b"\0\1" + b"\xff" * 8 + b"\0" + b"\x30\x82" + be(outer) + b"\x30\x82" + be(inner) + oid + b"\x04\x82" + be(garbage)
    tail = b"\x04\x20" + h
    bits = 8 * len(tail)
    # s = high + low, low fixed by the tail modulo 2^bits
    t = int.from_bytes(tail, "big")
    low = 1
    for i in range(1, bits):
        if (low**3 - t) >> i & 1:
            low |= 1 << i
    assert pow(low, 3, 1 << bits) == t
    target = int.from_bytes(head.ljust(256, b"\0"), "big")
    s = icbrt(target) + 1
    s = ((s >> bits) + 1 << bits) | low
    cube = (s**3).to_bytes(256, "big")
    assert cube.startswith(head) and cube.endswith(tail)
    return s.to_bytes(256, "big")


def sk():
    inv = "SignatureInvalid"
    xr = lambda ki, t="A": response(t, ki).replace(HONEST, EVIL)
    for t in ("A", "R", "RA"):
        S("SK-01", f"x-{t.lower()}", f"signed by X ({t}), KeyInfo carries X's certificate", xr(x509("x"), t), inv, key="x", mode="X", check=True)
    S("SK-01", "both-certs", "signed by X, KeyInfo carries K's and X's certificates", xr(KI.replace("</ds:X509Data>", f"<ds:X509Certificate>{cert_b64('x')}</ds:X509Certificate></ds:X509Data>")), inv, key="x", mode="X")
    S("SK-02", "clone", "signed by X, certificate with K's subject, issuer, serial, validity and SKI", xr(x509("x-clone")), inv, key="x", mode="X")
    kn = privkey("x").public_key().public_numbers()
    kv = f"<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{b64(kn.n.to_bytes(256, 'big'))}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
    S("SK-03", "keyvalue", "signed by X, RSAKeyValue of X", xr(kv), inv, key="x", mode="X")
    spki = privkey("x").public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    S("SK-03", "derencoded", "signed by X, DEREncodedKeyValue of X", xr(f'<ds:KeyInfo><d:DEREncodedKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#">{b64(spki)}</d:DEREncodedKeyValue></ds:KeyInfo>'), inv, key="x", mode="X")
    S("SK-05", "k-cert", "KeyInfo shows K's certificate, signature by X", xr(KI), inv, key="x", mode="X")
    S("SK-05", "no-keyinfo", "no KeyInfo, signature by X", xr(""), inv, key="x", mode="X")
    S("SK-05", "k2-right-x-shown", "KeyInfo shows X's certificate, signature by K: KeyInfo is not read", response("A", x509("x")), "ACCEPT")
    ki = "<ds:KeyInfo>{}</ds:KeyInfo>"
    full = cut(B_A, "<ds:KeyInfo>", "</ds:KeyInfo>")
    for slug, x in (("http", '<ds:RetrievalMethod URI="http://169.254.169.254/latest/meta-data/"/>'), ("file", '<ds:RetrievalMethod URI="file:///etc/passwd"/>'), ("x509-url", f'<ds:RetrievalMethod URI="http://evil.test/c" Type="{DS}rawX509Certificate"/>'), ("keyinforeference", '<d:KeyInfoReference xmlns:d="http://www.w3.org/2009/xmldsig11#" URI="http://evil.test/k"/>'),
                    ("retrievalmethod-transforms", f'<ds:RetrievalMethod URI="#_a1"><ds:Transforms>{transform("http://www.w3.org/TR/1999/REC-xslt-19991116")}</ds:Transforms></ds:RetrievalMethod>')):
        d = sub(B_A, (full, ki.format(x)))
        add("SK-07", slug, "M", f"KeyInfo with {slug}: never fetched", d, {**acc(d), "or_reject_any": ["SignatureShape"]}, check=None)
    loop = '<ds:RetrievalMethod URI="#k2"/><ds:RetrievalMethod URI="#k1"/>'
    d = sub(B_A, (full, ki.format(loop)))
    add("SK-08", "loop", "M", "two RetrievalMethods pointing at each other", d, {**acc(d), "or_reject_any": ["SignatureShape"]}, check=None)
    d = sub(B_A, (full, '<ds:KeyInfo Id="k1"><ds:RetrievalMethod URI="#k1"/></ds:KeyInfo>'))
    add("SK-08", "self", "M", "a RetrievalMethod pointing at its own KeyInfo, which has an Id", d, {**acc(d), "or_reject_any": ["SignatureShape", "UnexpectedAttribute"]}, check=None)
    for slug, x in (("not-base64", "<ds:X509Data><ds:X509Certificate>not base64!</ds:X509Certificate></ds:X509Data>"), ("empty-x509data", "<ds:X509Data/>"), ("empty-certificate", "<ds:X509Data><ds:X509Certificate/></ds:X509Data>"), ("keyname-only", "<ds:KeyName>k</ds:KeyName>"), ("empty-keyvalue", "<ds:KeyValue/>"), ("empty-rsakeyvalue", "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
                    ("issuer-serial", "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"), ("garbage-der", f"<ds:X509Data><ds:X509Certificate>{b64(bytes(range(64)))}</ds:X509Certificate></ds:X509Data>"), ("foreign", '<v:k xmlns:v="urn:vendor">x</v:k>'), ("mgmtdata", "<ds:MgmtData>x</ds:MgmtData>"), ("empty-keyinfo", "")):
        M("SK-09", slug, f"malformed or unusual KeyInfo ({slug}), signed by K: not read", sub(LEAN_A, ("</ds:SignatureValue>", "</ds:SignatureValue>" + ki.format(x))), "ACCEPT", mode="S")
    S("SK-10", "two", "two KeyInfo children, signed by K", response("A", KI + KI), "SignatureShape", py={}, check=None)
    S("SK-10", "two-different", "two KeyInfo children, K's and X's, signed by X", xr(KI + x509("x")), "SignatureShape", key="x", mode="X", py={}, check=None)
    S("SK-12", "k2", "K2 (trusted for another IdP) signs, Issuer claims this IdP", response("A", x509("k2")), inv, key="k2")
    S("SK-12", "k2-response", "K2 signs the Response, Issuer claims this IdP", response("R", x509("k2")), inv, key="k2")
    S("SK-12", "right-for-k2", "K2 signs and is the trusted key", response("A"), "ACCEPT", key="k2", trust={"certs": ["k2.crt"]})
    S("SK-12", "second-of-two", "K2 signs, K and K2 are trusted", response("A"), "ACCEPT", key="k2", trust={"certs": ["k.crt", "k2.crt"]})
    S("SK-12", "other-idp-honest", "IdP-2 signs with K2 under its own name, IdP-1 expected", response("A").replace("https://idp.test<", "https://idp2.test<"), ["SignatureInvalid", "IssuerMismatch"], key="k2")
    S("SK-12", "other-idp-own-trust", "IdP-2 signs with K2 under its own name and is expected", response("A").replace("https://idp.test<", "https://idp2.test<"), "ACCEPT", key="k2", trust={"entity_id": "https://idp2.test", "certs": ["k2.crt"]})
    S("SK-14", "response", "Response signed with the SP's own key", response("R", x509("sp")), inv, key="sp")
    S("SK-14", "assertion", "Assertion signed with the SP's own key", response("A", x509("sp")), inv, key="sp")
    for slug, c, bad in (("expired", "k-expired", "CertificateExpired"), ("not-yet", "k-not-yet", "CertificateNotYetValid")):
        add("SK-16", slug, "none", f"the pinned certificate is {slug} (P6: ignored by default)", None, acc(B_A), trust={"certs": [c + ".crt"]}, file="base/b-a.xml", check=True, cert=c)
        add("SK-16", slug + "-enforced", "none", f"the pinned certificate is {slug}, policy enforces validity", None, bad if slug == "expired" else [bad, "CertificateExpired"], trust={"certs": [c + ".crt"]}, policy={"enforce_certificate_validity": True}, file="base/b-a.xml")
    add("SK-16", "valid-enforced", "none", "the pinned certificate is valid, policy enforces validity", None, acc(B_A), policy={"enforce_certificate_validity": True}, file="base/b-a.xml", check=True)


def run_rows():
    sf()
    sa()
    sk()
