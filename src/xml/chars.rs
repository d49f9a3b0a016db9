//! Characters and names of XML 1.0 (fifth edition) sections 2.2 and 2.3, and of Namespaces 1.0 section 4.

/// Char, section 2.2.
pub(super) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// What one pass over the octets of a text finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Offset of the first character that is not a Char.
    pub(super) forbidden: Option<usize>,
    /// A carriage return is somewhere.
    pub(super) has_cr: bool,
}

/// Looks at octets only, a block at a time and without a branch per octet: most texts hold nothing to look at twice.
pub(super) fn scan(text: &str) -> Scan {
    // Without a branch per octet, so that the compiler makes vector instructions of it. The first octet of U+FFFE and
    // U+FFFF is 0xef.
    let unusual = |byte: u8| ((byte < b' ') & (byte != b'\t') & (byte != b'\n')) | (byte == 0xef);
    let mut found = Scan::default();
    let mut offset = 0_usize;
    for block in text.as_bytes().chunks(BLOCK) {
        let end = offset.saturating_add(block.len());
        if block.iter().fold(0, |any, byte| any | u8::from(unusual(*byte))) != 0 {
            found.has_cr |= block.contains(&b'\r');
            let start = floor_boundary(text, offset);
            let tail = text.get(start..).unwrap_or_default();
            let bad = tail.char_indices().find(|(at, c)| start.saturating_add(*at) >= end || !is_char(*c));
            if let Some((at, _)) = bad.filter(|(_, c)| !is_char(*c)) {
                found.forbidden = Some(start.saturating_add(at));
                return found;
            }
        }
        offset = end;
    }
    found
}

fn floor_boundary(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset = offset.saturating_sub(1);
    }
    offset
}

const BLOCK: usize = 256;

/// White space, section 2.3.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// NCName of Namespaces 1.0: a name without colon.
pub(super) fn is_ncname(text: &str) -> bool {
    if let Some(first) = text.bytes().next().filter(u8::is_ascii) {
        let starts = starts_name(first);
        if text.bytes().all(is_plain) {
            return starts;
        }
    }
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

/// The name characters among ASCII, by table.
fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).copied().unwrap_or(false)
}

const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest: &mut [bool] = &mut table;
    let mut byte = 0_u8;
    while let [first, tail @ ..] = rest {
        *first = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        rest = tail;
        byte = byte.wrapping_add(1);
    }
    table
};

/// How many octets at the start are name characters of ASCII other than the colon.
pub(super) fn run_of_name(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_plain(*byte)).unwrap_or(bytes.len())
}

/// NameStartChar among ASCII, without the colon.
pub(super) const fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Splits a qualified name into prefix (empty when there is none) and local part; `None` when it is not a QName.
pub(super) fn split_qname(name: &str) -> Option<(&str, &str)> {
    // Names are short: a plain loop beats a search that is made for long texts.
    let (prefix, local) = match name.bytes().position(|byte| byte == b':') {
        Some(at) => (name.get(..at)?, name.get(at.saturating_add(1)..)?),
        None => (name.get(..0)?, name),
    };
    if prefix.len() < name.len().saturating_sub(local.len()) && !is_ncname(prefix) {
        return None;
    }
    is_ncname(local).then_some((prefix, local))
}

const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// True for an absolute URI or IRI: a scheme and a colon (RFC 3986 section 3.1).
pub(super) fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_are_found_wherever_they_stand() {
        for bad in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            for before in [0, 1, 61, 62, 63, 64, 65, 127, 200] {
                let text = format!("{}{bad}{}", "é".repeat(before), "x".repeat(70));
                assert_eq!(scan(&text).forbidden, Some(before * 2), "{bad:?} after {before}");
            }
        }
        for good in ["\t\n\r ~\u{7f}\u{85}\u{2028}\u{fffd}\u{feff}\u{e000}\u{10ffff}", "", "ｆｕｌｌ"] {
            assert_eq!(scan(&good.repeat(50)).forbidden, None, "{good}");
        }
    }

    #[test]
    fn names() {
        for good in ["a", "_", "é", "a-b.c", "samlp:Response", "ñs:x"] {
            assert!(split_qname(good).is_some(), "{good}");
        }
        for bad in ["", ":", "a:", ":a", "a:b:c", "1a", "-a", "a b", "a:1", "a\u{d7}", "\u{300}a"] {
            assert!(split_qname(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn namespaces_are_absolute() {
        for good in ["urn:x", "http://a", "a+b-c.1:"] {
            assert!(is_absolute_uri(good), "{good}");
        }
        for bad in ["", "1", "./a", "../x", "//host/x", "#f", "foo", ":x", "1a:b", "a b:c"] {
            assert!(!is_absolute_uri(bad), "{bad}");
        }
    }
}
