"""The donor messages and the plainly good ones, under base/."""
from lib import *

KI = x509("k")


def make(name, doc, **kw):
    cert = kw.pop("cert", kw.get("key", "k"))
    data = sign(doc, **kw)
    write(f"base/{name}.xml", data)
    CHECKS.append((f"base/{name}.xml", cert, True))
    return data


B_A = make("b-a", response("A", KI))
B_R = make("b-r", response("R", KI))
B_RA = make("b-ra", response("RA", KI))
# the same with a short KeyInfo, and without KeyInfo, for rows that do not care about it
KI_S = "<ds:KeyInfo><ds:X509Data><ds:X509SubjectName>CN=idp.test</ds:X509SubjectName></ds:X509Data></ds:KeyInfo>"
MED_A, MED_R, MED_RA = (sign(response(t, KI_S)) for t in ("A", "R", "RA"))
LEAN_A = sign(response("A"))
LEAN_R = sign(response("R"))
ERR_STATUS = f'<samlp:Status><samlp:StatusCode Value="{RESPONDER}"/></samlp:Status>'
B_ERR = make("b-err", response("R", KI, assertion="", status=ERR_STATUS))
MED_ERR = sign(response("R", KI_S, assertion="", status=ERR_STATUS))
B_MD = make("b-md", f'<md:EntityDescriptor xmlns:md="{MD}" ID="_md1" entityID="https://idp.test">\n{sig("R", ref="#_md1", keyinfo=KI)}\n'
            f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">'
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{cert_b64("k")}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>'
            '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.test/sso"/>'
            '</md:IDPSSODescriptor>\n</md:EntityDescriptor>')

GOOD = []   # (name, file, certificate, comment)


def good(name, comment, doc, **kw):
    cert = kw.get("key", "k")
    make("good-" + name, doc, **kw)
    GOOD.append((name, f"base/good-{name}.xml", cert, comment))


def variants():
    for h, dm in (("256", SHA256), ("384", SHA384), ("512", SHA512)):
        for t in "AR":
            for c, cn in ((EXC, "exc"), (INC, "inc"), (C11, "c14n11")):
                if t == "R" and h != "256":
                    continue
                tr = transform(ENV) + transform(c)
                good(f"rsa-sha{h}-{cn}-{t.lower()}", f"RSA-SHA{h}, {cn} C14N on SignedInfo and Reference, {'Assertion' if t == 'A' else 'Response'} signed by xmlsec1",
                     response("", **{"sig" + t.lower(): sig(t, c14n=c, sm=MORE + "rsa-sha" + h, dm=dm, transforms=tr)}))
    for curve, h, dm in (("256", "256", SHA256), ("384", "384", SHA384)):
        for t in "AR":
            good(f"ecdsa-p{curve}-sha{h}-{t.lower()}", f"ECDSA P-{curve} with SHA-{h}, exclusive C14N, {'Assertion' if t == 'A' else 'Response'} signed by python cryptography (RFC 6979)",
                 response("", **{"sig" + t.lower(): sig(t, sm=MORE + "ecdsa-sha" + h, dm=dm)}), key="ec" + curve, py={"hname": "sha" + h, "dname": "sha" + h})
    good("rsa-3072", "RSA-3072 with SHA-256", response("A"), key="rsa3072")
    good("rsa-4096", "RSA-4096 with SHA-256", response("A"), key="rsa4096")


def pss():
    out = []
    for h, dm in (("256", SHA256), ("384", SHA384), ("512", SHA512)):
        n = int(h) // 8
        data = sign(response("", siga=sig("A", sm=MORE07 + f"sha{h}-rsa-MGF1", dm=dm)),
                    py={"dname": "sha" + h, "scheme": lambda k, d, h=h, n=n: pss_sign(k, d, "sha" + h, salt=b"\x5a" * n)})
        write(f"base/good-rsa-pss-sha{h}.xml", data)
        out.append((f"rsa-pss-sha{h}", f"base/good-rsa-pss-sha{h}.xml", data))
    return out


variants()
PSS = pss()
