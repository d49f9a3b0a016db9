//! How long a refusal takes, by what was wrong with the encrypted content: medians of interleaved rounds. Not a pass or fail:
//! the differences are to be read beside the spread. `cargo bench --features decryption --bench decryption_failures`

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use bonafide::crypto::PrivateKeys;
use bonafide::exception::{Exception, Relaxation};
use bonafide::saml::{self, Policy, Request, TrustedIdp};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use time::macros::{date, datetime};

const ROUNDS: usize = 1500;

fn main() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/");
    let read = |file: &str| std::fs::read_to_string(format!("{data}{file}")).expect("test data");
    let mut idp = TrustedIdp::from_pem("https://idp.test", &read("saml/keys/k.crt")).expect("a key");
    for relaxation in [Relaxation::Cbc, Relaxation::Rsa15] {
        let exception = Exception::new(relaxation, "benchmark", "benchmark", date!(2027 - 01 - 01));
        idp = idp.with_exception(exception.expect("an exception"));
    }
    let keys = PrivateKeys::from_pem(&read("encryption/keys/sp.key")).expect("a private key");
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).expect("a policy");
    let policy = policy.with_decryptor(Arc::new(keys));
    let now = datetime!(2026-01-01 00:00:00 UTC);

    for (group, base) in [
        ("AES-128-GCM, RSA-OAEP", "xmlsec1-aes128-gcm"),
        ("AES-128-CBC, RSA-OAEP (exception)", "xmlsec1-cbc"),
        ("AES-256-CBC, RSA 1.5 (exceptions)", "xmlsec1-rsa15-cbc"),
    ] {
        let good = read(&format!("encryption/se/{base}.xml"));
        // The first CipherValue is that of the key, the second that of the content.
        let mut cases = vec![
            ("accepted", good.clone()),
            ("wrapped key changed at its start", changed(&good, 0, 8)),
            ("wrapped key changed at its end", changed(&good, 0, 330)),
            ("content changed at its start", changed(&good, 1, 40)),
            ("content changed in the middle", changed(&good, 1, 1500)),
            ("content changed before the end", changed(&good, 1, usize::MAX)),
        ];
        if base == "xmlsec1-cbc" {
            cases.push(("padding wrong, content right", read("encryption/se/se-07-padding.xml")));
            cases.push(("well-formed, not signed", read("encryption/se/se-07-unsigned.xml")));
            cases.push(("well-formed, digest wrong", read("encryption/se/se-07-changed.xml")));
            cases.push(("no XML", read("encryption/se/se-07-text.xml")));
        }
        let mut times = vec![Vec::with_capacity(ROUNDS); cases.len()];
        for _ in 0..ROUNDS {
            for ((_, message), times) in cases.iter().zip(&mut times) {
                let start = Instant::now();
                black_box(saml::validate(black_box(message.as_bytes()), &idp, &policy, now).is_ok());
                times.push(start.elapsed());
            }
        }
        println!("{group}");
        for ((name, _), times) in cases.iter().zip(&mut times) {
            times.sort_unstable();
            let micros = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e6;
            println!(
                "  {:<34} median {:7.1} us, quartiles {:7.1} to {:7.1}",
                name,
                micros(50),
                micros(25),
                micros(75)
            );
        }
    }
}

/// One base64 digit of the nth CipherValue replaced; positions count digits, the last possible one from the end.
fn changed(message: &str, nth: usize, digit: usize) -> String {
    let (start, tag) = message.match_indices("<xenc:CipherValue>").nth(nth).expect("a CipherValue");
    let start = start + tag.len();
    let end = start + message[start..].find("</").expect("its end");
    let digits: Vec<usize> =
        (start..end).filter(|at| message.as_bytes()[*at].is_ascii_alphanumeric()).collect();
    let at = digits[digit.min(digits.len() - 40)];
    let other = if &message[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &message[..at], &message[at + 1..])
}
