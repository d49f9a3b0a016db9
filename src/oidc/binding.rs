//! Tokens bound to a key of their presenter: `cnf` with a DPoP key (RFC 9449 section 6) or a client certificate (RFC 8705
//! section 3). A bound token without its proof is refused.

use super::claims::wrong_type;
use super::token::Walk;
use crate::check::Check;
use crate::crypto::{DigestAlgorithm, constant_time_eq};
use crate::encoding::base64;
use crate::error::{Failure, Quoted, Reason};
use crate::json::{Kind, Value};
use crate::report::{Report, Ruling};
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;

/// The keys that the presenter of a token has proven to hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    pub(super) jkt: Option<Box<str>>,
    pub(super) certificate: Option<Box<str>>,
}

impl Proof {
    /// A DPoP proof that was verified for this request.
    #[must_use]
    pub fn dpop(proof: &Validated<super::dpop::DpopProof>) -> Self {
        Self { jkt: Some(proof.thumbprint().into()), certificate: None }
    }

    /// The client certificate (DER) of the TLS connection that the token came over.
    #[must_use]
    pub fn client_certificate(der: &[u8]) -> Self {
        let digest = DigestAlgorithm::Sha256.digest(der);
        Self { jkt: None, certificate: Some(base64::encode_url(digest.as_ref()).into()) }
    }

    /// Both proofs.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { jkt: self.jkt.or(other.jkt), certificate: self.certificate.or(other.certificate) }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof(dpop: {}, certificate: {})", self.jkt.is_some(), self.certificate.is_some())
    }
}

/// The plan with what a proof has to be compared with.
pub(super) const fn plan(plan: RuleSet, proof: Option<&Proof>) -> RuleSet {
    let plan = plan.with(Rule::Confirmed);
    let Some(proof) = proof else { return plan };
    plan.with_if(proof.jkt.is_some(), Rule::ConfirmedKey)
        .with_if(proof.certificate.is_some(), Rule::ConfirmedCertificate)
}

/// `cnf` against what was proven. Every confirmation in the token needs its proof, and every proof its confirmation; a kind
/// of confirmation that is not understood refuses.
pub(super) fn judge(walk: &mut Walk<'_, impl Report>, proof: Option<&Proof>) -> Result<(), Failure> {
    let jkt = proof.and_then(|proof| proof.jkt.as_deref());
    let certificate = proof.and_then(|proof| proof.certificate.as_deref());
    let cnf = walk.claims.get("cnf");
    walk.rule(Rule::Confirmed, is_proven(cnf, jkt.is_some(), certificate.is_some()))?;
    if let Some(jkt) = jkt {
        walk.rule(Rule::ConfirmedKey, compare(cnf, "jkt", jkt, Check::DpopBinding))?;
    }
    if let Some(certificate) = certificate {
        let outcome = compare(cnf, "x5t#S256", certificate, Check::BindingMismatch);
        walk.rule(Rule::ConfirmedCertificate, outcome)?;
    }
    Ok(())
}

fn is_proven(cnf: Option<Value<'_>>, jkt: bool, certificate: bool) -> Result<Ruling, Failure> {
    let Some(cnf) = cnf else { return Ok(Ruling::NotApplicable("the token has no cnf")) };
    if cnf.kind() != Kind::Object {
        return Err(wrong_type("cnf", "object", cnf));
    }
    for (method, value) in cnf.members().into_iter().flatten() {
        let proven = match method {
            "jkt" => jkt,
            "x5t#S256" => certificate,
            _ => false,
        };
        if !proven && !value.is_null() {
            let reason = Reason::Found { what: "cnf", found: Quoted::protocol(method) };
            return Err(Failure::at(Check::BindingMissing, "/cnf", reason));
        }
    }
    if cnf.members().into_iter().flatten().next().is_none() {
        let reason = Reason::Stated("a confirmation without a key");
        return Err(Failure::at(Check::BindingMissing, "/cnf", reason));
    }
    Ok(Ruling::Held)
}

fn compare(cnf: Option<Value<'_>>, method: &'static str, proven: &str, check: Check) -> Result<(), Failure> {
    let found = cnf.and_then(|cnf| cnf.get(method)).and_then(Value::as_str);
    if found.is_some_and(|found| constant_time_eq(found.as_bytes(), proven.as_bytes())) {
        return Ok(());
    }
    let found = found.map(Quoted::replayable).into_iter().collect();
    let reason = Reason::Mismatch { what: method, expected: vec![Quoted::replayable(proven)], found };
    Err(Failure::at(check, "/cnf", reason))
}
