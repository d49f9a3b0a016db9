//! What a copy has suffered: cut off, encoded twice, reformatted. Findings beside those of the library, never a repair.

use super::Stop;
use super::input::Content;
use base64::Engine as _;
use bonafide::check::Check;
use bonafide::diagnosis::{Diagnosis, Fact};
use bonafide::error::{Code, Quoted};

/// What can be told before anything is decoded.
pub fn before(content: &Content) -> Option<Fact> {
    let value = match content {
        Content::FormValue(value) => value.trim(),
        Content::Xml(octets) => {
            let text = std::str::from_utf8(octets).ok()?.trim_start();
            let escaped = ["&lt;", "\\u003c", "\\u003C", "\\<", "\"<"].iter().any(|s| text.starts_with(s));
            let why = "the XML was escaped once more, as in a page or a log";
            return escaped.then(|| Fact::new(Code::IN102, why));
        }
        _ => return None,
    };
    let inner: Vec<&str> = value.split_whitespace().collect();
    let spaces = value.contains(' ') && !value.contains('\n') && decodes(&value.replace(' ', "+"));
    if spaces && !decodes(&inner.concat()) {
        let why = "the + signs have become spaces: the value was decoded as a form once too often";
        return Some(Fact::new(Code::IN102, why));
    }
    let octets = decode(&inner.concat())?;
    let text = std::str::from_utf8(&octets).ok()?.trim();
    let again = text.len() > 16 && !text.contains('<') && decode(text).is_some_and(|o| o.contains(&b'<'));
    again.then(|| Fact::new(Code::IN102, "base64 of base64: the message was encoded twice"))
}

/// XML that stops before its end.
pub fn truncated(xml: &[u8], diagnosis: &Diagnosis) -> Option<Fact> {
    let finds = |check| diagnosis.findings().iter().any(|finding| finding.check() == Some(check));
    if !finds(Check::XmlNotWellFormed) && !finds(Check::InvalidUtf8) {
        return None;
    }
    let text = String::from_utf8_lossy(xml);
    let text = text.trim_start_matches('\u{feff}').trim();
    let root = text.split('<').skip(1).find(|tag| !tag.starts_with(['?', '!', '/']))?;
    let name = root.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    let closed = text.ends_with(&format!("</{name}>")) || text.rsplit('<').next()?.ends_with("/>");
    let why =
        "the message stops before its end: it was cut off, often by a limit of a log, a ticket or a terminal";
    let seen = format!("{} bytes, the last tag is not the end of the root element", xml.len());
    (text.starts_with('<') && !closed).then(|| Fact::new(Code::IN102, why).with_seen(Quoted::protocol(&seen)))
}

/// A signature that does not hold over an indented copy.
pub fn reformatted(
    xml: &[u8],
    diagnosis: &Diagnosis,
    judge: impl Fn(&[u8]) -> Result<Diagnosis, Stop>,
) -> Option<Fact> {
    let broken = |diagnosis: &Diagnosis| {
        diagnosis
            .findings()
            .iter()
            .any(|finding| matches!(finding.check(), Some(Check::DigestMismatch | Check::SignatureInvalid)))
    };
    let text = std::str::from_utf8(xml).ok()?;
    if !broken(diagnosis) || indented(text) < 3 {
        return None;
    }
    let variants = [without_space(text, |space| space.contains(['\t', ' '])), without_space(text, |_| true)];
    let holds =
        variants.iter().any(|plain| judge(plain.as_bytes()).is_ok_and(|diagnosis| !broken(&diagnosis)));
    let why = if holds {
        "this is an indented copy: without the indentation the signature holds; judge the message as it was sent"
    } else {
        "the elements are indented, as in a copy out of a viewer: if it is one, the signature cannot be judged by it"
    };
    Some(Fact::new(Code::IN103, why))
}

/// How many tags stand on a line of their own behind spaces or tabs.
fn indented(text: &str) -> usize {
    let lines = text.lines().skip(1);
    lines.filter(|line| line.starts_with([' ', '\t']) && line.trim_start().starts_with('<')).count()
}

/// The XML without the white space between elements that is to go.
fn without_space(text: &str, goes: impl Fn(&str) -> bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(end) = rest.find('>') {
        let (head, tail) = rest.split_at(end + 1);
        plain.push_str(head);
        let trimmed = tail.trim_start();
        let space = &tail[..tail.len() - trimmed.len()];
        rest = if trimmed.starts_with('<') && space.contains('\n') && goes(space) { trimmed } else { tail };
    }
    plain.push_str(rest);
    plain
}

fn decodes(text: &str) -> bool {
    decode(text).is_some()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
