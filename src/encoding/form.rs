//! application/x-www-form-urlencoded and percent-encoding, strict: each escape complete, the result UTF-8.

use crate::check::Check;

/// The raw (still encoded) value of a parameter that must occur exactly once.
///
/// `ParamMissing`: it is not there. `ParamDuplicate`: it is there more than once.
pub(crate) fn raw_value<'a>(body: &'a str, name: &str) -> Result<&'a str, Check> {
    let mut found = None;
    for pair in body.split('&') {
        let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
        // A name may be spelled with escapes; it still counts.
        if decode(raw_name)? == name && found.replace(raw_value).is_some() {
            return Err(Check::ParamDuplicate);
        }
    }
    found.ok_or(Check::ParamMissing)
}

/// Undoes form encoding: `+` is a space, `%XX` is an octet.
///
/// `RedirectEncoding`: an escape is incomplete, or the result is not UTF-8.
pub(crate) fn decode(raw: &str) -> Result<String, Check> {
    let mut octets = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'%' => {
                let (high, low) = (hex(bytes.next())?, hex(bytes.next())?);
                (high << 4) | low
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(octets).map_err(|_| Check::RedirectEncoding)
}

/// Form encoding of everything but unreserved characters (RFC 3986 section 2.3). A space is `+`, as software has it that
/// encodes a value again to verify a signature over it.
#[cfg(feature = "redirect")]
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len().saturating_mul(2));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else if byte == b' ' {
            encoded.push('+');
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                encoded.push(char::from_digit(digit.into(), 16).unwrap_or_default().to_ascii_uppercase());
            }
        }
    }
    encoded
}

fn hex(byte: Option<u8>) -> Result<u8, Check> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Check::RedirectEncoding)?;
    u8::try_from(digit).map_err(|_| Check::RedirectEncoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_their_errors() {
        assert_eq!(raw_value("a=1&SAMLResponse=x%2B&b", "SAMLResponse"), Ok("x%2B"));
        assert_eq!(raw_value("a=1", "SAMLResponse"), Err(Check::ParamMissing));
        assert_eq!(raw_value("%53AMLResponse=1&SAMLResponse=2", "SAMLResponse"), Err(Check::ParamDuplicate));
        assert_eq!(decode("a+b%2Bc%c3%A9"), Ok("a b+cé".to_owned()));
        for bad in ["%", "%2", "%GG", "%C0%80", "%+1", "%ff"] {
            assert_eq!(decode(bad), Err(Check::RedirectEncoding), "{bad}");
        }
    }
}
