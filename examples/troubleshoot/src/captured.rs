//! From a capture to the one message that is judged, its time, and what the capture says beside it.

use super::args::{At, Check};
use super::capture::{Capture, Kind, Message, requests, skew};
use super::check::CAPTURE;
use super::input::{self, Content, Detected};
use super::{Stop, oidc, trace};
use bonafide::diagnosis::Fact;
use bonafide::error::{Code, Location, Severity};

/// The message to judge.
#[derive(Debug)]
pub struct Chosen {
    pub steps: Vec<&'static str>,
    pub content: Content,
    pub at: Option<At>,
    request_id: Option<String>,
    nonce: Option<String>,
    state: Option<String>,
}

impl Chosen {
    /// The options with what the capture says in their place.
    pub fn settle(&self, options: &mut Check) {
        options.at = self.at;
        let known = |given: &mut Option<String>, found: &Option<String>| {
            if given.as_deref() == Some(CAPTURE) {
                given.clone_from(found);
            }
        };
        known(&mut options.request_id, &self.request_id);
        known(&mut options.nonce, &self.nonce);
        known(&mut options.state, &self.state);
    }
}

/// Chooses the message; `None` where there is nothing to judge, and a fact says why.
pub fn choose(capture: &Capture, options: &Check, facts: &mut Vec<Fact>) -> Result<Option<Chosen>, Stop> {
    facts.extend(secrets(capture));
    let Some(message) = capture.message(options.entry) else {
        if let Some(number) = options.entry {
            return Err(Stop::usage(format!(
                "--entry {number}: that entry holds no message; {}",
                numbers(capture)
            )));
        }
        facts.extend(refused_by_provider(capture));
        facts.push(Fact::new(Code::IN105, "no login response is in the capture"));
        return Ok(None);
    };
    let place = Location::built(format!("entry {}", message.exchange.number));
    if message.masked {
        let why = if message.copied {
            "the recorder has masked what was posted; its decoded copy of the message is judged instead"
        } else {
            "the recorder has masked the message: export again without masking, then use sanitize on the copy to share"
        };
        facts.push(Fact::new(Code::IN105, why).with_location(place.clone()));
        if !message.copied {
            return Ok(None);
        }
    }
    facts.extend(measured(capture, &message, place));
    // Each login may be good and the whole of them not.
    facts.extend(trace::login_loop(capture).map(|looped| looped.with_severity(Severity::Warn)));
    let Detected { mut steps, content } = unwrap(&message);
    steps.insert(0, message.step);
    let at = match (options.at, capture.time_of(message.exchange)) {
        (None | Some(At::Capture), Some(time)) => Some(At::Captured(time)),
        (at, _) => at,
    };
    let wants = |value: &Option<String>| value.as_deref() == Some(CAPTURE);
    let absent = |option: &str| {
        Stop::usage(format!("{option} capture: the request is not in the capture; give the value or @FILE"))
    };
    let (mut request_id, mut nonce, mut state) = (None, None, None);
    if wants(&options.request_id) {
        let found = requests::saml_id(capture, message.exchange).ok_or_else(|| absent("--request-id"))?;
        request_id = Some(found);
    }
    if wants(&options.nonce) {
        nonce = Some(requests::sent(capture, message.exchange, "nonce").ok_or_else(|| absent("--nonce"))?);
    }
    if wants(&options.state) {
        state = Some(requests::sent(capture, message.exchange, "state").ok_or_else(|| absent("--state"))?);
    }
    Ok(Some(Chosen { steps, content, at, request_id, nonce, state }))
}

pub fn unwrap(message: &Message<'_>) -> Detected {
    match message.kind {
        Kind::TokenResponse => Detected {
            steps: vec!["json"],
            content: Content::Oidc(oidc::Arrived::Json(message.text.clone())),
        },
        _ => input::detect(message.text.as_bytes()),
    }
}

/// An error that the identity provider sent instead of a login.
fn refused_by_provider(capture: &Capture) -> Vec<Fact> {
    super::idp_errors::facts(capture)
}

fn secrets(capture: &Capture) -> Option<Fact> {
    let kinds = capture.secrets();
    (!kinds.is_empty()).then(|| {
        let why = format!("the capture holds {}: share only what `sanitize` makes of it", kinds.join(", "));
        Fact::new(Code::IN106, &why).with_severity(Severity::Note)
    })
}

/// The difference of the two clocks, where the capture tells it.
fn measured(capture: &Capture, message: &Message<'_>, place: Location) -> Option<Fact> {
    if message.kind == Kind::TokenResponse {
        return None;
    }
    let skew = skew::measured(capture, message.exchange)?;
    (skew.seconds.abs() >= NOTABLE_SECONDS).then(|| skew.fact().with_location(place))
}

/// Which entries hold messages.
pub fn numbers(capture: &Capture) -> String {
    let list: Vec<String> = capture
        .messages()
        .iter()
        .filter(|message| message.kind != Kind::Code)
        .map(|message| format!("{} ({})", message.exchange.number, message.kind.name()))
        .collect();
    if list.is_empty() { "no entry does".to_owned() } else { format!("these do: {}", list.join(", ")) }
}

/// Less is noise: `Date` has whole seconds, and a response takes time.
pub const NOTABLE_SECONDS: i64 = 5;
