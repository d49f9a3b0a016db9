//! A signer for tests: messages written in canonical form by hand, so that no canonicaliser is needed to sign them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide::saml::{Policy, Request, TrustedIdp};
use ring::signature::RsaKeyPair;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::datetime;

pub const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub const CONDITIONS: &str = "<saml:Conditions NotBefore=\"2025-12-31T23:55:00Z\" NotOnOrAfter=\"2026-01-01T01:00:00Z\"><saml:AudienceRestriction>\
    <saml:Audience>https://sp.test/md</saml:Audience></saml:AudienceRestriction></saml:Conditions>";
pub const AUTHN: &str = "<saml:AuthnStatement AuthnInstant=\"2025-12-31T23:59:00Z\"><saml:AuthnContext><saml:AuthnContextClassRef>x\
    </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A bearer confirmation with this recipient, end and request; no attribute for an empty text.
pub fn confirmation(recipient: &str, end: &str, request: &str) -> String {
    let attribute = |name: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!(" {name}=\"{value}\"") }
    };
    format!(
        "<saml:SubjectConfirmation Method=\"{BEARER}\"><saml:SubjectConfirmationData{}{}{}></saml:SubjectConfirmationData>\
         </saml:SubjectConfirmation>",
        attribute("InResponseTo", request),
        attribute("NotOnOrAfter", end),
        attribute("Recipient", recipient),
    )
}

pub fn subject(confirmations: &str) -> String {
    format!("<saml:Subject><saml:NameID>alice</saml:NameID>{confirmations}</saml:Subject>")
}

pub fn good() -> String {
    confirmation("https://sp.test/acs", "2026-01-01T00:05:00Z", "_req1")
}

/// The content of an assertion behind its Issuer, all usual.
pub fn usual(attributes: &str) -> String {
    format!("{}{CONDITIONS}{AUTHN}{attributes}", subject(&good()))
}

/// A Response whose Assertion is signed with the key `k`. `written` is the content of the assertion behind Issuer and
/// Signature as it stands in the message, `canonical` the same in exclusive canonical form.
pub fn response(written: &str, canonical: &str, namespaces: &str) -> String {
    let tag = "ID=\"_a1\" IssueInstant=\"2026-01-01T00:00:00Z\" Version=\"2.0\"";
    let issuer = "<saml:Issuer>https://idp.test</saml:Issuer>";
    let hashed = format!("<saml:Assertion xmlns:saml=\"{SAML}\" {tag}>{issuer}{canonical}</saml:Assertion>");
    let digest = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, hashed.as_bytes()));
    let signed_info = format!(
        "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXC}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#_a1\"><ds:Transforms><ds:Transform Algorithm=\"{DS}enveloped-signature\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXC}\"></ds:Transform></ds:Transforms><ds:DigestMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue>\
         </ds:Reference></ds:SignedInfo>"
    );
    let value = STANDARD.encode(sign(signed_info.as_bytes()));
    format!(
        "<samlp:Response xmlns:samlp=\"{SAMLP}\" xmlns:saml=\"{SAML}\"{namespaces} ID=\"_r1\" Version=\"2.0\" \
         IssueInstant=\"2026-01-01T00:00:00Z\" Destination=\"https://sp.test/acs\"><samlp:Status><samlp:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion {tag}>{issuer}\
         <ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>\
         {written}</saml:Assertion></samlp:Response>"
    )
}

/// As [`response`], for content that is canonical as written.
pub fn signed(content: &str) -> String {
    response(content, content, "")
}

fn sign(octets: &[u8]) -> Vec<u8> {
    let pem = std::fs::read_to_string(data("generate/saml/keys/k.key")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&ring::signature::RSA_PKCS1_SHA256, &random, octets, &mut signature).unwrap();
    signature
}

pub fn idp() -> TrustedIdp {
    TrustedIdp::from_pem("https://idp.test", &std::fs::read_to_string(data("saml/keys/k.crt")).unwrap())
        .unwrap()
}

pub fn policy() -> Policy {
    let request = Request::InResponseTo("_req1".to_owned());
    Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap()
}

/// The base64 of a certificate in `testdata/saml/keys`, without line ends.
pub fn certificate(name: &str) -> String {
    let pem = std::fs::read_to_string(data("saml/keys").join(format!("{name}.crt"))).unwrap();
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

pub fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}
