//! Inside of tags and references: attribute syntax, references, the XML declaration. What a tokenizer leaves unchecked.

use super::chars::{is_char, is_space, run_of_name, split_qname, starts_name};
use crate::check::Check;
use std::borrow::Cow;

/// A qualified name, as it is written and in its parts.
#[derive(Clone, Copy)]
pub(super) struct QName<'a> {
    pub(super) whole: &'a str,
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
}

/// Takes the qualified name off the start of a text; it ends at white space, `/`, `>` or `=`.
pub(super) fn take_qname<'a>(rest: &mut &'a str) -> Result<QName<'a>, Check> {
    let bytes = rest.as_bytes();
    let first = run_of_name(bytes);
    let after = bytes.get(first..).unwrap_or_default();
    let (colon, end) = match after.split_first() {
        Some((b':', local)) => (Some(first), first.saturating_add(1).saturating_add(run_of_name(local))),
        _ => (None, first),
    };
    if !bytes.get(end).is_some_and(|byte| ends_name(*byte)) {
        return take_unusual_qname(rest);
    }
    let (whole, tail) = rest.split_at_checked(end).ok_or(Check::XmlNotWellFormed)?;
    let (prefix, local) = match colon {
        Some(at) => (whole.get(..at), whole.get(at.saturating_add(1)..)),
        None => (whole.get(..0), Some(whole)),
    };
    let (prefix, local) = prefix.zip(local).ok_or(Check::XmlNotWellFormed)?;
    let starts = |part: &str| part.bytes().next().is_some_and(starts_name);
    if !starts(local) || (colon.is_some() && !starts(prefix)) {
        return Err(Check::XmlNotWellFormed);
    }
    *rest = tail;
    Ok(QName { whole, prefix, local })
}

/// A name with characters beyond ASCII, or none at all.
#[cold]
fn take_unusual_qname<'a>(rest: &mut &'a str) -> Result<QName<'a>, Check> {
    let end = rest.bytes().position(ends_name).unwrap_or(rest.len());
    let (whole, tail) = rest.split_at_checked(end).ok_or(Check::XmlNotWellFormed)?;
    let (prefix, local) = split_qname(whole).ok_or(Check::XmlNotWellFormed)?;
    *rest = tail;
    Ok(QName { whole, prefix, local })
}

const fn ends_name(byte: u8) -> bool {
    matches!(byte, b' ' | b'>' | b'=' | b'/' | b'\t' | b'\r' | b'\n')
}

/// Takes the white space off the start of a text and says how much it was.
pub(super) fn take_space(rest: &mut &str) -> usize {
    let count = rest.bytes().position(|byte| !is_space(byte)).unwrap_or(rest.len());
    if count > 0 {
        *rest = rest.get(count..).unwrap_or_default();
    }
    count
}

/// One attribute as it is written.
pub(super) struct Written<'a> {
    pub(super) name: QName<'a>,
    /// Between the quotes.
    pub(super) raw: &'a str,
    /// `name="value"`, as Canonical XML writes it.
    pub(super) is_plain: bool,
}

/// Takes an attribute off the start of a text (XML 1.0 rule 41): name, `=`, quoted value.
pub(super) fn take_attribute<'a>(rest: &mut &'a str) -> Result<Written<'a>, Check> {
    let name = take_qname(rest)?;
    let mut spaces = take_space(rest);
    *rest = rest.strip_prefix('=').ok_or(Check::XmlNotWellFormed)?;
    spaces = spaces.saturating_add(take_space(rest));
    let quote = match rest.bytes().next() {
        Some(quote @ (b'"' | b'\'')) => quote,
        _ => return Err(Check::XmlNotWellFormed),
    };
    let inside = rest.get(1..).unwrap_or_default();
    let end = memchr::memchr(quote, inside.as_bytes()).ok_or(Check::XmlNotWellFormed)?;
    let raw = inside.get(..end).unwrap_or_default();
    *rest = inside.get(end.saturating_add(1)..).unwrap_or_default();
    Ok(Written { name, raw, is_plain: spaces == 0 && quote == b'"' })
}

/// An attribute value after normalisation (XML 1.0 sections 2.11 and 3.3.3, type CDATA): references resolved, each
/// literal line end or tab a space. `<` may not stand in it.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Check> {
    let unusual = |byte: u8| (byte == b'&') | (byte == b'<') | (byte < b' ');
    if raw.bytes().fold(0, |any, byte| any | u8::from(unusual(byte))) == 0 {
        return Ok(Cow::Borrowed(raw));
    }
    if raw.contains('<') {
        return Err(Check::XmlNotWellFormed);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        let (before, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        value.push_str(before);
        if let Some(reference) = special.strip_prefix('&') {
            let (name, after) = reference.split_once(';').ok_or(Check::XmlNotWellFormed)?;
            value.push(resolve(name)?);
            rest = after;
        } else {
            value.push(' ');
            rest = special.strip_prefix("\r\n").or_else(|| special.get(1..)).unwrap_or_default();
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

/// Text after line-end normalisation (XML 1.0 section 2.11): CRLF and CR become LF. Nothing else changes: U+0085 and
/// U+2028 are line ends in XML 1.1 only.
pub(super) fn line_ends(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The character that a reference (without `&` and `;`) stands for: a numeric one or one of the five predefined.
pub(super) fn resolve(name: &str) -> Result<char, Check> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ if split_qname(name).is_some() => Err(Check::XmlEntityForbidden),
            _ => Err(Check::XmlNotWellFormed),
        };
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(Check::XmlNotWellFormed);
    }
    let code = u32::from_str_radix(digits, radix).map_err(|_| Check::XmlForbiddenChar)?;
    char::from_u32(code).filter(|c| is_char(*c)).ok_or(Check::XmlForbiddenChar)
}

/// Checks the XML declaration (XML 1.0 rule 23), given from `<?xml` to `?>`.
pub(super) fn declaration(raw: &str) -> Result<(), Check> {
    let inside =
        raw.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).ok_or(Check::XmlDeclInvalid)?;
    let mut rest = inside;
    let mut next = || match take_space(&mut rest) {
        _ if rest.is_empty() => Ok(None),
        0 => Err(Check::XmlDeclInvalid),
        _ => {
            take_attribute(&mut rest).map_or(Err(Check::XmlDeclInvalid), |a| Ok(Some((a.name.whole, a.raw))))
        }
    };
    if next()? != Some(("version", "1.0")) {
        return Err(Check::XmlDeclInvalid);
    }
    let mut pseudo = next()?;
    if let Some(("encoding", encoding)) = pseudo {
        if encoding.eq_ignore_ascii_case("UTF-7") {
            return Err(Check::EncodingNotUtf8);
        }
        if !encoding.eq_ignore_ascii_case("UTF-8") {
            return Err(Check::EncodingDeclMismatch);
        }
        pseudo = next()?;
    }
    if let Some(("standalone", "yes" | "no")) = pseudo {
        pseudo = next()?;
    }
    if pseudo.is_none() { Ok(()) } else { Err(Check::XmlDeclInvalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_values_are_normalised() {
        assert_eq!(attribute_value("plain").unwrap(), "plain");
        assert_eq!(attribute_value("a\r\nb\rc\nd\te").unwrap(), "a b c d e");
        assert_eq!(attribute_value("&#13;&#xA;&#9;&amp;&lt;&gt;&quot;&apos;x").unwrap(), "\r\n\t&<>\"'x");
        assert_eq!(attribute_value("&amp;#x40;").unwrap(), "&#x40;");
        for (bad, check) in [
            ("a & b", Check::XmlNotWellFormed),
            ("&lt b", Check::XmlNotWellFormed),
            ("&nbsp;", Check::XmlEntityForbidden),
            ("&AMP;", Check::XmlEntityForbidden),
            ("&#0;", Check::XmlForbiddenChar),
            ("&#xD800;", Check::XmlForbiddenChar),
            ("&#x110000;", Check::XmlForbiddenChar),
            ("&#99999999999;", Check::XmlForbiddenChar),
            ("&#;", Check::XmlNotWellFormed),
            ("&#x;", Check::XmlNotWellFormed),
            ("&#-1;", Check::XmlNotWellFormed),
            ("&#+1;", Check::XmlNotWellFormed),
            ("&#X41;", Check::XmlNotWellFormed),
            ("&# 65;", Check::XmlNotWellFormed),
            ("&;", Check::XmlNotWellFormed),
        ] {
            assert_eq!(attribute_value(bad), Err(check), "{bad}");
        }
    }

    #[test]
    fn declarations() {
        for good in [
            "<?xml version=\"1.0\"?>",
            "<?xml version='1.0' encoding='utf-8' ?>",
            "<?xml version=\"1.0\"\n encoding=\"UTF-8\" standalone=\"no\"?>",
        ] {
            assert_eq!(declaration(good), Ok(()), "{good}");
        }
        for (bad, check) in [
            ("<?xml?>", Check::XmlDeclInvalid),
            ("<?xml version=\"1.1\"?>", Check::XmlDeclInvalid),
            ("<?xml encoding=\"UTF-8\" version=\"1.0\"?>", Check::XmlDeclInvalid),
            ("<?xml version=\"1.0\" standalone=\"maybe\"?>", Check::XmlDeclInvalid),
            ("<?xml version=\"1.0\" x=\"1\"?>", Check::XmlDeclInvalid),
            ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", Check::EncodingDeclMismatch),
            ("<?xml version=\"1.0\" encoding=\"utf8\"?>", Check::EncodingDeclMismatch),
            ("<?xml version=\"1.0\" encoding=\"UTF-7\"?>", Check::EncodingNotUtf8),
        ] {
            assert_eq!(declaration(bad), Err(check), "{bad}");
        }
    }
}
