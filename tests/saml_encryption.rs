//! Encrypted messages: the vectors of `testdata/encryption`, each with the exact check that must refuse it or the values that
//! must come out. What must be accepted was signed by xmlsec1 and encrypted by xmlsec1 or OpenSSL.

use bonafide::Validated;
use bonafide::crypto::{
    ContentKey, Decryptor, DigestAlgorithm, KeyManagement, NotUnwrapped, OwnKey, WrappedKey,
};
use bonafide::diagnosis::Verdict;
use bonafide::error::Error;
use bonafide::exception::{Exception, Relaxation};
use bonafide::saml::{self, Assertion, Expectations, Policy, Request, TrustedIdp};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

/// An HSM that knows one content key: it needs neither OpenSSL nor the feature, and serves AES-GCM.
struct OneKey;

impl Decryptor for OneKey {
    fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
        if wrapped.octets().len() != 256 {
            return Err(NotUnwrapped);
        }
        Ok(ContentKey::new(&vec![0x11; wrapped.key_octets()]).unwrapped_with("hsm"))
    }
}

#[test]
fn a_decryptor_without_openssl_serves_gcm() {
    let run = |id: &str| {
        let vectors = index();
        let vector = vectors.iter().find(|vector| vector["id"] == id).unwrap().clone();
        validate(&message(&vector), &vector, Some(Arc::new(OneKey)))
    };
    let login = run("MS-56-retrieval").unwrap();
    assert_eq!(login.name_id().unwrap().value(), "alice@idp.test");
    let [part] = login.decrypted() else { panic!("{:?}", login.decrypted()) };
    assert_eq!((part.element(), part.key()), ("EncryptedAssertion", Some("hsm")));
    assert_eq!(part.cipher().to_string(), "AES-256-GCM");
    assert!(part.key_transport().ends_with("#rsa-oaep-mgf1p"));
    assert_eq!(run("SE-01").unwrap_err().check().name(), "EncDecryptFailed");
    assert_eq!(run("SE-16").unwrap_err().check().name(), "EncKeyShape");
}

/// Nothing changes for a policy that names no decryptor.
#[test]
fn without_a_decryptor_encrypted_content_is_refused() {
    for vector in index().iter().filter(|vector| vector["expect"]["accept"].is_object()) {
        let error = validate(&message(vector), vector, None).unwrap_err();
        assert_eq!(error.check().name(), "EncryptedContentUnsupported", "{}", vector["id"]);
    }
}

/// Every vector, with the keys that OpenSSL unwrapped beforehand. A build without OpenSSL computes AES-GCM with 128 and 256 bits.
#[test]
fn every_vector_gives_its_verdict_by_a_table_of_unwrapped_keys() {
    let beyond = |message: &str, found: &Json| {
        let refused = found["reject"] == "EncryptedContentUnsupported";
        refused
            && !cfg!(feature = "decryption")
            && (message.contains("-cbc") || message.contains("aes192-gcm"))
    };
    judge_all(Table::of, beyond);
}

/// The verdict of each vector, and that the explanation agrees. `beyond` tells what this build cannot decide.
fn judge_all(keys: impl Fn(&Json) -> Option<Arc<dyn Decryptor>>, beyond: impl Fn(&str, &Json) -> bool) {
    let vectors = index();
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for vector in &vectors {
        let octets = message(vector);
        let found = match validate(&octets, vector, keys(vector)) {
            Ok(assertion) => json!({ "accept": shown(&assertion) }),
            Err(error) => json!({ "reject": error.check().name() }),
        };
        let is_beyond = beyond(&String::from_utf8_lossy(&octets), &found);
        judged += usize::from(!is_beyond);
        if vector["expect"] != found && !is_beyond {
            wrong.push(format!("{}: expected {}, found {found}", vector["id"], vector["expect"]));
        }
        let (idp, policy, now) = judged_with(vector, keys(vector));
        let diagnosis = saml::explain(&octets, &Expectations::complete(&idp, &policy), now);
        match found["reject"].as_str() {
            None => assert_eq!(diagnosis.verdict(), Verdict::Accepted, "{}", vector["id"]),
            Some(check) => {
                assert_eq!(diagnosis.verdict(), Verdict::Denied, "{}", vector["id"]);
                let named = |finding: &bonafide::diagnosis::Finding| {
                    finding.check().is_some_and(|found| found.name() == check)
                };
                assert!(diagnosis.findings().iter().any(named), "{}: {check}", vector["id"]);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
    assert!(judged >= 100, "only {judged} vectors");
}

/// Private keys as a table (`testdata/generate/encryption/unwrap.py`): what OpenSSL unwraps with them, by method and octets.
struct Table {
    names: Vec<String>,
    rows: Json,
}

impl Table {
    fn of(vector: &Json) -> Option<Arc<dyn Decryptor>> {
        let names: Vec<String> = serde_json::from_value(vector["keys"].clone()).unwrap();
        let rows = std::fs::read(folder().join("unwrapped.json")).unwrap();
        let table = Self { names, rows: serde_json::from_slice(&rows).unwrap() };
        (!table.names.is_empty()).then(|| Arc::new(table) as Arc<dyn Decryptor>)
    }

    fn label(&self, name: &str) -> &str {
        self.rows["labels"][name].as_str().unwrap()
    }
}

impl Decryptor for Table {
    fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
        let name = |digest: DigestAlgorithm| match digest {
            DigestAlgorithm::Sha1 => "sha1",
            DigestAlgorithm::Sha256 => "sha256",
            DigestAlgorithm::Sha384 => "sha384",
            _ => "sha512",
        };
        let method = match wrapped.method() {
            KeyManagement::RsaOaep { digest, mgf1, label } => {
                json!(["rsa-oaep", name(digest), name(mgf1), hex(label)])
            }
            KeyManagement::RsaPkcs1 => json!(["rsa-1_5", null, null, null]),
            _ => return Err(NotUnwrapped),
        };
        let octets = hex(ring::digest::digest(&ring::digest::SHA256, wrapped.octets()).as_ref());
        let row = self.rows["unwrapped"].as_array().unwrap().iter().find(|row| {
            let named = self.names.iter().any(|name| row["by"] == name.as_str());
            let same = json!([row["method"], row["digest"], row["mgf1"], row["label"]]) == method;
            named && same && row["wrapped_sha256"] == octets.as_str()
        });
        let row = row.ok_or(NotUnwrapped)?;
        let key = unhex(row["key"].as_str().unwrap());
        Ok(ContentKey::new(&key).unwrapped_with(self.label(row["by"].as_str().unwrap())))
    }

    fn own_keys(&self) -> Vec<OwnKey> {
        self.names.iter().map(|name| OwnKey::new(self.label(name))).collect()
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[cfg(feature = "decryption")]
mod with_private_keys {
    use super::*;
    use bonafide::crypto::PrivateKeys;

    #[test]
    fn every_vector_gives_its_verdict() {
        judge_all(keys, |_, _| false);
    }

    /// Whatever fails when content is decrypted, the answer is the same, octet for octet.
    #[test]
    fn there_is_one_failure() {
        let vectors = index();
        let failed = vectors.iter().filter(|vector| vector["expect"]["reject"] == "EncDecryptFailed");
        let answers: std::collections::BTreeSet<String> = failed
            .map(|vector| {
                let error = validate(&message(vector), vector, keys(vector)).unwrap_err();
                format!("{error} {error:?} {:?} {}", error.reason(), error.location().as_path())
            })
            .collect();
        assert_eq!(answers.len(), 1, "{answers:#?}");
    }

    /// SE-08, and the same for every other way to encrypt: each octet of the content and of the wrapped key, changed.
    #[test]
    fn every_changed_octet_is_the_same_refusal() {
        let vectors = index();
        for id in
            ["xmlsec1-cbc", "xmlsec1-aes128-gcm", "xmlsec1-rsa15", "xmlsec1-rsa15-cbc", "xmlsec1-aes192-gcm"]
        {
            let vector = vectors.iter().find(|vector| vector["id"] == id).unwrap();
            let text = String::from_utf8(message(vector)).unwrap();
            let keys = keys(vector);
            assert!(validate(text.as_bytes(), vector, keys.clone()).is_ok(), "{id}");
            let mut answers = std::collections::BTreeSet::new();
            let mut tried = 0;
            let values: Vec<(usize, usize)> = text
                .match_indices("<xenc:CipherValue>")
                .map(|(at, tag)| (at + tag.len(), at + text[at..].find("</").unwrap()))
                .collect();
            assert_eq!(values.len(), 2, "{id}");
            for (start, end) in values {
                let mut octets = decode(&text[start..end]);
                let step = (octets.len() / 128).max(1);
                for at in (0..octets.len()).step_by(step) {
                    let bit = 1 << (at % 8);
                    octets[at] ^= bit;
                    let changed = format!("{}{}{}", &text[..start], encode(&octets), &text[end..]);
                    octets[at] ^= bit;
                    let error = validate(changed.as_bytes(), vector, keys.clone()).unwrap_err();
                    answers.insert(format!("{error} {error:?}"));
                    tried += 1;
                }
            }
            assert!(tried >= 256, "{id}: {tried}");
            assert_eq!(answers.len(), 1, "{id}: {answers:#?}");
            assert!(answers.first().unwrap().contains("EncDecryptFailed"), "{id}: {answers:#?}");
        }
    }

    #[test]
    fn the_login_tells_which_key_decrypted() {
        let vectors = index();
        let used = |id: &str| {
            let vector = vectors.iter().find(|vector| vector["id"] == id).unwrap();
            let login = validate(&message(vector), vector, keys(vector)).unwrap();
            login.decrypted()[0].key().unwrap().to_owned()
        };
        let labels: Vec<String> =
            pem(&["rsa3072", "sp"]).own_keys().into_iter().map(|key| key.label).collect();
        assert_eq!(used("rollover-new"), labels[0]);
        for id in ["rollover-certificate", "rollover-none", "rollover-name", "rollover-other"] {
            assert_eq!(used(id), labels[1], "{id}");
        }
        let vector = vectors.iter().find(|vector| vector["id"] == "xmlsec1-rsa15-cbc").unwrap();
        let login = validate(&message(vector), vector, keys(vector)).unwrap();
        let excepted: Vec<_> =
            login.exceptions().iter().map(|exception| exception.relaxation().name()).collect();
        assert_eq!(excepted, ["cbc", "rsa15"]);
    }

    fn keys(vector: &Json) -> Option<Arc<dyn Decryptor>> {
        let names: Vec<&str> =
            vector["keys"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        if names.is_empty() { None } else { Some(Arc::new(pem(&names))) }
    }

    fn pem(names: &[&str]) -> PrivateKeys {
        let read = |name: &&str| std::fs::read_to_string(folder().join(format!("keys/{name}.key"))).unwrap();
        PrivateKeys::from_pem(&names.iter().map(read).collect::<String>()).unwrap()
    }

    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    fn decode(text: &str) -> Vec<u8> {
        let digits = text.bytes().filter_map(|byte| ALPHABET.iter().position(|digit| *digit == byte));
        let (mut octets, mut bits, mut count) = (Vec::new(), 0_u32, 0);
        for digit in digits {
            bits = bits << 6 | u32::try_from(digit).unwrap();
            count += 6;
            if count >= 8 {
                count -= 8;
                octets.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        octets
    }

    fn encode(octets: &[u8]) -> String {
        let mut text = String::new();
        for chunk in octets.chunks(3) {
            let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
            for at in 0..4 {
                let digit = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize] as char;
                text.push(if at <= chunk.len() { digit } else { '=' });
            }
        }
        text
    }
}

fn validate(
    octets: &[u8],
    vector: &Json,
    decryptor: Option<Arc<dyn Decryptor>>,
) -> Result<Validated<Assertion>, Error> {
    let (idp, policy, now) = judged_with(vector, decryptor);
    saml::validate(octets, &idp, &policy, now)
}

fn judged_with(vector: &Json, decryptor: Option<Arc<dyn Decryptor>>) -> (TrustedIdp, Policy, OffsetDateTime) {
    let certificate = folder().join("../saml/keys/k.crt");
    let mut idp =
        TrustedIdp::from_pem("https://idp.test", &std::fs::read_to_string(certificate).unwrap()).unwrap();
    for name in vector["allow"].as_array().unwrap() {
        let relaxation = Relaxation::ALL.iter().find(|r| r.name() == name.as_str().unwrap()).unwrap();
        let until = Date::from_calendar_date(2026, Month::June, 1).unwrap();
        idp = idp.with_exception(Exception::new(*relaxation, "test", "tests@sp.test", until).unwrap());
    }
    let request = Request::InResponseTo("_req1".to_owned());
    let mut policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
    if let Some(decryptor) = decryptor {
        policy = policy.with_decryptor(decryptor);
    }
    let now = vector["now"].as_str().unwrap_or("2026-01-01T00:00:00Z");
    (idp, policy, OffsetDateTime::parse(now, &Rfc3339).unwrap())
}

fn shown(assertion: &Assertion) -> Json {
    let mut attributes = serde_json::Map::new();
    for attribute in assertion.attributes() {
        let values: Vec<Option<&str>> = attribute.values().iter().map(|value| value.as_text()).collect();
        attributes.insert(attribute.name().to_owned(), json!(values));
    }
    json!({ "name_id": assertion.name_id().map(|id| id.value()), "attributes": attributes })
}

fn message(vector: &Json) -> Vec<u8> {
    std::fs::read(folder().join(vector["file"].as_str().unwrap())).unwrap()
}

fn index() -> Vec<Json> {
    serde_json::from_slice(&std::fs::read(folder().join("vectors.json")).unwrap()).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/encryption")
}
