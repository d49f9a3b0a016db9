//! Inside of tags and references: attribute syntax, references, the XML declaration. What a tokenizer leaves unchecked.

use super::chars::{is_char, is_space};
use crate::check::Check;
use std::borrow::Cow;

/// Splits the inside of a start tag (without `<`, `>` and `/`) into the name and the rest.
pub(super) fn split_name(tag: &str) -> (&str, &str) {
    let end = tag.bytes().position(is_space).unwrap_or(tag.len());
    tag.split_at_checked(end).unwrap_or((tag, ""))
}

/// The next attribute of a tag (XML 1.0 rule 41): white space, name, `=`, quoted value. `None` at the end of the tag.
pub(super) fn next_attribute<'a>(rest: &mut &'a str) -> Result<Option<(&'a str, &'a str)>, Check> {
    let trimmed = rest.trim_start_matches(SPACES);
    if trimmed.is_empty() {
        return Ok(None);
    }
    if trimmed.len() == rest.len() {
        return Err(Check::XmlNotWellFormed);
    }
    let equals = trimmed.bytes().position(|byte| byte == b'=').ok_or(Check::XmlNotWellFormed)?;
    let (name, after) = (trimmed.get(..equals).unwrap_or_default(), trimmed.get(equals.saturating_add(1)..));
    let after = after.unwrap_or_default();
    let after = after.trim_start_matches(SPACES);
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(Check::XmlNotWellFormed)?;
    let (value, after) =
        after.strip_prefix(quote).and_then(|v| v.split_once(quote)).ok_or(Check::XmlNotWellFormed)?;
    *rest = after;
    Ok(Some((name.trim_end_matches(SPACES), value)))
}

/// An attribute value after normalisation (XML 1.0 sections 2.11 and 3.3.3, type CDATA): references resolved, each
/// literal line end or tab a space. `<` may not stand in it.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Check> {
    if !raw.bytes().fold(false, |any, byte| any | matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r')) {
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
            _ if super::chars::split_qname(name).is_some() => Err(Check::XmlEntityForbidden),
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
    let mut next = || next_attribute(&mut rest).map_err(|_| Check::XmlDeclInvalid);
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

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

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
