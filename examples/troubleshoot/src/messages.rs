//! `check` for messages that are no login: requests and logout messages, by POST or in a redirect URL with its signature.

use super::args::Check;
use super::own_keys::own_keys;
use super::saml::{agreed, source, trusted_idp};
use super::{Stop, check, input};
use bonafide::diagnosis::Diagnosis;
use bonafide::error::{Error, Protocol};
use bonafide::saml::logout::{self, Expectations, Policy};
use bonafide::saml::{self, Arrived, PendingLogout};
use serde_json::json;
use time::OffsetDateTime;

/// A logout message, where the options do not say that a login is expected.
pub fn is_wanted(xml: &[u8], options: &Check) -> bool {
    check::root(xml).0 == "saml-logout" && (options.acs.is_empty() || !options.slo.is_empty())
}

/// The verdict about the query of a redirect URL, and its XML where it can be decoded. `refused`: it is known to hold what the
/// binding does not carry.
pub fn redirect(
    query: &str,
    refused: Option<Error>,
    options: &Check,
    now: impl FnOnce(Option<OffsetDateTime>) -> Result<OffsetDateTime, Stop>,
) -> Result<(Diagnosis, Vec<u8>), Stop> {
    let decoded = match refused.map_or_else(|| saml::decode_redirect(query, RELAY_STATE_BYTES), Err) {
        Ok(decoded) => decoded,
        Err(error) => {
            now(None)?;
            return Ok((Diagnosis::refused(Protocol::Saml, &error), Vec::new()));
        }
    };
    let xml = decoded.untrusted_xml().to_vec();
    let (kind, issued) = check::root(&xml);
    let now = now(issued)?;
    let diagnosis = match kind {
        "saml-logout" => judge(Arrived::Redirect(query), &xml, options, now)?,
        "saml-request" if decoded.is_signed() => request(Arrived::Redirect(query), options, now)?,
        _ => super::saml::judge(&xml, kind, options, now)?,
    };
    Ok((diagnosis, xml))
}

/// The verdict about a logout message.
pub fn judge(
    arrived: Arrived<'_>,
    xml: &[u8],
    options: &Check,
    now: OffsetDateTime,
) -> Result<Diagnosis, Stop> {
    let idp = match trusted_idp(options, now)? {
        Ok(idp) => idp,
        Err((protocol, error)) => return Ok(Diagnosis::misconfigured(protocol, &source(options), &error)),
    };
    let id = options.request_id.as_deref().map(|id| input::secret("--request-id", id)).transpose()?;
    let keys = own_keys(options)?;
    let mut wanted = Expectations::nothing(options.leeway);
    if let Some(keys) = &keys {
        wanted = wanted.with_decryptor(keys.as_ref());
    }
    if let Some(idp) = &idp {
        wanted = wanted.with_idp(idp);
    }
    if !options.slo.is_empty() {
        wanted = wanted.with_urls(&options.slo);
    }
    if let Some(id) = &id {
        wanted = wanted.with_request_id(id);
    }
    let policy = Policy::new(&options.slo).map(|policy| policy.with_leeway(options.leeway));
    let policy = policy.map(|policy| keys.clone().into_iter().fold(policy, Policy::with_decryptor));
    if is_response(xml) {
        let diagnosis = logout::explain_response(arrived, &wanted, now);
        let (Some(idp), Some(id), Ok(policy)) = (&idp, id, policy) else { return Ok(diagnosis) };
        // What the service would have remembered of its request, as far as the command line says.
        let pending = json!({ "version": 1, "request_id": id, "idp_entity_id": idp.entity_id(),
            "relay_state": null, "expires": now.unix_timestamp() + 3600 });
        let Ok(pending) = serde_json::from_value::<PendingLogout>(pending) else { return Ok(diagnosis) };
        let decision = logout::validate_response(arrived, idp, &policy, &pending, now);
        return agreed(decision.map(|_| ()), diagnosis);
    }
    let diagnosis = logout::explain_request(arrived, &wanted, now);
    let (Some(idp), Ok(policy)) = (&idp, policy) else { return Ok(diagnosis) };
    agreed(logout::validate_request(arrived, idp, &policy, now).map(|_| ()), diagnosis)
}

/// The verdict about an AuthnRequest; the trust options name its sender.
fn request(arrived: Arrived<'_>, options: &Check, now: OffsetDateTime) -> Result<Diagnosis, Stop> {
    let sender = match trusted_idp(options, now)? {
        Ok(sender) => sender,
        Err((protocol, error)) => return Ok(Diagnosis::misconfigured(protocol, &source(options), &error)),
    };
    let mut wanted = Expectations::nothing(options.leeway);
    if let Some(sender) = &sender {
        wanted = wanted.with_idp(sender);
    }
    if !options.slo.is_empty() {
        wanted = wanted.with_urls(&options.slo);
    }
    Ok(saml::explain_authn_request(arrived, &wanted, now))
}

fn is_response(xml: &[u8]) -> bool {
    let text = String::from_utf8_lossy(xml);
    let tags = text.split('<').skip(1).filter(|tag| !tag.starts_with(['?', '!', '/']));
    let name = tags.map(|tag| tag.split(|c: char| c.is_whitespace() || c == '>').next()).next();
    name.flatten().unwrap_or_default().ends_with("LogoutResponse")
}

/// SAML bindings 3.4.3.
const RELAY_STATE_BYTES: usize = 80;
