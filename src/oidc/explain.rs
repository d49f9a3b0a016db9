//! Explaining: the same rules, all of them, with whatever is known. The result is a report, never a proof.

use super::binding::Proof;
use super::checks::IdTokenRules;
use super::claims::Claims;
use super::policy::{Expected, HashRule, Nonce, Policy};
use super::profile::Profile;
use super::provider::{Issuer, TrustedProvider};
use super::shapes;
use super::token::{self, Explained, PROVEN_BY_SIGNATURE, Rules};
use crate::check::Check;
use crate::diagnosis::{self, Diagnosis, Draft, Fact, Finding, KeyRow};
use crate::error::{Code, Location, Protocol, Severity};
use crate::instant::Leeway;
use crate::jose::{self, Decrypted, DecryptionKeys, KeySet, Keys};
use crate::json::{Kind, Value};
use crate::report::Provenance;
use core::fmt;
use time::{Duration, OffsetDateTime};

/// What is known about the occasion that a token is examined for. Anything may be left out; what needs it is then skipped.
/// Every kind of token takes of it what it needs. Trust and policy of a kind make complete expectations:
/// `Expectations::from((&provider, &policy))`.
#[derive(Clone, Default)]
pub struct Expectations {
    pub(super) issuer: Option<Issuer>,
    pub(super) keys: Option<Keys>,
    pub(super) decryption: Option<DecryptionKeys>,
    pub(super) expected: Expected,
}

impl Expectations {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything is known that decides about an ID token: then the verdict is accepted exactly if the decision is yes.
    #[must_use]
    pub fn complete(provider: &TrustedProvider, policy: &Policy) -> Self {
        Self::from((provider, policy))
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

    /// The keys are known, whose they are is not.
    #[must_use]
    pub fn with_keys(mut self, keys: KeySet) -> Self {
        self.keys = Some(super::provider::public(keys));
        self
    }

    /// The keys are known that tokens for this client are encrypted to. A token that is encrypted is then decrypted, and the token
    /// inside is explained; one that is not is explained as it is. The verdict agrees with [`DecryptionKeys::decrypt`] followed by
    /// the decision about what is inside.
    #[must_use]
    pub fn with_decryption(mut self, keys: &DecryptionKeys) -> Self {
        self.decryption = Some(keys.clone());
        self
    }

    /// The client id is known; for tokens that are not for a client, their audience.
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

    /// The state of the request is known.
    #[must_use]
    pub fn with_state(mut self, state: &str) -> Self {
        self.expected.state = Some((state.into(), HashRule::IfPresent));
        self
    }

    /// The subject is known.
    #[must_use]
    pub fn with_subject(mut self, subject: &str) -> Self {
        self.expected.subject = Some(subject.into());
        self
    }

    /// The issuer that this login has named already is known: of the response, or of its first ID token.
    #[must_use]
    pub fn with_login_issuer(mut self, issuer: &str) -> Self {
        self.expected.issuer = Some(issuer.into());
        self
    }

    /// The access token that came with the ID token is known.
    #[must_use]
    pub fn with_access_token(mut self, access_token: &str, rule: HashRule) -> Self {
        self.expected.access_token = Some((access_token.into(), rule));
        self
    }

    /// The code that came with the ID token is known.
    #[must_use]
    pub fn with_code(mut self, code: &str, rule: HashRule) -> Self {
        self.expected.code = Some((code.into(), rule));
        self
    }

    /// How long ago the user may have authenticated is known.
    #[must_use]
    pub const fn with_max_auth_age(mut self, age: Duration) -> Self {
        self.expected.max_auth_age = Some(age);
        self
    }

    /// How long ago the token may have been issued is known.
    #[must_use]
    pub const fn with_max_token_age(mut self, age: Duration) -> Self {
        self.expected.max_token_age = Some(age);
        self
    }

    /// Another audience that may stand beside the client is known.
    #[must_use]
    pub fn with_other_audience(mut self, audience: &str) -> Self {
        self.expected.other_audiences.push(audience.into());
        self
    }

    /// Another client that may be the authorized party is known.
    #[must_use]
    pub fn with_other_party(mut self, client_id: &str) -> Self {
        self.expected.other_parties.push(client_id.into());
        self
    }

    /// An acceptable value of `acr` is known.
    #[must_use]
    pub fn with_acr(mut self, acr: &str) -> Self {
        self.expected.acr.push(acr.into());
        self
    }

    /// A method that `amr` must hold is known.
    #[must_use]
    pub fn with_amr(mut self, method: &str) -> Self {
        self.expected.amr.push(method.into());
        self
    }

    /// A scope that an access token must have is known.
    #[must_use]
    pub fn with_scope(mut self, scope: &str) -> Self {
        self.expected.scopes.push(scope.into());
        self
    }

    /// What the presenter has proven to hold is known.
    #[must_use]
    pub fn with_proof(mut self, proof: Proof) -> Self {
        self.expected.proof = Some(proof);
        self
    }

    /// The shape of the access tokens of the provider is known.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.expected.profile = profile;
        self
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.expected.leeway = leeway;
        self
    }

    /// The policy is known.
    #[must_use]
    pub fn with_policy(mut self, policy: &Policy) -> Self {
        self.expected = policy.0.clone();
        self
    }
}

impl From<(&TrustedProvider, &Policy)> for Expectations {
    fn from((provider, policy): (&TrustedProvider, &Policy)) -> Self {
        Self::new().with_provider(provider).with_policy(policy)
    }
}

impl fmt::Debug for Expectations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expectations(issuer: {}, keys: {})", self.issuer.is_some(), self.keys.is_some())
    }
}

/// Explains an ID token: the rules of [`verify`](super::verify), all of them, with whatever is known. Never a proof. With
/// complete expectations the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(id_token: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let rules = IdTokenRules { issuer: known.issuer.as_ref(), expected: &known.expected };
    diagnose(id_token, known, &rules, now)
}

/// Explains a token under what is known.
pub(super) fn diagnose(
    token: &str,
    known: &Expectations,
    rules: &impl Rules,
    now: OffsetDateTime,
) -> Diagnosis {
    let keys = known.decryption.as_ref().filter(|_| jose::is_encrypted(token));
    let opened = match keys.map(|keys| keys.open(token)) {
        Some(Err(failure)) => return finish(draft(known), Explained::refused(failure), rules),
        Some(Ok(decrypted)) => Some(decrypted),
        None => None,
    };
    let token = opened.as_ref().map_or(token, Decrypted::token);
    let explained = token::explain(token, known.keys.as_ref(), rules, now.into());
    let explained = if opened.is_some() { explained.decrypted() } else { explained };
    let rows = known.keys.as_ref().map_or_else(Vec::new, |keys| key_rows(keys, token, explained.key_index));
    let diagnosis = finish(draft(known).keys(rows), explained, rules);
    // What refuses a token of another service anyway is explained by that.
    let elsewhere = |finding: &Finding| matches!(finding.code(), Code::OI102 | Code::OI103 | Code::OI106);
    let diagnosis = match padded(token).filter(|_| diagnosis.findings().iter().any(is_no_base64url)) {
        Some(fact) => diagnosis.with_fact(fact),
        None => diagnosis,
    };
    match foreign(token).filter(|_| diagnosis.findings().iter().any(elsewhere)) {
        Some(fact) => diagnosis.with_fact(fact),
        None => diagnosis,
    }
}

/// The trusted keys, which of them the token names, and which of them signed.
fn key_rows(keys: &Keys, token: &str, signed_by: Option<usize>) -> Vec<KeyRow> {
    let Keys::Public { keys, .. } = keys else {
        let (name, kind) = ("client secret".to_owned(), "symmetric".to_owned());
        return vec![KeyRow { name, kind, signed: signed_by.is_some(), ..KeyRow::default() }];
    };
    let header = jose::untrusted_header(token).ok();
    let named = header.as_ref().and_then(|header| header.root().get("kid")?.as_str());
    let row = |kid: Option<&str>| KeyRow {
        name: kid.unwrap_or("no key id").to_owned(),
        named: kid.is_some() && kid == named,
        ..KeyRow::default()
    };
    let usable = keys.described().enumerate().map(|(index, (kid, kind, algorithm))| KeyRow {
        kind: kind.to_string(),
        algorithm: algorithm.map(|algorithm| algorithm.name().to_owned()),
        signed: signed_by == Some(index),
        ..row(kid)
    });
    let skipped = keys
        .skipped()
        .iter()
        .map(|key| KeyRow { unused: Some(key.failure.check.name()), ..row(key.kid.as_deref()) });
    usable.chain(skipped).collect()
}

fn is_no_base64url(finding: &Finding) -> bool {
    finding.check() == Some(Check::SegmentBase64)
}

/// RFC 7515 section 2: segments have no padding. Who writes one on purpose is known.
fn padded(token: &str) -> Option<Fact> {
    let why = "the segments end in padding (`=`), which no signed JWT has: a load balancer of AWS (ALB, `x-amzn-oidc-data`) \
               writes it on purpose; judge the token of the provider instead, which it hands on as `x-amzn-oidc-accesstoken`";
    token.contains('=').then(|| Fact::new(Code::OI116, why).with_severity(Severity::Note))
}

/// An access token of Microsoft Graph: its audience, or the header parameter `nonce`, with which only Graph can verify it.
fn foreign(token: &str) -> Option<Fact> {
    let peeked = token::peek(token).ok()?;
    let audience = peeked.audiences.iter().find(|audience| GRAPH.contains(&audience.as_str()));
    let header = jose::untrusted_header(token).ok()?;
    let has_nonce = header.root().get("nonce").is_some();
    let why = match audience {
        Some(_) => "an access token for Microsoft Graph: only Graph can verify it",
        None if has_nonce => {
            "the header holds `nonce`, as in access tokens for Microsoft services: only the service that it is for can verify it"
        }
        None => return None,
    };
    let fact = Fact::new(Code::OI104, why).with_provenance(Provenance::Unsigned);
    let fact = fact.with_location(Location::path(if audience.is_some() { "/aud" } else { "/header/nonce" }));
    Some(audience.cloned().into_iter().fold(fact, Fact::with_seen))
}

/// An empty report that knows the configured values, so that it can name a swap of two.
pub(super) fn draft(known: &Expectations) -> Draft {
    let mut draft = Draft::new(Protocol::Oidc);
    if let Some(issuer) = &known.issuer {
        draft = draft.configured("the issuer", &issuer.shown());
    }
    if let Some(client_id) = &known.expected.client_id {
        draft = draft.configured("the client id", client_id);
    }
    draft
}

/// Puts the report together. Who logs in is shown only of claims that a signature vouches for.
pub(super) fn finish(draft: Draft, explained: Explained, rules: &impl Rules) -> Diagnosis {
    let refused: Vec<_> = explained.report.observations.iter().map(|seen| seen.failure.clone()).collect();
    let draft = draft.planned(rules.plan(), &PROVEN_BY_SIGNATURE).walk(explained.report);
    let Some(claims) = explained.vouched else { return draft.finish() };
    let unread = shapes::unexpected(&claims).filter(|unread| !refused.contains(unread));
    let draft = unread
        .fold(draft, |draft, unread| draft.advise(Code::OI126, Severity::Note, &unread, Provenance::Signed));
    draft.claims(shown(&claims)).finish()
}

/// What a report shows of accepted claims: all but what could be replayed. A claim that is null is absent.
fn shown(claims: &Claims) -> diagnosis::Claims {
    let mut shown = diagnosis::Claims::new(claims.text("iss").unwrap_or_default());
    if let Some(subject) = claims.text("sub") {
        shown = shown.with_subject(subject, None);
    }
    // Of these, only authorization responses have their credentials among the claims: they have no subject.
    let is_response = claims.get("sub").is_none() && claims.get("events").is_none();
    let hidden = |name: &str| {
        ["iss", "sub"].contains(&name)
            || REPLAYABLE.contains(&name)
            || (is_response && CREDENTIALS.contains(&name))
    };
    for (name, value) in claims.root().members().into_iter().flatten() {
        if value.is_null() || hidden(name) {
            continue;
        }
        let values: Vec<Option<String>> = match value.elements() {
            Some(elements) => elements.map(as_text).collect(),
            None => vec![as_text(value)],
        };
        shown = shown.with_attribute(name, values.iter().map(Option::as_deref));
    }
    shown
}

/// Strings as they are, everything else as compact JSON.
fn as_text(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::Null => None,
        Kind::String => value.as_str().map(str::to_owned),
        _ => Some(value.to_json()),
    }
}

/// Audiences of Microsoft Graph and of the service that it follows.
const GRAPH: [&str; 6] = [
    "00000003-0000-0000-c000-000000000000",
    "https://graph.microsoft.com",
    "https://graph.microsoft.com/",
    "00000002-0000-0000-c000-000000000000",
    "https://graph.windows.net",
    "https://graph.windows.net/",
];

/// Claims that are never shown: with them something could be replayed, or guessed that could be.
const REPLAYABLE: [&str; 6] = ["nonce", "sid", "jti", "at_hash", "c_hash", "s_hash"];

/// Parameters of authorization responses that are never shown.
const CREDENTIALS: [&str; 5] = ["code", "state", "access_token", "id_token", "session_state"];

/// What may be missing, in the words of the command line.
pub(super) const KEYS: &str = "jwks";
pub(super) const ISSUER: &str = "issuer";
pub(super) const CLIENT_ID: &str = "client-id";
pub(super) const NONCE: &str = "nonce";
pub(super) const SUBJECT: &str = "subject";
pub(super) const STATE: &str = "state";
