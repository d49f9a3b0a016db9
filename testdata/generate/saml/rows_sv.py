"""SN, SV, TM: status, coverage, protocol rules, times."""
import enc
from bases import ERR_STATUS
from bases import MED_A as B_A
from bases import MED_ERR as B_ERR
from bases import MED_R as B_R
from bases import MED_RA as B_RA
from lib import *
from rows_sx import A, A0, EVIL_A0, SIG_A, SIG_R, append, before_assertion

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
CB = 'NotBefore="2025-12-31T23:55:00Z"'
CA = 'NotOnOrAfter="2026-01-01T01:00:00Z"'
DATA_NOA = 'NotOnOrAfter="2026-01-01T00:05:00Z"'


def T(*edits, t="A", **o):
    return sub(response(t, **o), *edits)


def sc(method=BEARER, recipient="https://sp.test/acs", noa="2026-01-01T00:05:00Z", irt="_req1", nb=None, data=True, inner=""):
    a = "".join(f' {k}="{v}"' for k, v in (("NotBefore", nb), ("Recipient", recipient), ("NotOnOrAfter", noa), ("InResponseTo", irt)) if v is not None)
    d = f"<saml:SubjectConfirmationData{a}/>" if data else ""
    return f'<saml:SubjectConfirmation Method="{method}">{inner}{d}</saml:SubjectConfirmation>'


def subject(*confirmations, name=NAMEID):
    return "<saml:Subject>\n" + "\n".join([name, *confirmations]) + "\n</saml:Subject>"


HOK = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
SVO = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"


def sn():
    for slug, d in (("assertion", B_A), ("response", B_R), ("both", B_RA)):
        M("SN-01", slug, f"every Signature removed ({slug} signed before)", unsigned(d), "SignatureMissing")
        M("SN-01", slug + "-evil", f"every Signature removed ({slug} signed before), evil NameID", sub(unsigned(d), (HONEST, EVIL)), "SignatureMissing")
    M("SN-01", "keyinfo-kept", "only KeyInfo of the Signature kept", sub(B_A, (cut(SIG_A, "<ds:SignedInfo>", "</ds:SignatureValue>"), "")), "SignatureShape")
    M("SN-02", "assertion", "empty Signature in place of the Assertion's", sub(B_A, (SIG_A, f'<ds:Signature xmlns:ds="{DS}"/>')), "SignatureShape")
    M("SN-02", "response", "empty Signature in place of the Response's", sub(B_R, (SIG_R, f'<ds:Signature xmlns:ds="{DS}"/>')), "SignatureShape")
    M("SN-02", "response-plus-good-assertion", "empty Signature on the Response, the Assertion's is good", sub(B_A, (ISSUER + "\n<samlp:Status>", ISSUER + f'<ds:Signature xmlns:ds="{DS}"/>' + "\n<samlp:Status>")), "SignatureShape")
    M("SN-02", "text-only", "Signature that holds only text", sub(B_A, (SIG_A, f'<ds:Signature xmlns:ds="{DS}">valid</ds:Signature>')), "SignatureShape")
    none = dict(mode="none", data=None)
    add("SN-03", "want-assertion", comment="Response signed, policy wants the Assertion signed", expect="SignatureMissing", policy={"require_signed": "assertion"}, file="base/b-r.xml", **none)
    add("SN-03", "want-both", comment="Response signed, policy wants both signed", expect="SignatureMissing", policy={"require_signed": "both"}, file="base/b-r.xml", **none)
    add("SN-04", "want-response", comment="Assertion signed, policy wants the Response signed", expect="SignatureMissing", policy={"require_signed": "response"}, file="base/b-a.xml", **none)
    add("SN-04", "want-both", comment="Assertion signed, policy wants both signed", expect="SignatureMissing", policy={"require_signed": "both"}, file="base/b-a.xml", **none)
    for p, f, d in (("assertion", "b-a", B_A), ("assertion", "b-ra", B_RA), ("response", "b-r", B_R), ("response", "b-ra", B_RA), ("both", "b-ra", B_RA)):
        add("SN-04", f"ok-{p}-{f}", comment=f"policy {p}, message {f}: enough is signed", expect=acc(d), policy={"require_signed": p}, file=f"base/{f}.xml", check=True, **none)
    M("SN-06", "responder", "status changed to Responder over a signed Assertion", sub(B_A, (SUCCESS, RESPONDER)), "StatusNotSuccess")
    for slug, code in (("requester", "urn:oasis:names:tc:SAML:2.0:status:Requester"), ("versionmismatch", "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch"),
                       ("lower-case", SUCCESS.lower()), ("trailing-space", SUCCESS + " "), ("bare", "Success"), ("saml11", "samlp:Success"), ("empty", ""), ("prefix", SUCCESS + "x"), ("authnfailed-top", "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")):
        M("SN-06", slug, f"status changed to {code!r}", sub(B_A, (SUCCESS, code)), "StatusNotSuccess")
    M("SN-06", "response-signed", "status of a signed Response changed to Responder: refused for its status before the signature is looked at", sub(B_R, (SUCCESS, RESPONDER)), "StatusNotSuccess")
    add("SN-06", "genuine-error", comment="K-signed error Response", expect="StatusNotSuccess", file="base/b-err.xml", **none)
    M("SN-06", "unsigned-error", "unsigned error Response with message and detail (user not assigned)", sub(unsigned(B_ERR), ("</samlp:Status>", '<samlp:StatusMessage>AADSTS50105</samlp:StatusMessage><samlp:StatusDetail><v:c xmlns:v="urn:vendor">50105</v:c></samlp:StatusDetail></samlp:Status>')), "StatusNotSuccess")
    M("SN-06", "signed-error-flipped", "K-signed error Response altered to Success", sub(B_ERR, (RESPONDER, SUCCESS)), "AssertionMissing")
    M("SN-07", "no-status", "Status missing", sub(B_A, (STATUS + "\n", "")), "MissingElement")
    M("SN-07", "no-statuscode", "StatusCode missing", sub(B_A, (STATUS, "<samlp:Status/>")), "MissingElement")
    M("SN-07", "message-only", "Status holds only a StatusMessage", sub(B_A, (STATUS, "<samlp:Status><samlp:StatusMessage>ok</samlp:StatusMessage></samlp:Status>")), ["MissingElement", "UnexpectedElement"])
    M("SN-07", "no-value", "StatusCode without Value", sub(B_A, (f' Value="{SUCCESS}"', "")), "MissingAttribute")
    M("SN-07", "value-as-text", "StatusCode with its value as text", sub(B_A, (f'<samlp:StatusCode Value="{SUCCESS}"/>', f"<samlp:StatusCode>{SUCCESS}</samlp:StatusCode>")), ["MissingAttribute", "UnexpectedElement", "UnexpectedText"])
    M("SN-07", "two-statuses", "two Status elements, Success and Responder", sub(B_A, (STATUS, STATUS + ERR_STATUS)), ["DuplicateElement", "UnexpectedElement"])
    M("SN-07", "two-statuses-reversed", "two Status elements, Responder and Success", sub(B_A, (STATUS, ERR_STATUS + STATUS)), ["DuplicateElement", "UnexpectedElement"])
    M("SN-07", "two-statuscodes", "two StatusCode elements side by side", sub(B_A, (STATUS, f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/><samlp:StatusCode Value="{RESPONDER}"/></samlp:Status>')), ["DuplicateElement", "UnexpectedElement"])
    S("SN-07", "signed-no-status", "signed Response without Status", T((STATUS + "\n", ""), t="R"), "MissingElement")
    nested = f'<samlp:StatusCode Value="{RESPONDER}"><samlp:StatusCode Value="{SUCCESS}"/></samlp:StatusCode>'
    M("SN-08", "nested-success", "top-level Responder with second-level Success", sub(B_A, (f'<samlp:StatusCode Value="{SUCCESS}"/>', nested)), "StatusNotSuccess")
    S("SN-08", "nested-success-signed", "the same, signed by K", T((f'<samlp:StatusCode Value="{SUCCESS}"/>', nested), t="R"), "StatusNotSuccess")
    M("SN-08", "nested-failure", "top-level Success with a second-level code: the top level decides", sub(B_A, (f'<samlp:StatusCode Value="{SUCCESS}"/>', f'<samlp:StatusCode Value="{SUCCESS}"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"/></samlp:StatusCode>')), "ACCEPT")
    M("SN-08", "statusmessage", "Success with StatusMessage and foreign StatusDetail", sub(B_A, ("</samlp:Status>", '<samlp:StatusMessage>ok</samlp:StatusMessage><samlp:StatusDetail><v:d xmlns:v="urn:vendor"/></samlp:StatusDetail></samlp:Status>')), "ACCEPT")
    S("SN-10", "signed", "signed Success without Assertion", response("R", assertion=""), "AssertionMissing")
    M("SN-10", "unsigned", "unsigned Success without Assertion", response("", assertion=""), "AssertionMissing")
    S("SN-11", "responder", "Responder over a signed Assertion, Response signed too", response("RA", status=ERR_STATUS), "StatusNotSuccess")
    S("SN-11", "assertion-only", "Responder over a signed Assertion", response("A", status=ERR_STATUS), "StatusNotSuccess")
    S("SN-12", "data-lacks", "signed data lacks InResponseTo, the unsigned Response has it", T((' InResponseTo="_req1"/>', "/>")), "InResponseToMissing")
    S("SN-12", "response-mismatch", "signed data matches, the unsigned Response names another request", T(('test/acs" InResponseTo="_req1">', 'test/acs" InResponseTo="_req2">')), "InResponseToMismatch")
    S("SN-12", "response-empty", "signed data matches, the unsigned Response has an empty InResponseTo", T(('test/acs" InResponseTo="_req1">', 'test/acs" InResponseTo="">')), "InResponseToMismatch")
    S("SN-12", "response-lacks", "signed data matches, the unsigned Response lacks InResponseTo", T(('test/acs" InResponseTo="_req1">', 'test/acs">')), "ACCEPT")
    M("SN-13", "wrong", "unsigned Destination altered", sub(B_A, ('Destination="https://sp.test/acs"', 'Destination="https://other.test/acs"')), "DestinationMismatch")
    M("SN-13", "empty", "unsigned Destination empty", sub(B_A, ('Destination="https://sp.test/acs"', 'Destination=""')), "DestinationMismatch")
    M("SN-13", "other-endpoint", "unsigned Destination is another endpoint of the SP", sub(B_A, ('Destination="https://sp.test/acs"', 'Destination="https://sp.test/acs/"')), "DestinationMismatch")
    M("SN-15", "version", "Response without Version", sub(B_A, ('ID="_r1" Version="2.0"', 'ID="_r1"')), "MissingAttribute")
    M("SN-15", "issueinstant", "Response without IssueInstant", sub(B_A, (f' IssueInstant="{NOW}" Destination', " Destination")), "MissingAttribute")
    S("SN-15", "version-signed", "signed Response without Version", T(('ID="_r1" Version="2.0"', 'ID="_r1"'), t="R"), "MissingAttribute")
    S("SN-15", "issueinstant-signed", "signed Response without IssueInstant", T((f' IssueInstant="{NOW}" Destination', " Destination"), t="R"), "MissingAttribute")
    S("SN-15", "assertion-issueinstant", "signed Assertion without IssueInstant", T((ASSERTION_TAG, '<saml:Assertion ID="_a1" Version="2.0">')), "MissingAttribute")
    ea = enc.encrypted_assertion(sub(A0, ("<saml:Assertion ", f'<saml:Assertion xmlns:saml="{SAML}" ')))
    broken = ea.replace(cut(ea, "<xenc:CipherValue>", "</xenc:CipherValue>"), f"<xenc:CipherValue>{b64(bytes(256))}</xenc:CipherValue>")
    M("SN-16", "undecryptable-and-plain", "EncryptedAssertion that fails to decrypt beside a plain unsigned copy", unsigned(B_A).replace("<saml:Assertion", broken + "\n<saml:Assertion", 1), "MultipleAssertions")
    M("SN-16", "plain-first", "as before, the plain copy first", append(unsigned(B_A), broken), "MultipleAssertions")
    M("SN-16", "undecryptable-and-signed", "EncryptedAssertion that fails to decrypt beside the signed Assertion", append(B_A, broken), "MultipleAssertions")


def sv():
    for slug, v in (("1.1", "1.1"), ("2.1", "2.1"), ("2", "2"), ("2.0-space", "2.0 "), ("empty", ""), ("2.00", "2.00"), ("02.0", "02.0"), ("1.0", "1.0")):
        S("SV-01", f"assertion-{slug}", f"Assertion Version {v!r}", T((f'<saml:Assertion ID="_a1" Version="2.0"', f'<saml:Assertion ID="_a1" Version="{v}"')), "UnsupportedVersion")
        S("SV-01", f"response-{slug}", f"Response Version {v!r}, Response signed", T(('ID="_r1" Version="2.0"', f'ID="_r1" Version="{v}"'), t="R"), "UnsupportedVersion")
    S("SV-01", "assertion-missing", "Assertion without Version", T(('ID="_a1" Version="2.0"', 'ID="_a1"')), "MissingAttribute")
    M("SV-01", "response-unsigned", "unsigned Response Version 1.1", sub(B_A, ('ID="_r1" Version="2.0"', 'ID="_r1" Version="1.1"')), "UnsupportedVersion")
    for slug, i in (("other", "https://idp2.test"), ("case", "https://IDP.test"), ("trailing-slash", "https://idp.test/"), ("leading-space", " https://idp.test"), ("trailing-newline", "https://idp.test\n"), ("http", "http://idp.test"), ("prefix", "https://idp.test.evil.test"), ("nul-like", "https://idp.test&#x200B;")):
        S("SV-02", slug, f"Assertion Issuer {i!r}, no Response Issuer", response("A", r_issuer="", issuer=f"<saml:Issuer>{i}</saml:Issuer>"), "IssuerMismatch")
    S("SV-02", "response-other", "unsigned Response Issuer of another entity", response("A", r_issuer="<saml:Issuer>https://idp2.test</saml:Issuer>"), "IssuerMismatch")
    S("SV-02", "response-other-signed", "signed Response Issuer of another entity, Assertion Issuer right", response("R", r_issuer="<saml:Issuer>https://idp2.test</saml:Issuer>"), "IssuerMismatch")
    S("SV-02", "assertion-other-in-signed-response", "signed Response Issuer right, Assertion Issuer of another entity", response("R", issuer="<saml:Issuer>https://idp2.test</saml:Issuer>"), "IssuerMismatch")
    S("SV-02", "format-entity", "Issuer with Format entity: same issuer", response("A", issuer='<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">https://idp.test</saml:Issuer>'), "ACCEPT")
    S("SV-02", "format-other", "Issuer with Format emailAddress (core 2.2.5 and profiles 4.1.4.2: entity or nothing)", response("A", issuer=f'<saml:Issuer Format="{EMAILFMT}">https://idp.test</saml:Issuer>'), ["IssuerFormat", "IssuerMismatch"])
    S("SV-04", "missing", "Assertion without Issuer", response("A", issuer=""), "IssuerMissing")
    S("SV-04", "empty", "Assertion with an empty Issuer", response("A", issuer="<saml:Issuer></saml:Issuer>"), "IssuerMissing")
    S("SV-04", "self-closed", "Assertion with a self-closed Issuer", response("A", issuer="<saml:Issuer/>"), "IssuerMissing")
    S("SV-04", "both-missing", "no Issuer anywhere", response("A", issuer="", r_issuer=""), "IssuerMissing")
    S("SV-04", "whitespace", "Assertion Issuer of white space", response("A", issuer="<saml:Issuer> </saml:Issuer>"), ["IssuerMissing", "IssuerMismatch"])
    S("SV-04", "response-empty", "empty Response Issuer, Response signed", response("R", r_issuer="<saml:Issuer/>"), ["IssuerMissing", "IssuerMismatch"])
    S("SV-04", "two-issuers", "Assertion with two Issuers, the right one first", response("A", issuer=ISSUER + "<saml:Issuer>https://idp2.test</saml:Issuer>"), ["DuplicateElement", "UnexpectedElement"])
    AUD = "<saml:Audience>https://sp.test/md</saml:Audience>"
    for slug, a in (("other", "https://sp2.test/md"), ("case", "https://SP.test/md"), ("trailing-slash", "https://sp.test/md/"), ("prefix", "https://sp.test/m"), ("suffix", "https://sp.test/md.evil.test"), ("acs", "https://sp.test/acs"), ("http", "http://sp.test/md"), ("two-in-one", "https://sp.test/md https://sp2.test/md")):
        S("SV-06", slug, f"Audience {a!r}", T((AUD, f"<saml:Audience>{a}</saml:Audience>")), "AudienceMismatch")
    COND = cut(CONDITIONS, "<saml:AudienceRestriction>", "</saml:AudienceRestriction>")
    S("SV-07", "no-audiencerestriction", "Conditions without AudienceRestriction", T((COND, "")), "AudienceMissing")
    S("SV-07", "no-conditions", "no Conditions", response("A", conditions=""), "ConditionsMissing")
    S("SV-07", "no-audience-allowed", "Conditions without AudienceRestriction under a dated exception", T((COND, "")), "ACCEPT", policy={"allow": ["no-audience"]})
    S("SV-07", "no-conditions-allowed", "no Conditions under dated exceptions", response("A", conditions=""), "ACCEPT", policy={"allow": ["no-conditions", "no-audience"]})
    S("SV-07", "no-conditions-audience", "no Conditions, and only that excepted: the audience is missing all the same", response("A", conditions=""), "AudienceMissing", policy={"allow": ["no-conditions"]})
    S("SV-07", "no-conditions-but-audience", "no Conditions, and only the missing audience excepted", response("A", conditions=""), "ConditionsMissing", policy={"allow": ["no-audience"]})
    S("SV-07", "no-conditions-unbounded", "no Conditions under dated exceptions, and SubjectConfirmationData without NotOnOrAfter: nothing bounds it", response("A", conditions="", subject=subject(sc(noa=None))), "NotOnOrAfterMissing", policy={"allow": ["no-conditions", "no-audience"]})
    S("SV-07", "empty-conditions", "empty Conditions element", response("A", conditions="<saml:Conditions/>"), "AudienceMissing")
    S("SV-07", "no-times", "Conditions without NotBefore and NotOnOrAfter: SubjectConfirmationData bounds it", T((f' {CB} {CA}', "")), "ACCEPT")
    other = "<saml:AudienceRestriction><saml:Audience>https://sp2.test/md</saml:Audience></saml:AudienceRestriction>"
    S("SV-08", "second-wrong", "two AudienceRestrictions, the second without us", T((COND, COND + other)), "AudienceMismatch")
    S("SV-08", "first-wrong", "two AudienceRestrictions, the first without us", T((COND, other + COND)), "AudienceMismatch")
    S("SV-08", "both-right", "two AudienceRestrictions, both with us", T((COND, COND + COND)), "ACCEPT")
    S("SV-10", "self-closed", "self-closed Audience", T((AUD, "<saml:Audience/>")), "AudienceMismatch")
    S("SV-10", "empty", "empty Audience", T((AUD, "<saml:Audience></saml:Audience>")), "AudienceMismatch")
    S("SV-10", "whitespace", "Audience of white space", T((AUD, "<saml:Audience> \n </saml:Audience>")), "AudienceMismatch")
    S("SV-10", "no-audience", "AudienceRestriction without Audience", T((AUD, "")), "MissingElement")
    S("SV-10", "empty-and-us", "an empty Audience beside ours", T((AUD, "<saml:Audience/>" + AUD)), "ACCEPT")
    S("SV-12", "custom-type", "saml:Condition with a custom xsi:type", T((COND, COND + f'<saml:Condition {XSI} xmlns:x="urn:x" xsi:type="x:Custom"/>')), "ConditionUnknown")
    S("SV-12", "foreign", "foreign element in Conditions", T((COND, COND + '<x:Custom xmlns:x="urn:x"/>')), "ConditionUnknown")
    S("SV-12", "foreign-first", "foreign element first in Conditions", T((COND, '<x:Custom xmlns:x="urn:x"/>' + COND)), "ConditionUnknown")
    S("SV-12", "typed-as-known", "saml:Condition with xsi:type saml:AudienceRestrictionType that names us", T((COND, f'<saml:Condition {XSI} xsi:type="saml:AudienceRestrictionType">{AUD}</saml:Condition>')), ["ConditionUnknown"])
    S("SV-12", "donotcachecondition", "DoNotCacheCondition of SAML 1.1", T((COND, COND + '<a:DoNotCacheCondition xmlns:a="urn:oasis:names:tc:SAML:1.0:assertion"/>')), "ConditionUnknown")
    S("SV-13", "same", "two equal Conditions elements", response("A", conditions=CONDITIONS + CONDITIONS), "DuplicateElement")
    S("SV-13", "lenient-second", "two Conditions, the second without restriction", response("A", conditions=CONDITIONS + "<saml:Conditions/>"), "DuplicateElement")
    S("SV-13", "lenient-first", "two Conditions, the first without restriction", response("A", conditions="<saml:Conditions/>" + CONDITIONS), "DuplicateElement")
    S("SV-13", "apart", "a second Conditions after the AuthnStatement", response("A", authn=AUTHN + CONDITIONS), ["DuplicateElement", "UnexpectedElement"])
    S("SV-13", "two-subjects", "two Subjects", response("A", subject=SUBJECT + SUBJECT), ["DuplicateElement"])
    S("SV-14", "inverted", "NotBefore = now + 30 s, NotOnOrAfter = now - 30 s: both inside the skew, yet inverted", T((CB, 'NotBefore="2026-01-01T00:00:30Z"'), (CA, 'NotOnOrAfter="2025-12-31T23:59:30Z"')), "WindowInverted")
    S("SV-14", "equal", "NotBefore = NotOnOrAfter = now", T((CB, f'NotBefore="{NOW}"'), (CA, f'NotOnOrAfter="{NOW}"')), "WindowInverted")
    S("SV-14", "data-inverted", "SubjectConfirmationData NotBefore after its NotOnOrAfter, both inside the skew", response("A", subject=subject(sc(nb="2026-01-01T00:00:30Z", noa="2025-12-31T23:59:30Z"))), ["WindowInverted", "SubjectConfirmationFailed"])

    # boundaries: not-on-or-after refuses from (bound + 60 s) on, not-before accepts from (bound - 60 s) on
    early = (f'<saml:Assertion ID="_a1" Version="2.0" IssueInstant="{NOW}"', '<saml:Assertion ID="_a1" Version="2.0" IssueInstant="2025-12-31T23:50:00Z"')
    ea = ('AuthnInstant="2025-12-31T23:59:00Z"', 'AuthnInstant="2025-12-31T23:50:00Z"')
    eb = (CB, 'NotBefore="2025-12-31T23:50:00Z"')
    for slug, t, want in (("minus1", "2025-12-31T23:58:59Z", "Expired"), ("0", "2025-12-31T23:59:00Z", "Expired"), ("plus1", "2025-12-31T23:59:01Z", "ACCEPT")):
        S("SV-15", f"notonorafter-{slug}", f"Conditions NotOnOrAfter = now - skew, {slug} s", T(early, ea, eb, (CA, f'NotOnOrAfter="{t}"')), want)
        S("SV-28", f"data-notonorafter-{slug}", f"SubjectConfirmationData NotOnOrAfter = now - skew, {slug} s", T(early, ea, eb, (DATA_NOA, f'NotOnOrAfter="{t}"')), want if want == "ACCEPT" else ["Expired", "SubjectConfirmationFailed"])
        S("SV-42", f"session-{slug}", f"SessionNotOnOrAfter = now - skew, {slug} s", T(early, ea, eb, ('SessionIndex="_s1"', f'SessionIndex="_s1" SessionNotOnOrAfter="{t}"')), want if want == "ACCEPT" else "SessionExpired")
    for slug, t, want in (("minus1", "2026-01-01T00:00:59Z", "ACCEPT"), ("0", "2026-01-01T00:01:00Z", "ACCEPT"), ("plus1", "2026-01-01T00:01:01Z", "NotYetValid")):
        S("SV-15", f"notbefore-{slug}", f"Conditions NotBefore = now + skew, {slug} s", T((CB, f'NotBefore="{t}"')), want)
        S("SV-25", f"data-notbefore-{slug}", f"bearer data NotBefore = now + skew, {slug} s", response("A", subject=subject(sc(nb=t))), want if want == "ACCEPT" else ["NotYetValid", "SubjectConfirmationFailed"])
        S("SV-48", f"issueinstant-{slug}", f"Assertion IssueInstant = now + skew, {slug} s", T((ASSERTION_TAG, ASSERTION_TAG.replace(NOW, t))), want)
    none = dict(mode="none", data=None, check=True)
    A_ACC = acc(B_A)
    for slug, n, want in (("data-noa-minus1", "2026-01-01T00:05:59Z", A_ACC), ("data-noa-0", "2026-01-01T00:06:00Z", ["Expired", "SubjectConfirmationFailed"]), ("data-noa-plus1", "2026-01-01T00:06:01Z", ["Expired", "SubjectConfirmationFailed"]),
                          ("data-noa-fraction", "2026-01-01T00:05:59.999Z", A_ACC)):
        add("SV-28", "now-" + slug, comment=f"B-A judged at {n}", expect=want, now=n, file="base/b-a.xml", **none)
    for slug, n, want in (("nb-minus1", "2025-12-31T23:53:59Z", "NotYetValid"), ("nb-0", "2025-12-31T23:54:00Z", None), ("issueinstant-minus1", "2025-12-31T23:58:59Z", "NotYetValid"), ("issueinstant-0", "2025-12-31T23:59:00Z", A_ACC)):
        if want is not None:
            add("SV-15", "now-" + slug, comment=f"B-A judged at {n}", expect=want, now=n, file="base/b-a.xml", **none)
    for slug, n, want in (("minus1", "2026-01-01T01:00:59Z", "ACCEPT"), ("0", "2026-01-01T01:01:00Z", "Expired"), ("plus1", "2026-01-01T01:01:01Z", "Expired")):
        S("SV-15", f"now-noa-{slug}", f"Conditions NotOnOrAfter plus skew, judged {slug} s from it", T((DATA_NOA, 'NotOnOrAfter="2026-01-01T03:00:00Z"'), (ASSERTION_TAG, ASSERTION_TAG.replace(NOW, "2026-01-01T00:59:00Z")), (f' IssueInstant="{NOW}" Destination', ' IssueInstant="2026-01-01T00:59:00Z" Destination')), want, now=n)
    for lw, n, want in ((0, "2026-01-01T00:04:59Z", A_ACC), (0, "2026-01-01T00:05:00Z", ["Expired", "SubjectConfirmationFailed"]), (300, "2026-01-01T00:09:59Z", A_ACC), (300, "2026-01-01T00:10:00Z", ["Expired", "SubjectConfirmationFailed"]), (600, "2026-01-01T00:14:59Z", A_ACC)):
        add("SV-28", f"leeway-{lw}-{n[14:19].replace(':', '')}", comment=f"B-A judged at {n} with leeway {lw}", expect=want, now=n, policy={"leeway": lw}, file="base/b-a.xml", **none)
    S("SV-15", "long-ago", "Conditions window of 2020", T((CB, 'NotBefore="2020-01-01T00:00:00Z"'), (CA, 'NotOnOrAfter="2020-01-01T01:00:00Z"')), "Expired")
    S("SV-15", "far-future", "Conditions window of 2030", T((CB, 'NotBefore="2030-01-01T00:00:00Z"'), (CA, 'NotOnOrAfter="2030-01-01T01:00:00Z"')), "NotYetValid")
    S("SV-16", "onetimeuse", "OneTimeUse present; a replay store must refuse it the second time", T((COND, COND + "<saml:OneTimeUse/>")), "ACCEPT")
    S("SV-16", "onetimeuse-only", "OneTimeUse before AudienceRestriction", T((COND, "<saml:OneTimeUse/>" + COND)), "ACCEPT")
    S("SV-18", "onetimeuse", "OneTimeUse twice", T((COND, COND + "<saml:OneTimeUse/><saml:OneTimeUse/>")), "DuplicateElement")
    S("SV-18", "proxyrestriction", "ProxyRestriction twice", T((COND, COND + '<saml:ProxyRestriction Count="1"/><saml:ProxyRestriction Count="1"/>')), "DuplicateElement")
    S("SV-19", "count-0", "ProxyRestriction Count=0", T((COND, COND + '<saml:ProxyRestriction Count="0"/>')), "ACCEPT", more={"proxy_restriction_count": 0})
    S("SV-19", "count-2-audience", "ProxyRestriction Count=2 with an Audience: not an audience restriction of this Assertion", T((COND, COND + '<saml:ProxyRestriction Count="2"><saml:Audience>https://sp3.test</saml:Audience></saml:ProxyRestriction>')), "ACCEPT", more={"proxy_restriction_count": 2})
    S("SV-19", "no-count", "ProxyRestriction without Count", T((COND, COND + '<saml:ProxyRestriction/>')), "ACCEPT")
    S("SV-19", "audience-only-in-proxy", "our Audience only inside ProxyRestriction", T((COND, f'<saml:ProxyRestriction Count="2">{AUD}</saml:ProxyRestriction>')), "AudienceMissing")
    for slug, c in (("minus1", "-1"), ("x", "x"), ("empty", ""), ("1.5", "1.5"), ("hex", "0x1")):
        S("SV-19", "count-" + slug, f"ProxyRestriction Count={c!r}", T((COND, COND + f'<saml:ProxyRestriction Count="{c}"/>')), "ConditionUnknown")
    S("SV-20", "no-subject", "no Subject", response("A", subject=""), "SubjectMissing")
    S("SV-20", "empty-subject", "empty Subject", response("A", subject="<saml:Subject/>"), ["SubjectConfirmationMissing", "MissingElement", "NameIdMissing"])
    S("SV-21", "nameid-only", "Subject with NameID only", response("A", subject=subject()), "SubjectConfirmationMissing")
    S("SV-22", "hok", "only holder-of-key", response("A", subject=subject(sc(method=HOK))), "SubjectConfirmationMissing")
    S("SV-22", "sender-vouches", "only sender-vouches", response("A", subject=subject(sc(method=SVO))), "SubjectConfirmationMissing")
    S("SV-22", "hok-and-sender-vouches", "holder-of-key and sender-vouches", response("A", subject=subject(sc(method=HOK), sc(method=SVO))), "SubjectConfirmationMissing")
    S("SV-22", "unknown", "only an unknown method", response("A", subject=subject(sc(method="urn:x"))), "SubjectConfirmationMissing")
    S("SV-22", "saml1-bearer", "only the SAML 1.1 bearer method", response("A", subject=subject(sc(method="urn:oasis:names:tc:SAML:1.0:cm:bearer"))), "SubjectConfirmationMissing")
    S("SV-22", "bearer-case", "method Bearer in another case", response("A", subject=subject(sc(method=BEARER.upper()))), "SubjectConfirmationMissing")
    S("SV-22", "no-method", "SubjectConfirmation without Method", response("A", subject=subject(sc().replace(f' Method="{BEARER}"', ""))), "MissingAttribute")
    S("SV-22", "empty-method", "SubjectConfirmation with empty Method", response("A", subject=subject(sc(method=""))), "SubjectConfirmationMissing")
    S("SV-23", "no-data", "bearer without SubjectConfirmationData", response("A", subject=subject(sc(data=False))), "SubjectConfirmationFailed")
    S("SV-23", "empty-data", "bearer with an empty SubjectConfirmationData", response("A", subject=subject(sc(recipient=None, noa=None, irt=None))), ["SubjectConfirmationFailed", "NotOnOrAfterMissing", "RecipientMissing", "InResponseToMissing"])
    S("SV-23", "two-data", "bearer with two SubjectConfirmationData", response("A", subject=subject(sc().replace("</saml:SubjectConfirmation>", SCD + "</saml:SubjectConfirmation>"))), ["DuplicateElement", "UnexpectedElement"])
    S("SV-24", "no-notonorafter", "bearer data without NotOnOrAfter", response("A", subject=subject(sc(noa=None))), ["SubjectConfirmationFailed", "NotOnOrAfterMissing"])
    S("SV-24", "empty-notonorafter", "bearer data with empty NotOnOrAfter", response("A", subject=subject(sc(noa=""))), "TimeMalformed")
    S("SV-25", "future", "bearer data with NotBefore in the future", response("A", subject=subject(sc(nb="2026-01-01T00:03:00Z"))), ["NotYetValid", "SubjectConfirmationFailed"])
    S("SV-25", "past", "bearer data with NotBefore in the past (P5)", response("A", subject=subject(sc(nb="2025-12-31T23:55:00Z"))), "ACCEPT")
    S("SV-26", "missing", "bearer data without Recipient", response("A", subject=subject(sc(recipient=None))), "RecipientMissing")
    for slug, r in (("other-sp", "https://sp2.test/acs"), ("other-acs", "https://sp.test/acs2"), ("case", "https://sp.test/ACS"), ("trailing-slash", "https://sp.test/acs/"), ("http", "http://sp.test/acs"), ("empty", ""), ("entity", "https://sp.test/md"), ("port", "https://sp.test:443/acs"), ("query", "https://sp.test/acs?x=1"), ("prefix", "https://sp.test/acs.evil.test")):
        S("SV-26", slug, f"Recipient {r!r}", response("A", subject=subject(sc(recipient=r))), "RecipientMismatch")
    two_acs = {"acs": ["https://sp.test/acs", "https://sp.test/acs2"]}
    S("SV-26", "second-acs", "Recipient and Destination are the second of two configured endpoints", T(('Recipient="https://sp.test/acs"', 'Recipient="https://sp.test/acs2"'), ('Destination="https://sp.test/acs"', 'Destination="https://sp.test/acs2"')), "ACCEPT", policy=two_acs)
    S("SV-26", "neither-acs", "Recipient is none of two configured endpoints", T(('Recipient="https://sp.test/acs"', 'Recipient="https://sp.test/acs3"')), "RecipientMismatch", policy=two_acs)
    S("SV-28", "data-expired", "SubjectConfirmationData expired while Conditions still hold", T(early, ea, eb, (DATA_NOA, 'NotOnOrAfter="2025-12-31T23:55:00Z"')), ["Expired", "SubjectConfirmationFailed"])
    S("SV-29", "three-reasons", "three bearer confirmations: expired, wrong Recipient, wrong InResponseTo", response("A", subject=subject(sc(noa="2025-12-31T23:00:00Z"), sc(recipient="https://sp2.test/acs"), sc(irt="_other"))), "SubjectConfirmationFailed")
    S("SV-29", "two-reasons", "two bearer confirmations: no data, no Recipient", response("A", subject=subject(sc(data=False), sc(recipient=None))), "SubjectConfirmationFailed")
    S("SV-29", "complementary", "two bearer confirmations, each with what the other lacks: not added together", response("A", subject=subject(sc(recipient=None), sc(noa=None))), "SubjectConfirmationFailed")
    for slug, i in (("other", "_other"), ("case", "_REQ1"), ("space", "_req1 "), ("prefix", "_req")):
        S("SV-31", "data-" + slug, f"data InResponseTo {i!r}", response("A", subject=subject(sc(irt=i))), "InResponseToMismatch")
    S("SV-31", "both-other", "Response and data name the same other request", T(('test/acs" InResponseTo="_req1">', 'test/acs" InResponseTo="_other">'), subject=subject(sc(irt="_other"))), "InResponseToMismatch")
    S("SV-31", "response-signed-other", "signed Response names another request, the data ours", T(('test/acs" InResponseTo="_req1">', 'test/acs" InResponseTo="_other">'), t="R"), "InResponseToMismatch")
    no_irt = ((' InResponseTo="_req1">', ">"), (' InResponseTo="_req1"/>', "/>"))
    S("SV-33", "solicited-expected", "no InResponseTo anywhere, a request was made", T(*no_irt), "InResponseToMissing")
    S("SV-33", "solicited-expected-response-signed", "no InResponseTo anywhere, Response signed, a request was made", T(*no_irt, t="R"), "InResponseToMissing")
    add("SV-33", "unsolicited-with-inresponseto", comment="InResponseTo present though no request was made (profiles 4.1.5)", expect="InResponseToMismatch", policy={"request": "unsolicited"}, file="base/b-a.xml", mode="none", data=None)
    S("SV-33", "unsolicited-data-only", "InResponseTo only in the data though no request was made", T(no_irt[0]), "InResponseToMismatch", policy={"request": "unsolicited"})
    S("SV-33", "unsolicited-response-only", "InResponseTo only on the unsigned Response though no request was made", T(no_irt[1]), "InResponseToMismatch", policy={"request": "unsolicited"})
    empty = T(('test/acs" InResponseTo="_req1">', 'test/acs" InResponseTo="">'), subject=subject(sc(irt="")))
    S("SV-35", "empty-both", "empty InResponseTo in Response and data", empty, "InResponseToMismatch")
    S("SV-35", "empty-data", "empty InResponseTo in the data", response("A", subject=subject(sc(irt=""))), "InResponseToMismatch")
    S("SV-35", "empty-unsolicited", "empty InResponseTo though no request was made", empty, "InResponseToMismatch", policy={"request": "unsolicited"})
    same = {"same_replay_key_as": "SV-36-first"}
    add("SV-36", "first", comment="B-A, the first time", expect=A_ACC, file="base/b-a.xml", **none)
    add("SV-36", "second", comment="B-A again: validate is pure and accepts, its replay key equals the first one's, a replay store refuses", expect=A_ACC, file="base/b-a.xml", extra=same, **none)
    M("SV-37", "response-id", "B-A with a new Response ID: same replay key", sub(B_A, ('ID="_r1"', 'ID="_r2"')), "ACCEPT", extra=same)
    M("SV-37", "whitespace", "B-A with other white space in the unsigned Response: same replay key", sub(B_A, ("<samlp:Status>", "\n\n  <samlp:Status>")), "ACCEPT", extra=same)
    val = cut(SIG_A, "<ds:SignatureValue>", "</ds:SignatureValue>")
    M("SV-37", "base64-folding", "B-A with SignatureValue folded elsewhere: same replay key", sub(B_A, (val, val.replace("\n", "").replace("A", "A\n "))), "ACCEPT", extra=same)
    M("SV-37", "response-issuer-dropped", "B-A without the unsigned Response Issuer: same replay key", sub(B_A, (ISSUER + "\n<samlp:Status>", "<samlp:Status>")), "ACCEPT", extra=same)
    M("SV-37", "keyinfo-dropped", "B-A without KeyInfo: same replay key", sub(B_A, (cut(B_A, "<ds:KeyInfo>", "</ds:KeyInfo>"), "")), "ACCEPT", extra=same)
    dest = ' Destination="https://sp.test/acs"'
    S("SV-39", "response-signed", "signed Response without Destination", T((dest, ""), t="R"), "DestinationMissing")
    S("SV-39", "both-signed", "both signed, no Destination", T((dest, ""), t="RA"), "DestinationMissing")
    S("SV-39", "allowed", "signed Response without Destination under a dated exception", T((dest, ""), t="R"), "ACCEPT", policy={"allow": ["no-destination"]})
    for slug, d in (("wrong", "https://sp2.test/acs"), ("empty", ""), ("case", "https://sp.test/ACS"), ("query", "https://sp.test/acs?a=b"), ("trailing-space", "https://sp.test/acs "), ("prefix", "https://sp.test/acs/evil"), ("http", "http://sp.test/acs"), ("entity", "https://sp.test/md")):
        S("SV-40", slug, f"signed Response, Destination {d!r}", T((dest, f' Destination="{d}"'), t="R"), "DestinationMismatch")
    S("SV-40", "empty-allowed", "empty Destination is not a missing one, even under the exception", T((dest, ' Destination=""'), t="R"), "DestinationMismatch", policy={"allow": ["no-destination"]})
    S("SV-41", "missing", "no AuthnStatement", response("A", authn=""), "AuthnStatementMissing")
    S("SV-41", "no-statements", "no statement at all", response("A", authn="", attrs=""), "AuthnStatementMissing")
    S("SV-41", "two", "two AuthnStatements: the first gives the session index", response("A", authn=AUTHN + "\n" + AUTHN.replace("_s1", "_s2")), "ACCEPT", want={"session_index": "_s1"})
    S("SV-41", "second-expired", "two AuthnStatements, the session of the second has ended", response("A", authn=AUTHN + "\n" + AUTHN.replace('"_s1"', '"_s2" SessionNotOnOrAfter="2025-12-31T23:00:00Z"')), "SessionExpired")
    S("SV-41", "no-authninstant", "AuthnStatement without AuthnInstant", T((' AuthnInstant="2025-12-31T23:59:00Z"', "")), "MissingAttribute")
    S("SV-41", "no-authncontext", "AuthnStatement without AuthnContext", response("A", authn='<saml:AuthnStatement AuthnInstant="2025-12-31T23:59:00Z"/>'), "MissingElement")
    S("SV-42", "past", "SessionNotOnOrAfter an hour ago", T(('SessionIndex="_s1"', 'SessionIndex="_s1" SessionNotOnOrAfter="2025-12-31T23:00:00Z"')), "SessionExpired")
    S("SV-42", "future", "SessionNotOnOrAfter in eight hours", T(('SessionIndex="_s1"', 'SessionIndex="_s1" SessionNotOnOrAfter="2026-01-01T08:00:00Z"')), "ACCEPT")
    TOKEN = "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken"
    PW = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
    ref = f"<saml:AuthnContextClassRef>{PPT}</saml:AuthnContextClassRef>"
    pol = {"authn_context": [TOKEN]}
    S("SV-44", "downgrade", "TimeSyncToken wanted, Password given", T((PPT, PW)), "AuthnContextMismatch", policy=pol)
    S("SV-44", "missing-classref", "TimeSyncToken wanted, only AuthnContextDeclRef given", T((ref, "<saml:AuthnContextDeclRef>urn:x</saml:AuthnContextDeclRef>")), "AuthnContextMismatch", policy=pol)
    S("SV-44", "declref-twin", "TimeSyncToken wanted, given as AuthnContextDeclRef", T((ref, f"<saml:AuthnContextDeclRef>{TOKEN}</saml:AuthnContextDeclRef>")), "AuthnContextMismatch", policy=pol)
    S("SV-44", "prefix", "Password wanted, PasswordProtectedTransport given", response("A"), "AuthnContextMismatch", policy={"authn_context": [PW]})
    S("SV-44", "in-authenticatingauthority", "TimeSyncToken only as AuthenticatingAuthority", T((ref, ref + f"<saml:AuthenticatingAuthority>{TOKEN}</saml:AuthenticatingAuthority>")), "AuthnContextMismatch", policy=pol)
    S("SV-44", "right", "TimeSyncToken wanted and given", T((PPT, TOKEN)), "ACCEPT", policy=pol)
    S("SV-44", "one-of-two", "one of two wanted classes given", response("A"), "ACCEPT", policy={"authn_context": [TOKEN, PPT]})
    S("SV-44", "no-classref-no-policy", "AuthnContextDeclRef only, no class wanted", T((ref, "<saml:AuthnContextDeclRef>urn:x</saml:AuthnContextDeclRef>")), "ACCEPT", want={"authn_context": None})
    S("SV-44", "two-classrefs", "two AuthnContextClassRef", T((ref, ref + ref.replace(PPT, TOKEN))), ["DuplicateElement", "UnexpectedElement"], policy=pol)
    S("SV-44", "empty-authncontext", "AuthnContext without any child", T((ref, "")), ["MissingElement", "AuthnContextMismatch"], policy=pol)
    for age, n, want in ((3600, NOW, "ACCEPT"), (60, NOW, "ACCEPT"), (59, NOW, "ACCEPT")):
        S("SV-44", f"max-age-{age}", f"authenticated 60 s ago, max age {age} s plus skew", response("A"), want, policy={"max_authn_age": age})
    old = T(('AuthnInstant="2025-12-31T23:59:00Z"', 'AuthnInstant="2025-12-31T22:00:00Z"'))
    S("SV-44", "max-age-exceeded", "authenticated two hours ago, max age one hour", old, "AuthnTooOld", policy={"max_authn_age": 3600})
    S("SV-44", "max-age-none", "authenticated two hours ago, no max age", old, "ACCEPT")
    for slug, t, want in (("minus1", "2026-01-01T00:00:59Z", "ACCEPT"), ("0", "2026-01-01T00:01:00Z", "ACCEPT"), ("plus1", "2026-01-01T00:01:01Z", "AuthnTooOld"), ("months", "2026-06-01T00:00:00Z", "AuthnTooOld")):
        for name, wanted in (("", None), ("-max-age", {"max_authn_age": 60})):
            S("SV-44", f"future-{slug}{name}", f"AuthnInstant = {t}, skew 60 s{', max age 60 s' if wanted else ''}", T(('AuthnInstant="2025-12-31T23:59:00Z"', f'AuthnInstant="{t}"')), want, policy=wanted)
    S("SV-44", "future-second", "a second AuthnStatement speaks of the future", response("A", authn=AUTHN + AUTHN.replace("2025-12-31T23:59:00Z", "2026-06-01T00:00:00Z")), "AuthnTooOld")
    S("SV-44", "future-first", "the first of two AuthnStatements speaks of the future", response("A", authn=AUTHN.replace("2025-12-31T23:59:00Z", "2026-06-01T00:00:00Z") + AUTHN), "AuthnTooOld")
    for slug, n, want in (("minus1", "2026-01-01T00:00:59Z", "ACCEPT"), ("0", "2026-01-01T00:01:00Z", "AuthnTooOld")):
        add("SV-44", "max-age-end-" + slug, comment=f"authenticated at 23:59:00, max age 60 s, skew 60 s, judged at {n}", expect=A_ACC if want == "ACCEPT" else want, now=n, file="base/b-a.xml", policy={"max_authn_age": 60}, **none)
    for slug, n, want in (("minus1", "2026-01-01T00:04:59Z", "ACCEPT"), ("0", "2026-01-01T00:05:00Z", "Expired")):
        add("SV-48", "message-age-end-" + slug, comment=f"made at 00:00:00, max message age 4 minutes, skew 60 s, judged at {n}", expect=A_ACC if want == "ACCEPT" else want, now=n, file="base/b-a.xml", policy={"max_message_age": 240}, **none)
    sp_name = lambda q: T((f'<saml:NameID Format="{EMAILFMT}"', f'<saml:NameID SPNameQualifier="{q}" Format="{EMAILFMT}"'))
    S("SV-51", "own", "SPNameQualifier is this service", sp_name("https://sp.test/md"), "ACCEPT")
    S("SV-51", "empty", "SPNameQualifier is empty", sp_name(""), "ACCEPT")
    for slug, q in (("other", "https://other.test/md"), ("slash", "https://sp.test/md/"), ("case", "https://SP.test/md"), ("space", " https://sp.test/md"), ("acs", "https://sp.test/acs"), ("issuer", "https://idp.test")):
        S("SV-51", slug, f"SPNameQualifier {q!r}: a name for another service", sp_name(q), "NameIdQualifierMismatch")
    S("SV-51", "affiliation", "SPNameQualifier is an affiliation that policy names", sp_name("https://group.test"), "ACCEPT", policy={"affiliation": ["https://group.test"]})
    S("SV-51", "affiliation-own", "SPNameQualifier is this service, policy names an affiliation", sp_name("https://sp.test/md"), "ACCEPT", policy={"affiliation": ["https://group.test"]})
    S("SV-51", "affiliation-second", "the second of two affiliations", sp_name("https://group.test"), "ACCEPT", policy={"affiliation": ["https://a.test", "https://group.test"]})
    S("SV-51", "affiliation-other", "SPNameQualifier is another affiliation", sp_name("https://group.test"), "NameIdQualifierMismatch", policy={"affiliation": ["https://group.test/"]})
    PERS = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    pf = {"name_id_format": PERS}
    for slug, f in (("unspecified", "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"), ("transient", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"), ("email", EMAILFMT), ("case", PERS.upper()), ("saml11", "urn:oasis:names:tc:SAML:1.1:nameid-format:persistent")):
        S("SV-47", slug, f"persistent wanted, {slug} given", T((EMAILFMT, f)), "NameIdFormatMismatch", policy=pf)
    S("SV-47", "absent", "persistent wanted, no Format given", T((f' Format="{EMAILFMT}"', "")), "NameIdFormatMismatch", policy=pf)
    S("SV-47", "right", "persistent wanted and given", T((EMAILFMT, PERS)), "ACCEPT", policy=pf)
    S("SV-47", "no-nameid", "persistent wanted, no NameID", response("A", subject=subject(sc(), name="")), ["NameIdMissing", "NameIdFormatMismatch"], policy=pf)
    S("SV-48", "future", "Assertion IssueInstant = now + 1 day", T((ASSERTION_TAG, ASSERTION_TAG.replace(NOW, "2026-01-02T00:00:00Z"))), "NotYetValid")
    S("SV-48", "ancient", "Assertion IssueInstant 1990", T((ASSERTION_TAG, ASSERTION_TAG.replace(NOW, "1990-01-01T00:00:00Z"))), "Expired")
    S("SV-48", "response-future", "signed Response IssueInstant = now + 1 day", T((f' IssueInstant="{NOW}" Destination', ' IssueInstant="2026-01-02T00:00:00Z" Destination'), t="R"), "NotYetValid")
    S("SV-48", "response-ancient", "signed Response IssueInstant 1990", T((f' IssueInstant="{NOW}" Destination', ' IssueInstant="1990-01-01T00:00:00Z" Destination'), t="R"), "Expired")
    S("SV-49", "no-name", "Attribute without Name", T(('<saml:Attribute Name="email">', "<saml:Attribute>")), "MissingAttribute")
    S("SV-49", "friendlyname-only", "Attribute with FriendlyName only", T(('<saml:Attribute Name="email">', '<saml:Attribute FriendlyName="email">')), "MissingAttribute")
    S("SV-50", "custom-statement", "saml:Statement with a custom xsi:type that looks like attributes", T(("<saml:AttributeStatement>", f'<saml:Statement {XSI} xmlns:x="urn:x" xsi:type="x:Custom"><saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute></saml:Statement><saml:AttributeStatement>')), "UnexpectedElement")
    S("SV-50", "statement-typed-attributestatement", "saml:Statement with xsi:type saml:AttributeStatementType", T(("<saml:AttributeStatement>", f'<saml:Statement {XSI} xsi:type="saml:AttributeStatementType"><saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute></saml:Statement><saml:AttributeStatement>')), "UnexpectedElement")
    azd = '<saml:AuthzDecisionStatement Resource="https://sp.test/x" Decision="Permit"><saml:Action Namespace="urn:x">read</saml:Action></saml:AuthzDecisionStatement>'
    d = sign(T(("<saml:AttributeStatement>", azd + "<saml:AttributeStatement>")))
    add("SV-50", "authzdecisionstatement", "S", "AuthzDecisionStatement: refused, or ignored by policy and never treated as attributes", d, {**acc(d), "or_reject_any": ["UnexpectedElement"]}, check=True)
    S("SV-50", "foreign-statement", "foreign element among the statements", T(("<saml:AttributeStatement>", '<x:S xmlns:x="urn:x"/><saml:AttributeStatement>')), "UnexpectedElement")
    S("SV-50", "attribute-outside", "Attribute directly in the Assertion", T(("<saml:AttributeStatement>", '<saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute><saml:AttributeStatement>')), "UnexpectedElement")
    S("SV-50", "attribute-in-authnstatement", "AttributeStatement inside AuthnStatement", T(("</saml:AuthnStatement>", ATTRS.replace("user", "admin") + "</saml:AuthnStatement>")), "UnexpectedElement")
    S("SV-52", "subject-before-issuer", "Subject before Issuer", response("A", issuer="", siga=SUBJECT + ISSUER + sig("A"), subject=""), ["UnexpectedElement", "SignatureMisplaced"])
    S("SV-52", "conditions-before-subject", "Conditions before Subject", response("A", subject=CONDITIONS + SUBJECT, conditions=""), "UnexpectedElement")
    S("SV-52", "statement-before-conditions", "AuthnStatement before Conditions", response("A", conditions=AUTHN + CONDITIONS, authn=""), "UnexpectedElement")
    S("SV-52", "attributes-before-authn", "AttributeStatement before AuthnStatement (schema: choice, any order)", response("A", authn=ATTRS, attrs=AUTHN), "ACCEPT")
    S("SV-52", "status-before-issuer", "Response: Status before Issuer, Response signed", response("", r_issuer=STATUS, sigr=ISSUER + sig("R"), status=""), ["UnexpectedElement", "SignatureMisplaced"])
    S("SV-52", "assertion-before-status", "Response: Assertion before Status, Assertion signed", sub(response("A", status=""), ("\n</samlp:Response>", "\n" + STATUS + "\n</samlp:Response>")), ["UnexpectedElement", "MissingElement"])
    S("SV-52", "extensions-after-status", "Response: Extensions after Status", response("A", status=STATUS + '<samlp:Extensions><v:x xmlns:v="urn:vendor"/></samlp:Extensions>'), "UnexpectedElement")
    S("SV-52", "nameid-after-confirmation", "Subject: NameID after SubjectConfirmation", response("A", subject=f"<saml:Subject>{CONFIRMATION}{NAMEID}</saml:Subject>"), "UnexpectedElement")
    S("SV-52", "text-in-assertion", "stray text between elements of the Assertion", T(("</saml:Subject>", "</saml:Subject>text")), "UnexpectedText")


def tm():
    # NotOnOrAfter of Conditions takes every malformed form; the other places a few
    def cond(v):
        return T((CA, f'NotOnOrAfter="{v}"'))
    places = {
        "data": lambda v: response("A", subject=subject(sc(noa=v))),
        "issueinstant": lambda v: T((ASSERTION_TAG, ASSERTION_TAG.replace(NOW, v))),
        "authninstant": lambda v: T(('AuthnInstant="2025-12-31T23:59:00Z"', f'AuthnInstant="{v}"')),
        "notbefore": lambda v: T((CB, f'NotBefore="{v}"')),
        "session": lambda v: T(('SessionIndex="_s1"', f'SessionIndex="_s1" SessionNotOnOrAfter="{v}"')),
        "response-issueinstant": lambda v: T((f' IssueInstant="{NOW}" Destination', f' IssueInstant="{v}" Destination'), t="R"),
    }
    D = "2026-01-01"
    both = ["TimeNotUtc", "TimeMalformed"]
    forms = [
        ("TM-01", "no-zone", D + "T00:10:00", "TimeNotUtc", "all"), ("TM-01", "no-zone-fraction", D + "T00:10:00.5", "TimeNotUtc", ""),
        ("TM-02", "plus0200", D + "T02:10:00+02:00", "TimeNotUtc", "all"), ("TM-02", "minus0500", "2025-12-31T19:10:00-05:00", "TimeNotUtc", ""), ("TM-02", "plus1400", D + "T14:10:00+14:00", "TimeNotUtc", ""),
        ("TM-02", "minus2359", D + "T00:10:00-23:59", both, ""), ("TM-02", "plus2400", D + "T00:10:00+24:00", both, ""), ("TM-02", "plus0200-no-colon", D + "T02:10:00+0200", both, ""),
        ("TM-02", "minus0000", D + "T00:10:00-00:00", both, "data"), ("TM-02", "plus0000-no-colon", D + "T00:10:00+0000", both, ""), ("TM-02", "plus00", D + "T00:10:00+00", both, ""),
        ("TM-02", "plus0001", D + "T00:10:00+00:01", "TimeNotUtc", ""), ("TM-02", "utc-word", D + "T00:10:00UTC", both, ""), ("TM-02", "gmt-word", D + "T00:10:00 GMT", both, ""), ("TM-02", "z-and-offset", D + "T00:10:00Z+00:00", both, ""),
        ("TM-02", "lower-z", D + "T00:10:00z", both, ""), ("TM-02", "zz", D + "T00:10:00ZZ", both, ""), ("TM-02", "plus0060", D + "T00:10:00+00:60", both, ""),
        ("TM-04", "leap-235960", "2026-12-31T23:59:60Z", "TimeMalformed", "all"), ("TM-04", "120060", D + "T12:00:60Z", "TimeMalformed", ""), ("TM-04", "235961", D + "T23:59:61Z", "TimeMalformed", ""),
        ("TM-05", "240000", D + "T24:00:00Z", "TimeMalformed", "data"), ("TM-05", "240001", D + "T24:00:01Z", "TimeMalformed", ""),
        ("TM-06", "02-30", "2026-02-30T00:00:00Z", "TimeMalformed", "all"), ("TM-06", "04-31", "2026-04-31T00:00:00Z", "TimeMalformed", ""), ("TM-06", "13-01", "2026-13-01T00:00:00Z", "TimeMalformed", ""),
        ("TM-06", "00-01", "2026-00-01T00:00:00Z", "TimeMalformed", ""), ("TM-06", "01-00", "2026-01-00T00:00:00Z", "TimeMalformed", ""), ("TM-06", "2027-02-29", "2027-02-29T00:00:00Z", "TimeMalformed", ""),
        ("TM-06", "2100-02-29", "2100-02-29T00:00:00Z", "TimeMalformed", ""), ("TM-06", "01-32", "2026-01-32T00:00:00Z", "TimeMalformed", ""), ("TM-06", "hour-25", D + "T25:00:00Z", "TimeMalformed", ""), ("TM-06", "minute-60", D + "T00:60:00Z", "TimeMalformed", ""),
        ("TM-07", "0000", "0000-01-01T00:00:00Z", "TimeMalformed", ""), ("TM-07", "minus0001", "-0001-01-01T00:00:00Z", "TimeMalformed", ""), ("TM-07", "10000", "10000-01-01T00:00:00Z", "TimeMalformed", ""),
        ("TM-07", "99999999999", "99999999999-01-01T00:00:00Z", "TimeMalformed", "all"), ("TM-07", "999", "999-01-01T00:00:00Z", "TimeMalformed", ""), ("TM-07", "plus2026", "+2026-01-01T01:00:00Z", "TimeMalformed", ""), ("TM-07", "026", "026-01-01T01:00:00Z", "TimeMalformed", ""),
        ("TM-07", "9223372036854775808", "9223372036854775808-01-01T00:00:00Z", "TimeMalformed", ""),
        ("TM-09", "dot-only", D + "T00:10:00.Z", "TimeMalformed", "data"), ("TM-09", "dot-x", D + "T00:10:00.xZ", "TimeMalformed", ""), ("TM-09", "comma", D + "T00:10:00,5Z", "TimeMalformed", ""),
        ("TM-09", "40-digits", D + "T00:10:00." + "1" * 40 + "Z", "TimeMalformed", ""), ("TM-09", "13-digits", D + "T00:10:00." + "1" * 13 + "Z", "TimeMalformed", ""), ("TM-09", "dot-minus1", D + "T00:10:00.-1Z", "TimeMalformed", ""),
        ("TM-09", "two-dots", D + "T00:10:00.1.1Z", "TimeMalformed", ""), ("TM-09", "fraction-space", D + "T00:10:00.1 Z", "TimeMalformed", ""), ("TM-09", "arabic-digits", D + "T00:10:0\u0660Z", "TimeMalformed", ""), ("TM-09", "fullwidth", D + "T00:10:00.\uff11Z", "TimeMalformed", ""),
        ("TM-09", "1000-digits", D + "T00:10:00." + "1" * 1000 + "Z", "TimeMalformed", ""),
        ("TM-10", "space", D + " 00:10:00Z", "TimeMalformed", "all"), ("TM-10", "slashes", "2026/01/01T00:10:00Z", "TimeMalformed", ""), ("TM-10", "basic", "20260101T001000Z", "TimeMalformed", ""),
        ("TM-10", "week", "2026-W01-4T00:10:00Z", "TimeMalformed", ""), ("TM-10", "ordinal", "2026-001T00:10:00Z", "TimeMalformed", ""), ("TM-10", "lower-t", D + "t00:10:00Z", "TimeMalformed", ""), ("TM-10", "underscore", D + "_00:10:00Z", "TimeMalformed", ""),
        ("TM-10", "no-seconds", D + "T00:10Z", "TimeMalformed", ""), ("TM-10", "date-only", D, "TimeMalformed", ""), ("TM-10", "date-z", D + "Z", "TimeMalformed", ""), ("TM-10", "single-digits", "2026-1-1T0:10:0Z", "TimeMalformed", ""), ("TM-10", "time-only", "00:10:00Z", "TimeMalformed", ""),
        ("TM-10", "signed-month", "2026-+1-01T00:10:00Z", "TimeMalformed", ""), ("TM-10", "space-padded", "2026- 1-01T00:10:00Z", "TimeMalformed", ""), ("TM-10", "trailing-text", D + "T00:10:00Zx", "TimeMalformed", ""), ("TM-10", "dots", D + "T00.10.00Z", "TimeMalformed", ""),
        ("TM-12", "epoch", "1767225600", "TimeMalformed", "all"), ("TM-12", "empty", "", "TimeMalformed", "all"), ("TM-12", "null", "null", "TimeMalformed", ""), ("TM-12", "epoch-millis", "1767225600000", "TimeMalformed", ""), ("TM-12", "float", "1.7672256e9", "TimeMalformed", ""), ("TM-12", "never", "never", "TimeMalformed", ""), ("TM-12", "whitespace", "   ", "TimeMalformed", ""),
        ("TM-14", "rfc2822", "Thu, 01 Jan 2026 00:10:00 GMT", "TimeMalformed", "data"), ("TM-14", "rfc2822-comments", "Thu, 01 Jan 2026 00:10:00 " + "(" * 200 + ")" * 200 + " GMT", "TimeMalformed", ""), ("TM-14", "asctime", "Thu Jan  1 00:10:00 2026", "TimeMalformed", ""),
    ]
    for row, slug, v, want, where in forms:
        S(row, slug, f"Conditions NotOnOrAfter {v[:60]!r}", cond(v), want)
        for p in (places if where == "all" else [where] if where else []):
            if p == "data" or row in ("TM-01", "TM-02", "TM-06", "TM-12"):
                S(row, f"{slug}-{p}", f"{p}: {v[:60]!r}", places[p](v), want if p != "data" or isinstance(want, list) else want)
    S("TM-02", "plus0000-accepted", "+00:00 is UTC (P7)", cond(D + "T01:00:00+00:00"), "ACCEPT")
    S("TM-02", "plus0000-everywhere", "+00:00 in every instant (P7)", re.sub(r'(\d\d:\d\d:\d\d)Z"', r'\1+00:00"', response("A")), "ACCEPT")
    S("TM-06", "2028-02-29", "29 February of a leap year", cond("2028-02-29T00:00:00Z"), "ACCEPT")
    S("TM-06", "2000-02-29", "29 February 2000 as AuthnInstant: well-formed", T(('AuthnInstant="2025-12-31T23:59:00Z"', 'AuthnInstant="2000-02-29T00:00:00Z"')), "ACCEPT")
    S("TM-07", "9999", "NotOnOrAfter at the end of 9999, no overflow with skew", cond("9999-12-31T23:59:59.999Z"), "ACCEPT")
    S("TM-07", "0001", "Conditions NotBefore 0001-01-01, no overflow with skew", places["notbefore"]("0001-01-01T00:00:00Z"), "ACCEPT")
    S("TM-09", "12-digits", "12 fraction digits", cond(D + "T00:10:00." + "1" * 12 + "Z"), "ACCEPT")
    frac = T((f'<saml:Assertion ID="_a1" Version="2.0" IssueInstant="{NOW}"', '<saml:Assertion ID="_a1" Version="2.0" IssueInstant="2025-12-31T23:59:00Z"'), (CA, f'NotOnOrAfter="{D}T00:00:00.000Z"'))
    S("TM-13", "after", "NotOnOrAfter 00.000, now 00.001, no skew", frac, "Expired", policy={"leeway": 0}, now=D + "T00:00:00.001Z")
    S("TM-13", "equal", "NotOnOrAfter 00.000, now 00.000, no skew", frac, "Expired", policy={"leeway": 0})
    frac2 = sub(frac, ('T00:00:00.000Z"', 'T00:00:00.002Z"'))
    S("TM-13", "before", "NotOnOrAfter 00.002, now 00.001, no skew", frac2, "ACCEPT", policy={"leeway": 0}, now=D + "T00:00:00.001Z")
    S("TM-13", "equal-fraction", "NotOnOrAfter 00.002, now 00.002, no skew", frac2, "Expired", policy={"leeway": 0}, now=D + "T00:00:00.002Z")
    nb = T((CB, f'NotBefore="{D}T00:00:00.0000005Z"'))
    S("TM-13", "notbefore-sub-micro", "NotBefore 0.5 us after now, no skew", nb, "NotYetValid", policy={"leeway": 0})
    S("TM-13", "notbefore-sub-micro-equal", "NotBefore equals now to the nanosecond, no skew", nb, "ACCEPT", policy={"leeway": 0}, now=D + "T00:00:00.0000005Z")
    for slug, n, want in (("year-1", "0001-01-01T00:00:00Z", "NotYetValid"), ("year-9999", "9999-12-31T23:59:59Z", "Expired"), ("epoch", "1970-01-01T00:00:00Z", "NotYetValid"), ("year-0000", "0000-01-01T00:00:00Z", "NotYetValid")):
        add("TM-16", slug, "none", f"B-A judged at {n}: no overflow, no panic", None, want if want == "NotYetValid" else ["Expired", "SubjectConfirmationFailed"], now=n, file="base/b-a.xml")


def run_rows():
    sn()
    sv()
    tm()
