//! Explaining: the same rules, all of them, with whatever is known. The result is material for a report, never a proof.

use super::checks::IdTokenRules;
use super::policy::{Expected, Nonce, Policy};
use super::provider::{Issuer, TrustedProvider};
use super::token;
use crate::check::Check;
use crate::jose::Keys;
use crate::report::{CollectAll, Observation};
use time::OffsetDateTime;

/// What is known about the login that a token is examined for. Anything may be left out; what needs it is then skipped.
#[derive(Clone, Default)]
pub struct Expectations {
    pub(super) issuer: Option<Issuer>,
    pub(super) keys: Option<Keys>,
    pub(super) expected: Expected,
}

/// What was found: rules that do not hold, rules that do, and rules that could not be judged.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Explanation {
    /// Rules that do not hold, in the order of the walk.
    pub observations: Vec<Observation>,
    /// Rules that hold, in the order of the walk.
    pub passed: Vec<Check>,
    /// Rules that could not be judged, with what they need: `keys`, `issuer`, `client id`, `nonce`.
    pub skipped: Vec<(Check, &'static str)>,
}

impl Expectations {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything is known: then the explanation has an observation exactly if the decision is no.
    #[must_use]
    pub fn complete(provider: &TrustedProvider, policy: &Policy) -> Self {
        Self {
            issuer: Some(provider.issuer.clone()),
            keys: Some(provider.keys.clone()),
            expected: policy.0.clone(),
        }
    }

    /// The issuer and its keys are known.
    #[must_use]
    pub fn with_provider(mut self, provider: &TrustedProvider) -> Self {
        self.issuer = Some(provider.issuer.clone());
        self.keys = Some(provider.keys.clone());
        self
    }

    /// The issuer is known, its keys are not.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(Issuer::Exact(issuer.into()));
        self
    }

    /// The client id is known.
    #[must_use]
    pub fn with_client_id(mut self, client_id: &str) -> Self {
        self.expected.client_id = Some(client_id.into());
        self
    }

    /// What was sent as nonce is known.
    #[must_use]
    pub fn with_nonce(mut self, nonce: Nonce) -> Self {
        self.expected.nonce = Some(nonce);
        self
    }

    /// The policy is known.
    #[must_use]
    pub fn with_policy(mut self, policy: &Policy) -> Self {
        self.expected = policy.0.clone();
        self
    }
}

impl From<CollectAll> for Explanation {
    fn from(all: CollectAll) -> Self {
        Self { observations: all.observations, passed: all.passed, skipped: all.skipped }
    }
}

/// Explains an ID token.
#[must_use]
pub fn explain(id_token: &str, expectations: &Expectations, now: OffsetDateTime) -> Explanation {
    let rules = IdTokenRules { issuer: expectations.issuer.as_ref(), expected: &expectations.expected };
    token::explain(id_token, expectations.keys.as_ref(), &rules, now.into()).into()
}
