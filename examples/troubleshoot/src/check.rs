//! `check`: would this login be accepted, and if not, why?

use super::args::{At, Check};
use super::input::{Content, Detected};
use super::{Outcome, Stop, World, captured, config, damage, input, messages, oidc, output, saml};
use bonafide::diagnosis::{Context, Diagnosis, TimeSource};
use bonafide::error::Protocol;
use bonafide::saml::Arrived;
use std::io::Read;
use time::OffsetDateTime;

pub fn run(options: &Check, stdin: &mut dyn Read, world: &World) -> Result<Outcome, Stop> {
    let input = input::read(&options.input, stdin)?;
    let mut options = options.clone();
    let facts = config::apply(&mut options)?;
    let Judged { diagnosis, context, .. } = judge(&input, &options, world)?;
    let diagnosis = facts.into_iter().fold(diagnosis, Diagnosis::with_fact);
    output::report(&diagnosis, &context, &input, &options, world)
}

/// The explanation of one input, and what a report says about it.
pub struct Judged {
    pub diagnosis: Diagnosis,
    pub context: Context,
    /// When it was judged.
    pub now: OffsetDateTime,
    /// XML or token, out of whatever it came in.
    pub message: Vec<u8>,
}

/// Judges an input under options that are complete: nothing is read from `--config` any more.
pub fn judge(input: &[u8], options: &Check, world: &World) -> Result<Judged, Stop> {
    absent(options)?;
    if let Some(arrived) = oidc::detect(input, options) {
        no_capture(options)?;
        only_of_xml(options)?;
        return oidc::check(&arrived, &["jwt"], input, options, world);
    }
    let Detected { mut steps, mut content } = input::detect(input);
    let mut options = options.clone();
    let mut facts = Vec::new();
    if let Content::Capture(capture) = content {
        let Some(chosen) = captured::choose(&capture, &options, &mut facts)? else {
            let (now, source) = evaluation_time(options.at, None, world)?;
            let diagnosis = Diagnosis::of_facts(Protocol::Saml, facts);
            let context = context("capture", input, now, source, &steps);
            return Ok(Judged { diagnosis, context, now, message: Vec::new() });
        };
        chosen.settle(&mut options);
        steps.extend(chosen.steps);
        content = chosen.content;
    } else {
        no_capture(&options)?;
    }
    let options = &options;
    facts.extend(damage::before(&content));
    let query = match &content {
        Content::Redirected(message) => {
            message.url.as_deref().and_then(|url| input::redirect_query(url.as_bytes()))
        }
        _ => None,
    };
    if let Some(query) = query.or_else(|| input::redirect_query(input)) {
        let mut at = None;
        let login = match &content {
            Content::Redirected(message) => root(&message.xml).0 == "saml-response",
            Content::RedirectResponse => !query.contains("SigAlg="),
            _ => false,
        };
        let (diagnosis, message) = messages::redirect(&query, login.then(in_a_url), options, |issued| {
            let found = evaluation_time(options.at, issued, world)?;
            at = Some(found);
            Ok(found.0)
        })?;
        let (now, source) = at.map_or_else(|| evaluation_time(options.at, None, world), Ok)?;
        let diagnosis = facts.into_iter().fold(diagnosis, Diagnosis::with_fact);
        let context = context(root(&message).0, input, now, source, &steps);
        return Ok(Judged { diagnosis, context, now, message });
    }
    let xml = match content {
        Content::Xml(xml) => Ok(xml),
        Content::FormValue(value) => saml::decode_value(&value),
        Content::FormBody(body) => {
            steps.push("base64");
            saml::decode_body(&body)
        }
        Content::Redirected(message) if root(&message.xml).0 == "saml-response" => match message.value {
            // As it would fare where it belongs: compressed octets are no XML.
            Some(value) => saml::decode_value(&value),
            None => Err(in_a_url()),
        },
        Content::Redirected(message) => Ok(message.xml),
        Content::RedirectResponse => Err(in_a_url()),
        Content::Broken(error) => Err(error),
        Content::Oidc(arrived) => {
            only_of_xml(options)?;
            let mut judged = oidc::check(&arrived, &steps, input, options, world)?;
            judged.diagnosis = facts.into_iter().fold(judged.diagnosis, Diagnosis::with_fact);
            return Ok(judged);
        }
        Content::Capture(_) => {
            return Err(Stop::usage("the input is a capture inside a capture; give the inner one"));
        }
        Content::Other(what) => {
            return Err(Stop::usage(format!(
                "the input is {what}; this command judges SAML responses and tokens"
            )));
        }
    };
    if xml.is_ok() && steps.last() != Some(&"xml") {
        steps.push("xml");
    }
    let (kind, issue_instant) = xml.as_deref().map_or(("unknown", None), root);
    let (now, source) = evaluation_time(options.at, issue_instant, world)?;
    let (message, diagnosis) = match xml {
        Ok(xml) if messages::is_wanted(&xml, options) => {
            let diagnosis = messages::judge(Arrived::Post(&xml), &xml, options, now)?;
            (xml, diagnosis)
        }
        Ok(xml) => {
            let diagnosis = saml::judge(&xml, kind, options, now)?;
            facts.extend(saml::second_opinion(&xml, options, now)?);
            facts.extend(damage::truncated(&xml, &diagnosis));
            facts.extend(damage::reformatted(&xml, &diagnosis, |plain| {
                saml::judge(plain, kind, options, now)
            }));
            (xml, diagnosis)
        }
        Err(error) => (Vec::new(), Diagnosis::refused(Protocol::Saml, &error)),
    };
    let diagnosis = facts.into_iter().fold(diagnosis, Diagnosis::with_fact);
    Ok(Judged { diagnosis, context: context(kind, input, now, source, &steps), now, message })
}

fn in_a_url() -> bonafide::error::Error {
    let why = "a login response arrives by POST; the profile forbids it in a URL";
    input::refusal(bonafide::check::Check::BindingForbidden, why)
}

/// The word that takes a value from a capture.
pub const CAPTURE: &str = "capture";

/// Values that are to come from a capture need one.
fn no_capture(options: &Check) -> Result<(), Stop> {
    let options =
        [("--request-id", &options.request_id), ("--nonce", &options.nonce), ("--state", &options.state)];
    for (option, value) in options {
        if value.as_deref() == Some(CAPTURE) {
            return Err(Stop::usage(format!(
                "{option} capture: the input is no capture; give the value or @FILE"
            )));
        }
    }
    Ok(())
}

fn context(
    kind: &str,
    input: &[u8],
    now: OffsetDateTime,
    source: TimeSource,
    steps: &[&'static str],
) -> Context {
    let context = output::context(kind, input, now, source);
    steps.iter().fold(context, |context, step| context.with_step(step))
}

/// Options that need what this build does not have, and keys that cannot be read.
fn absent(options: &Check) -> Result<(), Stop> {
    if !cfg!(feature = "decryption") && !options.sp_key.is_empty() {
        return Err(Stop::usage("--sp-key: needs the feature `decryption`, which this build does not have"));
    }
    if options.second_opinion && cfg!(not(feature = "xmlsec")) {
        return Err(Stop::usage(
            "--second-opinion: needs the feature `xmlsec`, which this build does not have",
        ));
    }
    Ok(())
}

/// A second opinion is one on XML signatures.
fn only_of_xml(options: &Check) -> Result<(), Stop> {
    if options.second_opinion {
        return Err(Stop::usage("--second-opinion: the input is a token; libxmlsec1 judges XML signatures"));
    }
    Ok(())
}

/// `--at`, else the clock.
pub fn evaluation_time(
    at: Option<At>,
    issue_instant: Option<OffsetDateTime>,
    world: &World,
) -> Result<(OffsetDateTime, TimeSource), Stop> {
    match (at, issue_instant) {
        (Some(At::Captured(instant)), _) => Ok((instant, TimeSource::Capture)),
        (Some(At::Instant(instant)), _) => Ok((instant, TimeSource::Flag)),
        (Some(At::IssueInstant), Some(instant)) => Ok((instant, TimeSource::IssueInstant)),
        (Some(At::Capture), _) => {
            Err(Stop::usage("--at capture: the input has no capture time; give RFC 3339 or issue-instant"))
        }
        // A message without a readable IssueInstant is refused for that; the time does not matter then.
        (Some(At::IssueInstant), None) | (Some(At::Now) | None, _) => Ok(((world.clock)(), TimeSource::Now)),
    }
}

/// Kind and IssueInstant of the root element, read without judging: a label and a time that the user asked for.
pub fn root(xml: &[u8]) -> (&'static str, Option<OffsetDateTime>) {
    let text = String::from_utf8_lossy(xml);
    let tags = text.split('<').skip(1);
    let Some(tag) =
        tags.filter(|tag| !tag.starts_with(['?', '!', '/'])).map(|tag| tag.split('>').next()).next()
    else {
        return ("unknown", None);
    };
    let tag = tag.unwrap_or_default();
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    let kind = match name.rsplit(':').next().unwrap_or_default() {
        "Response" => "saml-response",
        "Assertion" => "saml-assertion",
        "EncryptedAssertion" => "saml-encrypted-assertion",
        "AuthnRequest" => "saml-request",
        "LogoutRequest" | "LogoutResponse" => "saml-logout",
        "EntityDescriptor" | "EntitiesDescriptor" => "saml-metadata",
        _ => "xml",
    };
    let value = tag.split_once("IssueInstant").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next()
    });
    let format = &time::format_description::well_known::Rfc3339;
    (kind, value.and_then(|value| OffsetDateTime::parse(value, format).ok()))
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn roots() {
        let xml =
            b"<?xml version='1.0'?>\n<samlp:Response ID='a' IssueInstant = \"2026-01-01T00:00:00.5Z\"><x/>";
        let (kind, instant) = root(xml);
        assert_eq!((kind, instant.unwrap().unix_timestamp()), ("saml-response", 1_767_225_600));
        assert_eq!(root(b"<saml:Assertion/>").0, "saml-assertion");
        assert_eq!(root(b"").0, "unknown");
        assert_eq!(root(b"<a IssueInstant='x'>"), ("xml", None));
    }
}
