//! SAML: trust and policy from the command line, then decision and explanation by the library.

use super::args::{Check, NameId, Signed, Validity};
use super::own_keys::own_keys;
use super::{Stop, input, map};
use bonafide::check::Check::UnexpectedRoot;
use bonafide::crypto::{TrustedKey, TrustedKeys};
use bonafide::diagnosis::{Diagnosis, Fact, Verdict};
#[cfg(feature = "xmlsec")]
use bonafide::error::{Code, Severity};
use bonafide::error::{Error, Failure, Location, Protocol, Rejection};
use bonafide::saml::{
    self, AuthnContext, CertificateValidity, Expectations, NameIdPolicy, Policy, Request, RequiredSignature,
    TrustedIdp,
};
use std::path::PathBuf;
use time::OffsetDateTime;

/// The value of a form field.
pub fn decode_value(value: &str) -> Result<Vec<u8>, Error> {
    saml::decode_post(value)
}

/// The body of a form.
pub fn decode_body(body: &str) -> Result<Vec<u8>, Error> {
    saml::decode_post_form(body).map(|form| form.response().to_vec())
}

/// The verdict about the XML of a Response, as far as the command line supplies trust and policy.
pub fn judge(xml: &[u8], kind: &str, options: &Check, now: OffsetDateTime) -> Result<Diagnosis, Stop> {
    let idp = match trusted_idp(options, now)? {
        Ok(idp) => idp,
        Err((protocol, error)) => return Ok(Diagnosis::misconfigured(protocol, &source(options), &error)),
    };
    let request = request(options)?;
    let required = required_signature(options.require_signed);
    let name_id = match options.name_id {
        NameId::Required => NameIdPolicy::Required,
        NameId::Optional => NameIdPolicy::Optional,
    };
    let mut wanted = Expectations::nothing().with_leeway(options.leeway).with_required_signature(required);
    wanted = wanted.with_name_id(name_id.clone()).with_affiliations(&options.affiliation);
    if !options.authn_context.is_empty() {
        wanted = wanted.with_authn_context(AuthnContext::OneOf(options.authn_context.clone()));
    }
    if let Some(seconds) = options.max_age {
        wanted = wanted.with_max_authn_age(time::Duration::seconds(seconds.into()));
    }
    let keys = own_keys(options)?;
    if let Some(keys) = &keys {
        wanted = wanted.with_decryptor(keys.as_ref());
    }
    if let Some(idp) = &idp {
        wanted = wanted.with_idp(idp);
    }
    if let Some(id) = &options.sp_entity_id {
        wanted = wanted.with_sp_entity_id(id);
    }
    if !options.acs.is_empty() {
        wanted = wanted.with_acs(&options.acs);
    }
    if let Some(request) = &request {
        wanted = wanted.with_request(request);
    }
    if kind == "saml-assertion" {
        return Ok(bare_assertion(xml, &wanted, now));
    }
    let (Some(idp), Some(sp), Some(request)) = (&idp, &options.sp_entity_id, request.clone()) else {
        return Ok(saml::explain(xml, &wanted, now));
    };
    if options.acs.is_empty() {
        return Ok(saml::explain(xml, &wanted, now));
    }
    let policy = match Policy::new(sp, &options.acs, request) {
        Ok(policy) => aged(
            policy.with_leeway(options.leeway).with_required_signature(required).with_name_id(name_id),
            options,
        ),
        Err(error) => return Ok(Diagnosis::misconfigured(Protocol::Saml, "policy", &error)),
    };
    let policy = keys.into_iter().fold(policy, Policy::with_decryptor);
    let diagnosis = saml::explain(xml, &Expectations::complete(idp, &policy), now);
    match saml::validate(xml, idp, &policy, now) {
        Ok(login) => map::mapped(agreed(Ok(()), diagnosis)?, &login, options, now),
        Err(error) => agreed(Err(error), diagnosis),
    }
}

/// What libxmlsec1 says of the signatures, where that was asked for.
#[cfg(feature = "xmlsec")]
pub fn second_opinion(xml: &[u8], options: &Check, now: OffsetDateTime) -> Result<Option<Fact>, Stop> {
    use bonafide::saml::{Difference, SecondOpinion};
    if !options.second_opinion {
        return Ok(None);
    }
    let idp = match trusted_idp(options, now)? {
        Ok(Some(idp)) => idp,
        Ok(None) => {
            return Err(Stop::usage(
                "--second-opinion needs --idp-metadata or --idp-cert: a key to judge by",
            ));
        }
        // The report says already that the trust is unusable.
        Err(_) => return Ok(None),
    };
    let opinion = saml::second_opinion(xml, &idp, now);
    let fact = |code| Fact::new(code, &opinion.to_string());
    Ok(Some(match &opinion {
        // The message is refused as it is; what the other one would have done is worth knowing.
        SecondOpinion::Differ { difference: Difference::OnlyTheyAccept { .. }, .. } => {
            fact(Code::SA222).with_severity(Severity::Note)
        }
        SecondOpinion::Differ { .. } => fact(Code::SA222),
        _ => fact(Code::SA221),
    }))
}

#[cfg(not(feature = "xmlsec"))]
pub fn second_opinion(_: &[u8], _: &Check, _: OffsetDateTime) -> Result<Option<Fact>, Stop> {
    Ok(None)
}

/// The user authenticated well and recently enough, where that is asked for; the affiliations of the service.
fn aged(mut policy: Policy, options: &Check) -> Policy {
    if !options.authn_context.is_empty() {
        policy = policy.with_authn_context(AuthnContext::OneOf(options.authn_context.clone()));
    }
    if let Some(seconds) = options.max_message_age {
        policy = policy.with_max_message_age(time::Duration::seconds(seconds.into()));
    }
    if let Some(validity) = options.certificate_validity {
        policy = policy.with_certificate_validity(match validity {
            Validity::Ignored => CertificateValidity::Ignored,
            Validity::Enforced => CertificateValidity::Enforced,
        });
    }
    policy = options.affiliation.iter().fold(policy, |policy, id| policy.with_affiliation(id));
    match options.max_age {
        Some(seconds) => policy.with_max_authn_age(time::Duration::seconds(seconds.into())),
        None => policy,
    }
}

/// With everything supplied, decision and explanation say the same, or nothing is said.
pub fn agreed(decision: Result<(), Error>, diagnosis: Diagnosis) -> Result<Diagnosis, Stop> {
    let verdict = diagnosis.verdict();
    let same = if decision.is_ok() { verdict == Verdict::Accepted } else { verdict == Verdict::Denied };
    if same {
        return Ok(diagnosis);
    }
    let decision =
        decision.map_or_else(|error| format!("denied ({})", error.check()), |()| "accepted".to_owned());
    let explanation = verdict.as_str();
    Err(Stop::unusable(format!(
        "internal inconsistency: the decision is {decision} and the explanation {explanation}; nothing is accepted; \
         please report this"
    )))
}

/// The identity provider that the command line names; an inner error is unusable trust, an outer one wrong usage.
pub fn trusted_idp(
    options: &Check,
    now: OffsetDateTime,
) -> Result<Result<Option<TrustedIdp>, (Protocol, Error)>, Stop> {
    let trusted = match (&options.idp_metadata, &options.idp_entity_id) {
        (Some(path), entity_id) => {
            let xml = input::option_file("--idp-metadata", path)?;
            let idp = match entity_id {
                Some(id) => TrustedIdp::from_metadata_of(&xml, id, now),
                None => TrustedIdp::from_metadata(&xml, now),
            };
            idp.map_err(|error| (Protocol::Metadata, error))
        }
        (None, None) if options.idp_cert.is_empty() => return Ok(Ok(None)),
        (None, None) => {
            return Err(Stop::usage("--idp-cert needs --idp-entity-id, the issuer that the keys belong to"));
        }
        (None, Some(_)) if options.idp_cert.is_empty() => {
            return Err(Stop::usage(
                "--idp-entity-id needs --idp-cert or --idp-metadata: a name without a key is no trust",
            ));
        }
        (None, Some(entity_id)) => keys(&options.idp_cert)?
            .and_then(|keys| TrustedIdp::new(entity_id, keys))
            .map_err(|e| (Protocol::Keys, e)),
    };
    let excepted = |idp: TrustedIdp| options.allow.iter().cloned().fold(idp, TrustedIdp::with_exception);
    Ok(trusted.map(|idp| Some(excepted(idp))))
}

/// Where trust comes from. Certificates name their file themselves.
pub fn source(options: &Check) -> String {
    options
        .idp_metadata
        .as_ref()
        .map_or_else(String::new, |path| format!("--idp-metadata {}", path.display()))
}

/// Every key of every file, as people have them.
fn keys(paths: &[PathBuf]) -> Result<Result<TrustedKeys, Error>, Stop> {
    let mut all: Vec<TrustedKey> = Vec::new();
    for path in paths {
        let octets = input::option_file("--idp-cert", path)?;
        let found = TrustedKeys::from_any_form(&octets);
        match found {
            Ok(keys) => all.extend(keys.iter().cloned()),
            Err(failure) => return Ok(Err(unusable(failure, path))),
        }
    }
    Ok(TrustedKeys::new(all).map_err(|failure| Rejection::new(Protocol::Keys, failure).into()))
}

/// The failure at the file that it is about.
fn unusable(failure: Failure, path: &std::path::Path) -> Error {
    let at = Location::built(format!("--idp-cert {}", path.display()));
    Rejection::new(Protocol::Keys, Failure::new(failure.check, failure.reason, at)).into()
}

fn request(options: &Check) -> Result<Option<Request>, Stop> {
    match (&options.request_id, options.unsolicited) {
        (Some(id), _) => input::secret("--request-id", id).map(|id| Some(Request::InResponseTo(id))),
        (None, true) => Ok(Some(Request::Unsolicited)),
        (None, false) => Ok(None),
    }
}

const fn required_signature(signed: Signed) -> RequiredSignature {
    match signed {
        Signed::Assertion => RequiredSignature::Assertion,
        Signed::Response => RequiredSignature::Response,
        Signed::Either => RequiredSignature::Either,
        Signed::Both => RequiredSignature::Both,
    }
}

/// An assertion without its Response: explained inside an empty one, never accepted.
fn bare_assertion(xml: &[u8], wanted: &Expectations<'_>, now: OffsetDateTime) -> Diagnosis {
    let wrapped = saml::explain(&inside_a_response(xml), wanted, now);
    let why = "an assertion by itself: there is no Response to judge";
    wrapped.incomplete(&input::refusal(UnexpectedRoot, why), "the Response around the assertion")
}

/// The assertion inside a Response that says nothing by itself.
fn inside_a_response(xml: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(xml);
    let assertion = text.trim_start_matches('\u{feff}').trim();
    let assertion = match assertion.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest).trim_start(),
        None => assertion,
    };
    let issued = assertion.split_once("IssueInstant").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        rest.split(['"', '\'']).nth(1)
    });
    let issued =
        issued.filter(|text| text.bytes().all(|b| b.is_ascii_alphanumeric() || b":.-+".contains(&b)));
    format!(
        "<bonafide-r:Response xmlns:bonafide-r=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_bonafide-wrapper\" \
         Version=\"2.0\" IssueInstant=\"{}\"><bonafide-r:Status><bonafide-r:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></bonafide-r:Status>{assertion}</bonafide-r:Response>",
        issued.unwrap_or_default()
    )
    .into_bytes()
}
