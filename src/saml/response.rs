//! The stages of a Response: parsed, verified, validated.

use super::assertion::{Assertion, SignedBy};
use super::checks;
use super::encrypted::{self, Keys};
use super::explain::Expectations;
use super::grammar::{self, AssertionLayout, Content, ResponseLayout};
use super::idp::TrustedIdp;
use super::outcome::{Login, plan};
use super::policy::Policy;
use super::read::{self, Envelope};
use crate::check::Check;
use crate::error::{Error, Failure, Protocol, Quoted, Reason, Rejection};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::report::{FailFast, Provenance, Report as _};
use crate::trust::{Unverified, Validated, Verified};
use crate::xml::encryption::Decryption;
use crate::xml::signature::{self, Rules, Vouched};
use crate::xml::{self, Comments, Element, Ns, Tree};
use core::fmt;
use time::OffsetDateTime;

/// A parsed Response document. It shows nothing of its content.
pub struct Response<'a> {
    pub(super) tree: Tree<'a>,
}

/// A Response whose signatures hold. It shows nothing of its content: addressee and time are not judged yet.
pub struct SignedResponse<'i> {
    pub(super) envelope: Envelope,
    pub(super) assertion: Assertion,
    pub(super) signed: Signed,
    pub(super) idp: &'i TrustedIdp,
}

/// Which elements carry a signature that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) response: bool,
    pub(super) assertion: bool,
}

impl Signed {
    pub(super) const fn envelope(self) -> Provenance {
        if self.response { Provenance::Signed } else { Provenance::Unsigned }
    }
}

/// The few fields of an unverified Response that help to choose whom to trust. Anybody can have written them.
#[derive(Clone, PartialEq, Eq)]
pub struct UntrustedResponse {
    issuer: Option<String>,
    in_response_to: Option<String>,
    destination: Option<String>,
}

impl<'a> Unverified<Response<'a>> {
    /// Parses the raw XML octets of a Response.
    ///
    /// # Errors
    /// `Malformed` with the check of the XML reader, or `UnexpectedRoot`.
    pub fn parse(response: &'a [u8]) -> Result<Self, Error> {
        let tree = xml::parse(response, &XmlLimits::MESSAGE, Comments::Refused)?;
        Ok(Self::new(Response { tree }))
    }

    /// What the message claims about itself, for choosing a tenant before anything is verified.
    #[must_use]
    pub fn peek(&self) -> UntrustedResponse {
        let root = self.content().tree.root();
        let issuer_of = |element: Element<'_, '_>| {
            let issuer = element.children().find(|e| e.is(Ns::Saml, "Issuer"))?.text()?.into_owned();
            (!issuer.is_empty()).then_some(issuer)
        };
        let in_assertion = || root.children().find(|e| e.is(Ns::Saml, "Assertion")).and_then(issuer_of);
        UntrustedResponse {
            issuer: issuer_of(root).or_else(in_assertion),
            in_response_to: root.attribute("InResponseTo").map(str::to_owned),
            destination: root.attribute("Destination").map(str::to_owned),
        }
    }

    /// Verifies every signature with the keys of `idp`. At least the Response or its Assertion must be signed.
    ///
    /// What comes out was read from the octets whose digests the signatures cover.
    ///
    /// # Errors
    /// `Malformed`: the document is not a Response of the accepted grammar. `Rejected`: `StatusNotSuccess` (the identity
    /// provider reports an error; decided before signatures), `SignatureMissing`, or the check of a signature.
    /// `EncryptedContentUnsupported`: something is encrypted.
    pub fn verify(
        self,
        idp: &TrustedIdp,
        now: OffsetDateTime,
    ) -> Result<Verified<SignedResponse<'_>>, Error> {
        self.verify_with(idp, None, Instant::from(now))
    }

    /// As [`verify`](Self::verify), and decrypts what is encrypted with the decryptor that the policy names.
    ///
    /// A signature around encrypted content is verified before the content is decrypted. What is inside is parsed and judged
    /// like a plain message: an EncryptedAssertion holds exactly one Assertion, which is signed itself unless the Response is.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and: `EncKeyShape`, `EncAlgForbidden` (decided without a key); `EncDecryptFailed`: the
    /// content does not decrypt, and nothing else is told; `EncPlaintextShape`, `EncNested`: the plaintext is another element.
    pub fn verify_for<'i>(
        self,
        idp: &'i TrustedIdp,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Verified<SignedResponse<'i>>, Error> {
        let now = Instant::from(now);
        self.verify_with(idp, encrypted::decryption(idp, policy, now).as_ref(), now)
    }

    fn verify_with<'i>(
        self,
        idp: &'i TrustedIdp,
        decryption: Option<&Decryption<'_>>,
        now: Instant,
    ) -> Result<Verified<SignedResponse<'i>>, Error> {
        let keys = Keys::new(decryption);
        let response = self.into_content();
        let layout = grammar::response(response.tree.root())?;
        let envelope = read::envelope(&layout)?;
        checks::status(&envelope).map_err(rejected)?;
        let rules = Rules { keys: &idp.keys, exceptions: &idp.exceptions, now };
        if let (Content::Encrypted(element), true) = (&layout.assertion, keys.can_decrypt()) {
            let outer = layout
                .signature
                .map(|own| signature::verify(layout.element, own, &rules, "/Response/Signature"));
            let outer = outer.transpose().map_err(rejected)?;
            return encrypted::verify(*element, envelope, outer, (keys, &rules), idp);
        }
        let assertion = plain_assertion(&layout)?;

        let outer =
            layout.signature.map(|own| signature::verify(layout.element, own, &rules, "/Response/Signature"));
        let outer = outer.transpose().map_err(rejected)?;
        let own = assertion.signature;
        let inner =
            own.map(|own| signature::verify(assertion.element, own, &rules, "/Response/Assertion/Signature"));
        let inner = inner.transpose().map_err(rejected)?;
        let signed = Signed { response: outer.is_some(), assertion: inner.is_some() };
        let signed_by = signed_by(idp, inner.as_ref(), outer.as_ref());

        match (outer, inner) {
            (None, None) => Err(rejected(nothing_signed())),
            (Some(outer), None) => Verified::read(&outer.octets, |octets| {
                let tree = outer.reparse(octets, &XmlLimits::VOUCHED, Comments::Refused).map_err(rejected)?;
                let layout = grammar::response(tree.root())?;
                let mut assertion = read::assertion(plain_assertion(&layout)?, keys.covered())?;
                assertion.signed_by = signed_by;
                Ok(SignedResponse { envelope: read::envelope(&layout)?, assertion, signed, idp })
            }),
            (None, Some(inner)) => Verified::read(&inner.octets, |octets| {
                let assertion = from_own_octets(&inner, octets, signed_by, keys)?;
                Ok(SignedResponse { envelope, assertion, signed, idp })
            }),
            (Some(outer), Some(inner)) => {
                let envelope = Verified::read(&outer.octets, |octets| {
                    let tree =
                        outer.reparse(octets, &XmlLimits::VOUCHED, Comments::Refused).map_err(rejected)?;
                    read::envelope(&grammar::response(tree.root())?).map_err(Error::from)
                })?;
                let assertion =
                    Verified::read(&inner.octets, |octets| from_own_octets(&inner, octets, signed_by, keys))?;
                Ok(envelope.zip(assertion).map(|(envelope, assertion)| SignedResponse {
                    envelope,
                    assertion,
                    signed,
                    idp,
                }))
            }
        }
    }
}

impl Verified<SignedResponse<'_>> {
    /// Judges the Response by every rule of the web browser SSO profile (`checks.rs`).
    ///
    /// # Errors
    /// `Rejected` with the rule that does not hold. Everything before it in `checks.rs` held.
    pub fn validate(self, policy: &Policy, now: OffsetDateTime) -> Result<Validated<Assertion>, Error> {
        let response = self.content();
        let wanted = Expectations::complete(response.idp, policy);
        let mut report = FailFast::planned(plan(&wanted));
        let chosen = checks::run_checks(&mut report, &response.login(), &wanted, Instant::from(now))
            .map_err(rejected)?;
        for exception in
            response.assertion.exceptions_used().filter_map(|used| response.idp.exceptions.get(*used))
        {
            report.excepted(exception);
        }
        let exceptions = core::mem::take(&mut report.exceptions);
        let passed = report.finish().map_err(rejected)?;
        let accepted_until = response.assertion.ends_by(policy.max_message_age, policy.max_authn_age);
        let sp_entity_id = policy.sp_entity_id.clone();
        let assertion = self.map(|response| Assertion {
            chosen_statement: chosen,
            sp_entity_id,
            exceptions,
            accepted_until,
            ..response.assertion
        });
        Ok(Validated::new(assertion, passed))
    }
}

impl SignedResponse<'_> {
    pub(super) const fn login(&self) -> Login<'_> {
        Login {
            envelope: &self.envelope,
            envelope_provenance: self.signed.envelope(),
            assertion: &self.assertion,
            assertion_provenance: Provenance::Signed,
            signed: Some(self.signed),
        }
    }
}

impl UntrustedResponse {
    /// The Issuer of the Response, else of its Assertion. Anybody can have written it.
    #[must_use]
    pub fn untrusted_issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// InResponseTo of the Response. Anybody can have written it.
    #[must_use]
    pub fn untrusted_in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// Destination of the Response. Anybody can have written it.
    #[must_use]
    pub fn untrusted_destination(&self) -> Option<&str> {
        self.destination.as_deref()
    }
}

/// The one plain assertion of a Response.
pub(super) fn plain_assertion<'l, 't, 'a>(
    layout: &'l ResponseLayout<'t, 'a>,
) -> Result<&'l AssertionLayout<'t, 'a>, Error> {
    match &layout.assertion {
        Content::Plain(assertion) => Ok(assertion),
        Content::Encrypted(element) => Err(Keys::new(None).open(*element).err().unwrap_or_else(missing)),
        Content::Nothing => Err(missing()),
    }
}

fn missing() -> Error {
    let reason = Reason::Missing { what: "Assertion" };
    rejected(Failure::at(Check::AssertionMissing, "/Response", reason))
}

pub(super) fn from_own_octets(
    inner: &Vouched,
    octets: &[u8],
    signed_by: Vec<SignedBy>,
    keys: Keys<'_>,
) -> Result<Assertion, Error> {
    let tree = inner.reparse(octets, &XmlLimits::VOUCHED, Comments::Refused).map_err(rejected)?;
    let mut assertion = read::assertion(&read::lone_assertion(tree.root())?, keys.covered())?;
    assertion.signed_by = signed_by;
    Ok(assertion)
}

pub(super) fn signed_by(idp: &TrustedIdp, inner: Option<&Vouched>, outer: Option<&Vouched>) -> Vec<SignedBy> {
    let inner = inner.map(|vouched| SignedBy::enveloped(idp, "Assertion", vouched));
    let outer = outer.map(|vouched| SignedBy::enveloped(idp, "Response", vouched));
    inner.into_iter().chain(outer).collect()
}

pub(super) fn nothing_signed() -> Failure {
    let reason = Reason::Mismatch {
        what: "signature",
        expected: vec![Quoted::protocol("Response"), Quoted::protocol("Assertion")],
        found: Vec::new(),
    };
    Failure::at(Check::SignatureMissing, "/Response", reason)
}

pub(super) fn rejected(failure: Failure) -> Error {
    Rejection::new(Protocol::Saml, failure).into()
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Response")
    }
}

impl fmt::Debug for SignedResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedResponse")
    }
}

impl fmt::Debug for UntrustedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UntrustedResponse")
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::crypto::{TrustedKey, TrustedKeys, budget};
    use crate::saml::{Policy, Request, TrustedIdp, validate};

    /// DS-12: at most one public-key operation for each trusted key and signature, however the message is made.
    #[test]
    fn public_key_operations_are_bounded() {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/saml/");
        let keys = |name: &str| {
            TrustedKeys::from_pem(&std::fs::read_to_string(format!("{data}keys/{name}.crt")).unwrap())
                .unwrap()
        };
        let one = |name: &str| keys(name).iter().next().unwrap().clone();
        let request = Request::InResponseTo("_req1".to_owned());
        let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
        let now = time::macros::datetime!(2026-01-01 00:00:00 UTC);
        let run = |trusted: Vec<TrustedKey>, file: &str| {
            let idp = TrustedIdp::new("https://idp.test", TrustedKeys::new(trusted).unwrap()).unwrap();
            let message = std::fs::read(format!("{data}base/{file}")).unwrap();
            budget::take();
            let verdict = validate(&message, &idp, &policy, now).map(|_| ()).map_err(|error| error.check());
            (verdict, budget::take())
        };
        let wrong = vec![one("k2"); 31];
        let right_last = || wrong.iter().cloned().chain([one("k")]).collect();
        assert_eq!(run(right_last(), "b-ra.xml"), (Ok(()), 64));
        assert_eq!(run(wrong.clone(), "b-ra.xml"), (Err(Check::SignatureInvalid), 31));
        assert_eq!(run(vec![one("k")], "b-ra.xml"), (Ok(()), 2));
        assert_eq!(run(vec![one("k")], "b-err.xml").1, 0, "a status that is no Success costs nothing");
    }
}
