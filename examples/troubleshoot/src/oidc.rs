//! OpenID Connect: trust and policy from the command line, then decision and explanation by the library.

mod arrived;
mod decryption;
mod front_channel;
pub mod trust;

use super::args::{At, Check, Kind};
use super::check::Judged;
use super::{Stop, World, check, input, map, saml};
pub use arrived::{Arrived, Parameters, detect, exact};
use arrived::{Hashed, Message};
use bonafide::Validated;
use bonafide::diagnosis::{Diagnosis, Verdict};
use bonafide::error::{Code, Error, Protocol};
use bonafide::jose::{Decrypted, DecryptionKeys};
use bonafide::oidc::{
    self, Expectations, Nonce, Policy, Proof, access_token, client_assertion, dpop, introspection, jarm,
    logout_token, userinfo,
};
use time::{Duration, OffsetDateTime};
use trust::Trust;

pub fn check(
    arrived: &Arrived,
    steps: &[&'static str],
    input: &[u8],
    options: &Check,
    world: &World,
) -> Result<Judged, Stop> {
    let keys = decryption::read(options)?;
    let message = Message::of(arrived, options.kind).opened(keys.as_ref());
    let no_login = !matches!(options.kind, Kind::IdToken | Kind::AccessToken | Kind::Userinfo)
        || matches!(message, Message::UserInfo(_));
    if options.mapping.is_some() && no_login {
        return Err(Stop::usage(
            "--mapping: only an ID token, an access token or signed UserInfo can be mapped",
        ));
    }
    misplaced(options)?;
    let issued_at = message.issued_at();
    if options.at == Some(At::IssueInstant) && issued_at.is_none() && message.may_lack_issued_at() {
        return Err(Stop::usage("--at issue-instant: the token has no iat; give RFC 3339 or now"));
    }
    let (now, source) = check::evaluation_time(options.at, issued_at, world)?;
    let parameters = match arrived {
        Arrived::Parameters(parameters) => Some(parameters),
        Arrived::Token(_) | Arrived::Json(_) => None,
    };
    let diagnosis = judge((&message, parameters), keys.as_ref(), options, now)?;
    let context = super::output::context(message.kind(), input, now, source);
    let steps = steps.iter().chain(message.is_inside().then_some(&"jwt"));
    let steps = steps.chain(message.is_opened().then_some(&"jwe"));
    let context = steps.fold(context, |context, step| context.with_step(step));
    let token = match message {
        Message::Token { token, .. } => token.into_bytes(),
        Message::UserInfo(_) | Message::Broken(_) => Vec::new(),
    };
    Ok(Judged { diagnosis, context, now, message: token })
}

/// Options that say nothing about the kind of token: better refused than taken for a rule that held.
fn misplaced(options: &Check) -> Result<(), Stop> {
    let of_id_token = [
        ("--acr", options.acr.is_empty()),
        ("--amr", options.amr.is_empty()),
        ("--other-audience", options.other_audience.is_empty()),
        ("--other-party", options.other_party.is_empty()),
        ("--max-token-age", options.max_token_age.is_none()),
    ];
    let wrong = of_id_token.iter().find(|(_, unused)| !unused && options.kind != Kind::IdToken);
    if let Some((option, _)) = wrong {
        return Err(Stop::usage(format!("{option} goes with --kind id-token")));
    }
    let of_access_token = [("--scope", options.scope.is_empty()), ("--profile", options.profile.is_none())];
    let wrong = of_access_token.iter().find(|(_, unused)| !unused && options.kind != Kind::AccessToken);
    if let Some((option, _)) = wrong {
        return Err(Stop::usage(format!("{option} goes with --kind access-token")));
    }
    Ok(())
}

/// The verdict about what arrived, as far as the command line supplies trust and policy.
fn judge(
    (message, parameters): (&Message, Option<&Parameters>),
    keys: Option<&DecryptionKeys>,
    options: &Check,
    now: OffsetDateTime,
) -> Result<Diagnosis, Stop> {
    let trust = match trust::read(options)? {
        Ok(trust) => trust,
        Err((source, error)) => return Ok(Diagnosis::misconfigured(Protocol::Oidc, &source, &error)),
    };
    let trust = trust.with_secret(message.algorithm(), options)?;
    let wanted = Wanted::read(message, options)?;
    let diagnosis = match message {
        Message::Token { token, opened, .. } => {
            let known = wanted.known(&trust, options);
            let known = keys.into_iter().fold(known, Expectations::with_decryption);
            judge_token((token, opened.as_ref()), known, (&trust, &wanted), options, now)?
        }
        Message::UserInfo(json) => userinfo::explain_plain(json.as_bytes(), &wanted.known(&trust, options)),
        Message::Broken(error) => Diagnosis::refused(Protocol::Oidc, error),
    };
    let is_token = matches!(message, Message::Token { .. });
    let diagnosis = match parameters.filter(|_| is_token) {
        Some(parameters) => front_channel::judged(diagnosis, parameters, &trust, &wanted, options),
        None => diagnosis,
    };
    let (source, warnings) = (trust.discovery.as_deref().unwrap_or_default(), trust.warnings.iter());
    Ok(warnings.fold(diagnosis, |diagnosis, warning| diagnosis.warned(source, Code::OI114, warning)))
}

/// A token as it came, and what it decrypts to.
fn judge_token(
    (token, opened): (&str, Option<&Result<Decrypted, Error>>),
    mut known: Expectations,
    (trust, wanted): (&Trust, &Wanted),
    options: &Check,
    now: OffsetDateTime,
) -> Result<Diagnosis, Stop> {
    let (proof, of_proof) = proof(token, options, now)?;
    let signed = opened.and_then(|opened| opened.as_ref().ok()).map_or(token, Decrypted::token);
    if let Some(proof) = &proof {
        known = known.with_proof(proof.clone());
    }
    if options.kind == Kind::AccessToken {
        known = known.with_profile(trust.profile(signed));
    }
    let diagnosis = match options.kind {
        Kind::IdToken => oidc::explain(token, &known, now),
        Kind::AccessToken => access_token::explain(token, &known, now),
        Kind::LogoutToken => logout_token::explain(token, &known, now),
        Kind::Userinfo => userinfo::explain(token, &known, now),
        Kind::Jarm => jarm::explain(token, &known, now),
        Kind::Introspection => introspection::explain(token, &known, now),
        Kind::ClientAssertion => {
            let (client, policy) = client_assertion(trust, options)?;
            client_assertion::explain(signed, client, &policy, now)
        }
    };
    let decision = decide(signed, trust, wanted, proof, options, now);
    // What could be decided about an encrypted token that does not decrypt is that.
    let decision = match opened {
        Some(Err(error)) => decision.map(|_| Err(error.clone())),
        _ => decision,
    };
    let diagnosis = match decision {
        Some(Ok(login)) => login.mapped(saml::agreed(Ok(()), diagnosis)?, options, now)?,
        // Settings that no token can meet, such as an empty client id.
        Some(Err(error)) if error.check() == bonafide::check::Check::ConfigurationInvalid => {
            return Ok(Diagnosis::misconfigured(Protocol::Oidc, "policy", &error));
        }
        Some(Err(error)) => saml::agreed(Err(error), diagnosis)?,
        None if diagnosis.verdict() == Verdict::Accepted => {
            return Err(Stop::unusable(
                "internal inconsistency: accepted without a decision; nothing is accepted; please report this",
            ));
        }
        None => diagnosis,
    };
    Ok(match of_proof {
        Some(of_proof) => diagnosis.and("--dpop", of_proof),
        None => diagnosis,
    })
}

/// What was accepted, for the mapping.
enum Accepted {
    IdToken(Box<Validated<oidc::IdToken>>),
    AccessToken(Box<Validated<access_token::AccessToken>>),
    UserInfo(Box<Validated<userinfo::UserInfo>>),
    NoLogin,
}

impl Accepted {
    fn mapped(self, diagnosis: Diagnosis, options: &Check, now: OffsetDateTime) -> Result<Diagnosis, Stop> {
        match self {
            Self::IdToken(login) => map::mapped(diagnosis, &*login, options, now),
            Self::AccessToken(login) => map::mapped(diagnosis, &*login, options, now),
            Self::UserInfo(login) => map::mapped(diagnosis, &*login, options, now),
            Self::NoLogin => Ok(diagnosis),
        }
    }
}

/// The decision; `None` where something is not supplied that deciding needs.
fn decide(
    token: &str,
    trust: &Trust,
    wanted: &Wanted,
    proof: Option<Proof>,
    options: &Check,
    now: OffsetDateTime,
) -> Option<Result<Accepted, Error>> {
    let (provider, client_id) = (trust.provider.as_ref()?, options.client_id.as_deref()?);
    let leeway = options.leeway;
    let invalid = |failure| Error::from(bonafide::error::Rejection::new(Protocol::Oidc, failure));
    Some(match options.kind {
        Kind::IdToken => Policy::new(client_id, wanted.nonce.clone()?).map_err(invalid).and_then(|policy| {
            let policy = wanted.id_token(policy.with_leeway(leeway), options);
            let policy = proof.into_iter().fold(policy, Policy::with_proof);
            oidc::verify(token, provider, &policy, now).map(|token| Accepted::IdToken(Box::new(token)))
        }),
        Kind::AccessToken => access_token::Policy::new(client_id).map_err(invalid).and_then(|policy| {
            let policy = policy.with_leeway(leeway).with_profile(trust.profile(token));
            let policy = options.scope.iter().fold(policy, |policy, scope| policy.with_scope(scope));
            let policy = proof.into_iter().fold(policy, access_token::Policy::with_proof);
            access_token::verify(token, provider, &policy, now)
                .map(|token| Accepted::AccessToken(Box::new(token)))
        }),
        Kind::LogoutToken => logout_token::Policy::new(client_id).map_err(invalid).and_then(|policy| {
            logout_token::verify(token, provider, &policy.with_leeway(leeway), now).map(|_| Accepted::NoLogin)
        }),
        Kind::Userinfo => {
            let subject = options.subject.as_deref()?;
            userinfo::Policy::new(client_id, subject).map_err(invalid).and_then(|policy| {
                userinfo::verify(token, provider, &policy.with_leeway(leeway), now)
                    .map(|answer| Accepted::UserInfo(Box::new(answer)))
            })
        }
        Kind::Jarm => {
            let state = wanted.state.as_deref()?;
            jarm::Policy::new(client_id, state).map_err(invalid).and_then(|policy| {
                jarm::verify(token, provider, &policy.with_leeway(leeway), now).map(|_| Accepted::NoLogin)
            })
        }
        Kind::Introspection => introspection::Policy::new(client_id).map_err(invalid).and_then(|policy| {
            introspection::verify(token, provider, &policy.with_leeway(leeway), now)
                .map(|_| Accepted::NoLogin)
        }),
        Kind::ClientAssertion => {
            let server = options.issuer.as_deref()?;
            client_assertion::Policy::new(server).map_err(invalid).and_then(|policy| {
                client_assertion::verify(token, provider, &policy.with_leeway(leeway), now)
                    .map(|_| Accepted::NoLogin)
            })
        }
    })
}

/// The client and what the server expects of it: all of it is needed to say anything.
fn client_assertion<'t>(
    trust: &'t Trust,
    options: &Check,
) -> Result<(&'t oidc::TrustedProvider, client_assertion::Policy), Stop> {
    let needs = "--kind client-assertion needs --client-id (the client), --issuer (this server) and --jwks (keys of the client)";
    let (Some(client), Some(_), Some(server)) = (&trust.provider, &options.client_id, &options.issuer) else {
        return Err(Stop::usage(needs));
    };
    let policy = client_assertion::Policy::new(server).map_err(|_| Stop::usage(needs))?;
    Ok((client, policy.with_leeway(options.leeway)))
}

/// What the presenter has proven to hold, and what there is to say about the proof.
fn proof(
    token: &str,
    options: &Check,
    now: OffsetDateTime,
) -> Result<(Option<Proof>, Option<Diagnosis>), Stop> {
    let binds = matches!(options.kind, Kind::IdToken | Kind::AccessToken);
    if !binds && (options.dpop.is_some() || options.client_cert.is_some()) {
        return Err(Stop::usage("--dpop and --client-cert go with --kind id-token or access-token"));
    }
    let certificate = options.client_cert.as_deref().map(trust::certificate).transpose()?;
    let certificate = certificate.map(|der| Proof::client_certificate(&der));
    let Some(path) = &options.dpop else { return Ok((certificate, None)) };
    let (Some(method), Some(uri)) = (&options.http_method, &options.http_uri) else {
        return Err(Stop::usage("--dpop needs --http-method and --http-uri, the request that it proves"));
    };
    let octets = input::option_file("--dpop", path)?;
    let text = exact(&String::from_utf8_lossy(&octets)).to_owned();
    let policy = match dpop::Policy::new(method, uri) {
        Ok(policy) if options.kind == Kind::AccessToken => policy.with_access_token(token),
        Ok(policy) => policy,
        Err(failure) => return Err(Stop::usage(format!("--http-uri {uri}: {}", failure.check.what()))),
    };
    let policy = policy.with_leeway(options.leeway);
    let decision = dpop::verify(&text, &policy, now);
    let proven = decision.as_ref().ok().map(Proof::dpop);
    let diagnosis = saml::agreed(decision.map(|_| ()), dpop::explain(&text, &policy, now))?;
    let both = match (proven, certificate) {
        (Some(proven), Some(certificate)) => Some(proven.and(certificate)),
        (proven, certificate) => proven.or(certificate),
    };
    Ok((both, Some(diagnosis)))
}

/// What the application wants of the message, beside trust.
struct Wanted {
    nonce: Option<Nonce>,
    state: Option<String>,
    access_token: Hashed,
    code: Hashed,
}

impl Wanted {
    fn read(message: &Message, options: &Check) -> Result<Self, Stop> {
        let nonce = match (&options.nonce, options.no_nonce, options.ignore_nonce) {
            (Some(nonce), ..) => Some(Nonce::Expected(input::secret("--nonce", nonce)?)),
            (None, true, _) => Some(Nonce::NotUsed),
            (None, false, true) => Some(Nonce::Ignored),
            (None, false, false) => None,
        };
        let judges_subject = matches!(options.kind, Kind::IdToken | Kind::Userinfo);
        if options.subject.is_some() && !judges_subject {
            return Err(Stop::usage("--subject goes with --kind userinfo or id-token"));
        }
        let state = options.state.as_deref().map(|state| input::secret("--state", state)).transpose()?;
        let (access_token, code) = message.beside();
        let given = options.access_token.as_deref().map(trust::access_token).transpose()?;
        let access_token = access_token.or_flag("--access-token", given, oidc::HashRule::IfPresent)?;
        let given = options.code.as_deref().map(|code| input::secret("--code", code)).transpose()?;
        // Only a hybrid response brings a code with the ID token, and then c_hash is required.
        let code = code.or_flag("--code", given, oidc::HashRule::Required)?;
        Ok(Self { nonce, state, access_token, code })
    }

    fn known(&self, trust: &Trust, options: &Check) -> Expectations {
        let mut known = trust.known().with_leeway(options.leeway);
        if let Some(client_id) = &options.client_id {
            known = known.with_client_id(client_id);
        }
        if let Some(nonce) = &self.nonce {
            known = known.with_nonce(nonce.clone());
        }
        if let Some(subject) = &options.subject {
            known = known.with_subject(subject);
        }
        if matches!(options.kind, Kind::Jarm | Kind::IdToken)
            && let Some(state) = &self.state
        {
            known = known.with_state(state);
        }
        if let Some((value, rule)) = &self.access_token.0 {
            known = known.with_access_token(value, *rule);
        }
        if let Some((value, rule)) = &self.code.0 {
            known = known.with_code(value, *rule);
        }
        if let Some(age) = options.max_age {
            known = known.with_max_auth_age(Duration::seconds(age.into()));
        }
        if let Some(age) = options.max_token_age {
            known = known.with_max_token_age(Duration::seconds(age.into()));
        }
        let all = |known, values: &[String], with: fn(Expectations, &str) -> Expectations| {
            values.iter().fold(known, |known, value| with(known, value))
        };
        match options.kind {
            Kind::IdToken => {
                known = all(known, &options.acr, Expectations::with_acr);
                known = all(known, &options.amr, Expectations::with_amr);
                known = all(known, &options.other_audience, Expectations::with_other_audience);
                all(known, &options.other_party, Expectations::with_other_party)
            }
            Kind::AccessToken => all(known, &options.scope, Expectations::with_scope),
            _ => known,
        }
    }

    fn id_token(&self, mut policy: Policy, options: &Check) -> Policy {
        if let Some(subject) = &options.subject {
            policy = policy.with_subject(subject);
        }
        if let Some((value, rule)) = &self.access_token.0 {
            policy = policy.with_access_token(value, *rule);
        }
        if let Some((value, rule)) = &self.code.0 {
            policy = policy.with_code(value, *rule);
        }
        if let Some(state) = &self.state {
            policy = policy.with_state(state, oidc::HashRule::IfPresent);
        }
        if let Some(age) = options.max_token_age {
            policy = policy.with_max_token_age(Duration::seconds(age.into()));
        }
        policy = options.acr.iter().fold(policy, |policy, acr| policy.with_acr(acr));
        policy = options.amr.iter().fold(policy, |policy, method| policy.with_amr(method));
        policy =
            options.other_audience.iter().fold(policy, |policy, other| policy.with_other_audience(other));
        policy = options.other_party.iter().fold(policy, |policy, other| policy.with_other_party(other));
        match options.max_age {
            Some(age) => policy.with_max_auth_age(Duration::seconds(age.into())),
            None => policy,
        }
    }
}
