"""Small metadata files and their index, metadata.json: {file, row, comment, expect}."""
from bases import B_MD
from lib import *

KEY = '<md:KeyDescriptor{use}>\n<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{cert}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\n</md:KeyDescriptor>'
SSO = '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.test/sso"/>'
ACS = '<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.test/acs" index="0"/>'
INDEX = []


def key(cert="k", use="signing", text=None):
    return KEY.format(use=f' use="{use}"' if use else "", cert=text or cert_b64(cert))


def role(*keys, protocols=SAMLP, extra="", sso=SSO, before=""):
    return f'<md:IDPSSODescriptor protocolSupportEnumeration="{protocols}">\n{before}' + "\n".join(keys) + f"\n{extra}{sso}\n</md:IDPSSODescriptor>"


def entity(*roles, entity_id="https://idp.test", attrs="", first="", last=""):
    e = "" if entity_id is None else f' entityID="{entity_id}"'
    return f'<md:EntityDescriptor xmlns:md="{MD}" xmlns:ds="{DS}"{e}{attrs}>\n{first}' + "\n".join(roles) + f"\n{last}</md:EntityDescriptor>\n"


def put(name, row, comment, data, expect):
    write(f"metadata/{name}.xml", data)
    INDEX.append({"file": f"metadata/{name}.xml", "row": row, "comment": comment,
                  "expect": {"reject": expect} if isinstance(expect, str) else {"reject_any": expect} if isinstance(expect, list) else {"accept": expect}})


def ok(keys=1, entity_id="https://idp.test"):
    return {"entity_id": entity_id, "keys": keys}


def run_rows():
    crt = cert_b64("k")
    sp = f'<md:SPSSODescriptor protocolSupportEnumeration="{SAMLP}">{key("sp")}{ACS}</md:SPSSODescriptor>'
    put("idp", "MS-66", "one signing key, one endpoint", entity(role(key())), ok())
    put("idp-signed", "MS-66", "the same, signed by its own key", B_MD, ok())
    put("idp-two-keys", "MS-65", "two signing keys (rollover)", entity(role(key(), key("k2"))), ok(2))
    put("idp-two-certs-one-descriptor", "MS-65", "two certificates in one KeyDescriptor", entity(role(key(text=f"{crt}</ds:X509Certificate><ds:X509Certificate>{cert_b64('k2')}"))), ok(2))
    put("idp-no-use", "SM-18", "KeyDescriptor without use: serves both", entity(role(key(use=None))), ok())
    put("idp-both-uses", "MS-69", "the same certificate for signing and encryption", entity(role(key(), key(use="encryption"))), ok())
    put("idp-expired-cert", "MS-69", "expired self-signed certificate", entity(role(key("k-expired"))), ok())
    put("idp-encryption-only", "SM-17", "only an encryption key", entity(role(key(use="encryption"))), "MetaNoSigningKey")
    put("idp-no-key", "SM-17", "no key at all", entity(role()), "MetaNoSigningKey")
    put("idp-expired-validuntil", "SM-02", "validUntil in the past", entity(role(key()), attrs=' validUntil="2025-12-01T00:00:00Z"'), "MetaExpired")
    put("idp-role-expired", "SM-02", "validUntil of the role in the past", entity(role(key()).replace("<md:IDPSSODescriptor ", '<md:IDPSSODescriptor validUntil="2025-12-01T00:00:00Z" ')), "MetaExpired")
    put("idp-validuntil-future", "SM-02", "validUntil in the future, cacheDuration", entity(role(key()), attrs=' validUntil="2026-02-01T00:00:00Z" cacheDuration="PT6H"'), ok())
    put("idp-validuntil-year-0001", "SM-05", "validUntil 0001-01-01", entity(role(key()), attrs=' validUntil="0001-01-01T00:00:00Z"'), "MetaExpired")
    put("idp-validuntil-never", "SM-05", "validUntil never", entity(role(key()), attrs=' validUntil="never"'), "TimeMalformed")
    put("idp-validuntil-no-zone", "SM-05", "validUntil without zone", entity(role(key()), attrs=' validUntil="2027-01-01T00:00:00"'), ["TimeMalformed", "TimeNotUtc"])
    wrapped = "\n            " + "\n            ".join(crt[i:i + 60] for i in range(0, len(crt), 60)) + "\n          "
    ui = ('<md:Extensions><mdui:UIInfo xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui"><mdui:DisplayName xml:lang="en">Test IdP</mdui:DisplayName><mdui:Logo height="16" width="16">https://idp.test/l.png</mdui:Logo></mdui:UIInfo>'
          f'<alg:DigestMethod xmlns:alg="urn:oasis:names:tc:SAML:metadata:algsupport" Algorithm="{SHA256}"/><shibmd:Scope xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" regexp="false">idp.test</shibmd:Scope></md:Extensions>\n')
    org = '<md:Organization><md:OrganizationName xml:lang="en">T</md:OrganizationName><md:OrganizationDisplayName xml:lang="en">T</md:OrganizationDisplayName><md:OrganizationURL xml:lang="en">https://idp.test</md:OrganizationURL></md:Organization>\n'
    contact = '<md:ContactPerson contactType="technical"><md:GivenName>Ops</md:GivenName><md:EmailAddress>mailto:ops@idp.test</md:EmailAddress></md:ContactPerson>\n'
    put("idp-comments", "MS-66", "licence comment, comments between elements, white space in the certificate, UIInfo, Organization, ContactPerson",
        '<?xml version="1.0" encoding="UTF-8"?>\n<!--\n  Use of this metadata is subject to terms.\n-->\n' + entity("<!-- the role -->", role("<!-- current key -->", key(text=wrapped), before=ui), last=org + contact) + "<!-- end -->\n", ok())
    put("idp-comment-in-cert", "MS-66", "comment inside a certificate (P1: never inside text-only elements)", entity(role(key(text=crt[:100] + "<!-- c -->" + crt[100:]))), "XmlCommentForbidden")
    put("idp-13-in-cert", "MS-66", "&#13; in the certificate", entity(role(key(text="&#13;\n".join(crt[i:i + 76] for i in range(0, len(crt), 76)) + "&#13;\n"))), ok())
    fed = (f'<md:RoleDescriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706" xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706">'
           f'{key("k2")}<fed:ClaimTypesOffered><auth:ClaimType xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706" Uri="urn:x"/></fed:ClaimTypesOffered></md:RoleDescriptor>')
    put("idp-wsfed", "MS-66", "Entra/ADFS style: BOM, RoleDescriptors with xsi:type, SP role, IdP role last; keys of other roles do not count", b"\xef\xbb\xbf" + ('<?xml version="1.0" encoding="utf-8"?>' + entity(fed, sp, role(key()))).encode(), ok())
    put("idp-default-namespace", "MS-66", "default namespace, ds default too", entity(role(key())).replace("xmlns:md=", "xmlns=").replace("<md:", "<").replace("</md:", "</"), ok())
    put("idp-attributes", "SM-29", "EntityAttributes with an Assertion inside: ignored", entity(role(key()), first=f'<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="urn:oasis:names:tc:SAML:metadata:attribute"><saml:Assertion xmlns:saml="{SAML}" ID="_x" Version="2.0" IssueInstant="{NOW}"><saml:Issuer>https://evil.test</saml:Issuer></saml:Assertion></mdattr:EntityAttributes></md:Extensions>\n'), ok())
    put("idp-bad-cert", "SM-21", "one malformed and one good certificate", entity(role(key(text="bm90IGEgY2VydGlmaWNhdGU="), key())), "KeyMalformed")
    put("idp-bad-cert-second", "SM-21", "one good and one malformed certificate", entity(role(key(), key(text="bm90IGEgY2VydGlmaWNhdGU="))), "KeyMalformed")
    put("idp-bad-base64-cert", "SM-21", "a certificate that is not base64 beside a good one", entity(role(key(text="!!!!"), key())), ["KeyMalformed", "Base64Invalid"])
    put("idp-empty-cert", "SM-21", "an empty certificate beside a good one", entity(role(key(), key().replace(crt, ""))), ["KeyMalformed", "Base64Invalid"])
    put("idp-weak-key", "SM-21", "RSA-1024", entity(role(key("rsa1024"))), ["WeakKey"])
    put("idp-sp-only", "SM-14", "only an SP role", entity(sp), "MetaRoleMissing")
    put("idp-aa-only", "SM-14", "only an attribute authority", entity(f'<md:AttributeAuthorityDescriptor protocolSupportEnumeration="{SAMLP}">{key()}<md:AttributeService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://idp.test/aa"/></md:AttributeAuthorityDescriptor>'), "MetaRoleMissing")
    put("idp-and-sp", "SM-14", "IdP and SP roles: the SP's key is no IdP key", entity(sp, role(key())), ok())
    put("idp-no-saml2-protocol", "SM-15", "the role supports SAML 1.1 only", entity(role(key(), protocols="urn:oasis:names:tc:SAML:1.1:protocol")), "MetaRoleMissing")
    put("idp-several-protocols", "SM-15", "the role supports SAML 1.1 and 2.0", entity(role(key(), protocols="urn:oasis:names:tc:SAML:1.1:protocol  " + SAMLP)), ok())
    put("idp-protocol-prefix", "SM-15", "a protocol that only begins like SAML 2.0", entity(role(key(), protocols=SAMLP + "x")), "MetaRoleMissing")
    put("idp-two-roles", "SM-16", "two IDPSSODescriptors with different keys", entity(role(key()), role(key("k2"))), "MetaAmbiguousRole")
    put("idp-saml11-and-saml2-roles", "SM-16", "two IDPSSODescriptors, one for SAML 1.1 only", entity(role(key("k2"), protocols="urn:oasis:names:tc:SAML:1.1:protocol"), role(key())), ok())
    put("idp-doctype", "SM-27", "DOCTYPE", "<!DOCTYPE md:EntityDescriptor>" + entity(role(key())), "XmlDoctypeForbidden")
    put("idp-entity", "SM-27", "DOCTYPE with an external entity in the entityID", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + entity(role(key()), entity_id="&x;"), "XmlDoctypeForbidden")
    put("idp-keyname-only", "SM-22", "KeyInfo with KeyName only", entity(role('<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>')), "MetaNoSigningKey")
    n = privkey("k").public_key().public_numbers().n.to_bytes(256, "big")
    put("idp-keyvalue-only", "SM-22", "KeyInfo with RSAKeyValue only", entity(role(f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{b64(n)}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo></md:KeyDescriptor>')), ok())
    put("idp-keyname-and-cert", "SM-22", "KeyName beside the certificate", entity(role(key().replace("<ds:X509Data>", "<ds:KeyName>k</ds:KeyName><ds:X509Data>"))), ok())
    for slug, e in (("urn", "urn:amazon:webservices"), ("bare", "google.com"), ("spn", "spn:5a1f0c1e-1111-2222-3333-444455556666"), ("1024", "https://idp.test/" + "a" * 1007)):
        put("idp-urn-entity" if slug == "urn" else f"idp-{slug}-entity", "MS-68", f"entityID {e[:60]}", entity(role(key()), entity_id=e), ok(entity_id=e))
    for slug, e in (("missing", None), ("empty", ""), ("1025", "https://idp.test/" + "a" * 1008)):
        put(f"idp-entityid-{slug}", "SM-13", f"entityID {slug}", entity(role(key()), entity_id=e), "MetaEntityIdInvalid")
    for slug, u in (("javascript", "javascript:alert(1)"), ("data", "data:text/html,x"), ("http", "http://idp.test/sso"), ("empty", ""), ("relative", "/sso"), ("javascript-case", "JavaScript:alert(1)")):
        put(f"idp-endpoint-{slug}", "SM-23", f"endpoint Location {u!r}", entity(role(key(), sso=SSO.replace("https://idp.test/sso", u))), "MetaEndpointInvalid")
    two = (f'<md:EntitiesDescriptor xmlns:md="{MD}">' + entity(role(key())) + entity(role(key("k2"))) + "</md:EntitiesDescriptor>")
    g = lambda body, attrs="": f'<md:EntitiesDescriptor xmlns:md="{MD}"{attrs}>\n{body}</md:EntitiesDescriptor>\n'
    put("entities-one", "MS-66", "an EntitiesDescriptor with one entity", g(entity(role(key()))), ok())
    put("entities-one-nested", "MS-66", "one entity in a group in a group", g(g(entity(role(key())))), ok())
    put("entities-one-expired", "SM-02", "one entity, validUntil of the group in the past", g(entity(role(key())), ' validUntil="2025-12-01T00:00:00Z"'), "MetaExpired")
    put("entities-two", "SM-12", "two entities, and nobody says which", g(entity(role(key())) + entity(role(key("k2")), entity_id="https://idp2.test")), "MetaEntityIdMismatch")
    put("entities-none", "SM-12", "an EntitiesDescriptor without entities", g(""), "MetaEntityIdMismatch")
    put("instruction", "MS-66", "processing instructions before the root", '<?xml version="1.0"?>\n<?xml-stylesheet type="text/xsl" href="md.xsl"?>\n<?a?>' + entity(role(key())), ok())
    put("instruction-inside", "SC-12", "a processing instruction inside the root", entity("<?a b?>", role(key())), "XmlPiForbidden")
    put("instruction-after", "SC-12", "a processing instruction after the root", entity(role(key())) + "<?a b?>", "XmlPiForbidden")
    put("instruction-late-declaration", "SC-12", "an XML declaration after a processing instruction", '<?a?><?xml version="1.0"?>' + entity(role(key())), "XmlDeclInvalid")
    put("instruction-no-target", "SC-12", "a processing instruction without target", "<? a?>" + entity(role(key())), "XmlNotWellFormed")
    pem = read(os.path.join(CERTS, "k.crt"))
    put("idp-pem-in-cert", "MS-66", "PEM armour inside X509Certificate", entity(role(key(text="\n" + pem))), ok())
    put("idp-two-pems-in-cert", "SM-21", "two certificates in PEM armour inside one X509Certificate", entity(role(key(text=pem + pem))), "KeyMalformed")
    put("idp-private-key-in-cert", "SM-21", "another PEM label inside X509Certificate", entity(role(key(text=pem.replace("CERTIFICATE", "PRIVATE KEY")))), "KeyMalformed")
    put("idp-half-armour-in-cert", "SM-21", "the first line of PEM armour only", entity(role(key(text=pem.replace("-----END CERTIFICATE-----", "")))), "KeyMalformed")
    bare = key().replace("<ds:X509Data>", "").replace("</ds:X509Data>", "")
    put("idp-cert-in-keyinfo", "MS-66", "the certificate directly in KeyInfo", entity(role(bare)), ok())
    put("idp-cert-in-keyinfo-and-data", "MS-65", "one certificate in X509Data, another one beside it", entity(role(key().replace("</ds:X509Data>", f"</ds:X509Data><ds:X509Certificate>{cert_b64('k2')}</ds:X509Certificate>"))), ok(2))
    put("idp-bad-cert-in-keyinfo", "SM-21", "a malformed certificate directly in KeyInfo beside a good one", entity(role(bare.replace(crt, "bm90IGEgY2VydGlmaWNhdGU="), key())), "KeyMalformed")
    def value(text):
        return f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:KeyValue>{text}</ds:KeyValue></ds:KeyInfo></md:KeyDescriptor>'
    rsa_value = lambda n, e="AQAB": f"<ds:RSAKeyValue><ds:Modulus>{n}</ds:Modulus><ds:Exponent>{e}</ds:Exponent></ds:RSAKeyValue>"
    n = privkey("k").public_key().public_numbers().n.to_bytes(256, "big")
    put("idp-keyvalue-even-exponent", "SM-22", "RSAKeyValue with exponent 65536", entity(role(value(rsa_value(b64(n), "AQAA")), key())), "KeyMalformed")
    put("idp-keyvalue-no-modulus", "SM-22", "RSAKeyValue without Modulus", entity(role(value(f"<ds:RSAKeyValue><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>"), key())), "KeyMalformed")
    put("idp-keyvalue-dsa", "SM-22", "DSAKeyValue only", entity(role(value("<ds:DSAKeyValue><ds:Y>AQAB</ds:Y></ds:DSAKeyValue>"))), "MetaNoSigningKey")
    put("idp-keyvalue-and-cert", "SM-22", "RSAKeyValue beside the certificate: the certificate counts", entity(role(key("k2").replace("<ds:X509Data>", f"<ds:KeyValue>{rsa_value(b64(n))}</ds:KeyValue><ds:X509Data>"))), ok())
    ec_value = lambda point, curve="1.2.840.10045.3.1.7": f'<ds11:ECKeyValue xmlns:ds11="http://www.w3.org/2009/xmldsig11#"><ds11:NamedCurve URI="urn:oid:{curve}"/><ds11:PublicKey>{b64(point)}</ds11:PublicKey></ds11:ECKeyValue>'
    def point(name):
        own = privkey(name).public_key().public_numbers()
        size = (own.curve.key_size + 7) // 8
        return b"\4" + own.x.to_bytes(size, "big") + own.y.to_bytes(size, "big")
    put("idp-keyvalue-p256", "SM-22", "ECKeyValue, P-256", entity(role(value(ec_value(point("ec256"))))), ok())
    put("idp-keyvalue-p384", "SM-22", "ECKeyValue, P-384", entity(role(value(ec_value(point("ec384"), "1.3.132.0.34")))), ok())
    put("idp-keyvalue-p256-off-curve", "SM-22", "ECKeyValue, a point that is not on the curve", entity(role(value(ec_value(point("ec256")[:-1] + b"\0")))), "KeyMalformed")
    put("idp-keyvalue-p256-as-p384", "SM-22", "ECKeyValue, a point of another curve", entity(role(value(ec_value(point("ec256"), "1.3.132.0.34")))), "KeyMalformed")
    put("idp-keyvalue-other-curve", "SM-22", "ECKeyValue, a curve that nothing here knows", entity(role(value(ec_value(point("ec256"), "1.3.132.0.10")))), "MetaNoSigningKey")
    put("entities-duplicate", "SM-10", "two EntityDescriptors with one entityID and different keys", two, "MetaDuplicateEntity")
    put("root-other", "SM-14", "root is a Response", read(os.path.join(OUT, "base/b-r.xml")), ["UnexpectedRoot"])
    with open(os.path.join(OUT, "metadata.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(x) for x in INDEX) + "\n]\n")
