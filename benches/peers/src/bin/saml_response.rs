//! A SAML Response of 8.4 KB, whole, by several libraries, beside its floor: one RSA-2048 verification and one SHA-256.
//!
//! `cargo run --release --features xmlsec,xmldsig --bin saml_response [ROUNDS]`

use bonafide::saml::{self, Policy, Request, TrustedIdp};
use bonafide_peers::rounds::{Contestant, load, measure, print};
use bonafide_peers::saml::{certificate_pem, rsa_key};
use bonafide_peers::testdata;
use ring::{digest, signature};
use std::hint::black_box;
use time::macros::datetime;

fn main() {
    let rounds = std::env::args().nth(1).map_or(201, |rounds| rounds.parse().expect("a number of rounds"));
    let message = testdata("bench/response-8k.xml");
    let backend = if cfg!(feature = "aws-lc") { "aws-lc" } else { "ring" };
    println!("load before: {}, {rounds} rounds, {} bytes, bonafide by {backend}", load(), message.len());
    let mut contestants = vec![
        Contestant::new("floor", floor(&message)),
        Contestant::new("bonafide (all of it)", bonafide(&message)),
    ];
    contestants.extend(peers(&message));
    print("Response", &measure(&contestants, rounds, 1.0));
    println!("\nload after: {}", load());
}

fn floor(message: &[u8]) -> impl Fn() + use<'_> {
    let (key, signed, value) =
        (rsa_key(), testdata("bench/signed-info.bin"), testdata("bench/signed-info.sig"));
    move || {
        let key = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, &key);
        key.verify(black_box(&signed), &value).unwrap();
        black_box(digest::digest(&digest::SHA256, black_box(message)));
    }
}

fn bonafide(message: &[u8]) -> impl Fn() + use<'_> {
    let now = datetime!(2026-01-01 00:00:00 UTC);
    let idp = TrustedIdp::from_pem("https://idp.test", &certificate_pem()).unwrap();
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
    move || {
        black_box(saml::validate(black_box(message), &idp, &policy, now).unwrap());
    }
}

#[cfg(not(any(feature = "xmlsec", feature = "xmldsig")))]
fn peers(_: &[u8]) -> Vec<Contestant<'_>> {
    println!("neither feature `xmlsec` nor `xmldsig`: no peers");
    Vec::new()
}

#[cfg(any(feature = "xmlsec", feature = "xmldsig"))]
fn peers(message: &[u8]) -> Vec<Contestant<'_>> {
    let text = std::str::from_utf8(message).unwrap();
    let mut contestants = Vec::new();
    #[cfg(feature = "xmldsig")]
    {
        let context = bonafide_peers::saml::bergshamra_context();
        let verify = move || match bergshamra::verify(&context, black_box(text)).unwrap() {
            bergshamra::VerifyResult::Valid { .. } => {}
            bergshamra::VerifyResult::Invalid { reason, .. } => panic!("{reason}"),
        };
        contestants.push(Contestant::new("bergshamra (signature only)", verify));
    }
    #[cfg(feature = "xmlsec")]
    {
        let provider = bonafide_peers::saml::samael_service_provider();
        let parse = move || {
            black_box(provider.parse_xml_response(black_box(text), Some(&["_req1"])).unwrap());
        };
        contestants.push(Contestant::new("samael (all of it)", parse));
    }
    #[cfg(feature = "xmldsig")]
    {
        use base64::Engine as _;
        use saml_rs::raw::{Binding, HttpRequest};
        let (sp, idp) = bonafide_peers::saml::saml_rs_parties();
        let posted = base64::engine::general_purpose::STANDARD.encode(message);
        let parse = move || {
            let request = HttpRequest::post(vec![("SAMLResponse".to_owned(), posted.clone())]);
            let parsed = sp.parse_login_response_with_request_id(&idp, Binding::Post, &request, "_req1");
            black_box(parsed.unwrap());
        };
        contestants.push(Contestant::new("saml-rs (all of it)", parse));
    }
    contestants
}
