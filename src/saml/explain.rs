//! Explaining: the same rules, without stopping, over what can be read. It never makes a login.

use super::assertion::{Assertion, Decrypted};
use super::attributes::Value;
use super::checks::{self, run_checks};
use super::encrypted::{self, Keys};
use super::grammar::{self, AssertionLayout, Content};
use super::idp::TrustedIdp;
use super::outcome::{Login, plan};
use super::policy::{AuthnContext, CertificateValidity, NameIdPolicy, Policy, Request, RequiredSignature};
use super::read::{self, Envelope};
use super::response::{Signed, plain_assertion, signed_by};
use crate::check::Check;
use crate::crypto::{Decryptor, TrustedKey};
use crate::diagnosis::{Claims, Diagnosis, Draft, KeyRow, TRUSTED_KEY, Timeline};
use crate::error::{Code, Error, Failure, Protocol, Reason, Severity};
use crate::instant::{Instant, Leeway, Outside, outside};
use crate::limits::XmlLimits;
use crate::report::{CollectAll, Observation, Provenance, Report};
use crate::rule::Rule;
use crate::xml::signature::{self, Rules, Vouched};
use crate::xml::{self, Comments};
use std::borrow::Cow;
use time::{Duration, OffsetDateTime};

/// Something that an explanation may have been given, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Known<T> {
    /// It is given.
    Known(T),
    /// It is not: checks that need it are listed as skipped.
    NotSupplied,
}

/// What an explanation compares with. Deciding wants all of it; explaining makes do with what there is.
#[derive(Clone, Debug)]
pub struct Expectations<'a> {
    pub(super) idp: Known<&'a TrustedIdp>,
    pub(super) sp_entity_id: Known<&'a str>,
    pub(super) acs: Known<&'a [String]>,
    pub(super) request: Known<&'a Request>,
    pub(super) asked: Option<&'a str>,
    pub(super) leeway: Leeway,
    pub(super) required_signature: RequiredSignature,
    pub(super) authn_context: AuthnContext,
    pub(super) name_id: NameIdPolicy,
    pub(super) affiliations: &'a [String],
    pub(super) max_authn_age: Option<Duration>,
    pub(super) max_message_age: Duration,
    pub(super) certificate_validity: CertificateValidity,
    pub(super) decryptor: Option<Decrypting<'a>>,
}

/// A decryptor that is only used.
#[derive(Clone, Copy)]
pub(super) struct Decrypting<'a>(pub(super) &'a dyn Decryptor);

impl core::fmt::Debug for Decrypting<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Decrypting")
    }
}

impl<'a> Expectations<'a> {
    /// Everything that a decision needs.
    #[must_use]
    pub fn complete(idp: &'a TrustedIdp, policy: &'a Policy) -> Self {
        Self {
            idp: Known::Known(idp),
            sp_entity_id: Known::Known(&policy.sp_entity_id),
            acs: Known::Known(&policy.acs),
            request: Known::Known(&policy.request),
            asked: policy.asked.as_deref(),
            leeway: policy.leeway,
            required_signature: policy.required_signature,
            authn_context: policy.authn_context.clone(),
            name_id: policy.name_id.clone(),
            affiliations: &policy.affiliations,
            max_authn_age: policy.max_authn_age.into_iter().chain(policy.forced_authn_age).min(),
            max_message_age: policy.max_message_age,
            certificate_validity: policy.certificate_validity,
            decryptor: policy.decryptor.0.as_deref().map(Decrypting),
        }
    }

    /// Nothing at all, with the strict defaults of [`Policy::new`].
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            idp: Known::NotSupplied,
            sp_entity_id: Known::NotSupplied,
            acs: Known::NotSupplied,
            request: Known::NotSupplied,
            asked: None,
            leeway: Leeway::default(),
            required_signature: RequiredSignature::Either,
            authn_context: AuthnContext::Any,
            name_id: NameIdPolicy::Required,
            affiliations: &[],
            max_authn_age: None,
            max_message_age: Duration::hours(24),
            certificate_validity: CertificateValidity::Ignored,
            decryptor: None,
        }
    }

    /// The identity provider.
    #[must_use]
    pub const fn with_idp(mut self, idp: &'a TrustedIdp) -> Self {
        self.idp = Known::Known(idp);
        self
    }

    /// The entityID of the service provider.
    #[must_use]
    pub const fn with_sp_entity_id(mut self, sp_entity_id: &'a str) -> Self {
        self.sp_entity_id = Known::Known(sp_entity_id);
        self
    }

    /// The assertion consumer service URLs.
    #[must_use]
    pub const fn with_acs(mut self, acs: &'a [String]) -> Self {
        self.acs = Known::Known(acs);
        self
    }

    /// The request that was sent, or that there was none.
    #[must_use]
    pub const fn with_request(mut self, request: &'a Request) -> Self {
        self.request = Known::Known(request);
        self
    }

    /// The leeway.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// Which element must be signed.
    #[must_use]
    pub const fn with_required_signature(mut self, required: RequiredSignature) -> Self {
        self.required_signature = required;
        self
    }

    /// Which authentication is good enough.
    #[must_use]
    pub fn with_authn_context(mut self, context: AuthnContext) -> Self {
        self.authn_context = context;
        self
    }

    /// How long ago the user may have authenticated.
    #[must_use]
    pub const fn with_max_authn_age(mut self, age: Duration) -> Self {
        self.max_authn_age = Some(age);
        self
    }

    /// What the subject must be named by.
    #[must_use]
    pub fn with_name_id(mut self, name_id: NameIdPolicy) -> Self {
        self.name_id = name_id;
        self
    }

    /// The affiliations that this service belongs to, by their entityIDs.
    #[must_use]
    pub const fn with_affiliations(mut self, entity_ids: &'a [String]) -> Self {
        self.affiliations = entity_ids;
        self
    }

    /// Who decrypts encrypted content. What an explanation says about content that does not decrypt is not for the sender: see
    /// [`explain`].
    #[must_use]
    pub fn with_decryptor(mut self, decryptor: &'a dyn Decryptor) -> Self {
        self.decryptor = Some(Decrypting(decryptor));
        self
    }

    /// True when nothing is missing that a decision needs.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(
            (self.idp, self.sp_entity_id, self.acs, self.request),
            (Known::Known(_), Known::Known(_), Known::Known(_), Known::Known(_))
        )
    }
}

/// Explains the raw XML octets of a Response: the same rules as [`validate`](super::validate), all of them, with what there
/// is to compare with. It never makes a login.
///
/// With everything supplied ([`Expectations::complete`]) the verdict is accepted exactly when `validate` returns a login.
///
/// Content that does not decrypt is the one failure here as well. Beside it stand public values: the certificates that the
/// message shows for its recipient, and labels of the keys of this service. The report is for the operator, offline or from
/// a log; it is not an answer to the sender.
#[must_use]
pub fn explain(response: &[u8], wanted: &Expectations<'_>, now: OffsetDateTime) -> Diagnosis {
    let Explained { mut collected, assertion, recipients } = explain_all(response, wanted, now);
    if assertion.is_some() {
        collected.shown.extend(STRUCTURE);
    }
    let mut draft = Draft::new(Protocol::Saml).planned(plan(wanted), &SIGNATURE);
    if let Known::Known(idp) = wanted.idp {
        draft = draft.configured("the entity ID of the identity provider", &idp.entity_id);
        draft = idp.keys.iter().fold(draft, |draft, key| draft.configured(TRUSTED_KEY, &key.fingerprint()));
    }
    if let Known::Known(id) = wanted.sp_entity_id {
        draft = draft.configured("the entity ID of this service", id);
    }
    for url in if let Known::Known(acs) = wanted.acs { acs } else { &[] } {
        draft = draft.configured("an assertion consumer service URL of this service", url);
    }
    if let Known::Known(idp) = wanted.idp {
        draft = draft.keys(key_rows(idp, assertion.as_ref()));
    }
    draft = draft.walk(collected);
    if wanted.leeway.duration() > WIDE_LEEWAY {
        let failure =
            Failure::at(Check::NotYetValid, "", Reason::Stated("the leeway is more than five minutes"));
        draft = draft.advise(Code::SA305, Severity::Risk, &failure, Provenance::Config);
    }
    if let Some(failure) = recipients {
        draft = draft.advise(Code::SA104, Severity::Note, &failure, Provenance::Unsigned);
    }
    let Some(assertion) = assertion else { return draft.finish() };
    for failure in stale_certificates(&assertion, wanted, Instant::from(now)) {
        let code = Code::of(failure.check, Protocol::Saml, &failure.reason);
        draft = draft.advise(code, Severity::Warn, &failure, Provenance::Config);
    }
    if wanted.name_id == NameIdPolicy::Optional && assertion.name_id().is_none() {
        let failure = Failure::at(
            Check::NameIdMissing,
            "/Response/Assertion/Subject",
            Reason::Missing { what: "NameID" },
        );
        draft = draft.advise(Code::SA501, Severity::Note, &failure, Provenance::Signed);
    }
    if wanted.is_complete() && !assertion.signed_by.is_empty() {
        draft = draft.claims(claims(&assertion));
    }
    draft.timeline(timeline(&assertion, wanted)).finish()
}

/// The trusted keys, and which of them signed.
fn key_rows(idp: &TrustedIdp, assertion: Option<&Assertion>) -> Vec<KeyRow> {
    let signed_by = assertion.map_or(&[][..], |assertion| &assertion.signed_by);
    let row = |(index, key): (usize, &TrustedKey)| KeyRow {
        name: key.fingerprint(),
        kind: key.key().kind().to_string(),
        subject: key.certificate().map(|certificate| certificate.subject().to_owned()),
        not_after: key.certificate().map(crate::crypto::Certificate::not_after),
        signed: signed_by.iter().any(|by| by.key_index == index),
        ..KeyRow::default()
    };
    idp.keys.iter().enumerate().map(row).collect()
}

/// The instants of an assertion and of the certificate of the key that signed it, else of the trusted ones.
fn timeline(assertion: &Assertion, wanted: &Expectations<'_>) -> Timeline {
    let mut axis = Timeline::new(wanted.leeway);
    if let Some(conditions) = assertion.conditions() {
        axis = axis.with_period("Conditions", conditions.not_before(), conditions.not_on_or_after());
    }
    for confirmation in assertion.subject_confirmations().iter().take(3) {
        axis =
            axis.with_period("SubjectConfirmation", confirmation.not_before, confirmation.not_on_or_after());
    }
    for statement in &assertion.authn_statements {
        let (start, end) = (statement.authn_instant(), statement.session_not_on_or_after());
        axis = axis.with_moment("AuthnInstant", start);
        axis = if end.is_some() { axis.with_period("session", Some(start), end) } else { axis };
    }
    axis = axis.with_moment("IssueInstant", assertion.issue_instant());
    let Known::Known(idp) = wanted.idp else { return axis };
    let used = |index: usize| assertion.signed_by.iter().any(|by| by.key_index == index);
    let keys =
        idp.keys.iter().enumerate().filter(|(index, _)| used(*index) || assertion.signed_by.is_empty());
    for certificate in keys.take(3).filter_map(|(_, key)| key.certificate()) {
        let end = certificate.not_after().plus(Duration::SECOND);
        axis = axis.with_period("certificate", Some(certificate.not_before()), Some(end));
    }
    axis
}

/// Certificates around the keys that signed, outside their validity, where policy does not refuse that anyhow.
fn stale_certificates(assertion: &Assertion, wanted: &Expectations<'_>, now: Instant) -> Vec<Failure> {
    let (Known::Known(idp), CertificateValidity::Ignored) = (wanted.idp, wanted.certificate_validity) else {
        return Vec::new();
    };
    let (what, leeway) = ("certificate", wanted.leeway);
    let certificates =
        assertion.signed_by.iter().filter_map(|by| idp.keys.iter().nth(by.key_index)?.certificate());
    let mut failures: Vec<Failure> = Vec::new();
    for certificate in certificates {
        // RFC 5280 4.1.2.5: notAfter is the last second of validity.
        let end = certificate.not_after().plus(Duration::SECOND);
        let not_before = certificate.not_before();
        let failure = match outside(now, Some(not_before), Some(end), leeway) {
            Some(Outside::NotYet) => Failure::at(
                Check::CertificateNotYetValid,
                "",
                Reason::NotYetValid { what, now, not_before, leeway },
            ),
            Some(Outside::NoLonger) => {
                let reason = Reason::Expired { what, now, not_on_or_after: end, leeway };
                Failure::at(Check::CertificateExpired, "", reason)
            }
            None => continue,
        };
        if !failures.contains(&failure) {
            failures.push(failure);
        }
    }
    failures
}

/// What a report shows of an accepted login.
fn claims(assertion: &Assertion) -> Claims {
    let mut claims = Claims::new(assertion.issuer());
    if let Some(name_id) = assertion.name_id() {
        claims = claims.with_subject(name_id.value(), name_id.format());
    }
    for attribute in assertion.attributes() {
        let values = attribute.values().iter().map(|value| match value {
            Value::Text { text, .. } => Some(Cow::Borrowed(text.as_str())),
            Value::NameId(name_id) => Some(Cow::Borrowed(name_id.value())),
            // Elements are carried and not read: what in them is a secret nobody here knows.
            Value::Xml(xml) => Some(Cow::Owned(format!("XML elements, {} bytes", xml.len()))),
            Value::Nil => None,
        });
        let values: Vec<Option<Cow<'_, str>>> = values.collect();
        claims = claims.with_attribute(attribute.name(), values.iter().map(Option::as_deref));
    }
    claims
}

/// Beyond this a leeway hides a clock that is wrong.
const WIDE_LEEWAY: Duration = Duration::minutes(5);

/// What has held when a Response and its assertion could be read.
const STRUCTURE: [Check; 38] = [
    Check::LimitInputSize,
    Check::LimitDepth,
    Check::LimitElements,
    Check::LimitAttributes,
    Check::LimitNamespaces,
    Check::LimitTextLength,
    Check::InvalidUtf8,
    Check::EncodingNotUtf8,
    Check::EncodingDeclMismatch,
    Check::XmlNotWellFormed,
    Check::XmlMultipleRoots,
    Check::XmlTrailingContent,
    Check::XmlDeclInvalid,
    Check::XmlDoctypeForbidden,
    Check::XmlEntityForbidden,
    Check::XmlCommentForbidden,
    Check::XmlPiForbidden,
    Check::XmlForbiddenChar,
    Check::XmlDuplicateAttribute,
    Check::XmlUnboundPrefix,
    Check::XmlReservedNamespace,
    Check::XmlRelativeNamespace,
    Check::UnexpectedRoot,
    Check::UnexpectedElement,
    Check::UnexpectedAttribute,
    Check::UnexpectedText,
    Check::DuplicateElement,
    Check::DuplicateId,
    Check::IdAttributeForm,
    Check::MissingElement,
    Check::MissingAttribute,
    Check::MultipleAssertions,
    Check::AssertionMissing,
    Check::EncryptedContentUnsupported,
    Check::UnsupportedVersion,
    Check::TimeMalformed,
    Check::TimeNotUtc,
    Check::CdataForbidden,
];

/// Everything that the rules say about a message.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    pub(crate) collected: CollectAll,
    /// The assertion as far as it could be read, from hashed octets where a signature holds.
    pub(crate) assertion: Option<Assertion>,
    /// For whom an assertion that was not decrypted says it is encrypted.
    pub(crate) recipients: Option<Failure>,
}

/// Runs every rule that can run over the raw XML octets of a Response.
pub(crate) fn explain_all(response: &[u8], wanted: &Expectations<'_>, now: OffsetDateTime) -> Explained {
    let mut explained = Explained::default();
    if let Err(error) = walk(response, wanted, Instant::from(now), &mut explained) {
        // What is outside every verified signature, or could not be read at all.
        let failure = Failure::new(error.check(), error.reason(), error.location());
        explained.collected.observations.push(Observation::new(failure, Provenance::Unsigned));
    }
    explained
}

fn walk(
    response: &[u8],
    wanted: &Expectations<'_>,
    now: Instant,
    explained: &mut Explained,
) -> Result<(), Error> {
    let report = &mut explained.collected;
    let tree = xml::parse(response, &XmlLimits::MESSAGE, Comments::Refused)?;
    let layout = grammar::response(tree.root())?;
    let mut envelope = read::envelope(&layout)?;
    if matches!(layout.assertion, Content::Nothing | Content::Encrypted(_)) {
        let outcome = checks::status(&envelope);
        if !report.rule(Rule::Status, Provenance::Unsigned, outcome).unwrap_or(false) {
            return Ok(());
        }
    }
    let decryption = encrypted::expected_decryption(wanted, now);
    let keys = Keys::new(decryption.as_ref());
    let rules = rules(wanted, now);
    if rules.is_none() {
        report.skipped.push((Check::SignatureInvalid, "idp-metadata"));
    }
    let own = layout.signature.zip(rules.as_ref());
    let own = own.map(|(own, rules)| signature::verify(layout.element, own, rules, "/Response/Signature"));
    let outer = own.and_then(|verdict| judged(verdict, report));
    let hashed = outer.as_ref().map(reparse).transpose()?;
    let hashed = hashed.as_ref().map(|tree| grammar::response(tree.root())).transpose()?;
    if let Some(hashed) = &hashed {
        envelope = read::envelope(hashed)?;
    }
    let walked = Walked {
        wanted,
        now,
        envelope: &envelope,
        outer: outer.as_ref(),
        has_outer: layout.signature.is_some(),
    };

    let content = &hashed.as_ref().unwrap_or(&layout).assertion;
    let keys = if outer.is_some() { keys.covered() } else { keys };
    if let Content::Encrypted(element) = content {
        explained.recipients = encrypted::recipients(*element, wanted);
        return encrypted::assertion(*element, keys, rules.as_ref(), |plain, verdict, record| {
            explained.recipients = None;
            walked.judge(plain, verdict, (keys, Some(record)), explained)
        });
    }
    // The raw assertion has the signature; what was hashed with the Response may have it no longer where it stood.
    let plain = plain_assertion(&layout)?;
    let own = plain.signature.zip(rules.as_ref());
    let path = "/Response/Assertion/Signature";
    let verdict = own.map(|(own, rules)| signature::verify(plain.element, own, rules, path));
    let plain = if let Some(hashed) = &hashed { plain_assertion(hashed)? } else { plain };
    walked.judge(plain, verdict, (keys, None), explained)
}

/// What is known when the assertion is reached.
struct Walked<'w, 'e> {
    wanted: &'w Expectations<'e>,
    now: Instant,
    envelope: &'w Envelope,
    /// The signature of the Response that holds.
    outer: Option<&'w Vouched>,
    /// The Response has a signature, whether it holds or not.
    has_outer: bool,
}

impl Walked<'_, '_> {
    /// Judges an assertion, from its own hashed octets where its signature holds.
    fn judge(
        &self,
        plain: &AssertionLayout<'_, '_>,
        verdict: Option<Result<Vouched, Failure>>,
        (keys, record): (Keys<'_>, Option<Decrypted>),
        explained: &mut Explained,
    ) -> Result<(), Error> {
        let report = &mut explained.collected;
        let inner = verdict.and_then(|verdict| judged(verdict, report));
        let mut assertion = match &inner {
            Some(inner) => {
                let tree = reparse(inner)?;
                read::assertion(&read::lone_assertion(tree.root())?, keys.covered())?
            }
            None => read::assertion(plain, keys)?,
        };
        if let Some(record) = record {
            assertion = encrypted::with_record(assertion, record);
        }
        if let Known::Known(idp) = self.wanted.idp {
            assertion.signed_by = signed_by(idp, inner.as_ref(), self.outer);
            for exception in assertion.exceptions_used().filter_map(|used| idp.exceptions.get(*used)) {
                report.excepted(exception);
            }
        }
        let provenance = |holds: bool| if holds { Provenance::Signed } else { Provenance::Unsigned };
        let assertion_provenance = provenance(inner.is_some() || self.outer.is_some());
        // A signature that is there and does not hold was reported itself; it is not missing.
        let present = Signed { response: self.has_outer, assertion: plain.signature.is_some() };
        let login = Login {
            envelope: self.envelope,
            envelope_provenance: provenance(self.outer.is_some()),
            assertion: &assertion,
            assertion_provenance,
            signed: matches!(self.wanted.idp, Known::Known(_)).then_some(present),
        };
        if let Err(failure) = run_checks(report, &login, self.wanted, self.now) {
            report.observations.push(Observation::new(failure, assertion_provenance));
        }
        explained.assertion = Some(assertion);
        Ok(())
    }
}

/// Notes whether a signature holds.
fn judged(verdict: Result<Vouched, Failure>, report: &mut CollectAll) -> Option<Vouched> {
    match verdict {
        Ok(vouched) => {
            report.shown.extend(SIGNATURE);
            Some(vouched)
        }
        Err(failure) => {
            report.observations.push(Observation::new(failure, Provenance::Unsigned));
            None
        }
    }
}

fn rules<'k>(wanted: &Expectations<'k>, now: Instant) -> Option<Rules<'k>> {
    let Known::Known(idp) = wanted.idp else { return None };
    Some(Rules { keys: &idp.keys, exceptions: &idp.exceptions, now })
}

/// What has held when a signature holds.
const SIGNATURE: [Check; 14] = [
    Check::SignatureShape,
    Check::SignatureMisplaced,
    Check::SignatureDuplicate,
    Check::ReferenceCount,
    Check::ReferenceUriForm,
    Check::ReferenceNotParent,
    Check::TransformForbidden,
    Check::TransformMissing,
    Check::C14nAlgorithmForbidden,
    Check::SignatureAlgForbidden,
    Check::DigestAlgForbidden,
    Check::AlgKeyMismatch,
    Check::SignatureInvalid,
    Check::DigestMismatch,
];

fn reparse(vouched: &Vouched) -> Result<xml::Tree<'_>, Error> {
    vouched
        .reparse(vouched.octets.as_bytes(), &XmlLimits::VOUCHED, Comments::Refused)
        .map_err(super::response::rejected)
}
