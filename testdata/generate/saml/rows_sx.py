"""SX: signature wrapping."""
import enc
from bases import B_MD, ERR_STATUS
from bases import MED_A as B_A
from bases import MED_ERR as B_ERR
from bases import MED_R as B_R
from bases import MED_RA as B_RA
from lib import *

A = assertion_of(B_A)          # signed
A0 = unsigned(A)               # the same without Signature
EVIL_A0 = sub(A0, ('ID="_a1"', 'ID="_evil_assertion_ID"'), (HONEST, EVIL))
SIG_A = signature_of(B_A)
SIG_R = signature_of(B_R)
END = "\n</samlp:Response>"
RHEAD = B_A[: B_A.index(">") + 1]


def before_assertion(doc, text):
    return doc.replace("<saml:Assertion", text + "<saml:Assertion", 1)


def append(doc, text):
    assert doc.endswith(END)
    return doc[: -len(END)] + "\n" + text + END


def into_signature(s, text):
    return sub(s, ("</ds:Signature>", text + "</ds:Signature>"))


def run_rows():
    # SX-01, SX-02: the Response is signed
    clone = unsigned(B_R)
    outer = sub(B_R, ('ID="_r1"', 'ID="_evil_response_ID"'), (HONEST, EVIL))
    outer_distinct = sub(outer, ('ID="_a1"', 'ID="_a2"'))
    M("SX-01", "xsw1", "XSW1: signature-less clone of the Response as last child of the outer Signature", into_signature(outer, clone), "SignatureShape")
    M("SX-01", "xsw1-distinct-ids", "XSW1, but no ID occurs twice", into_signature(outer_distinct, clone), "SignatureShape")
    M("SX-01", "xsw1-first-child", "XSW1 with the clone as first child of the Signature", sub(outer_distinct, ("<ds:SignedInfo>", clone + "<ds:SignedInfo>")), "SignatureShape")
    M("SX-01", "xsw1-in-keyinfo", "XSW1 with the clone inside ds:KeyInfo", sub(outer_distinct, ("</ds:KeyInfo>", clone + "</ds:KeyInfo>")), "SignatureShape")
    M("SX-01", "xsw1-in-x509data", "XSW1 with the clone inside ds:X509Data", sub(outer_distinct, ("</ds:X509Data>", clone + "</ds:X509Data>")), "SignatureShape")
    M("SX-01", "xsw1-in-signedinfo", "XSW1 with the clone inside ds:SignedInfo", sub(outer_distinct, ("</ds:SignedInfo>", clone + "</ds:SignedInfo>")), "SignatureShape")
    M("SX-01", "xsw1-both-signed", "XSW1 on a message whose Assertion is signed too",
      into_signature(sub(B_RA, ('ID="_r1"', 'ID="_evil_response_ID"'), (HONEST, EVIL)).replace("</ds:Signature>", "@@", 1), "").replace("@@", unsigned_outer(B_RA) + "</ds:Signature>", 1), "SignatureShape")
    M("SX-02", "xsw2", "XSW2: signature-less clone of the Response just before the outer Signature", sub(outer, (SIG_R, clone + SIG_R)), "UnexpectedElement")
    M("SX-02", "xsw2-distinct-ids", "XSW2, but no ID occurs twice", sub(outer_distinct, (SIG_R, clone + SIG_R)), "UnexpectedElement")
    M("SX-02", "xsw2-after", "XSW2 with the clone just after the Signature", sub(outer_distinct, (SIG_R, SIG_R + clone)), "UnexpectedElement")
    M("SX-02", "xsw2-first", "XSW2 with the clone before the Issuer of the outer Response", sub(outer_distinct, (RHEAD.replace("_r1", "_evil_response_ID"), RHEAD.replace("_r1", "_evil_response_ID") + clone)), "UnexpectedElement")
    M("SX-02", "xsw2-last", "signature-less clone of the Response as last child of the outer Response", append(outer_distinct, clone), "UnexpectedElement")
    M("SX-02", "xsw2-in-status", "signature-less clone of the Response inside Status", sub(outer_distinct, ("</samlp:Status>", clone + "</samlp:Status>")), "UnexpectedElement")
    M("SX-02", "xsw2-in-statuscode", "signature-less clone of the Response inside StatusCode", sub(outer_distinct, ('status:Success"/>', 'status:Success">' + clone + "</samlp:StatusCode>")), "UnexpectedElement")
    M("SX-02", "xsw2-in-extensions", "signature-less clone of the Response inside Extensions", sub(outer_distinct, ("<samlp:Status>", "<samlp:Extensions>" + clone + "</samlp:Extensions><samlp:Status>")), "UnexpectedElement")

    # SX-03 .. SX-09: the Assertion is signed
    M("SX-03", "xsw3", "XSW3: evil unsigned Assertion before the signed one", before_assertion(B_A, EVIL_A0 + "\n"), "MultipleAssertions")
    M("SX-03", "xsw3-signature-copied", "XSW3, the evil Assertion carries a copy of the Signature", before_assertion(B_A, sub(A, ('ID="_a1"', 'ID="_evil_assertion_ID"'), (HONEST, EVIL)) + "\n"), "MultipleAssertions")
    M("SX-03", "xsw3-same-id", "XSW3, both Assertions have the same ID", before_assertion(B_A, sub(A0, (HONEST, EVIL)) + "\n"), ["MultipleAssertions", "DuplicateId"])
    M("SX-03", "xsw3-before-status", "evil unsigned Assertion before Status", sub(B_A, ("<samlp:Status>", EVIL_A0 + "<samlp:Status>")), ["MultipleAssertions", "UnexpectedElement"])
    M("SX-03", "xsw3-both-signed", "XSW3 on a message with both signatures", before_assertion(B_RA, EVIL_A0 + "\n"), "MultipleAssertions")
    M("SX-04", "xsw4", "XSW4: evil unsigned Assertion that holds the signed original as last child", sub(B_A, (A, sub(EVIL_A0, ("\n</saml:Assertion>", "\n" + A + "\n</saml:Assertion>")))), "UnexpectedElement")
    M("SX-04", "xsw4-first", "XSW4 with the original as first child", sub(B_A, (A, sub(EVIL_A0, (ISSUER, A + ISSUER)))), "UnexpectedElement")
    M("SX-04", "xsw4-in-subject", "the signed original inside the evil Subject", sub(B_A, (A, sub(EVIL_A0, ("</saml:Subject>", A + "</saml:Subject>")))), "UnexpectedElement")
    M("SX-04", "xsw4-in-subjectconfirmationdata", "the signed original inside SubjectConfirmationData (schema: any)", sub(B_A, (A, sub(EVIL_A0, ('InResponseTo="_req1"/>', 'InResponseTo="_req1">' + A + "</saml:SubjectConfirmationData>")))), "UnexpectedElement")
    M("SX-04", "xsw4-in-conditions", "the signed original inside the evil Conditions", sub(B_A, (A, sub(EVIL_A0, ("</saml:Conditions>", A + "</saml:Conditions>")))), ["UnexpectedElement", "ConditionUnknown"])
    M("SX-04", "xsw4-in-authncontext", "the signed original inside AuthnContextDecl (schema: any)", sub(B_A, (A, sub(EVIL_A0, ("</saml:AuthnContext>", "<saml:AuthnContextDecl>" + A + "</saml:AuthnContextDecl></saml:AuthnContext>")))), "UnexpectedElement")
    M("SX-04", "xsw4-in-attributevalue", "the signed original inside an evil AttributeValue (schema: any)", sub(B_A, (A, sub(EVIL_A0, ("<saml:AttributeValue>user<", "<saml:AttributeValue>" + A + "<")))), ["UnexpectedElement", "SignatureMissing"])
    evil_signed = sub(A, ('ID="_a1"', 'ID="_evil_assertion_ID"'), (HONEST, EVIL))
    M("SX-05", "xsw5", "XSW5: signed Assertion altered in place, signature-less original appended", append(sub(B_A, (A, evil_signed)), A0), "MultipleAssertions")
    M("SX-05", "xsw5-prepended", "XSW5 with the original first", before_assertion(sub(B_A, (A, evil_signed)), A0 + "\n"), "MultipleAssertions")
    M("SX-06", "xsw6", "XSW6: as XSW5, the original is the last child of the evil Assertion's Signature", sub(B_A, (A, into_signature(evil_signed, A0))), "SignatureShape")
    M("SX-06", "xsw6-signed-original", "XSW6 with the original still signed", sub(B_A, (A, into_signature(evil_signed, A))), "SignatureShape")
    M("SX-06", "xsw6-in-signaturevalue", "the original inside SignatureValue", sub(B_A, (A, sub(evil_signed, ("</ds:SignatureValue>", A0 + "</ds:SignatureValue>")))), "SignatureShape")
    M("SX-06", "xsw6-in-transform", "the original inside a Transform", sub(B_A, (A, sub(evil_signed, (f'enveloped-signature"/>', 'enveloped-signature">' + A0 + "</ds:Transform>")))), ["SignatureShape", "TransformForbidden"])
    same_id_evil = sub(A0, (HONEST, EVIL))
    M("SX-07", "xsw7", "XSW7: Extensions without namespace holds an evil Assertion with the same ID", before_assertion(B_A, f'<Extensions>{same_id_evil}</Extensions>\n'), "UnexpectedElement")
    M("SX-07", "xsw7-samlp", "XSW7 with a legal samlp:Extensions in its legal place", sub(B_A, ("<samlp:Status>", f"<samlp:Extensions>{same_id_evil}</samlp:Extensions><samlp:Status>")), "UnexpectedElement")
    M("SX-07", "xsw7-samlp-wrapped", "XSW7 in samlp:Extensions inside a vendor element", sub(B_A, ("<samlp:Status>", f'<samlp:Extensions><v:w xmlns:v="urn:vendor">{EVIL_A0}</v:w></samlp:Extensions><samlp:Status>')), "UnexpectedElement")
    M("SX-07", "xsw7-assertion-in-extensions", "the signed original in samlp:Extensions, an evil one in its place", sub(B_A, ("<samlp:Status>", f"<samlp:Extensions>{A}</samlp:Extensions><samlp:Status>"), (END, "", 1)).replace(A, "@@", 1).replace(A, EVIL_A0).replace("@@", A) + END, "UnexpectedElement")
    obj = sub(A, (HONEST, EVIL))
    M("SX-08", "xsw8", "XSW8: evil keeps ID and Signature; the original in an un-namespaced Object in the Signature", sub(B_A, (A, into_signature(obj, f"<Object>{A0}</Object>"))), "SignatureShape")
    M("SX-08", "xsw8-ds-object", "XSW8 with ds:Object", sub(B_A, (A, into_signature(obj, f"<ds:Object>{A0}</ds:Object>"))), "SignatureShape")
    M("SX-08", "xsw8-distinct-ids", "XSW8 with ds:Object, no ID occurs twice", sub(B_A, (A, into_signature(evil_signed, f"<ds:Object>{A0}</ds:Object>"))), "SignatureShape")
    M("SX-08", "xsw8-keyinfo", "XSW8 with the original inside KeyInfo", sub(B_A, (A, sub(evil_signed, ("<ds:KeyInfo>", f"<ds:KeyInfo>{A0}")))), "SignatureShape")
    M("SX-09", "xsw9", "XSW9: evil Assertion with the original Signature, wrapper with the original appended", append(sub(B_A, (A, sub(evil_signed, ("_evil_assertion_ID", "spoofed_assertion_id")))), f"<xsw_wrapper>{A0}</xsw_wrapper>"), "UnexpectedElement")
    M("SX-09", "wrapper-namespaced", "XSW9 with the wrapper in a foreign namespace", append(sub(B_A, (A, evil_signed)), f'<v:w xmlns:v="urn:vendor">{A0}</v:w>'), "UnexpectedElement")
    M("SX-11", "statusdetail", "signed original in samlp:StatusDetail, forged Assertion with the copied Signature",
      sub(B_A.replace(A, evil_signed), ("</samlp:Status>", f"<samlp:StatusDetail>{A}</samlp:StatusDetail></samlp:Status>")), "UnexpectedElement")
    M("SX-11", "statusdetail-response", "signed original Response in samlp:StatusDetail of a forged one", sub(unsigned(outer_distinct), ("</samlp:Status>", f"<samlp:StatusDetail>{B_R}</samlp:StatusDetail></samlp:Status>")), "UnexpectedElement")
    adv = sub(EVIL_A0, ("<saml:AuthnStatement", f"<saml:Advice>{A}</saml:Advice><saml:AuthnStatement"))
    M("SX-12", "advice", "forged unsigned Assertion whose Advice holds the signed original", sub(B_A, (A, adv)), "UnexpectedElement")
    M("SX-12", "advice-signature-copied", "as before, the forged Assertion carries a copy of the Signature", sub(B_A, (A, sub(evil_signed, ("<saml:AuthnStatement", f"<saml:Advice>{A}</saml:Advice><saml:AuthnStatement")))), "UnexpectedElement")
    S("SX-12", "advice-honest", "validly signed Assertion with an unsigned Assertion in its Advice (P16)", response("A", advice=f"<saml:Advice>{EVIL_A0}</saml:Advice>"), "UnexpectedElement")
    S("SX-12", "advice-foreign", "validly signed Assertion whose Advice holds only foreign XML: advice is ignored", response("A", advice='<saml:Advice><v:a xmlns:v="urn:vendor">hint</v:a></saml:Advice>'), "ACCEPT")
    M("SX-13", "ds-object", "evil outer Response, the original Response in a legal ds:Object of its Signature", into_signature(outer_distinct, f"<ds:Object>{clone}</ds:Object>"), "SignatureShape")
    M("SX-13", "ds-object-same-id", "as before, both Responses have the same ID", into_signature(sub(B_R, (HONEST, EVIL)), f"<ds:Object>{clone}</ds:Object>"), "SignatureShape")
    S("SX-13", "ds-object-empty", "validly signed Response with an empty ds:Object in its Signature", into_signature(response("R"), "<ds:Object/>"), "SignatureShape")
    decoy = f'<ds:Signature xmlns:ds="{DS}">{cut(SIG_R, "<ds:SignatureValue>", "</ds:SignatureValue>")}<ds:Object>{EVIL_A0}</ds:Object></ds:Signature>'
    err_sig = signature_of(B_ERR)
    err_decoy = f'<ds:Signature xmlns:ds="{DS}">{cut(err_sig, "<ds:SignatureValue>", "</ds:SignatureValue>")}<ds:Object>{EVIL_A0}</ds:Object></ds:Signature>'
    M("SX-14", "decoy-error", "signed error Response plus a second Signature with the same SignatureValue and a forged Assertion in ds:Object", sub(B_ERR, (err_sig, err_sig + err_decoy)), ["SignatureDuplicate", "StatusNotSuccess"])
    M("SX-14", "decoy-error-status-flipped", "as before, the status altered to Success", sub(B_ERR, (err_sig, err_sig + err_decoy), (RESPONDER, SUCCESS)), ["SignatureDuplicate", "AssertionMissing"])
    M("SX-14", "decoy-success", "decoy second Signature with equal SignatureValue in a signed Success Response", sub(B_R, (SIG_R, SIG_R + decoy)), "SignatureDuplicate")
    M("SX-14", "decoy-first", "the decoy stands before the real Signature", sub(B_R, (SIG_R, decoy + SIG_R)), "SignatureDuplicate")
    M("SX-14", "decoy-assertion", "decoy second Signature in the signed Assertion", sub(B_A, (SIG_A, SIG_A + f'<ds:Signature xmlns:ds="{DS}">{cut(SIG_A, "<ds:SignatureValue>", "</ds:SignatureValue>")}<ds:Object>x</ds:Object></ds:Signature>')), "SignatureDuplicate")
    md_sig = signature_of(B_MD)
    forged = response("", subject=SUBJECT.replace(HONEST, EVIL))
    M("SX-17", "metadata-in-extensions", "K-signed metadata in Extensions, its Signature copied onto the forged Assertion",
      sub(forged, ("<samlp:Status>", f"<samlp:Extensions>{B_MD}</samlp:Extensions><samlp:Status>"), (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG + "\n" + ISSUER + md_sig)), ["UnexpectedElement", "UnexpectedAttribute"])
    M("SX-17", "metadata-signature-only", "only the Signature of the metadata copied onto the forged Assertion", sub(forged, (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG + "\n" + ISSUER + md_sig)), "ReferenceNotParent")
    M("SX-17", "metadata-signature-on-response", "only the Signature of the metadata copied onto the forged Response", sub(forged, (ISSUER + "\n<samlp:Status>", ISSUER + md_sig + "\n<samlp:Status>")), "ReferenceNotParent")
    M("SX-17", "metadata-signature-id-taken", "metadata Signature copied onto the forged Assertion, which takes over the metadata's ID",
      sub(forged, (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG.replace("_a1", "_md1") + "\n" + ISSUER + md_sig)), "DigestMismatch")
    M("SX-18", "error-in-extensions", "forged Response with a K-signed error Response in Extensions", sub(forged, ("<samlp:Status>", f"<samlp:Extensions>{B_ERR}</samlp:Extensions><samlp:Status>")).replace('ID="_r1"', 'ID="_evil_response_ID"', 1), "UnexpectedElement")
    M("SX-18", "error-signature-copied", "forged Response that takes ID and Signature of a K-signed error Response", sub(forged, (ISSUER + "\n<samlp:Status>", ISSUER + err_sig + "\n<samlp:Status>")), "DigestMismatch")
    M("SX-18", "error-as-sibling", "K-signed error Response as sibling of the forged Assertion", before_assertion(forged.replace('ID="_r1"', 'ID="_evil_response_ID"', 1), B_ERR), "UnexpectedElement")
    logout = (f'<samlp:LogoutRequest xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_l1" Version="2.0" IssueInstant="{NOW}" Destination="https://sp.test/acs">{ISSUER}'
              f'{A}<saml:NameID>admin@sp.test</saml:NameID></samlp:LogoutRequest>')
    M("SX-20", "logoutrequest", "unsigned LogoutRequest around a captured signed Assertion, given as Response", logout, "UnexpectedRoot")
    M("SX-20", "authnrequest", "AuthnRequest around a captured signed Assertion", logout.replace("LogoutRequest", "AuthnRequest"), "UnexpectedRoot")
    M("SX-20", "logoutresponse", "LogoutResponse around a captured signed Assertion", logout.replace("LogoutRequest", "LogoutResponse"), "UnexpectedRoot")
    M("SX-20", "artifactresponse", "signed Response inside an ArtifactResponse", f'<samlp:ArtifactResponse xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_ar" Version="2.0" IssueInstant="{NOW}">{ISSUER}{STATUS}{B_R}</samlp:ArtifactResponse>', "UnexpectedRoot")
    M("SX-20", "soap", "signed Response inside a SOAP envelope", f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{B_R}</s:Body></s:Envelope>', "UnexpectedRoot")
    M("SX-20", "response-other-namespace", "root is Response of the SAML 1.1 protocol namespace", B_A.replace(SAMLP, "urn:oasis:names:tc:SAML:1.0:protocol"), "UnexpectedRoot")
    M("SX-20", "response-no-namespace", "root is Response without namespace", B_A.replace("<samlp:Response ", "<Response ").replace("</samlp:Response>", "</Response>"), "UnexpectedRoot")
    M("SX-20", "response-lower-case", "root is samlp:response", B_A.replace("<samlp:Response ", "<samlp:response ").replace("</samlp:Response>", "</samlp:response>"), "UnexpectedRoot")
    M("SX-20", "metadata", "signed metadata given as Response", B_MD, "UnexpectedRoot")
    bare = A.replace("<saml:Assertion ", f'<saml:Assertion xmlns:saml="{SAML}" ', 1)
    M("SX-21", "bare-assertion", "the signed Assertion alone as SAMLResponse", bare, "UnexpectedRoot", check=True)
    forged_doc = unsigned(sub(B_R, (HONEST, EVIL), ('ID="_r1"', 'ID="_r2"'), ('ID="_a1"', 'ID="_a2"')))
    M("SX-23", "signed-then-forged", "signed Response bytes followed by a forged Response", B_R + forged_doc, "XmlMultipleRoots")
    M("SX-23", "forged-then-signed", "forged Response bytes followed by the signed Response", forged_doc + B_R, "XmlMultipleRoots")
    M("SX-23", "newline-between", "as before, with a line feed between", B_R + "\n" + forged_doc, "XmlMultipleRoots")
    M("SX-23", "assertion-second", "signed Response followed by a forged Assertion", B_R + sub(EVIL_A0, ("<saml:Assertion ", f'<saml:Assertion xmlns:saml="{SAML}" ')), "XmlMultipleRoots")
    M("SX-23", "empty-second", "signed Response followed by an empty element", B_R + "<x/>", "XmlMultipleRoots")
    M("SX-24", "attack-suffix", "signature-less evil clone (ID plus _attack) appended", append(B_A, sub(A0, ('ID="_a1"', 'ID="_a1_attack"'), (HONEST, EVIL))), "MultipleAssertions")
    M("SX-24", "same-id", "signature-less evil clone with the same ID appended", append(B_A, same_id_evil), ["MultipleAssertions", "DuplicateId"])
    M("SX-24", "response-signed", "unsigned evil Assertion appended to a signed Response", append(B_R, EVIL_A0), "MultipleAssertions")
    M("SX-24", "no-id", "appended evil Assertion has no ID", append(B_A, sub(A0, ('ID="_a1" ', ""), (HONEST, EVIL))), ["MultipleAssertions", "MissingAttribute"])
    second = sign(response("", assertion=assertion(sig("A", ref="#_a2"), tag=ASSERTION_TAG.replace("_a1", "_a2"))))
    S("SX-25", "both-signed", "two direct-child Assertions, each signed by K", response("", assertion=assertion(sig("A"))).replace(END, "\n" + assertion_of(second) + END), "MultipleAssertions")
    S("SX-25", "response-signed", "two unsigned Assertions in a Response signed by K", response("R", assertion=assertion() + "\n" + assertion(tag=ASSERTION_TAG.replace("_a1", "_a2"))), "MultipleAssertions")
    S("SX-25", "same-assertion-twice", "the same signed Assertion twice, Response signed", response("R", assertion=A + "\n" + A), ["MultipleAssertions", "DuplicateId"], py={}, check=None)
    ea = enc.encrypted_assertion(sub(EVIL_A0, ("<saml:Assertion ", f'<saml:Assertion xmlns:saml="{SAML}" ')))
    M("SX-26", "encrypted-after", "EncryptedAssertion made by the attacker after the signed plain Assertion", append(B_A, ea), "MultipleAssertions")
    M("SX-26", "encrypted-before", "EncryptedAssertion made by the attacker before the signed plain Assertion", before_assertion(B_A, ea + "\n"), "MultipleAssertions")
    M("SX-26", "two-encrypted", "two EncryptedAssertions", sub(B_A, (A, ea + "\n" + ea)), "MultipleAssertions")
    S("SX-26", "response-signed", "Response signed by K over a plain and an encrypted Assertion", response("R", assertion=assertion() + "\n" + ea), "MultipleAssertions")
    moved = sub(B_A, (SIG_A, ""), (ISSUER + "\n<samlp:Status>", ISSUER + "\n" + SIG_A + "\n<samlp:Status>"))
    M("SX-28", "moved", "the Assertion's Signature moved up to the Response", moved, "ReferenceNotParent")
    M("SX-28", "copied", "the Assertion's Signature copied to the Response as well", sub(B_A, (ISSUER + "\n<samlp:Status>", ISSUER + "\n" + SIG_A + "\n<samlp:Status>")), "ReferenceNotParent")
    M("SX-28", "moved-down", "the Response's Signature moved down into the Assertion", sub(B_R, (SIG_R, ""), (ASSERTION_TAG + "\n" + ISSUER, ASSERTION_TAG + "\n" + ISSUER + "\n" + SIG_R)), "ReferenceNotParent")
    S("SX-28", "signed-so", "K signed the Assertion with a detached Signature under the Response (refused on purpose)",
      response("", sigr=sig("A", transforms=transform(EXC))), ["ReferenceNotParent", "TransformMissing"], py={"canon": exc_c14n(parse(response("")).getroot()[-1])})
    parked = sub(sub(B_A, (A, EVIL_A0)), ("<samlp:Status>", SIG_A + f"<samlp:Extensions>{A0}</samlp:Extensions><samlp:Status>"))
    M("SX-29", "parked-in-extensions", "Response-level Signature references an Assertion parked in Extensions", parked, ["ReferenceNotParent", "UnexpectedElement"])
    M("SX-29", "reference-nowhere", "Response-level Signature references an ID that does not occur", moved.replace("<saml:Assertion ID=\"_a1\"", "<saml:Assertion ID=\"_evil\""), "ReferenceNotParent")
    M("SX-29", "reference-issuer-prefix", "the Response's ID only begins with the referenced one", sub(B_R, ('ID="_r1"', 'ID="_r1x"')), "ReferenceNotParent")
    M("SX-29", "reference-case", "the Response's ID differs from the referenced one in case", sub(B_R, ('ID="_r1"', 'ID="_R1"')), "ReferenceNotParent")
    M("SX-30", "after-conditions", "Signature moved from after Issuer to after Conditions (digest unchanged)", sub(B_A, (SIG_A, ""), ("</saml:Conditions>", "</saml:Conditions>" + SIG_A)), "SignatureMisplaced", check=True)
    M("SX-30", "last", "Signature moved to the end of the Assertion", sub(B_A, (SIG_A, ""), ("\n</saml:Assertion>", SIG_A + "\n</saml:Assertion>")), "SignatureMisplaced", check=True)
    M("SX-30", "before-issuer", "Signature moved before the Issuer of the Assertion", sub(B_A, (SIG_A, ""), (ASSERTION_TAG, ASSERTION_TAG + SIG_A)), "SignatureMisplaced", check=True)
    S("SX-30", "signed-last", "K signed with the Signature at the end of the Assertion", sub(response(""), ("\n</saml:Assertion>", "\n" + sig("A") + "\n</saml:Assertion>")), "SignatureMisplaced")
    S("SX-30", "response-after-status", "K signed the Response with the Signature after Status", sub(response(""), ("</samlp:Status>", "</samlp:Status>" + sig("R"))), "SignatureMisplaced")
    S("SX-30", "response-last", "K signed the Response with the Signature as last child", sub(response(""), (END, "\n" + sig("R") + END)), "SignatureMisplaced")
    S("SX-30", "response-before-issuer", "K signed the Response with the Signature before Issuer", sub(response(""), (ISSUER + "\n<samlp:Status>", sig("R") + ISSUER + "\n<samlp:Status>")), "SignatureMisplaced")
    S("SX-30", "in-subject", "K signed the Assertion with the Signature inside Subject", sub(response(""), ("</saml:Subject>", sig("A") + "</saml:Subject>")), "SignatureMisplaced", check=None,
      py={"canon": exc_c14n(parse(response("")).getroot()[-1])})
    attr = '<saml:Attribute Name="role" ID="_at1">'
    at = response("").replace('<saml:Attribute Name="role">', attr + sig("A", ref="#_at1"))
    S("SX-33", "attribute-signed", "only an Attribute is signed (it has an ID); the Assertion is not", at, ["SignatureMisplaced", "UnexpectedAttribute"], py={}, check=None)
    S("SX-33", "attributevalue-holds-signature", "a Signature over the whole Assertion inside an AttributeValue", response("").replace(">auditor<", ">" + sig("A") + "<"), "SignatureMisplaced", check=None, py={"canon": exc_c14n(parse(response("").replace(">auditor<", "><")).getroot()[-1])})
    S("SX-33", "nameid-signed", "only the Subject is signed (it has an ID)", response("").replace("<saml:Subject>", '<saml:Subject ID="_su1">' + sig("A", ref="#_su1")), ["SignatureMisplaced", "UnexpectedAttribute"], py={}, check=None)
    random_value = b64(bytes((i * 37 + 11) % 256 for i in range(256)))
    garbage = sign_py(response("RA"), "A", value=random_value)
    S("SX-34", "inner-garbage", "the Assertion's SignatureValue is random bytes, then the Response is signed over it", garbage, "SignatureInvalid", check=None)
    bad_digest = sign_py(response("RA"), "A", digest=b64(b"\1" * 32))
    S("SX-34", "inner-digest-wrong", "the Assertion's digest is wrong under a valid SignatureValue, then the Response is signed over it", bad_digest, "DigestMismatch", check=None)
    S("SX-34", "inner-by-attacker", "the Assertion signed by X, then the Response signed by K over it", sign_xmlsec(response("RA"), "A", "x"), "SignatureInvalid", check=None)
    good_outer_bad = sub(B_RA, (cut(B_RA, "<ds:SignatureValue>", "</ds:SignatureValue>"), f"<ds:SignatureValue>{random_value}</ds:SignatureValue>"))
    M("SX-34", "outer-garbage", "both signed, the Response's SignatureValue is random bytes, the Assertion's is good", good_outer_bad, "SignatureInvalid")
    inner_sig = signature_of(assertion_of(B_RA))
    M("SX-36", "strip-inner", "both signed, the Assertion's Signature removed", sub(B_RA, ("\n" + inner_sig, "")), "DigestMismatch")
    M("SX-36", "strip-inner-evil", "both signed, the Assertion's Signature removed and NameID altered", sub(B_RA, ("\n" + inner_sig, ""), (HONEST, EVIL)), "DigestMismatch")
    outer_sig = signature_of(B_RA)
    M("SX-36", "strip-outer", "both signed, the Response's Signature removed: still covered by the inner one", sub(B_RA, ("\n" + outer_sig, "")), "ACCEPT")
    M("SX-36", "strip-outer-want-both", "both signed, the Response's Signature removed, both wanted", sub(B_RA, ("\n" + outer_sig, "")), "SignatureMissing", policy={"require_signed": "both"})
    M("SX-37", "local-name-twin", "evil:Assertion before the real one", before_assertion(B_A, '<evil:Assertion xmlns:evil="urn:evil" ID="_e"><saml:Subject><saml:NameID>admin@sp.test</saml:NameID></saml:Subject></evil:Assertion>'), "UnexpectedElement")
    M("SX-37", "no-namespace-twin", "Assertion without namespace before the real one", before_assertion(B_A, '<Assertion ID="_e"><Subject><NameID>admin@sp.test</NameID></Subject></Assertion>'), "UnexpectedElement")
    M("SX-37", "saml11-twin", "Assertion of SAML 1.1 after the real one", append(B_A, '<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="_e"/>'), "UnexpectedElement")
    M("SX-37", "status-twin", "evil:Status with Success before the real one (Responder)", sub(B_A, (STATUS, '<evil:Status xmlns:evil="urn:evil"/>' + ERR_STATUS)), "UnexpectedElement")
    M("SX-39", "consent-xmlns-lang", "Consent, extra xmlns and xml:lang added to the unsigned Response", sub(B_A, ("<samlp:Response ", '<samlp:Response Consent="urn:oasis:names:tc:SAML:2.0:consent:obtained" xmlns:e="urn:e" xml:lang="en" ')), "ACCEPT")
    M("SX-39", "xmlns-used-below", "xmlns:xs, xmlns:xsi and a default namespace added to the unsigned Response", sub(B_A, ("<samlp:Response ", '<samlp:Response xmlns="urn:default" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ')), "ACCEPT")
    M("SX-39", "response-id-changed", "ID of the unsigned Response changed", sub(B_A, ('ID="_r1"', 'ID="_r1_attack"')), "ACCEPT")
    M("SX-39", "whitespace-added", "whitespace added between children of the unsigned Response", sub(B_A, ("<samlp:Status>", "\n\t   \n<samlp:Status>")), "ACCEPT")
    M("SX-40", "assertion", "the valid Signature duplicated verbatim in the Assertion", sub(B_A, (SIG_A, SIG_A + SIG_A)), "SignatureDuplicate")
    M("SX-40", "response", "the valid Signature duplicated verbatim in the Response", sub(B_R, (SIG_R, SIG_R + SIG_R)), "SignatureDuplicate")
    M("SX-40", "apart", "the valid Signature duplicated, the second one at the end of the Assertion", sub(B_A, ("\n</saml:Assertion>", SIG_A + "\n</saml:Assertion>")), ["SignatureDuplicate", "SignatureMisplaced"])
    M("SX-40", "response-two-keys", "Response signed by K and a second Signature by X", sub(B_R, (SIG_R, SIG_R + signature_of(sign(response("R"), "x")))), "SignatureDuplicate")


def unsigned_outer(doc):
    """Without the first (outer) Signature only."""
    return doc.replace(signature_of(doc) + "\n", "", 1)
