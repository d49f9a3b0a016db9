//! Encrypted elements: decrypted, parsed by the same reader, judged by the same grammar, and verified like plain ones.
//!
//! A signature around the encrypted element holds before anything is decrypted. Content without such a signature and without a
//! tag of its own (AES-CBC) could be changed by anybody, who then learns from the answer what it decrypts to: until the
//! signature inside it holds, everything that is wrong with it is one failure.

use super::assertion::{Assertion, Decrypted};
use super::explain::{Expectations, Known};
use super::grammar::{self, AssertionLayout, Content, fault, location};
use super::idp::TrustedIdp;
use super::policy::Policy;
use super::read::{self, Envelope};
use super::response::{Signed, SignedResponse, from_own_octets, nothing_signed, rejected, signed_by};
use crate::check::Check;
use crate::crypto::Certificate;
use crate::diagnosis::RECIPIENT;
use crate::error::{Error, Failure, Quoted, Reason};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::trust::Verified;
use crate::xml::encryption::{self, Decryption, FAILED, Fault, Opened};
use crate::xml::signature::{self, Rules, Vouched};
use crate::xml::{Comments, Element, Ns, Tree};

/// What encrypted elements are decrypted with, and whether a signature that holds covers them.
#[derive(Clone, Copy)]
pub(super) struct Keys<'d> {
    decryption: Option<&'d Decryption<'d>>,
    covered: bool,
}

impl<'d> Keys<'d> {
    pub(super) const fn new(decryption: Option<&'d Decryption<'d>>) -> Self {
        Self { decryption, covered: false }
    }

    /// The same for elements in octets that a key vouched for.
    pub(super) const fn covered(self) -> Self {
        Self { covered: true, ..self }
    }

    pub(super) const fn can_decrypt(self) -> bool {
        self.decryption.is_some()
    }

    /// Decrypts an element. Encrypted content is refused as a whole where nothing decrypts: what cannot be read must not look
    /// like "not sent".
    pub(super) fn open(self, element: Element<'_, '_>) -> Result<OpenedElement, Error> {
        let Some(decryption) = self.decryption else {
            let what = "the content is encrypted, and no private key of this service was given to decrypt it";
            return Err(fault(Check::EncryptedContentUnsupported, what, element).into());
        };
        let opened = decryption.open(element).map_err(|fault| failed(element, fault))?;
        let uniform = !self.covered && !opened.by.cipher.is_authenticated();
        Ok(OpenedElement { opened, uniform })
    }
}

/// A decrypted element.
pub(super) struct OpenedElement {
    opened: Opened,
    /// Whatever is wrong with it is the one failure.
    uniform: bool,
}

impl OpenedElement {
    /// The plaintext, which must be the one element expected.
    pub(super) fn single<'p>(
        &'p self,
        around: Element<'_, 'p>,
        local: &'static str,
    ) -> Result<Tree<'p>, Error> {
        // An explanation comes here with what nobody signed. Only an assertion can show a signature of its own.
        if self.uniform && local != "Assertion" {
            return Err(failed(around, FAILED));
        }
        let plaintext = &self.opened.plaintext;
        let parsed = encryption::plaintext(plaintext.as_bytes(), around);
        // The content goes the same way whether padding and key were right.
        let told = plaintext.is_sound() && !self.uniform;
        let tree = match parsed {
            Ok(tree) if plaintext.is_sound() => tree,
            Err(_) if told && encryption::begins_encrypted(plaintext.as_bytes()) => {
                return Err(failed(around, NESTED));
            }
            Err(malformed) if told && malformed.check() == Check::XmlUnboundPrefix => {
                return Err(failed(around, UNDECLARED));
            }
            _ => return Err(failed(around, FAILED)),
        };
        let root = tree.root();
        let (ns, name) = root.expanded_name();
        if ns == Ns::Saml && name == local {
            return Ok(tree);
        }
        if !told {
            return Err(failed(around, FAILED));
        }
        if encryption::is_encrypted(ns, name) {
            return Err(failed(around, NESTED));
        }
        let reason = Reason::Mismatch {
            what: "decrypted element",
            expected: vec![Quoted::protocol(local)],
            found: vec![Quoted::protocol(root.local())],
        };
        Err(failed(around, (Check::EncPlaintextShape, reason)))
    }

    pub(super) fn record(&self, element: &'static str) -> Decrypted {
        Decrypted { element, by: self.opened.by.clone() }
    }
}

/// What the keys of a policy decrypt with.
pub(super) fn decryption<'d>(
    idp: &'d TrustedIdp,
    policy: &'d Policy,
    now: Instant,
) -> Option<Decryption<'d>> {
    let decryptor = policy.decryptor.0.as_deref()?;
    Some(Decryption::new(decryptor, Some(&policy.sp_entity_id), &idp.exceptions, now))
}

/// What expectations decrypt with.
pub(super) fn expected_decryption<'d>(wanted: &Expectations<'d>, now: Instant) -> Option<Decryption<'d>> {
    let exceptions = if let Known::Known(idp) = wanted.idp { idp.exceptions.as_slice() } else { &[] };
    let recipient = if let Known::Known(id) = wanted.sp_entity_id { Some(id) } else { None };
    Some(Decryption::new(wanted.decryptor?.0, recipient, exceptions, now))
}

/// Decrypts an EncryptedAssertion, lays it out, judges its own signature by `rules`, and hands all of it on.
pub(super) fn assertion<T>(
    element: Element<'_, '_>,
    keys: Keys<'_>,
    rules: Option<&Rules<'_>>,
    then: impl FnOnce(&AssertionLayout<'_, '_>, Option<Result<Vouched, Failure>>, Decrypted) -> Result<T, Error>,
) -> Result<T, Error> {
    let opened = keys.open(element)?;
    let one_failure = |error| if opened.uniform { failed(element, FAILED) } else { error };
    let tree = opened.single(element, "Assertion").inspect_err(|_| pretend(&opened, rules))?;
    let layout = grammar::lone_assertion(tree.root());
    let layout = layout.map_err(Error::from).inspect_err(|_| pretend(&opened, rules)).map_err(one_failure)?;
    let own = layout.signature.zip(rules);
    let octets = opened.opened.plaintext.as_bytes();
    let verdict = own.map(|(own, rules)| match opened.uniform {
        true => signature::verify_evenly(layout.element, own, rules, SIGNATURE, octets),
        false => signature::verify(layout.element, own, rules, SIGNATURE),
    });
    if opened.uniform && !matches!(verdict, Some(Ok(_))) {
        if verdict.is_none() {
            pretend(&opened, rules);
        }
        return Err(failed(element, FAILED));
    }
    then(&layout, verdict, opened.record("EncryptedAssertion"))
}

/// Verifies a Response with an EncryptedAssertion; `outer` is its own signature, which holds.
pub(super) fn verify<'i>(
    element: Element<'_, '_>,
    envelope: Envelope,
    outer: Option<Vouched>,
    (keys, rules): (Keys<'_>, &Rules<'_>),
    idp: &'i TrustedIdp,
) -> Result<Verified<SignedResponse<'i>>, Error> {
    let Some(outer) = outer else {
        return assertion(element, keys, Some(rules), |_, verdict, record| {
            let inner = verdict.transpose().map_err(rejected)?;
            let inner = inner.ok_or_else(|| rejected(nothing_signed()))?;
            Verified::read(&inner.octets, |octets| {
                let assertion = from_own_octets(&inner, octets, signed_by(idp, Some(&inner), None), keys)?;
                let signed = Signed { response: false, assertion: true };
                Ok(SignedResponse { envelope, assertion: with_record(assertion, record), signed, idp })
            })
        });
    };
    Verified::read(&outer.octets, |octets| {
        let tree = outer.reparse(octets, &XmlLimits::VOUCHED, Comments::Refused).map_err(rejected)?;
        let layout = grammar::response(tree.root())?;
        let Content::Encrypted(element) = layout.assertion else { return Err(rejected(nothing_signed())) };
        let envelope = read::envelope(&layout)?;
        let keys = keys.covered();
        assertion(element, keys, Some(rules), |plain, verdict, record| {
            let inner = verdict.transpose().map_err(rejected)?;
            let by = signed_by(idp, inner.as_ref(), Some(&outer));
            let assertion = match &inner {
                Some(inner) => from_own_octets(inner, inner.octets.as_bytes(), by, keys)?,
                None => Assertion { signed_by: by, ..read::assertion(plain, keys)? },
            };
            let signed = Signed { response: true, assertion: inner.is_some() };
            Ok(SignedResponse { envelope, assertion: with_record(assertion, record), signed, idp })
        })
    })
}

/// The certificates that a message shows for its recipient, beside the keys of this service: public values on both sides, so
/// that it tells nothing about what a key does to the content.
pub(super) fn recipients(element: Element<'_, '_>, wanted: &Expectations<'_>) -> Option<Failure> {
    let shown = encryption::certificates_shown(element);
    let own = wanted.decryptor.map(|decryptor| decryptor.0.own_keys()).unwrap_or_default();
    let is_own = |certificate: &Certificate| own.iter().any(|key| key.is_of(certificate));
    if shown.is_empty() || shown.iter().any(is_own) {
        return None;
    }
    let found = shown.iter().map(|certificate| {
        let (sha256, key) = (certificate.sha256(), certificate.spki_sha256());
        Quoted::tenant(&format!("certificate {sha256} of {} (public key {key})", certificate.subject()))
    });
    let expected = own.iter().map(|key| match &key.certificate_sha256 {
        Some(sha256) => Quoted::tenant(&format!("certificate {sha256} (public key {})", key.label)),
        None => Quoted::tenant(&format!("public key {}", key.label)),
    });
    let (expected, found) = (expected.collect(), found.collect());
    let reason = Reason::Mismatch { what: RECIPIENT, expected, found };
    Some(Failure::new(Check::EncDecryptFailed, reason, location(element)))
}

pub(super) fn with_record(mut assertion: Assertion, record: Decrypted) -> Assertion {
    assertion.decrypted.insert(0, record);
    assertion
}

fn failed(element: Element<'_, '_>, (check, reason): Fault) -> Error {
    rejected(Failure::new(check, reason, location(element)))
}

/// Content that does not come as far as its signature takes as long as if it had.
fn pretend(opened: &OpenedElement, rules: Option<&Rules<'_>>) {
    if let Some(rules) = rules.filter(|_| opened.uniform) {
        signature::pretend(opened.opened.plaintext.as_bytes(), rules);
    }
}

const NESTED: Fault = (Check::EncNested, Reason::Stated("the decrypted content is encrypted again"));

/// With a signature around the content its octets are what counts, and they do not declare what they did not use.
const UNDECLARED: Fault = (
    Check::EncPlaintextShape,
    Reason::Stated(
        "the decrypted content uses a namespace prefix that neither it nor what is signed around it declares",
    ),
);

const SIGNATURE: &str = "/Response/EncryptedAssertion/Assertion/Signature";

#[cfg(all(test, feature = "decryption"))]
mod tests {
    use crate::check::Check;
    use crate::crypto::{ContentKey, Decryptor, NotUnwrapped, TrustedKeys, WrappedKey, budget};
    use crate::diagnosis::Verdict;
    use crate::exception::{Exception, Relaxation};
    use crate::saml::{self, Expectations, Policy, Request, TrustedIdp};
    use openssl::base64::encode_block;
    use openssl::symm::{Cipher, encrypt};
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use time::macros::{date, datetime};

    const NOW: time::OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

    struct Hsm;

    impl Decryptor for Hsm {
        fn unwrap_key(&self, wrapped: &WrappedKey<'_>) -> Result<ContentKey, NotUnwrapped> {
            Ok(ContentKey::new(&vec![7; wrapped.key_octets()]))
        }
    }

    fn data(file: &str) -> String {
        std::fs::read_to_string(format!("{}/testdata/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    /// An encrypted element in AES-128-CBC.
    fn sealed(name: &str, plaintext: &str) -> String {
        let content = encrypt(Cipher::aes_128_cbc(), &[7; 16], Some(&[1; 16]), plaintext.as_bytes()).unwrap();
        let value = |octets: &[u8]| {
            format!("<x:CipherData><x:CipherValue>{}</x:CipherValue></x:CipherData>", encode_block(octets))
        };
        let method = |name: &str| {
            format!(r#"<x:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#{name}"/>"#)
        };
        format!(
            r#"<saml:{name}><x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#">{}{}</x:EncryptedData><x:EncryptedKey xmlns:x="http://www.w3.org/2001/04/xmlenc#">{}{}</x:EncryptedKey></saml:{name}>"#,
            method("aes128-cbc"),
            value(&[&[1; 16], content.as_slice()].concat()),
            method("rsa-oaep-mgf1p"),
            value(&[9; 256]),
        )
    }

    fn response(content: &str) -> String {
        format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" Destination="https://sp.test/acs" InResponseTo="_req1"><saml:Issuer>https://idp.test</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{content}</samlp:Response>"#
        )
    }

    fn judged_by(keys: &[&str]) -> (TrustedIdp, Policy) {
        let pem: String = keys.iter().map(|name| data(&format!("saml/keys/{name}.crt"))).collect();
        let until = Exception::new(Relaxation::Cbc, "test", "tests@sp.test", date!(2026 - 06 - 01)).unwrap();
        let idp = TrustedIdp::new("https://idp.test", TrustedKeys::from_pem(&pem).unwrap()).unwrap();
        let request = Request::InResponseTo("_req1".to_owned());
        let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
        (idp.with_exception(until), policy.with_decryptor(Arc::new(Hsm)))
    }

    /// SE-07: whatever is wrong with content that anybody could have changed, as many signatures are checked, and the answer
    /// is `EncDecryptFailed`.
    #[test]
    fn as_many_signatures_are_checked_whatever_is_wrong() {
        let inner = data("encryption/inner.xml");
        let start = inner.find("<ds:Signature ").unwrap();
        let end = inner.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let wrong = [
            inner.replace("alice", "mallo"),
            inner.replace("nBjgYK", "nBjgYL"),
            inner.replace("#_a1", "#_a2"),
            inner.replace("rsa-sha256", "rsa-sha257"),
            inner.replace("<ds:SignatureValue>", "<ds:SignatureValue>!"),
            format!("{}{}", &inner[..start], &inner[end..]),
            inner.replace("<saml:Subject>", "<saml:Subjekt>"),
            inner.replace("saml:Subject>", "saml:Other>"),
            inner.replace("saml:Assertion", "saml:Other"),
            sealed("EncryptedAssertion", &inner),
            "text".to_owned(),
            String::new(),
        ];
        for keys in [&["k"][..], &["k", "k2"], &["k", "k2", "ec256", "ec384"]] {
            let (idp, policy) = judged_by(keys);
            let run = |plaintext: &str| {
                let message = response(&sealed("EncryptedAssertion", plaintext));
                budget::take();
                let verdict = saml::validate(message.as_bytes(), &idp, &policy, NOW);
                (verdict.map(|_| ()).map_err(|error| error.check()), budget::take())
            };
            assert_eq!(run(&inner), (Ok(()), 1));
            for (at, plaintext) in wrong.iter().enumerate() {
                assert_eq!(run(plaintext), (Err(Check::EncDecryptFailed), keys.len()), "{at} {keys:?}");
            }
        }
    }

    /// SE-07: an explanation reads an assertion that nobody signed. What an EncryptedID in it decrypts to is not told.
    #[test]
    fn what_nobody_signed_is_not_explained() {
        let (idp, policy) = judged_by(&["k"]);
        let inner = data("encryption/inner.xml");
        let (start, end) = (inner.find("<saml:NameID").unwrap(), inner.find("</saml:NameID>").unwrap());
        let explained: BTreeSet<String> =
            ["<saml:NameID>mallory</saml:NameID>", "<saml:NameID/>", "text", ""]
                .into_iter()
                .map(|plaintext| {
                    let name = sealed("EncryptedID", plaintext);
                    let plain =
                        format!("{}{name}{}", &inner[..start], &inner[end + "</saml:NameID>".len()..]);
                    let known = Expectations::complete(&idp, &policy);
                    let diagnosis = saml::explain(response(&plain).as_bytes(), &known, NOW);
                    assert_eq!(diagnosis.verdict(), Verdict::Denied);
                    let checks: Vec<_> = diagnosis.findings().iter().map(|finding| finding.check()).collect();
                    assert!(checks.contains(&Some(Check::EncDecryptFailed)), "{checks:?}");
                    format!("{checks:?} {:?}", diagnosis.passed())
                })
                .collect();
        assert_eq!(explained.len(), 1, "{explained:#?}");
    }
}
