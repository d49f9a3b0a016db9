//! One login as one value: what was sent is kept together, every answer is checked against it, and it is used once.
//!
//! Pure: state, nonce and code verifier are random values that the caller makes and passes in.

use super::explain::{self, Expectations};
use super::policy::{HashRule, Nonce, Policy, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::token::{sha256_url, to_error};
use super::{IdToken, jarm, verify};
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::diagnosis::Diagnosis;
use crate::encoding::form;
use crate::error::{Error, Failure, Protocol, Quoted, Reason, Rejection};
use crate::json::Value;
use crate::report::{CollectAll, Provenance, Report};
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Random values of one login, each of at least 128 bits, made by the caller. Overwritten when dropped.
#[derive(Clone)]
pub struct Secrets {
    state: Zeroizing<String>,
    nonce: Zeroizing<String>,
    code_verifier: Zeroizing<String>,
}

impl Secrets {
    /// # Errors
    /// `ConfigurationInvalid`: state or nonce is empty, or the code verifier is not 43 to 128 unreserved characters
    /// (RFC 7636 section 4.1).
    pub fn new(state: &str, nonce: &str, code_verifier: &str) -> Result<Self, Failure> {
        not_empty("state", state)?;
        not_empty("nonce", nonce)?;
        pkce_challenge(code_verifier)?;
        let owned = |text: &str| Zeroizing::new(text.to_owned());
        Ok(Self { state: owned(state), nonce: owned(nonce), code_verifier: owned(code_verifier) })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// What was asked for (OAuth 2.0 Multiple Response Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseType {
    /// `code`.
    Code,
    /// `code id_token`.
    CodeIdToken,
    /// `id_token`.
    IdToken,
    /// `id_token token`.
    IdTokenToken,
    /// `code id_token token`.
    CodeIdTokenToken,
}

/// Whether the provider sends `iss` with its responses (RFC 9207).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssParameter {
    /// Its metadata says so: then it must be there.
    Announced,
    /// Not announced: if it is there, it is compared.
    NotAnnounced,
}

/// A login that was begun and has not been answered. Store it, and take it out of the store to use it: it is moved.
///
/// ```compile_fail
/// fn twice(login: bonafide::oidc::login::PendingLogin) {
///     let _ = login.answered_by("code=a&state=b");
///     let _ = login.answered_by("code=a&state=b");
/// }
/// ```
pub struct PendingLogin {
    issuer: Issuer,
    client_id: Box<str>,
    redirect_uri: Box<str>,
    secrets: Secrets,
    response_type: ResponseType,
    iss_parameter: IssParameter,
}

/// What came back for a login, bound to it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// A code, a token or both.
    Granted(AnsweredLogin),
    /// The provider reports an error. The values are foreign.
    Refused {
        /// The `error` parameter.
        error: Quoted,
        /// The `error_description` parameter.
        description: Option<Quoted>,
    },
}

/// A login that was answered: what is needed to finish it.
pub struct AnsweredLogin {
    pending: PendingLogin,
    /// The issuer that the response named.
    issuer: Option<Box<str>>,
    code: Option<Box<str>>,
    id_token: Option<Box<str>>,
    access_token: Option<Box<str>>,
}

impl PendingLogin {
    /// Begins a login at this provider with the code flow.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: an argument is empty.
    pub fn new(
        provider: &TrustedProvider,
        client_id: &str,
        redirect_uri: &str,
        secrets: Secrets,
        iss_parameter: IssParameter,
    ) -> Result<Self, Failure> {
        Ok(Self {
            issuer: provider.issuer.clone(),
            client_id: not_empty("client id", client_id)?,
            redirect_uri: not_empty("redirect URI", redirect_uri)?,
            secrets,
            response_type: ResponseType::Code,
            iss_parameter,
        })
    }

    /// Asks for another response type.
    #[must_use]
    pub const fn with_response_type(mut self, response_type: ResponseType) -> Self {
        self.response_type = response_type;
        self
    }

    /// The `code_challenge` to send, with the method S256.
    ///
    /// # Errors
    /// None in practice: the verifier was checked before.
    pub fn code_challenge(&self) -> Result<String, Failure> {
        pkce_challenge(&self.secrets.code_verifier)
    }

    /// Compares the state of a response before its login is taken from a store.
    #[must_use]
    pub fn has_state(&self, state: &str) -> bool {
        constant_time_eq(self.secrets.state.as_bytes(), state.as_bytes())
    }

    /// Takes the response: the raw query, fragment or form body. Consumes the login, whatever the outcome
    /// (RFC 9700 section 2.1).
    ///
    /// # Errors
    /// `StateMismatch`: missing, empty or other (RFC 6749 section 10.12). `ParamDuplicate`, `RedirectEncoding`: not one
    /// response. `IssuerMissing`, `IssuerMismatch`: from another provider (RFC 9207). `ParamMissing`: what was asked for is
    /// not there.
    pub fn answered_by(self, parameters: &str) -> Result<Answer, Error> {
        self.take(|name| value(parameters, name)).map_err(to_error)
    }

    /// Takes a response that is a signed token (JARM, section 2): the `response` parameter. Consumes the login, whatever the
    /// outcome.
    ///
    /// # Errors
    /// As [`jarm::verify`] and [`PendingLogin::answered_by`].
    pub fn answered_by_jarm(
        self,
        response: &str,
        provider: &TrustedProvider,
        now: OffsetDateTime,
    ) -> Result<Answer, Error> {
        self.same_issuer(provider)?;
        let policy = jarm::Policy::new(&self.client_id, &self.secrets.state).map_err(to_error)?;
        let response = jarm::verify(response, provider, &policy, now)?;
        let text = |name| response.parameter(name).and_then(Value::as_str).map(str::to_owned);
        self.take(|name| Ok(text(name))).map_err(to_error)
    }

    fn take(
        self,
        value: impl Fn(&'static str) -> Result<Option<String>, Failure>,
    ) -> Result<Answer, Failure> {
        for name in ["code", "error", "error_description", "id_token", "access_token"] {
            value(name)?;
        }
        state_is(value("state")?.as_deref(), &self.secrets.state)?;
        let issuer = match (value("iss")?, self.iss_parameter) {
            (Some(found), _) => {
                issuer_is(&found, &self.issuer)?;
                Some(found.into_boxed_str())
            }
            (None, IssParameter::Announced) => return Err(no_issuer()),
            (None, IssParameter::NotAnnounced) => None,
        };
        if let Some(error) = value("error")? {
            let description = value("error_description")?;
            return Ok(Answer::Refused {
                error: Quoted::protocol(&error),
                description: description.as_deref().map(Quoted::tenant),
            });
        }
        use ResponseType as R;
        let (code, id_token, access_token) = match self.response_type {
            R::Code => (true, false, false),
            R::CodeIdToken => (true, true, false),
            R::IdToken => (false, true, false),
            R::IdTokenToken => (false, true, true),
            R::CodeIdTokenToken => (true, true, true),
        };
        let wanted = |wanted: bool, name: &'static str| match value(name)? {
            Some(value) if wanted && !value.is_empty() => Ok(Some(value.into_boxed_str())),
            _ if wanted => Err(Failure::at(Check::ParamMissing, "", Reason::Missing { what: name })),
            // Not asked for: not used, so that nothing can be slipped in.
            _ => Ok(None),
        };
        Ok(Answer::Granted(AnsweredLogin {
            code: wanted(code, "code")?,
            id_token: wanted(id_token, "id_token")?,
            access_token: wanted(access_token, "access_token")?,
            pending: self,
            issuer,
        }))
    }

    fn same_issuer(&self, provider: &TrustedProvider) -> Result<(), Error> {
        if provider.issuer == self.issuer {
            return Ok(());
        }
        Err(Rejection::new(Protocol::Oidc, self.other_issuer(&provider.issuer())).into())
    }

    fn other_issuer(&self, found: &str) -> Failure {
        let (expected, found) = (vec![Quoted::tenant(&self.issuer.shown())], vec![Quoted::tenant(found)]);
        Failure::at(Check::IssuerMismatch, "/iss", Reason::Mismatch { what: "iss", expected, found })
    }
}

impl AnsweredLogin {
    /// The code, to be exchanged at the token endpoint of the same issuer.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The code verifier to send along.
    #[must_use]
    pub fn code_verifier(&self) -> &str {
        &self.pending.secrets.code_verifier
    }

    /// The redirect URI to send along.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.pending.redirect_uri
    }

    /// The issuer whose token endpoint gets the code.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.pending.issuer.shown()
    }

    /// The policy for the ID token of the token response: client, nonce, the issuer if the response named it, and `at_hash` of
    /// the access token if it is there.
    ///
    /// # Errors
    /// None in practice: the values were checked before.
    pub fn policy(&self, access_token: Option<&str>) -> Result<Policy, Failure> {
        let mut policy = Policy::new(
            &self.pending.client_id,
            Nonce::Expected(String::clone(&self.pending.secrets.nonce)),
        )?;
        if let Some(issuer) = &self.issuer {
            policy = policy.with_login_issuer(issuer);
        }
        Ok(match access_token {
            Some(access_token) => policy.with_access_token(access_token, HashRule::IfPresent),
            None => policy,
        })
    }

    /// Decides about the ID token of the token response. In the hybrid flow the one that came through the browser must be
    /// genuine too, of the same issuer and about the same user (OIDC Core 3.3.3.6).
    ///
    /// # Errors
    /// As [`crate::oidc::verify`]; `IssuerMismatch`: the provider is not the one that the login was begun with (mix-up), or the
    /// response, the two ID tokens or both name two issuers of the provider; `SubMismatch`: the ID tokens are about two users.
    pub fn verify(
        &self,
        id_token: &str,
        access_token: Option<&str>,
        provider: &TrustedProvider,
        now: OffsetDateTime,
    ) -> Result<Validated<IdToken>, Error> {
        self.pending.same_issuer(provider)?;
        let mut policy = self.policy(access_token).map_err(to_error)?;
        if self.code.is_some() && self.id_token.is_some() {
            let first = self.verify_front_channel(provider, now)?;
            policy = policy.with_login_issuer(first.issuer()).with_subject(first.subject());
        }
        verify(id_token, provider, &policy, now)
    }

    /// Decides about the ID token that came through the browser: its hashes must bind code and access token.
    ///
    /// # Errors
    /// As [`AnsweredLogin::verify`]; `ParamMissing`: no ID token was asked for there.
    pub fn verify_front_channel(
        &self,
        provider: &TrustedProvider,
        now: OffsetDateTime,
    ) -> Result<Validated<IdToken>, Error> {
        self.pending.same_issuer(provider)?;
        let absent = || Failure::at(Check::ParamMissing, "", Reason::Missing { what: "id_token" });
        let id_token = self.id_token.as_deref().ok_or_else(absent).map_err(to_error)?;
        let mut policy = self.policy(None).map_err(to_error)?;
        if let Some(code) = &self.code {
            policy = policy.with_code(code, HashRule::Required);
        }
        if let Some(access_token) = &self.access_token {
            policy = policy.with_access_token(access_token, HashRule::Required);
        }
        verify(id_token, provider, &policy, now)
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PendingLogin({})", self.issuer.shown())
    }
}

impl fmt::Debug for AnsweredLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnsweredLogin({})", self.pending.issuer.shown())
    }
}

/// Explains what came through the browser around a token, by the rules of [`PendingLogin::answered_by`], with whatever is known
/// of the request: state, and the issuer for `iss` (RFC 9207). Never a proof: the token in it is explained by itself.
#[must_use]
pub fn explain_response(parameters: &str, known: &Expectations, iss: IssParameter) -> Diagnosis {
    let mut report = CollectAll::default();
    let from = Provenance::Unsigned;
    let once = ["code", "error", "error_description", "id_token", "access_token", "state", "iss"];
    let once = once.iter().try_for_each(|name| value(parameters, name).map(|_| ()));
    let _ = report.rule(Rule::ResponseOnce, from, once);
    let _ = match (value(parameters, "state"), &known.expected.state) {
        (Err(_), _) => {
            report.not_applicable(Rule::ResponseState, "the state cannot be read");
            Ok(true)
        }
        (Ok(found), Some((state, _))) => {
            report.rule(Rule::ResponseState, from, state_is(found.as_deref(), state))
        }
        (Ok(_), None) => report.skip(Rule::ResponseState, explain::STATE).map(|()| true),
    };
    let _ = match (value(parameters, "iss"), &known.issuer) {
        (Ok(Some(found)), Some(issuer)) => report.rule(Rule::ResponseIss, from, issuer_is(&found, issuer)),
        (Ok(Some(_)), None) => report.skip(Rule::ResponseIss, explain::ISSUER).map(|()| true),
        (Ok(None), _) if iss == IssParameter::Announced => {
            report.rule(Rule::ResponseIss, from, Err(no_issuer()))
        }
        (Ok(None) | Err(_), _) => {
            report.not_applicable(Rule::ResponseIss, "the response has no iss that can be read");
            Ok(true)
        }
    };
    let about = crate::diagnosis::Claims::new("");
    explain::draft(known).planned(RESPONSE, &[]).walk(report).claims(about).finish()
}

/// What is judged of a response; a token in it is judged by itself.
const RESPONSE: RuleSet = RuleSet::of(&[Rule::ResponseOnce, Rule::ResponseState, Rule::ResponseIss]);

/// RFC 6749 section 10.12.
fn state_is(found: Option<&str>, state: &str) -> Result<(), Failure> {
    if found.is_some_and(|found| constant_time_eq(state.as_bytes(), found.as_bytes())) {
        return Ok(());
    }
    let found = found.map(Quoted::replayable).into_iter().collect();
    let reason = Reason::Mismatch { what: "state", expected: vec![Quoted::replayable(state)], found };
    Err(Failure::at(Check::StateMismatch, "/state", reason))
}

/// RFC 9207 section 2.4.
fn issuer_is(found: &str, issuer: &Issuer) -> Result<(), Failure> {
    if issuer.names(found) {
        return Ok(());
    }
    let (expected, found) = (vec![Quoted::tenant(&issuer.shown())], vec![Quoted::tenant(found)]);
    Err(Failure::at(Check::IssuerMismatch, "/iss", Reason::Mismatch { what: "iss", expected, found }))
}

fn no_issuer() -> Failure {
    Failure::at(Check::IssuerMissing, "/iss", Reason::Missing { what: "iss" })
}

/// The S256 challenge of a code verifier (RFC 7636 section 4.2).
///
/// # Errors
/// `ConfigurationInvalid`: the verifier is not 43 to 128 unreserved characters (section 4.1).
pub fn pkce_challenge(code_verifier: &str) -> Result<String, Failure> {
    let unreserved = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~');
    if !(43..=128).contains(&code_verifier.len()) || !code_verifier.bytes().all(unreserved) {
        let reason = Reason::Stated("a code verifier that is not 43 to 128 unreserved characters");
        return Err(Failure::at(Check::ConfigurationInvalid, "", reason));
    }
    Ok(sha256_url(code_verifier))
}

/// Does the verifier fit the challenge (RFC 7636 section 4.6, S256 only)? For the side that received both.
///
/// # Errors
/// `PkceMismatch`: it does not, or is no code verifier.
pub fn check_pkce(code_verifier: &str, challenge: &str) -> Result<(), Failure> {
    let computed = pkce_challenge(code_verifier).ok();
    if computed.is_some_and(|computed| constant_time_eq(computed.as_bytes(), challenge.as_bytes())) {
        return Ok(());
    }
    let reason = Reason::Stated("a code verifier that does not fit the challenge");
    Err(Failure::at(Check::PkceMismatch, "", reason))
}

/// A parameter that occurs at most once, decoded.
fn value(parameters: &str, name: &'static str) -> Result<Option<String>, Failure> {
    let stop =
        |check| Failure::at(check, "", Reason::Found { what: "parameter", found: Quoted::protocol(name) });
    match form::raw_value(parameters, name) {
        Ok(raw) => form::decode(raw).map(Some).map_err(stop),
        Err(Check::ParamMissing) => Ok(None),
        Err(check) => Err(stop(check)),
    }
}
