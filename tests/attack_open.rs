//! Findings of the second attack round. Each test failed when it was written and holds in a library that is right.

#[path = "attack/signer.rs"]
mod signer;

use bonafide::check::Check;
use bonafide::diagnosis::{Context, Redactor, Style, TimeSource};
use bonafide::instant::Instant;
use bonafide::saml::{self, Expectations, Policy, Request, TrustedIdp};
use signer::{NOW, XSI, certificate, data, idp, policy, response, signed, usual};

/// 8,500 group values in 660 KB, `xsi` declared once at the root as SimpleSAMLphp and others do. Exclusive canonical form
/// repeats the declaration at each value; the limit on the input is not a limit on what a trusted key vouched for.
#[test]
fn a_message_below_the_limit_is_not_refused_because_its_canonical_form_is_longer() {
    let statement = |value: &dyn Fn(usize) -> String| {
        let values: String = (0..8_500).map(value).collect();
        format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"groups\">{values}</saml:Attribute></saml:AttributeStatement>"
        )
    };
    let one = |declaration: &str, n: usize| {
        format!(
            "<saml:AttributeValue{declaration} xsi:nil=\"false\">cn=group-{n:05},ou=g</saml:AttributeValue>"
        )
    };
    let declared = format!(" xmlns:xsi=\"{XSI}\"");
    let written = statement(&|n| one("", n));
    let canonical = statement(&|n| one(&declared, n));
    let message = response(&usual(&written), &usual(&canonical), &declared);
    assert!(message.len() < 700_000 && canonical.len() > 1 << 20, "{} {}", message.len(), canonical.len());
    let verdict = saml::validate(message.as_bytes(), &idp(), &policy(), NOW);
    assert_eq!(
        verdict.map_err(|error| error.check()).map(|login| login.attributes().texts("groups").count()),
        Ok(8_500)
    );
}

fn metadata(descriptor: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" \
         entityID=\"https://idp.test\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         {descriptor}</md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

fn x509(text: &str) -> String {
    format!("<ds:X509Certificate>{text}</ds:X509Certificate>")
}

/// A message signed with `k`, under metadata: is it a login?
fn trusts_k(metadata: &str) -> bool {
    let Ok(idp) = TrustedIdp::from_metadata(metadata.as_bytes(), NOW) else { return false };
    saml::validate(signed(&usual("")).as_bytes(), &idp, &policy(), NOW).is_ok()
}

/// XML-DSig 4.5.4: a certificate that issued another one of the same X509Data is its chain. The key of the authority (here
/// `k`) is not the key of the identity provider (here `k2`).
#[test]
fn a_chain_in_metadata_does_not_make_its_issuers_trusted() {
    let of_chain = |name: &str| {
        let pem = std::fs::read_to_string(data(&format!("chain/{name}.crt"))).unwrap();
        x509(&pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>())
    };
    let (leaf, other) = (of_chain("leaf"), of_chain("ca"));
    let chain = metadata(&format!(
        "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data>{leaf}{other}</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    ));
    assert!(!trusts_k(&chain));
}

/// Certificates count in KeyInfo/X509Data, nowhere else below a KeyDescriptor.
#[test]
fn a_certificate_elsewhere_in_a_key_descriptor_is_not_trusted() {
    let (own, other) = (x509(&certificate("k2")), x509(&certificate("k")));
    for elsewhere in [
        format!(
            "<ds:KeyInfo><ds:X509Data>{own}</ds:X509Data></ds:KeyInfo><md:EncryptionMethod Algorithm=\"urn:x\">{other}</md:EncryptionMethod>"
        ),
        format!(
            "<ds:KeyInfo><ds:X509Data>{own}</ds:X509Data><x:y xmlns:x=\"urn:x\">{other}</x:y></ds:KeyInfo>"
        ),
    ] {
        assert!(!trusts_k(&metadata(&format!(
            "<md:KeyDescriptor use=\"signing\">{elsewhere}</md:KeyDescriptor>"
        ))));
    }
}

/// Policy P1: in metadata a comment stands between elements, never beside text.
#[test]
fn a_comment_inside_a_text_of_metadata_is_refused() {
    let text = certificate("k");
    let (start, end) = text.split_at(100);
    let document = metadata(&format!(
        "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data>{}</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
        x509(&format!("{start}<!-- x -->{end}"))
    ));
    let error = TrustedIdp::from_metadata(document.as_bytes(), NOW).map(|_| ()).unwrap_err();
    assert_eq!(error.check(), Check::XmlCommentForbidden);
}

/// The ID of an outstanding request can be replayed (class C3); a policy in a log line does not show it.
#[test]
fn debug_does_not_show_the_request() {
    let request = Request::InResponseTo("_canary-4711".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request.clone()).unwrap();
    let expectations = Expectations::nothing().with_request(&request);
    for shown in [format!("{request:?}"), format!("{policy:?}"), format!("{expectations:?}")] {
        assert!(!shown.contains("canary"), "{shown}");
    }
}

/// `+` that was undone to a space is the usual damage of pasted forms. Dropping the space makes other octets, and the
/// explanation then blames the identity provider for its encoding.
#[test]
fn a_space_inside_base64_is_not_dropped() {
    assert_eq!(saml::decode_post("PHNh bWxw").map_err(|error| error.check()), Err(Check::Base64Invalid));
    assert_eq!(
        saml::decode_post_form("SAMLResponse=PHNh+bWxw").map_err(|error| error.check()),
        Err(Check::Base64Invalid)
    );
    assert_eq!(saml::decode_post("PHNh\r\n bWxw\n"), Ok(b"<samlp".to_vec()));
}

fn error_response(message: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
         IssueInstant=\"2026-01-01T00:00:00Z\"><samlp:Status><samlp:StatusCode Value=\"urn:x\"/><samlp:StatusMessage>{message}\
         </samlp:StatusMessage></samlp:Status></samlp:Response>"
    )
}

/// A StatusMessage is free text of the identity provider and names the person who could not log in, in any form.
#[test]
fn a_status_message_does_not_name_the_person() {
    for message in [
        "User jane.canary is not assigned to the client application.",
        "Invalid user: canary",
        "The user \u{201c}jane canary\u{201d} was not found",
        "The user \u{2018}jane canary\u{2019} was not found",
        "Kein Konto f\u{fc}r \u{201e}jane canary\u{201c}",
        "Account `canary` is locked",
        "Access denied (canary)",
        "login\t'jane canary' failed",
        "user:'jane canary' failed",
        "ACME\\canary failed",
        "uid=canary,ou=people,dc=acme has no mail",
    ] {
        let octets = error_response(message).into_bytes();
        let diagnosis = saml::explain(&octets, &Expectations::nothing(), NOW);
        let context = Context::new("saml-response", &octets, Instant::from(NOW), TimeSource::Flag);
        let redactor = Redactor::for_input(&octets);
        for text in
            [diagnosis.to_json(&context, &redactor), diagnosis.to_human(&context, &redactor, Style::Plain)]
        {
            assert!(!text.contains("canary"), "{message}");
        }
    }
}

/// Two values that differ in a space at an end must not look the same on paper.
#[test]
fn a_space_at_an_end_is_seen() {
    let octets = std::fs::read(data("saml/base/b-a.xml")).unwrap();
    let context = Context::new("saml-response", &octets, Instant::from(NOW), TimeSource::Flag);
    for sp in ["https://sp.test/md ", " https://sp.test/md"] {
        let request = Request::InResponseTo("_req1".to_owned());
        let policy = Policy::new(sp, ["https://sp.test/acs"], request).unwrap();
        let text = saml::explain(&octets, &Expectations::complete(&idp(), &policy), NOW).to_human(
            &context,
            &Redactor::for_input(&octets),
            Style::Plain,
        );
        let value = |label: &str| {
            let line = text.lines().find_map(|line| line.trim_start().strip_prefix(label)).unwrap();
            line.trim().trim_end_matches("[signed]").trim().to_owned()
        };
        assert_ne!(value("seen "), value("expected "), "{text}");
    }
}

/// A trusted key that is too small or too large to be tried is not the reason why another key's signature does not hold.
#[test]
fn an_unusable_key_beside_does_not_hide_that_nobody_trusted_signed() {
    for beside in ["rsa512", "rsa8193"] {
        let pem = ["k2", beside]
            .map(|name| std::fs::read_to_string(data(&format!("saml/keys/{name}.crt"))).unwrap());
        let idp = TrustedIdp::from_pem("https://idp.test", &pem.concat()).unwrap();
        let refused = saml::validate(signed(&usual("")).as_bytes(), &idp, &policy(), NOW).map(|_| ());
        assert_eq!(refused.map_err(|error| error.check()), Err(Check::SignatureInvalid), "{beside}");
    }
}
