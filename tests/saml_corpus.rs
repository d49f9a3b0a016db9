//! Other people's SAML messages, which are not part of this repository: real ones must be accepted, attacks refused.
//!
//! Documented verdicts that differ on purpose, and the side taken where peers disagree, stand in `testdata/README.md` with
//! the check that refuses. An entry that is listed there and does not come out so fails as well.

#[path = "support/shared.rs"]
mod shared;

use bonafide::check::Check;
use bonafide::exception::{Exception, Relaxation};
use bonafide::saml::{self, NameIdPolicy, Policy, Request, TrustedIdp};
use serde_json::Value;
use shared::{entries, name, shared};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

#[test]
fn real_messages_are_accepted_and_attacks_refused() {
    let (Some(corpus), Some(interop)) = (shared("corpus/saml"), shared("interop")) else { return };
    let groups = ["valid", "attack", "attack-derived"];
    let corpus = groups.iter().flat_map(|group| entries(&corpus.join(group)));
    let cases = corpus.filter_map(|entry| Case::of_corpus(&entry));
    let producers = entries(&interop);
    let cases = cases.chain(producers.iter().flat_map(|producer| Case::of_producer(producer)));
    let decisions = Decision::all();
    let mut outcome = Outcome::default();
    for case in cases {
        outcome.note(&case, &decisions);
    }
    outcome.report(&decisions);
}

/// One message and what it is judged with.
struct Case {
    id: String,
    message: Vec<u8>,
    verdict: Verdict,
    encrypted: bool,
    /// The private key of the service, where the message is encrypted for it.
    sp_key: Option<String>,
    pem: String,
    issuer: String,
    audience: String,
    acs: String,
    in_response_to: Option<String>,
    now: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accept,
    Reject,
    Disputed,
}

impl Case {
    /// An entry of the corpus that is a whole Response.
    fn of_corpus(entry: &Path) -> Option<Self> {
        let meta = json(&entry.join("meta.json"));
        let expected = &meta["expected"];
        if expected["scope"] != "full" {
            return None;
        }
        let with = &meta["validate_with"];
        let text = |key: &str| with[key].as_str().unwrap_or("urn:none").to_owned();
        let key_file = with["idp_cert"].as_str().unwrap_or("idp-cert.pem");
        Some(Self {
            id: name(entry),
            message: fs::read(entry.join("response.xml")).ok()?,
            verdict: match expected["verdict"].as_str()? {
                "accept" => Verdict::Accept,
                "reject" => Verdict::Reject,
                _ => Verdict::Disputed,
            },
            encrypted: meta["encrypted"] == true,
            sp_key: fs::read_to_string(entry.join("sp-key.pem")).ok(),
            pem: fs::read_to_string(entry.join(key_file)).ok()?,
            issuer: text("idp_entity_id"),
            audience: text("sp_entity_id"),
            acs: text("acs_url"),
            in_response_to: with["in_response_to"].as_str().map(str::to_owned),
            now: instant(with["now"].as_str()?),
        })
    }

    /// The Responses of one producer; those that must be refused say so in their name.
    fn of_producer(folder: &Path) -> Vec<Self> {
        if !folder.join("idp.crt").is_file() {
            return Vec::new();
        }
        let manifest = json(&folder.join("manifest.json"));
        let pem =
            ["idp.crt", "idp-ec.crt"].map(|file| fs::read_to_string(folder.join(file)).unwrap_or_default());
        let messages = manifest["messages"].as_object().cloned().unwrap_or_default();
        let responses = messages.into_iter().filter(|(_, facts)| facts["root"] == "Response");
        responses
            .map(|(file, facts)| Self {
                id: format!("{}/{file}", name(folder)),
                message: fs::read(folder.join(&file)).unwrap(),
                verdict: if file.contains("negative") || file.contains("error-response") {
                    Verdict::Reject
                } else {
                    Verdict::Accept
                },
                sp_key: fs::read_to_string(folder.join("sp.key")).ok(),
                encrypted: facts["encrypted"].as_array().is_some_and(|parts| !parts.is_empty()),
                pem: pem.concat(),
                issuer: facts["issuer"].as_str().unwrap_or("urn:none").to_owned(),
                audience: "https://sp.interop.test/metadata".to_owned(),
                acs: "https://sp.interop.test/acs".to_owned(),
                in_response_to: facts["in_response_to"].as_str().map(str::to_owned),
                now: instant(facts["issue_instant"].as_str().unwrap()),
            })
            .collect()
    }

    /// `None`: accepted.
    fn judge(&self) -> Option<Check> {
        let mut idp = match TrustedIdp::from_pem(&self.issuer, &self.pem) {
            Ok(idp) => idp,
            Err(error) => return Some(error.check()),
        };
        for relaxation in self.relaxations() {
            let end = Date::from_calendar_date(2100, Month::January, 1).unwrap();
            idp = idp.with_exception(Exception::new(relaxation, "old message", "tests", end).unwrap());
        }
        #[cfg(feature = "aws-lc")]
        {
            use bonafide::crypto::{DigestAlgorithm, SignatureAlgorithm};
            idp = idp.with_algorithm(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512));
        }
        let request = self.in_response_to.clone().map_or(Request::Unsolicited, Request::InResponseTo);
        let mut policy = match Policy::new(&self.audience, [self.acs.as_str()], request) {
            Ok(policy) => policy,
            Err(error) => return Some(error.check()),
        };
        let text = String::from_utf8_lossy(&self.message);
        if !text.contains("NameID") && !text.contains("EncryptedAssertion") {
            policy = policy.with_name_id(NameIdPolicy::Optional);
        }
        let policy = self.decrypting(policy);
        saml::validate(&self.message, &idp, &policy, self.now).err().map(|error| error.check())
    }

    #[cfg(feature = "decryption")]
    fn decrypting(&self, policy: Policy) -> Policy {
        let Some(pem) = &self.sp_key else { return policy };
        policy.with_decryptor(std::sync::Arc::new(bonafide::crypto::PrivateKeys::from_pem(pem).unwrap()))
    }

    #[cfg(not(feature = "decryption"))]
    fn decrypting(&self, policy: Policy) -> Policy {
        let _ = &self.sp_key;
        policy
    }

    /// Old cryptography is allowed throughout; a missing restriction only where the message does not even name it.
    fn relaxations(&self) -> Vec<Relaxation> {
        let text = String::from_utf8_lossy(&self.message);
        let mut allowed = vec![Relaxation::Sha1, Relaxation::Rsa1024, Relaxation::Cbc, Relaxation::Rsa15];
        for (relaxation, word) in [
            (Relaxation::NoDestination, "Destination="),
            (Relaxation::NoConditions, "Conditions"),
            (Relaxation::NoAudience, "Audience>"),
        ] {
            if !text.contains(word) && !text.contains("EncryptedAssertion") {
                allowed.push(relaxation);
            }
        }
        allowed
    }
}

#[derive(Default)]
struct Outcome {
    accepted: usize,
    refused_attacks: BTreeMap<&'static str, usize>,
    /// Legitimate messages that are refused on purpose, with the check.
    refused: Vec<String>,
    /// What the default build cannot compute: decryption, ECDSA with SHA-512.
    needs_feature: usize,
    listed: BTreeSet<String>,
    faults: Vec<String>,
}

impl Outcome {
    fn note(&mut self, case: &Case, decisions: &[Decision]) {
        let refused = case.judge();
        let found = refused.map_or("accepted", Check::name);
        let exact = decisions.iter().find(|decision| decision.entry == case.id);
        let listed = exact.or_else(|| decisions.iter().find(|decision| decision.is_about(&case.id)));
        if let Some(decision) = listed {
            self.listed.insert(decision.entry.clone());
            if refused == Some(Check::EncryptedContentUnsupported) && !cfg!(feature = "decryption") {
                self.needs_feature += 1;
            } else if decision.here != found {
                let said = &decision.here;
                self.faults.push(format!("{}: testdata/README.md says {said}, found {found}", case.id));
            }
            if case.verdict == Verdict::Accept && refused.is_some() {
                self.refused.push(format!("{} {found}", case.id));
            }
            return;
        }
        match (case.verdict, refused) {
            (_, Some(Check::EncryptedContentUnsupported))
                if case.encrypted && !(cfg!(feature = "decryption") && case.sp_key.is_some()) =>
            {
                self.needs_feature += 1;
            }
            (_, Some(Check::AlgUnsupported))
                if case.id.contains("ecdsa-sha512") && !cfg!(feature = "aws-lc") =>
            {
                self.needs_feature += 1;
            }
            (Verdict::Accept, None) => self.accepted += 1,
            (Verdict::Reject, Some(check)) => *self.refused_attacks.entry(check.name()).or_default() += 1,
            (verdict, _) => self.faults.push(format!("{}: documented {verdict:?}, found {found}", case.id)),
        }
    }

    fn report(&self, decisions: &[Decision]) {
        let (accepted, refused) = (self.accepted, self.refused.len());
        let attacks: usize = self.refused_attacks.values().sum();
        println!("{attacks} attacks refused, by {:#?}", self.refused_attacks);
        println!("{refused} of {} legitimate messages refused: {:#?}", accepted + refused, self.refused);
        println!("{} need a feature that the default build has not", self.needs_feature);
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
        let seen = |decision: &&Decision| !self.listed.contains(&decision.entry);
        let unseen: Vec<&str> =
            decisions.iter().filter(seen).map(|decision| decision.entry.as_str()).collect();
        assert!(unseen.is_empty(), "listed in testdata/README.md, but not there: {unseen:?}");
        assert!(accepted >= 100 && attacks >= 200, "only {accepted} accepted, {attacks} attacks refused");
    }
}

/// A row of a table in `testdata/README.md`: an entry and what this library says about it.
struct Decision {
    /// Its name; with `*` in front, how its name ends.
    entry: String,
    /// The check that refuses, or `accepted`.
    here: String,
}

impl Decision {
    fn all() -> Vec<Self> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/README.md");
        let text = fs::read_to_string(file).unwrap();
        let rows = text
            .lines()
            .skip_while(|line| !line.starts_with("## Other"))
            .filter_map(|line| line.strip_prefix("| `"));
        rows.map(|row| {
            let mut cells = row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
            Self { entry: cells.next().unwrap(), here: cells.next().unwrap() }
        })
        .collect()
    }

    fn is_about(&self, id: &str) -> bool {
        self.entry.strip_prefix('*').is_some_and(|ending| id.ends_with(ending))
    }
}

fn instant(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
