"""pysaml2 as identity provider: reads our messages (`read-*`), writes its own (`write`)."""

import pathlib
import sys
import urllib.parse

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.s_utils import status_message_factory  # noqa: F401  (fails early where pysaml2 is another one)
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256
import base64

WORK, STEP = pathlib.Path(sys.argv[1]), sys.argv[2]
IDP, SP = "https://idp.interop.test/metadata", "https://sp.interop.test/metadata"

SETTINGS = {
    "entityid": IDP,
    "key_file": str(WORK / "idp.key"),
    "cert_file": str(WORK / "idp.crt"),
    "xmlsec_binary": "/usr/bin/xmlsec1",
    "metadata": {"local": [str(WORK / "sp-metadata.xml")]},
    "service": {"idp": {
        "endpoints": {
            "single_sign_on_service": [("https://idp.interop.test/sso", BINDING_HTTP_REDIRECT),
                                       ("https://idp.interop.test/sso", BINDING_HTTP_POST)],
            "single_logout_service": [("https://idp.interop.test/slo", BINDING_HTTP_REDIRECT),
                                      ("https://idp.interop.test/slo", BINDING_HTTP_POST)],
        },
        "want_authn_requests_signed": True,
        "sign_response": True,
    }},
}
idp = Server(config=IdPConfig().load(SETTINGS))


def text(name):
    return (WORK / name).read_text().strip()


def query(name):
    """The parameters of a redirect URL."""
    return dict(urllib.parse.parse_qsl(text(name).split("?", 1)[1], keep_blank_values=True))


def certificate():
    return "".join(line for line in text("sp.crt").splitlines() if "-----" not in line)


def signed(parameters):
    assert verify_redirect_signature(dict(parameters), idp.sec.sec_backend, certificate()), "signature of the query"


def posted(name):
    return base64.b64encode(text(name).encode()).decode()


def main():
    name = NameID(format=NAMEID_FORMAT_PERSISTENT, text="alice-0001", name_qualifier=IDP, sp_name_qualifier=SP)
    if STEP == "read-metadata":
        sp = idp.metadata[SP]["spsso_descriptor"][0]
        assert sp["authn_requests_signed"] == "true" and sp["want_assertions_signed"] == "true"
        assert len(idp.metadata.certs(SP, "spsso", "encryption")) == 1
        assert idp.metadata.assertion_consumer_service(SP)[0]["location"] == "https://sp.interop.test/acs"
        for binding in (BINDING_HTTP_REDIRECT, BINDING_HTTP_POST):
            found = idp.metadata.single_logout_service(SP, binding, "spsso")
            assert found[0]["location"] == "https://sp.interop.test/slo", found
    elif STEP == "read-authn-redirect":
        parameters = query("authn.url")
        assert parameters["RelayState"] == "a b&c=d"
        signed(parameters)
        request = idp.parse_authn_request(parameters["SAMLRequest"], BINDING_HTTP_REDIRECT,
                                          relay_state=parameters["RelayState"], sigalg=parameters["SigAlg"],
                                          signature=parameters["Signature"])
        assert request.message.force_authn == "true" and request.message.name_id_policy.format == NAMEID_FORMAT_PERSISTENT
        assert idp.response_args(request.message)["destination"] == "https://sp.interop.test/acs"
    elif STEP == "read-authn-post":
        request = idp.parse_authn_request(posted("authn.xml"), BINDING_HTTP_POST)
        assert request.message.requested_authn_context.comparison == "exact"
    elif STEP == "read-logout-redirect":
        parameters = query("logout.url")
        signed(parameters)
        request = idp.parse_logout_request(parameters["SAMLRequest"], BINDING_HTTP_REDIRECT,
                                           relay_state=parameters["RelayState"], sigalg=parameters["SigAlg"],
                                           signature=parameters["Signature"])
        assert request.message.name_id.text == "alice-0001" and request.message.session_index[0].text == "_s1"
    elif STEP == "read-logout-post":
        request = idp.parse_logout_request(posted("logout.xml"), BINDING_HTTP_POST)
        assert request.message.name_id.text == "alice-0001"
    elif STEP == "read-answer-redirect":
        parameters = query("answer.url")
        signed(parameters)
        answer = idp.parse_logout_request_response(parameters["SAMLResponse"], BINDING_HTTP_REDIRECT)
        assert answer.status_ok()
    elif STEP == "read-answer-post":
        assert idp.parse_logout_request_response(posted("answer.xml"), BINDING_HTTP_POST).status_ok()
    elif STEP == "write":
        _, request = idp.create_logout_request("https://sp.interop.test/slo", issuer_entity_id=IDP, name_id=name,
                                               session_indexes=["_s1"], sign=False)
        url(request, "peer-pysaml2-request.url", "SAMLRequest")
        _, request = idp.create_logout_request("https://sp.interop.test/slo", issuer_entity_id=IDP, name_id=name,
                                               session_indexes=["_s1"], sign=True, sign_alg=SIG_RSA_SHA256,
                                               digest_alg=DIGEST_SHA256)
        (WORK / "peer-pysaml2-request.xml").write_text(str(request))
        ours = idp.parse_logout_request(posted("logout.xml"), BINDING_HTTP_POST).message
        ours.id = "_out-interop"
        for sign, name_of_file in ((False, "peer-pysaml2-response.url"), (True, "peer-pysaml2-response.xml")):
            answer = idp.create_logout_response(ours, [BINDING_HTTP_REDIRECT], sign=sign, sign_alg=SIG_RSA_SHA256,
                                                digest_alg=DIGEST_SHA256)
            if sign:
                (WORK / name_of_file).write_text(str(answer))
            else:
                url(answer, name_of_file, "SAMLResponse")
    else:
        raise SystemExit(f"unknown step {STEP}")


def url(message, name_of_file, parameter):
    made = idp.apply_binding(BINDING_HTTP_REDIRECT, str(message), "https://sp.interop.test/slo", relay_state="state 1",
                             response=parameter == "SAMLResponse", sign=True, sigalg=SIG_RSA_SHA256)
    (WORK / name_of_file).write_text(dict(made["headers"])["Location"])


main()
