//! Hostile inputs for every entry point, of any size up to the largest that is read, and what is done with them.

use super::minted::{IDP, Minted, NOW};
use bonafide::certs::{Collection, Drift, Origin, Snapshot, Thresholds};
use bonafide::crypto::{Certificate, TrustedKeys};
use bonafide::diagnosis::{Context, Diagnosis, Redactor, Style, TimeSource};
use bonafide::jose::{
    ContentEncryptionAlgorithm as Enc, DecryptionKey, DecryptionKeys, KeyManagementAlgorithm as Alg, KeySet,
};
use bonafide::mapping::{Mapping, Sample};
use bonafide::oidc::login::{IssParameter, PendingLogin, Secrets};
use bonafide::oidc::{self, Discovery, Nonce, TokenResponse};
use bonafide::saml::metadata::{self, UntrustedIndex, UntrustedMetadata};
use bonafide::saml::{self, Arrived, logout};
use std::hint::black_box;

/// An entry point and an input that costs it as much as an input of its size can.
pub struct Case {
    pub name: &'static str,
    /// Bytes of the largest input.
    pub most: usize,
    /// An input of about so many bytes.
    pub input: fn(&Minted, usize) -> Vec<u8>,
    pub run: fn(&Minted, &[u8]),
}

const KIB: usize = 1024;
const MIB: usize = 1024 * 1024;

/// Every entry point.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    // SAML, before anything is verified.
    Case { name: "saml/parse/elements", most: 400 * KIB, input: |_, n| response(&filled(n, |_| "<x:a xmlns:x=\"u:x\"/>".into())), run: parse },
    Case { name: "saml/parse/attributes", most: 1000 * KIB, input: |_, n| response(&filled(n, |_| element("a", 64))), run: parse },
    Case { name: "saml/parse/prefixes", most: 1000 * KIB, input: |_, n| in_scope(n), run: parse },
    Case { name: "saml/parse/declarations", most: 1000 * KIB, input: |_, n| response(&filled(n, |_| declarations())), run: parse },
    Case { name: "saml/parse/references", most: 256 * KIB, input: |_, n| response(&filled(n, |_| "&#x41;".into())), run: parse },
    Case { name: "saml/parse/cdata", most: 1000 * KIB, input: |_, n| response(&filled(n, |_| "<![CDATA[]]>".into())), run: parse },
    Case { name: "saml/parse/brackets", most: 256 * KIB, input: |_, n| response(&filled(n, |_| "]] >".into())), run: parse },
    Case { name: "saml/parse/line ends", most: 256 * KIB, input: |_, n| response(&filled(n, |_| "\r".into())), run: parse },
    Case { name: "saml/explain/unsigned attributes", most: 800 * KIB, input: |m, n| m.unsigned(&attributes(n)), run: explain },
    Case { name: "saml/explain/certificates", most: 1000 * KIB, input: |_, n| response(&filled(n, |_| "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>".into())), run: explain },
    Case { name: "saml/post form", most: MIB, input: |_, n| filled(n, |k| format!("p{k}=%41&")).into_bytes(), run: |_, i| _ = black_box(saml::decode_post_form(text(i))) },
    Case { name: "saml/post value", most: MIB, input: |_, n| filled(n, |_| "QUFB\r\n".into()).into_bytes(), run: |_, i| _ = black_box(saml::decode_post(text(i))) },
    Case { name: "saml/redirect", most: 120 * KIB, input: |_, n| filled(n, |k| format!("p{k}=%41&")).into_bytes(), run: |_, i| _ = black_box(saml::decode_redirect(text(i), 80)) },
    Case { name: "saml/explain AuthnRequest", most: 1000 * KIB, input: |_, n| request(&filled(n, |_| element("a", 64))), run: |m, i| _ = black_box(saml::explain_authn_request(Arrived::Post(i), &m.known_logout(), NOW)) },
    Case { name: "saml/logout/unsigned", most: 40 * KIB, input: |_, n| m_logout(n), run: |m, i| _ = black_box(logout::explain_request(Arrived::Post(i), &m.known_logout(), NOW)) },

    // SAML, signed by an identity provider that is trusted for itself.
    Case { name: "saml/validate/attributes", most: 800 * KIB, input: |m, n| m.signed(&attributes(n)), run: validate },
    Case { name: "saml/validate/values", most: 800 * KIB, input: |m, n| m.signed(&statement(&filled(n, |_| "<saml:AttributeValue>x</saml:AttributeValue>".into()))), run: validate },
    Case { name: "saml/validate/elements in values", most: 1000 * KIB, input: |m, n| m.signed(&statement(&filled(n, |_| format!("<saml:AttributeValue>{}</saml:AttributeValue>", element("a", 64))))), run: validate },
    Case { name: "saml/validate/namespaces in values", most: 1000 * KIB, input: |m, n| m.signed(&namespaced_values(n)), run: validate },
    Case { name: "saml/validate/audiences", most: 500 * KIB, input: |m, n| m.signed_with(&filled(n, |_| "<saml:Audience>a</saml:Audience>".into()), ""), run: validate },
    Case { name: "saml/validate/references", most: 250 * KIB, input: |m, n| m.signed(&statement(&format!("<saml:AttributeValue>{}</saml:AttributeValue>", filled(n, |_| "&amp;".into())))), run: validate },
    Case { name: "saml/explain/attributes", most: 800 * KIB, input: |m, n| m.signed(&attributes(n)), run: explain },
    Case { name: "saml/explain/audiences", most: 500 * KIB, input: |m, n| m.signed_with(&filled(n, |_| "<saml:Audience>a</saml:Audience>".into()), ""), run: explain },

    // Metadata.
    Case { name: "metadata/read/endpoints", most: 1400 * KIB, input: |_, n| entity(&filled(n, |k| format!("<md:SingleSignOnService Binding=\"urn:b\" Location=\"https://idp.test/{k}\"/>"))), run: |_, i| _ = black_box(UntrustedMetadata::read(i)) },
    Case { name: "metadata/lint/endpoints", most: 1400 * KIB, input: |_, n| entity(&filled(n, |k| format!("<md:SingleSignOnService Binding=\"urn:b\" Location=\"https://idp.test/{k}\"/>"))), run: |_, i| _ = black_box(metadata::lint(i, NOW)) },
    Case { name: "metadata/lint/keys", most: 2 * MIB, input: |m, n| entity(&filled(n, |_| m.key_descriptor())), run: |_, i| _ = black_box(metadata::lint(i, NOW)) },
    Case { name: "metadata/diff/entities", most: 1000 * KIB, input: |_, n| aggregate(n, ""), run: |_, i| { let all = UntrustedMetadata::read(i); if let Ok(all) = &all { black_box(metadata::diff(all.untrusted(), all.untrusted())); } } },
    Case { name: "metadata/index/entities", most: 8 * MIB, input: |_, n| aggregate(n, ""), run: index },
    Case { name: "metadata/index/long group tag", most: 8 * MIB, input: |_, n| aggregate(n, &format!(" Name=\"{}\"", "x".repeat(7 * KIB))), run: index },

    // JOSE and OpenID Connect, before anything is verified.
    Case { name: "jose/jwks/key_ops", most: 900 * KIB, input: |_, n| format!("{{\"keys\":[{{\"kty\":\"EC\",\"key_ops\":[{}\"verify\"]}}]}}", filled(n, |k| format!("\"{k:x}\","))).into_bytes(), run: jwks },
    Case { name: "jose/jwks/members", most: 900 * KIB, input: |_, n| format!("{{\"keys\":[{{{}\"kty\":\"EC\"}}]}}", filled(n, |k| format!("\"{k:x}\":1,"))).into_bytes(), run: jwks },
    Case { name: "jose/jwks/escapes", most: 1000 * KIB, input: |_, n| format!("{{\"keys\":[{{{}\"kty\":\"EC\"}}]}}", filled(n, |k| format!("\"\\u0041{k:x}\":1,"))).into_bytes(), run: jwks },
    Case { name: "jose/jwks/keys", most: MIB, input: |m, n| format!("{{\"keys\":[{}]}}", vec![m.jwk(); (n / 200).min(256)].join(",")).into_bytes(), run: jwks },
    Case { name: "jose/jwe", most: 1000 * KIB, input: |_, n| format!("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.{}.AAAAAAAAAAAAAAAAAAAAAA", filled(n, |_| "AAAA".into())).into_bytes(), run: |_, i| { let keys = DecryptionKeys::new([DecryptionKey::shared(&[7; 16]).unwrap()], &[(Alg::Dir, Enc::A128Gcm)]).unwrap(); _ = black_box(keys.decrypt(text(i))) } },
    Case { name: "oidc/peek/dots", most: MIB, input: |_, n| vec![b'.'; n], run: |_, i| _ = black_box(oidc::peek(text(i))) },
    Case { name: "oidc/explain/not a token", most: MIB, input: |_, n| vec![b'.'; n], run: |m, i| _ = black_box(oidc::explain(text(i), &m.expectations(), NOW)) },
    Case { name: "oidc/discovery", most: 250 * KIB, input: |_, n| format!("{{{}\"issuer\":\"https://idp.test\"}}", filled(n, |k| format!("\"{k:x}\":\"a\","))).into_bytes(), run: |_, i| _ = black_box(Discovery::parse(i, IDP)) },
    Case { name: "oidc/token response", most: MIB, input: |_, n| format!("{{{}\"id_token\":\"a\"}}", filled(n, |k| format!("\"{k:x}\":\"a\","))).into_bytes(), run: |_, i| _ = black_box(TokenResponse::parse(i)) },
    Case { name: "oidc/front channel", most: MIB, input: |_, n| filled(n, |k| format!("p{k}=%41&")).into_bytes(), run: |m, i| { let secrets = Secrets::new("state", "nonce", &"v".repeat(43)).unwrap(); let pending = PendingLogin::new(&m.provider, "client1", "https://sp.test/cb", secrets, IssParameter::Announced).unwrap(); _ = black_box(pending.answered_by(text(i))) } },
    Case { name: "oidc/plain UserInfo", most: 900 * KIB, input: |_, n| format!("{{{}\"sub\":\"a\"}}", filled(n, |k| format!("\"{k:x}\":[],"))).into_bytes(), run: |_, i| { let policy = oidc::userinfo::Policy::new("client1", "a").unwrap(); _ = black_box(oidc::userinfo::read_plain(i, &policy)) } },

    // Tokens, signed by a provider that is trusted for itself.
    Case { name: "oidc/verify/members", most: 700 * KIB, input: |m, n| m.token(&filled(n, |k| format!("\"{k:x}\":1,"))), run: verify },
    Case { name: "oidc/verify/audiences", most: 380 * KIB, input: |m, n| m.token(&format!("\"aud\":[{}\"client1\"],", filled(n, |_| "\"a\",".into()))), run: verify },
    Case { name: "oidc/verify/amr", most: 380 * KIB, input: |m, n| m.token(&format!("\"amr\":[{}\"mfa\"],", filled(n, |_| "\"a\",".into()))), run: verify },
    Case { name: "oidc/verify/deep", most: 200 * KIB, input: |m, n| m.token(&format!("\"a\":[{}1],", filled(n, |_| format!("{}{},", "[".repeat(28), "]".repeat(28))))), run: verify },
    Case { name: "oidc/verify/numbers", most: 700 * KIB, input: |m, n| m.token(&format!("\"a\":1{},", "0".repeat(n))), run: verify },
    Case { name: "oidc/explain/members", most: 700 * KIB, input: |m, n| m.token(&filled(n, |k| format!("\"{k:x}\":1,"))), run: |m, i| shown(&oidc::explain(text(i), &m.expectations(), NOW), i) },
    Case { name: "oidc/access token/scopes", most: 700 * KIB, input: |m, n| m.token(&format!("\"scope\":\"{}\",", filled(n, |_| "a ".into()))), run: |m, i| { let policy = oidc::access_token::Policy::new("client1").unwrap().with_scope("b"); _ = black_box(oidc::access_token::verify(text(i), &m.provider, &policy, NOW)) } },

    // Mappings: values by an identity provider, mapping by the application.
    Case { name: "mapping/groups", most: 150 * KIB, input: |_, n| sample(&filled(n, |k| format!("\"app-team-{k}\","))), run: simulate },
    Case { name: "mapping/the same group", most: 110 * KIB, input: |_, n| sample(&filled(n, |_| "\"app-team\",".into())), run: simulate },
    Case { name: "mapping/one long group", most: MIB, input: |_, n| sample(&format!("\"{}\",", filled(n, |_| "CN=a,OU=b\\\\,".into()))), run: simulate },
    Case { name: "mapping/explain/claims", most: MIB, input: |_, n| format!("{{\"protocol\":\"oidc\",\"claims\":{{{}\"iss\":\"https://idp.test\",\"sub\":\"a\"}}}}", filled(n, |k| format!("\"emial{k}\":\"x\","))).into_bytes(), run: explain_sample },
    Case { name: "mapping/explain/attributes", most: MIB, input: |_, n| format!("{{\"protocol\":\"saml\",\"issuer\":\"https://idp.test\",\"attributes\":{{{}\"a\":\"b\"}}}}", filled(n, |k| format!("\"urn:oid:{k}\":\"x\","))).into_bytes(), run: explain_sample },

    // Certificates and keys in any form, and what a survey says of them.
    Case { name: "certs/pem", most: 4 * MIB, input: |m, n| filled(n, |_| m.pem.clone()).into_bytes(), run: survey },
    Case { name: "certs/pem without end", most: 4 * MIB, input: |_, n| filled(n, |_| "-----BEGIN CERTIFICATE-----\n".into()).into_bytes(), run: survey },
    Case { name: "certs/pem in a line", most: 4 * MIB, input: |_, n| filled(n, |_| "-----BEGIN -----END -----".into()).into_bytes(), run: survey },
    Case { name: "certs/der and padding", most: 4 * MIB, input: |m, n| [m.der(), vec![b' '; n], b"x".to_vec()].concat(), run: survey },
    Case { name: "certs/base64 parts", most: 4 * MIB, input: |_, n| filled(n, |_| "QUFB\n\n".into()).into_bytes(), run: survey },
    Case { name: "certs/nested DER", most: 4 * MIB, input: |_, n| nested_der(n), run: survey },
    Case { name: "certs/message", most: 2 * MIB, input: |_, n| response(&(filled(n, |_| "<X509Certificate/>".into()) + "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">a</saml:Issuer>")), run: survey },
    Case { name: "certs/keys of one entity", most: 2 * MIB, input: |m, n| entity(&filled(n, |_| m.key_descriptor())), run: survey },
    Case { name: "certs/aggregate", most: 8 * MIB, input: |_, n| aggregate(n, &format!(" Name=\"{}\"", "x".repeat(7 * KIB))), run: survey },
    Case { name: "certs/jwks", most: 2 * MIB, input: |m, n| format!("{{\"keys\":[{}]}}", vec![m.jwk(); n / 200].join(",")).into_bytes(), run: survey },
    Case { name: "certs/x5c", most: 2 * MIB, input: |m, n| format!("{{\"keys\":[{{\"kty\":\"EC\",\"x5c\":[{}\"\"]}}]}}", filled(n, |_| format!("\"{}\",", m.base64()))).into_bytes(), run: survey },
    Case { name: "crypto/certificate/names", most: 60 * KIB, input: |m, n| m.named_certificate(n), run: |_, i| _ = black_box(Certificate::from_der(i)) },
    Case { name: "crypto/trusted keys", most: 4 * MIB, input: |_, n| filled(n, |_| "-----BEGIN CERTIFICATE-----\n".into()).into_bytes(), run: |_, i| _ = black_box(TrustedKeys::from_pem(text(i))) },
];

/// So many bytes, piece by piece.
fn filled(size: usize, piece: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(size + 128);
    let mut count = 0;
    while out.len() < size {
        out.push_str(&piece(count));
        count += 1;
    }
    out
}

fn text(input: &[u8]) -> &str {
    std::str::from_utf8(input).unwrap()
}

/// An element with attributes that do not stand in order.
fn element(name: &str, attributes: usize) -> String {
    let attributes: String = (0..attributes).rev().map(|n| format!(" a{n}=\"\"")).collect();
    format!("<x:{name} xmlns:x=\"u:x\"{attributes}/>")
}

fn declarations() -> String {
    let all: String = (0..63).map(|n| format!(" xmlns:p{n}=\"u:{n}\"")).collect();
    format!("<x:a xmlns:x=\"u:x\"{all}/>")
}

fn response(content: &str) -> Vec<u8> {
    format!("<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{content}</samlp:Response>")
        .into()
}

fn request(content: &str) -> Vec<u8> {
    let samlp = "urn:oasis:names:tc:SAML:2.0:protocol";
    format!("<samlp:AuthnRequest xmlns:samlp=\"{samlp}\"><samlp:Extensions>{content}</samlp:Extensions></samlp:AuthnRequest>").into()
}

fn m_logout(size: usize) -> Vec<u8> {
    let samlp = "urn:oasis:names:tc:SAML:2.0:protocol";
    let saml = "urn:oasis:names:tc:SAML:2.0:assertion";
    let indexes = filled(size, |_| "<samlp:SessionIndex>a</samlp:SessionIndex>".into());
    format!("<samlp:LogoutRequest xmlns:samlp=\"{samlp}\" xmlns:saml=\"{saml}\" ID=\"_1\" Version=\"2.0\" IssueInstant=\"2026-01-01T00:00:00Z\"><saml:Issuer>{IDP}</saml:Issuer><saml:NameID>a</saml:NameID>{indexes}</samlp:LogoutRequest>").into()
}

/// 250 prefixes in scope, and attributes that use the outermost of them in turn.
fn in_scope(size: usize) -> Vec<u8> {
    let scope: String = (0..4)
        .map(|at| {
            let all: String = (0..62).map(|n| format!(" xmlns:p{at}x{n}=\"u:{at}:{n}\"")).collect();
            format!("<x:a xmlns:x=\"u:x\"{all}>")
        })
        .collect();
    let used = filled(size, |_| {
        let all: String = (0..62).map(|n| format!(" p0x{n}:a=\"\"")).collect();
        format!("<p0x0:b{all}/>")
    });
    response(&format!("{scope}{used}{}", "</x:a>".repeat(4)))
}

fn attributes(size: usize) -> String {
    let all = filled(size, |n| {
        format!("<saml:Attribute Name=\"a{n}\"><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>")
    });
    format!("<saml:AttributeStatement>{all}</saml:AttributeStatement>")
}

fn statement(values: &str) -> String {
    format!(
        "<saml:AttributeStatement><saml:Attribute Name=\"a\">{values}</saml:Attribute></saml:AttributeStatement>"
    )
}

/// Namespaces that the attribute element uses itself, and each of its values again.
fn namespaced_values(size: usize) -> String {
    let names = || (10..70).map(|n| format!("p{n}"));
    let declared: String = names().map(|p| format!(" xmlns:{p}=\"u:{}\"", p.repeat(500))).collect();
    let used: String = names().map(|p| format!(" {p}:a=\"\"")).collect();
    let values = filled(size.saturating_sub(declared.len()), |_| {
        format!("<saml:AttributeValue><p10:b{used}></p10:b></saml:AttributeValue>")
    });
    format!(
        "<saml:AttributeStatement><saml:Attribute{declared} Name=\"a\"{used}>{values}</saml:Attribute></saml:AttributeStatement>"
    )
}

const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";

fn entity(role: &str) -> Vec<u8> {
    format!("<md:EntityDescriptor xmlns:md=\"{MD}\" entityID=\"{IDP}\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{role}</md:IDPSSODescriptor></md:EntityDescriptor>").into()
}

fn aggregate(size: usize, attributes: &str) -> Vec<u8> {
    let all = filled(size, |n| {
        format!(
            "<md:EntityDescriptor entityID=\"u:{n}\"><md:AffiliationDescriptor affiliationOwnerID=\"u:a\"><md:AffiliateMember>u:b</md:AffiliateMember></md:AffiliationDescriptor></md:EntityDescriptor>"
        )
    });
    format!("<md:EntitiesDescriptor xmlns:md=\"{MD}\"{attributes}>{all}</md:EntitiesDescriptor>").into()
}

/// Sequences that each hold the rest.
fn nested_der(size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut left = u32::try_from(size).unwrap();
    while left > 6 {
        left -= 6;
        out.extend([0x30, 0x84]);
        out.extend(left.to_be_bytes());
    }
    out.resize(size, 0);
    out
}

fn sample(groups: &str) -> Vec<u8> {
    let groups = groups.trim_end_matches(',');
    format!("{{\"protocol\":\"oidc\",\"claims\":{{\"iss\":\"{IDP}\",\"sub\":\"a\",\"oid\":\"a\",\"tid\":\"t\",\"email\":\"a@acme.example\",\"email_verified\":true,\"groups\":[{groups}]}}}}").into()
}

fn parse(_: &Minted, input: &[u8]) {
    _ = black_box(bonafide::Unverified::<saml::Response<'_>>::parse(input).map(|parsed| parsed.peek()));
}

fn explain(minted: &Minted, input: &[u8]) {
    shown(&saml::explain(input, &minted.known(), NOW), input);
}

/// In every form that a report has.
fn shown(diagnosis: &Diagnosis, input: &[u8]) {
    let context = Context::new("saml-response", input, NOW.into(), TimeSource::Flag);
    let redactor = Redactor::for_input(input);
    black_box(diagnosis.to_json(&context, &redactor));
    black_box(diagnosis.to_html(&context, &redactor));
    black_box(diagnosis.to_human(&context, &redactor, Style::default()));
}

fn validate(minted: &Minted, input: &[u8]) {
    _ = black_box(saml::validate(input, &minted.idp, &minted.policy, NOW));
}

fn index(_: &Minted, input: &[u8]) {
    let Ok(index) = UntrustedIndex::read(input) else { return };
    _ = black_box(metadata::diff_index(&index, &index));
    for id in index.untrusted_ids() {
        _ = black_box(index.untrusted_entity(id));
    }
}

fn jwks(_: &Minted, input: &[u8]) {
    _ = black_box(KeySet::from_jwks(input));
}

fn verify(minted: &Minted, input: &[u8]) {
    let policy = oidc::Policy::new("client1", Nonce::NotUsed).unwrap().with_amr("x");
    _ = black_box(oidc::verify(text(input), &minted.provider, &policy, NOW));
}

fn mapping() -> Mapping {
    Mapping::from_json(include_str!("mapping.json")).unwrap()
}

fn simulate(_: &Minted, input: &[u8]) {
    let sample = Sample::from_json(text(input)).unwrap();
    _ = black_box(mapping().simulate(&sample, NOW));
}

fn explain_sample(_: &Minted, input: &[u8]) {
    let (mapping, sample) = (mapping(), Sample::from_json(text(input)).unwrap());
    _ = black_box(mapping.explain_sample(&sample, NOW));
    black_box(mapping.unused([&sample]));
    black_box(mapping.over_released([&sample]));
}

fn survey(_: &Minted, input: &[u8]) {
    let mut collection = Collection::new();
    collection.read(&Origin::new("a"), input);
    let survey = collection.survey(&Thresholds::default(), NOW);
    let json = survey.to_json();
    let snapshot = Snapshot::from_json(&json).unwrap();
    black_box(Drift::between(&snapshot, &snapshot).exit_code());
    black_box((survey.to_human(Style::default()), survey.to_csv(), survey.to_ical(), survey.to_prometheus()));
    black_box((json, survey.rotation_to_json(), survey.owners().len()));
}
