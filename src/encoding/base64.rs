//! Base64 in its one canonical form (RFC 4648 sections 3.3 and 3.5): no foreign characters, no stray bits, padding as the
//! context has it. A value that decodes has exactly one spelling, apart from XML whitespace where XML has it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// xs:base64Binary (XML Schema 2 section 3.2.16): standard alphabet, padded; XML whitespace may stand anywhere.
pub(crate) fn decode_xml(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(is_xml_whitespace) {
        // It may be a private key.
        let mut compact = Zeroizing::new(Vec::with_capacity(text.len()));
        compact.extend(text.bytes().filter(|byte| !is_xml_whitespace(*byte)));
        return PADDED.decode(&*compact).ok();
    }
    PADDED.decode(text).ok()
}

/// A form value: as [`decode_xml`], and the padding may be left out as a whole.
pub(crate) fn decode_form(text: &str) -> Option<Vec<u8>> {
    if !is_folded(text) {
        return None;
    }
    let compact: String = text.chars().filter(|c| !is_xml_whitespace_char(*c)).collect();
    if compact.contains('=') { PADDED.decode(compact).ok() } else { UNPADDED.decode(compact).ok() }
}

/// Nobody folds shorter than this.
const SHORTEST_LINE: usize = 16;

/// Spaces fold a text when they stand at line ends, or between lines of one length. Elsewhere a space was a `+` once.
fn is_folded(text: &str) -> bool {
    let text = text.trim_matches(is_xml_whitespace_char);
    let inside_lines =
        text.split(['\r', '\n']).any(|line| line.trim_matches([' ', '\t']).contains([' ', '\t']));
    if !inside_lines {
        return true;
    }
    let mut lengths =
        text.split(is_xml_whitespace_char).filter(|line| !line.is_empty()).map(str::len).peekable();
    let first = lengths.peek().copied().unwrap_or(0);
    if first < SHORTEST_LINE {
        return false;
    }
    while let Some(length) = lengths.next() {
        let is_last = lengths.peek().is_none();
        if length > first || (length < first && !is_last) {
            return false;
        }
    }
    true
}

/// base64url without padding (RFC 7515 section 2).
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    let mut octets = vec![0; url_octets(text)?];
    url::decode(text.as_bytes(), &mut octets).then_some(octets)
}

/// base64url without padding into a buffer that is long enough; the number of octets written.
pub(crate) fn decode_url_into(text: &str, buffer: &mut [u8]) -> Option<usize> {
    let octets = buffer.get_mut(..url_octets(text)?)?;
    url::decode(text.as_bytes(), octets).then_some(octets.len())
}

/// How many octets a text of this length stands for; no octets take one character more than a multiple of four.
pub(crate) fn url_octets(text: &str) -> Option<usize> {
    let (groups, rest) = (text.len() >> 2, text.len() & 3);
    if rest == 1 { None } else { Some(groups.saturating_mul(3).saturating_add(rest.saturating_sub(1))) }
}

/// Octets as base64url without padding.
pub(crate) fn encode_url(octets: &[u8]) -> String {
    URL.encode(octets)
}

/// Octets as padded base64.
#[allow(dead_code, reason = "used by messages")]
pub(crate) fn encode(octets: &[u8]) -> String {
    PADDED.encode(octets)
}

const fn is_xml_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const fn is_xml_whitespace_char(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

const STRICT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(false).with_encode_padding(false);

mod url;

const PADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    STRICT.with_encode_padding(true).with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

const UNPADDED: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, STRICT.with_decode_padding_mode(DecodePaddingMode::RequireNone));

const URL: GeneralPurpose =
    GeneralPurpose::new(&alphabet::URL_SAFE, STRICT.with_decode_padding_mode(DecodePaddingMode::RequireNone));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(decode_xml("aGk=").as_deref(), Some(&b"hi"[..]));
        assert_eq!(decode_xml(" aG\r\n\tk= ").as_deref(), Some(&b"hi"[..]));
        for bad in ["aGk", "aGl=", "aG=k", "aGk==", "a-k=", "aGk=\u{a0}", "aGk=A", "=", "a"] {
            assert!(decode_xml(bad).is_none(), "{bad}");
        }
        assert_eq!(decode_form("aGk").as_deref(), Some(&b"hi"[..]));
        assert_eq!(decode_form("aGk=").as_deref(), Some(&b"hi"[..]));
        for bad in ["aGl", "aGl=", "YQ=", "a_8", "a\u{0}Gk"] {
            assert!(decode_form(bad).is_none(), "{bad}");
        }
        assert_eq!(decode_url("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        for bad in ["-_9", "-_8=", "+/8", " -_8", "-_8\n"] {
            assert!(decode_url(bad).is_none(), "{bad}");
        }
    }
}
