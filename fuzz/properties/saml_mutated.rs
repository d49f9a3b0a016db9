//! A genuinely signed response, changed by an edit script that the fuzzer writes: accepted means the same claims, and
//! `explain` comes to the same verdict as `validate`.

use bonafide::diagnosis::Verdict;
use bonafide::saml::{self, Assertion, Expectations, Policy, Request, TrustedIdp};
use std::sync::OnceLock;
use time::{Date, Month, OffsetDateTime, Time};

/// Signed by xmlsec1, not by this crate: assertion signed, response signed, both.
const GENUINE: [&[u8]; 3] = [
    include_bytes!("../../testdata/saml/base/b-a.xml"),
    include_bytes!("../../testdata/saml/base/b-r.xml"),
    include_bytes!("../../testdata/saml/base/b-ra.xml"),
];

/// Holds for every input: the first octet picks the response, the rest is the edit script.
pub fn check(data: &[u8]) {
    let scene = scene();
    let Some((pick, script)) = data.split_first() else { return };
    let which = usize::from(*pick) % GENUINE.len();
    let changed = edited(GENUINE[which], script);
    let decision = saml::validate(&changed, &scene.idp, &scene.policy, scene.now);
    if let Ok(assertion) = &decision {
        assert_eq!(claims(assertion), scene.claims[which], "accepted with other claims");
    }
    // Explaining costs as much again, so it takes part in one of four runs.
    if pick & 0xc0 == 0 {
        let all = Expectations::complete(&scene.idp, &scene.policy);
        let verdict = saml::explain(&changed, &all, scene.now).verdict();
        assert_eq!(verdict == Verdict::Accepted, decision.is_ok(), "{verdict:?}, but {decision:?}");
    }
}

struct Scene {
    idp: TrustedIdp,
    policy: Policy,
    now: OffsetDateTime,
    /// What the genuine responses say.
    claims: Vec<String>,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let pem = include_str!("../../testdata/saml/keys/k.crt");
        let idp = TrustedIdp::from_pem("https://idp.test", pem).unwrap();
        let request = Request::InResponseTo("_req1".to_owned());
        let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
        let now =
            Date::from_calendar_date(2026, Month::January, 1).unwrap().with_time(Time::MIDNIGHT).assume_utc();
        let genuine = |response: &&[u8]| claims(&saml::validate(response, &idp, &policy, now).unwrap());
        let claims = GENUINE.iter().map(genuine).collect();
        Scene { idp, policy, now, claims }
    })
}

/// Everything that an application may act on.
pub fn claims(assertion: &Assertion) -> String {
    let attributes: Vec<_> =
        assertion.attributes().iter().map(|a| (a.name(), a.name_format(), a.values())).collect();
    let subject =
        assertion.name_id().map(|id| (id.value(), id.format(), id.name_qualifier(), id.sp_name_qualifier()));
    let audiences = assertion.conditions().map(|conditions| conditions.audience_restrictions());
    let session = (assertion.session_index(), assertion.session_not_on_or_after(), assertion.authn_context());
    let identity = (assertion.issuer(), assertion.id(), assertion.replay_key());
    format!("{identity:?} {subject:?} {attributes:?} {audiences:?} {session:?}")
}

/// Applies the script: operations of one octet with their operands, until it ends.
pub fn edited(genuine: &[u8], script: &[u8]) -> Vec<u8> {
    let mut text = genuine.to_vec();
    let mut script = Script(script);
    for _ in 0..MOST_EDITS {
        let Some(operation) = script.octet() else { break };
        let at = script.below(text.len());
        match operation % 10 {
            0 => {
                if let (Some(octet), Some(new)) = (text.get_mut(at), script.octet()) {
                    *octet = new;
                }
            }
            1 => {
                let length = usize::from(script.octet().unwrap_or(0)) % 64;
                insert(&mut text, at, script.take(length));
            }
            2 => {
                let length = script.below(64);
                text.drain(at..(at + length).min(text.len()));
            }
            3 => {
                let piece = range(&text, at, script.below(2048)).to_vec();
                let to = script.below(text.len());
                insert(&mut text, to, &piece);
            }
            // The rest works on whole elements and between tags, where random octets rarely get.
            4 | 5 => {
                let piece = element(&text, at).to_vec();
                let piece = if operation % 10 == 5 { evil(&piece) } else { piece };
                let to = tag(&text, script.below(text.len()));
                insert(&mut text, to, &piece);
            }
            6 => {
                let from = tag(&text, at);
                let length = element(&text, at).len();
                text.drain(from..from + length);
            }
            7 => {
                let piece = element(&text, script.below(text.len())).to_vec();
                let (from, length) = (tag(&text, at), element(&text, at).len());
                text.splice(from..from + length, piece);
            }
            8 => {
                let word = WORDS[usize::from(script.octet().unwrap_or(0)) % WORDS.len()];
                let to = tag(&text, at);
                insert(&mut text, to, word.as_bytes());
            }
            _ => {
                let word = WORDS[usize::from(script.octet().unwrap_or(0)) % WORDS.len()];
                insert(&mut text, at, word.as_bytes());
            }
        }
        text.truncate(MOST_OCTETS);
    }
    text
}

struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Two octets as a number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        let number = usize::from(self.octet().unwrap_or(0)) << 8 | usize::from(self.octet().unwrap_or(0));
        if bound == 0 { 0 } else { number % bound }
    }
}

fn insert(text: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let at = at.min(text.len());
    text.splice(at..at, piece.iter().copied());
}

fn range(text: &[u8], at: usize, length: usize) -> &[u8] {
    &text[at.min(text.len())..(at + length).min(text.len())]
}

/// Where the tag begins that `at` stands in or before.
fn tag(text: &[u8], at: usize) -> usize {
    text.iter().take(at + 1).rposition(|octet| *octet == b'<').unwrap_or(0)
}

/// The element that begins at the tag of `at`, as far as counting tags can tell.
fn element(text: &[u8], at: usize) -> &[u8] {
    let from = tag(text, at);
    let mut depth = 0_usize;
    let mut here = from;
    while let Some(open) = text[here..].iter().position(|octet| *octet == b'<').map(|found| here + found) {
        let Some(end) = text[open..].iter().position(|octet| *octet == b'>').map(|found| open + found + 1)
        else {
            break;
        };
        if text[open..].starts_with(b"</") {
            depth = depth.saturating_sub(1);
        } else if !text[..end].ends_with(b"/>") && !text[open..].starts_with(b"<?") {
            depth += 1;
        }
        here = end;
        if depth == 0 {
            return &text[from..end];
        }
    }
    &text[from..here.max(from)]
}

/// A piece that says what an attacker wants to be believed.
fn evil(piece: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(piece).replace("alice", "admin").replace("_a1", "_a2").into_bytes()
}

const MOST_EDITS: usize = 8;
const MOST_OCTETS: usize = 64 * 1024;

/// What attacks are made of.
const WORDS: &[&str] = &[
    "<!---->",
    "<!-- x -->",
    "<![CDATA[",
    "]]>",
    "<![CDATA[]]>",
    "<?x y?>",
    "<!DOCTYPE x>",
    "&amp;",
    "&#x2E;",
    "&#0;",
    "&x;",
    "<x>",
    "</x>",
    "<x/>",
    "<saml:Assertion>",
    "</saml:Assertion>",
    "<ds:Object>",
    "</ds:Object>",
    "<saml:Advice>",
    "</saml:Advice>",
    "<samlp:Extensions>",
    "</samlp:Extensions>",
    "<saml:NameID>admin@sp.test</saml:NameID>",
    "<saml:Issuer>https://idp.test</saml:Issuer>",
    " ID=\"_a1\"",
    " ID=\"_r1\"",
    " Id=\"_a1\"",
    " xml:id=\"_a1\"",
    " AssertionID=\"_a1\"",
    " xmlns=\"\"",
    " xmlns=\"urn:x\"",
    " xmlns:saml=\"urn:x\"",
    " xmlns:ds=\"urn:x\"",
    " xmlns:xs=\"urn:x\"",
    " URI=\"\"",
    "#_a1",
    "#_r1",
    " Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"",
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>",
    "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs #default\"/>",
    "\r\n",
    "\t",
    " ",
    "\u{85}",
    "\u{feff}",
    "\u{0}",
    "<saml:Audience>https://evil.test</saml:Audience>",
    "<saml:AttributeValue>admin</saml:AttributeValue>",
    " xsi:nil=\"true\"",
    "<saml:OneTimeUse/>",
    "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
];
