//! What came through the browser around an ID token: whether it answers this login, from this issuer, in a mode that is allowed.

use super::super::args::{Check, Kind};
use super::Wanted;
use super::arrived::Parameters;
use super::trust::Trust;
use bonafide::diagnosis::{Diagnosis, Fact};
use bonafide::error::{Code, Location, Severity};
use bonafide::oidc::login::{self, IssParameter};
use bonafide::report::Provenance;

/// The explanation of the token together with that of what it came in.
pub fn judged(
    token: Diagnosis,
    parameters: &Parameters,
    trust: &Trust,
    wanted: &Wanted,
    options: &Check,
) -> Diagnosis {
    if options.kind != Kind::IdToken {
        return token;
    }
    let iss = if trust.announces_iss() { IssParameter::Announced } else { IssParameter::NotAnnounced };
    let response = login::explain_response(&parameters.text, &wanted.known(trust, options), iss);
    let judged = token.and("response", response);
    let refusal = |code, at: &str, why| {
        let fact = Fact::new(code, why).with_severity(Severity::Deny).with_provenance(Provenance::Unsigned);
        fact.with_location(Location::built(format!("response /{at}")))
    };
    let has = |name: &str| parameters.text.split('&').any(|pair| pair.split('=').next() == Some(name));
    let mut facts = Vec::new();
    if has("error") {
        facts.push(refusal(Code::FL103, "error", "the provider reports an error instead of a login"));
    }
    // OAuth 2.0 Multiple Response Types section 3: a token in the query ends up in logs and in Referer.
    if parameters.in_query && has("id_token") {
        let why = "a token in the query of a URL: only the fragment or a form may carry it";
        facts.push(refusal(Code::OI119, "id_token", why));
    }
    facts.into_iter().fold(judged, Diagnosis::with_fact)
}
