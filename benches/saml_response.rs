//! Full validation of a SAML Response next to its floor: one raw RSA-2048 verification and one SHA-256 of the message.

use bonafide::saml::{self, Policy, Request, TrustedIdp};
use criterion::{Criterion, criterion_group, criterion_main};
use ring::{digest, signature};
use std::hint::black_box;
use std::path::Path;
use time::macros::datetime;
use x509_parser::prelude::{FromDer, X509Certificate};

fn response(c: &mut Criterion) {
    let now = datetime!(2026-01-01 00:00:00 UTC);
    let pem = String::from_utf8(read("keys/k.crt")).unwrap();
    let idp = TrustedIdp::from_pem("https://idp.test", &pem).unwrap();
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();

    let mut group = c.benchmark_group("saml_response");
    for (name, file) in [
        ("4 KB assertion signed", "base/b-a.xml"),
        ("4 KB response signed", "base/b-r.xml"),
        ("8 KB assertion signed", "../bench/response-8k.xml"),
    ] {
        let message = read(file);
        saml::validate(&message, &idp, &policy, now).unwrap();
        group.bench_function(name, |b| {
            b.iter(|| saml::validate(black_box(&message), &idp, &policy, now).unwrap())
        });
    }

    let message = read("../bench/response-8k.xml");
    let (key, signed_info, value) = raw_parts(&pem);
    group.bench_function("floor: RSA-2048 verify and SHA-256 of 8 KB", |b| {
        b.iter(|| {
            let key = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, &key);
            key.verify(black_box(&signed_info), &value).unwrap();
            digest::digest(&digest::SHA256, black_box(&message))
        });
    });
    group.finish();
}

/// The DER RSA key of the certificate, and octets of the size of a SignedInfo with a signature that holds over them.
fn raw_parts(pem: &str) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    use base64::Engine as _;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let key = certificate.public_key().subject_public_key.data.to_vec();
    (key, read("../bench/signed-info.bin"), read("../bench/signed-info.sig"))
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/saml").join(file)).unwrap()
}

criterion_group!(benches, response);
criterion_main!(benches);
