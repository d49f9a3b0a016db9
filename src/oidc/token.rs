//! What the entry points of all tokens share: signature, then claims from the signed octets, then the planned rules.

use super::claims::Claims;
use crate::check::Check;
use crate::encoding::base64;
use crate::error::{Error, Failure, Quoted};
use crate::instant::Instant;
pub(super) use crate::jose::to_error;
use crate::jose::{self, AlgorithmSet, Compact, HeaderRules, Keys};
use crate::report::{CollectAll, FailFast, Observation, Provenance, Report, Ruling};
use crate::rule::{Rule, RuleSet};
use crate::trust::{Validated, Verified};

/// The rules of one kind of token.
pub(super) trait Rules {
    /// What its header must be like.
    fn header(&self) -> HeaderRules<'_>;

    /// Exactly the rules that must be judged.
    fn plan(&self) -> RuleSet;

    /// Judges them.
    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure>;

    /// From when on they refuse the claims by their age, whatever `exp` says: how long a replay key must last at most.
    fn accepted_until(&self, _claims: &Claims) -> Instant {
        Instant::FAR_FUTURE
    }
}

/// Claims on their way past the rules, and who listens.
pub(super) struct Walk<'w, R> {
    pub(super) claims: &'w Claims,
    pub(super) now: Instant,
    pub(super) from: Provenance,
    pub(super) report: &'w mut R,
}

impl<R: Report> Walk<'_, R> {
    /// A rule was judged, or had nothing to judge.
    pub(super) fn rule(
        &mut self,
        rule: Rule,
        outcome: Result<impl Into<Ruling>, Failure>,
    ) -> Result<(), Failure> {
        self.report.ruling(rule, self.from, outcome).map(|_| ())
    }

    /// A rule was judged, or could not because something was not supplied.
    pub(super) fn rule_if(
        &mut self,
        rule: Rule,
        outcome: Option<Result<impl Into<Ruling>, Failure>>,
        needs: &'static str,
    ) -> Result<(), Failure> {
        match outcome {
            Some(outcome) => self.rule(rule, outcome),
            None => self.report.skip(rule, needs),
        }
    }
}

/// Decides. The content type is made from claims that were read from signed octets.
pub(super) fn decide<T: From<Claims> + AsRef<Claims>>(
    token: &str,
    keys: &Keys,
    rules: &impl Rules,
    now: Instant,
) -> Result<Validated<T>, Error> {
    judge(token, keys, rules, now).map_err(to_error)
}

fn judge<T: From<Claims> + AsRef<Claims>>(
    token: &str,
    keys: &Keys,
    rules: &impl Rules,
    now: Instant,
) -> Result<Validated<T>, Failure> {
    let signed = jose::verify(token, rules.header(), keys)?;
    let verified = Verified::read(&signed.octets, |octets| {
        let claims = Claims::of(&signed, octets)?;
        let until = rules.accepted_until(&claims);
        Ok(T::from(claims.accepted_until(until)))
    })?;
    pass(verified, rules, now)
}

/// Runs the rules over verified claims.
pub(super) fn pass<T: AsRef<Claims>>(
    verified: Verified<T>,
    rules: &impl Rules,
    now: Instant,
) -> Result<Validated<T>, Failure> {
    let mut report = FailFast::planned(rules.plan());
    let claims = verified.content().as_ref();
    rules.run(&mut Walk { claims, now, from: Provenance::Signed, report: &mut report })?;
    Ok(Validated::new(verified, report.finish()?))
}

/// What an explanation has to go by: everything that holds, everything that does not, everything that could not be judged,
/// and the claims, if a signature vouches for them. Never a proof.
pub(super) struct Explained {
    pub(super) report: CollectAll,
    pub(super) vouched: Option<Claims>,
    /// Which of the keys made the signature.
    pub(super) key_index: Option<usize>,
}

impl Explained {
    /// A token that was not even read.
    pub(super) fn refused(failure: Failure) -> Self {
        let mut report = CollectAll::default();
        note(&mut report, failure);
        Self { report, vouched: None, key_index: None }
    }

    /// The token was inside an encrypted one.
    pub(super) fn decrypted(mut self) -> Self {
        self.report.shown.extend(PROVEN_BY_DECRYPTION);
        self
    }
}

/// Explains a token under the keys of its issuer.
pub(super) fn explain(token: &str, keys: Option<&Keys>, rules: &impl Rules, now: Instant) -> Explained {
    let mut report = CollectAll::default();
    let mut key_index = None;
    let read = match keys.map(|keys| jose::verify(token, rules.header(), keys)) {
        Some(Ok(signed)) => {
            key_index = Some(signed.key_index);
            report.shown.extend(PROVEN_BY_SIGNATURE);
            (Claims::of(&signed, signed.octets.as_bytes()), Provenance::Signed)
        }
        Some(Err(failure)) => {
            note(&mut report, failure);
            (unverified(token), Provenance::Unsigned)
        }
        None => {
            report.skipped.push((Check::SignatureInvalid, super::explain::KEYS));
            (unverified(token), Provenance::Unsigned)
        }
    };
    Explained { key_index, ..walked(report, read, rules, now) }
}

/// Explains a proof that brings its own key.
pub(super) fn explain_by_header_key(
    token: &str,
    algorithms: AlgorithmSet,
    rules: &impl Rules,
    now: Instant,
) -> Explained {
    let mut report = CollectAll::default();
    let read = match jose::verify_by_header_key(token, rules.header(), algorithms) {
        Ok(signed) => {
            report.shown.extend(PROVEN_BY_SIGNATURE);
            (Claims::read(signed.octets.as_bytes(), None), Provenance::Signed)
        }
        Err(failure) => {
            note(&mut report, failure);
            (unverified(token), Provenance::Unsigned)
        }
    };
    walked(report, read, rules, now)
}

fn walked(
    mut report: CollectAll,
    (claims, from): (Result<Claims, Failure>, Provenance),
    rules: &impl Rules,
    now: Instant,
) -> Explained {
    let claims = match claims {
        Ok(claims) => {
            let _ = rules.run(&mut Walk { claims: &claims, now, from, report: &mut report });
            Some(claims)
        }
        Err(failure) => {
            note(&mut report, failure);
            None
        }
    };
    Explained { report, vouched: claims.filter(|_| from == Provenance::Signed), key_index: None }
}

fn note(report: &mut CollectAll, failure: Failure) {
    if !report.observations.iter().any(|seen| seen.failure == failure) {
        report.observations.push(Observation::new(failure, Provenance::Unsigned));
    }
}

/// Claims that nobody vouched for: to describe, never to decide.
pub(super) fn unverified(token: &str) -> Result<Claims, Failure> {
    Claims::read(Compact::split(token)?.signed.as_bytes(), jose::announced_signer(token))
}

/// What a token says about itself before anything was verified: enough to choose whom to trust, never enough to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UntrustedToken {
    /// The `iss` claim.
    pub issuer: Option<Quoted>,
    /// The `aud` claim: one or several.
    pub audiences: Vec<Quoted>,
    /// The key id of the header.
    pub kid: Option<Quoted>,
    /// The algorithm of the header.
    pub algorithm: Option<Quoted>,
    /// The `typ` of the header.
    pub typ: Option<Quoted>,
}

/// Looks at a token without verifying it, for an application that serves several issuers and has to choose one.
///
/// # Errors
/// `TokenTooLarge`, `TokenFormat`, `SegmentBase64`, `JsonMalformed` and the like: not a token.
pub fn peek(token: &str) -> Result<UntrustedToken, Error> {
    let look = || {
        let claims = unverified(token)?;
        let header = jose::untrusted_header(token)?;
        let of_header = |name| header.root().get(name).and_then(crate::json::Value::as_str);
        Ok(UntrustedToken {
            issuer: claims.text("iss").map(Quoted::tenant),
            audiences: claims
                .strings("aud")
                .ok()
                .flatten()
                .into_iter()
                .flatten()
                .take(8)
                .map(Quoted::tenant)
                .collect(),
            kid: of_header("kid").map(Quoted::tenant),
            algorithm: of_header("alg").map(Quoted::protocol),
            typ: of_header("typ").map(Quoted::protocol),
        })
    };
    look().map_err(to_error)
}

/// SHA-256, base64url: for `ath` and replay keys.
pub(super) fn sha256_url(text: &str) -> String {
    base64::encode_url(crate::crypto::DigestAlgorithm::Sha256.digest(text.as_bytes()).as_ref())
}

/// What a verified signature has shown along the way.
pub(super) const PROVEN_BY_SIGNATURE: [Check; 10] = [
    Check::TokenFormat,
    Check::SegmentBase64,
    Check::HeaderType,
    Check::CritUnsupported,
    Check::HeaderKeyForbidden,
    Check::TypForbidden,
    Check::AlgForbidden,
    Check::KeyNotFound,
    Check::AlgKeyMismatch,
    Check::SignatureInvalid,
];

/// What decryption has shown along the way.
const PROVEN_BY_DECRYPTION: [Check; 6] = [
    Check::JweShape,
    Check::JweAlgForbidden,
    Check::JweEncForbidden,
    Check::JweZipForbidden,
    Check::JweDecryptFailed,
    Check::JweContentNotSigned,
];
