//! From octets to text: size, encoding and characters, before anything is read.

use super::chars::{Scan, scan};
use super::sink::{fault, over};
use crate::check::Check;
use crate::error::Malformed;
use crate::limits::XmlLimits;

/// Text without a forbidden character.
#[derive(Clone, Copy)]
pub(crate) struct Checked<'a> {
    pub(crate) text: &'a str,
    pub(super) scan: Scan,
}

/// The checked text of a document that is read as a stream, or of a part of one.
pub(super) fn checked_text<'a>(input: &'a [u8], limits: &XmlLimits) -> Result<Checked<'a>, Malformed> {
    if input.len() > limits.input_bytes {
        return Err(over(Check::LimitInputSize, limits.input_bytes, "bytes", Some(input.len()), 0));
    }
    let text = as_text(input)?;
    let scan = scan(text);
    match scan.forbidden {
        Some(offset) => Err(fault(Check::XmlForbiddenChar, "a character that XML does not allow", offset)),
        None => Ok(Checked { text, scan }),
    }
}

/// The text of a document in UTF-8, without its byte order mark.
fn as_text(input: &[u8]) -> Result<&str, Malformed> {
    let foreign = matches!(
        input,
        [0xfe, 0xff, ..]
            | [0xff, 0xfe, ..]
            | [0, b'<', ..]
            | [b'<', 0, ..]
            | [0, 0, 0, b'<', ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [0x4c, 0x6f, 0xa7, 0x94, ..]
    );
    if foreign {
        return Err(fault(Check::EncodingNotUtf8, "the document is not encoded as UTF-8", 0));
    }
    let text = core::str::from_utf8(input)
        .map_err(|error| fault(Check::InvalidUtf8, "octets that are not UTF-8", error.valid_up_to()))?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.starts_with(BYTE_ORDER_MARK) {
        return Err(fault(Check::XmlNotWellFormed, "a second byte order mark", 3));
    }
    Ok(text)
}

const BYTE_ORDER_MARK: char = '\u{feff}';
