//! libxmlsec1 beside us, over every signed SAML document there is: our own vectors, and other people's where they are.
//!
//! Whatever we accept, it must have hashed the same octets of. What it accepts and we refuse is counted by our check. What is
//! known to differ stands, with its reason, in `testdata/second_opinion/expected.json`; anything else fails.
#![cfg(feature = "xmlsec")]

#[path = "support/shared.rs"]
mod shared;

use bonafide::check::Check;
use bonafide::crypto::{TrustedKey, TrustedKeys};
use bonafide::exception::{Exception, Relaxation};
use bonafide::saml::{
    self, Difference, Obstacle, SecondOpinion, TrustedIdp, second_opinion, second_opinion_on_metadata,
};
use serde_json::Value;
use shared::{entries, name, shared};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use time::macros::{date, datetime};

/// libxmlsec1 writes every refusal to standard error; the tests run in a child whose standard error goes nowhere.
const CHILD: &str = "BONAFIDE_SECOND_OPINION_CHILD";

fn quietly(test: &str, run: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return run();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1").stderr(Stdio::null());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{text}");
}

#[test]
fn own_documents() {
    quietly("own_documents", || {
        let data = testdata();
        let mut tally = Tally::default();
        let mut trusted = own_keys(&data);
        trusted.truncate(32);
        for path in below(&data.join("saml")).into_iter().chain(below(&data.join("metadata"))) {
            tally.note(&path.strip_prefix(&data).unwrap().display().to_string(), &path, &trusted);
        }
        tally.report("own", 150);
    });
}

#[test]
fn documents_of_others() {
    quietly("documents_of_others", || {
        let (Some(corpus), Some(interop)) = (shared("corpus/saml"), shared("interop")) else { return };
        let mut tally = Tally::default();
        for group in ["valid", "attack", "attack-derived"] {
            for entry in entries(&corpus.join(group)) {
                let keys = keys_of(&entry);
                for path in below(&entry) {
                    tally.note(&format!("{}/{}", name(&entry), name(&path)), &path, &keys);
                }
            }
        }
        for producer in entries(&interop) {
            let keys = keys_of(&producer);
            for path in below(&producer) {
                tally.note(&format!("{}/{}", name(&producer), name(&path)), &path, &keys);
            }
        }
        tally.report("others", 200);
    });
}

#[test]
fn samael_metadata_becomes_trust_by_our_own_reading() {
    quietly("samael_metadata_becomes_trust_by_our_own_reading", || {
        let now = datetime!(2026-01-01 00:00 UTC);
        let text = fs::read_to_string(testdata().join("metadata/good.xml")).unwrap();
        let entity: samael::metadata::EntityDescriptor = text.parse().unwrap();
        let ours = TrustedIdp::from_metadata(text.as_bytes(), now).unwrap();
        assert_eq!(saml::samael::trusted_idp(&entity, now).unwrap(), ours);
        for (file, check) in [
            ("sp-only.xml", Check::MetaRoleMissing),
            ("expired.xml", Check::MetaExpired),
            ("encryption-only.xml", Check::MetaNoSigningKey),
        ] {
            let text = fs::read_to_string(testdata().join("metadata").join(file)).unwrap();
            let entity: samael::metadata::EntityDescriptor = text.parse().unwrap();
            assert_eq!(saml::samael::trusted_idp(&entity, now).unwrap_err().check(), check, "{file}");
        }
    });
}

/// A difference is seen: the same message with another trust, and altered.
#[test]
fn differences_are_named() {
    quietly("differences_are_named", || {
        let data = testdata().join("saml");
        let now = datetime!(2026-01-01 00:00 UTC);
        let idp = |key: &str| {
            let pem = fs::read_to_string(data.join(format!("keys/{key}.crt"))).unwrap();
            TrustedIdp::from_pem("https://idp.test", &pem).unwrap()
        };
        let message = |name: &str| fs::read_to_string(data.join(format!("base/{name}.xml"))).unwrap();
        let elements = |opinion: &SecondOpinion| match opinion {
            SecondOpinion::SameOctets { elements, .. } => elements.clone(),
            other => panic!("{other:?}"),
        };
        let ask = |text: &str, key: &str| second_opinion(text.as_bytes(), &idp(key), now);
        assert_eq!(elements(&ask(&message("b-a"), "k")), ["Assertion"]);
        assert_eq!(elements(&ask(&message("b-r"), "k")), ["Response"]);
        assert_eq!(elements(&ask(&message("b-ra"), "k")), ["Assertion", "Response"]);
        let marked = format!("\u{feff}{}", message("b-ra"));
        assert_eq!(elements(&ask(&marked, "k")), ["Assertion", "Response"]);

        let refused = |check| SecondOpinion::BothRefuse { check };
        assert_eq!(ask(&message("b-a"), "k2"), refused(Check::SignatureInvalid));
        let altered = message("b-a").replace("alice@idp.test", "mallory@idp.test");
        assert_eq!(ask(&altered, "k"), refused(Check::DigestMismatch));
        // A rule that libxmlsec1 does not have.
        let second = message("b-a").replacen("<samlp:Status>", "<samlp:Extra/><samlp:Status>", 1);
        let difference = Difference::OnlyTheyAccept { check: Check::UnexpectedElement };
        assert_eq!(ask(&second, "k"), SecondOpinion::Differ { element: "Response", difference });
        // What libxmlsec1 would obey is not handed on.
        for (from, to) in [
            ("URI=\"#_a1\"", "URI=\"file:///etc/hostname\""),
            ("URI=\"#_a1\"", "URI=\"#xpointer(id('_a1'))\""),
            ("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        ] {
            let asks = message("b-a").replace(from, to);
            assert!(asks != message("b-a"));
            assert_eq!(ask(&asks, "k"), SecondOpinion::CannotJudge(Obstacle::NotHandedOn), "{to}");
        }
        assert_eq!(
            ask("<!DOCTYPE a><a/>", "k"),
            SecondOpinion::CannotJudge(Obstacle::Unreadable(Check::XmlDoctypeForbidden))
        );
        assert_eq!(ask("<a/>", "k"), SecondOpinion::CannotJudge(Obstacle::NotSigned));
    });
}

/// What came out, by kind.
#[derive(Default)]
struct Tally {
    agreed: usize,
    both_refuse: usize,
    they_alone: BTreeMap<&'static str, Vec<String>>,
    /// Accepted by us, and not agreed.
    open: BTreeMap<String, String>,
    /// Not signed, or not XML to us, or something that libxmlsec1 must not do.
    not_asked: usize,
}

impl Tally {
    fn note(&mut self, id: &str, path: &Path, keys: &[TrustedKey]) {
        let document = fs::read(path).unwrap();
        let Ok(keys) = TrustedKeys::new(keys.to_vec()) else { return };
        let now = datetime!(2026-01-01 00:00 UTC);
        let root = String::from_utf8_lossy(&document);
        let metadata =
            root.contains("urn:oasis:names:tc:SAML:2.0:metadata") && root.contains("EntityDescriptor");
        let opinion = if metadata {
            second_opinion_on_metadata(&document, &keys, now)
        } else {
            let mut idp = TrustedIdp::new("https://idp.test", keys).unwrap();
            for relaxation in [Relaxation::Sha1, Relaxation::Rsa1024] {
                let exception = Exception::new(relaxation, "old message", "tests", date!(2100 - 01 - 01));
                idp = idp.with_exception(exception.unwrap());
            }
            second_opinion(&document, &idp, now)
        };
        assert!(!opinion.to_string().contains("alice"), "{opinion}");
        match opinion {
            SecondOpinion::SameOctets { octets, .. } => {
                assert!(octets > 100);
                self.agreed += 1;
            }
            SecondOpinion::BothRefuse { .. } => self.both_refuse += 1,
            SecondOpinion::Differ { difference: Difference::OnlyTheyAccept { check }, .. } => {
                self.they_alone.entry(check.name()).or_default().push(id.to_owned());
            }
            SecondOpinion::CannotJudge(
                Obstacle::NotSigned | Obstacle::Unreadable(_) | Obstacle::NotHandedOn,
            ) => self.not_asked += 1,
            other => {
                self.open.insert(id.to_owned(), format!("{other}"));
            }
        }
    }

    fn report(&self, group: &str, least: usize) {
        let expected: Value =
            serde_json::from_slice(&fs::read(testdata().join("second_opinion/expected.json")).unwrap())
                .unwrap();
        let counts: BTreeMap<&str, usize> =
            self.they_alone.iter().map(|(check, ids)| (*check, ids.len())).collect();
        println!(
            "{group}: same octets {}, both refuse {}, not asked {}",
            self.agreed, self.both_refuse, self.not_asked
        );
        println!("{group}: libxmlsec1 alone accepts {}: {counts:#?}", counts.values().sum::<usize>());
        println!("{group}: open {:#?}", self.open);
        let known = expected["open"].as_object().unwrap();
        let unknown: Vec<_> = self.open.iter().filter(|(id, said)| !is_known(known, id, said)).collect();
        let checks: BTreeSet<&str> =
            expected["they_alone"].as_object().unwrap().keys().map(String::as_str).collect();
        let unexplained: Vec<_> =
            self.they_alone.iter().filter(|(check, _)| !checks.contains(*check)).collect();
        assert!(unknown.is_empty(), "not in expected.json: {unknown:#?}");
        assert!(
            unexplained.is_empty(),
            "libxmlsec1 alone accepts, and expected.json does not say why: {unexplained:#?}"
        );
        assert!(self.agreed >= least, "only {} agreed", self.agreed);
    }
}

/// An entry of this name, or of its beginning with `*` behind.
fn is_known(known: &serde_json::Map<String, Value>, id: &str, said: &str) -> bool {
    let named = |name: &str| name == id || name.strip_suffix('*').is_some_and(|start| id.starts_with(start));
    known.iter().any(|(name, entry)| named(name) && entry["says"] == said)
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Every XML file below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
        entries(folder).into_iter().partition(|path| path.is_dir());
    let xml = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "xml"));
    folders.iter().flat_map(|folder| below(folder)).chain(xml).collect()
}

/// The keys that signers of our own vectors use; those of attackers are not among them.
fn own_keys(data: &Path) -> Vec<TrustedKey> {
    let names = [
        "k", "k2", "ec256", "ec384", "ec521", "rsa1024", "rsa3072", "rsa4096", "rsa8192", "rsa-e3", "rsa2047",
    ];
    let pem = |name: &&str| fs::read_to_string(data.join(format!("saml/keys/{name}.crt"))).unwrap();
    names.iter().flat_map(|name| keys_in(&pem(name))).collect()
}

/// The keys of every certificate beside a message that is not the service provider's.
fn keys_of(entry: &Path) -> Vec<TrustedKey> {
    let certificates = entries(entry).into_iter().filter(|path| {
        let name = name(path);
        !name.starts_with("sp") && (name.ends_with(".pem") || name.ends_with(".crt"))
    });
    certificates.flat_map(|path| keys_in(&fs::read_to_string(path).unwrap_or_default())).collect()
}

fn keys_in(pem: &str) -> Vec<TrustedKey> {
    TrustedKeys::from_pem(pem).map(|keys| keys.iter().cloned().collect()).unwrap_or_default()
}
