//! Just enough XML to describe and to clean a message that nobody has verified: tags, attributes, text, and how sensitive
//! each of them is. It decides nothing.

use super::names;
use bonafide::characters::is_hidden;
use bonafide::error::Class;
use std::fmt::Write as _;

/// A piece of a document. Values are as written, still escaped.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    Open {
        name: &'t str,
        attributes: Vec<(&'t str, &'t str)>,
        empty: bool,
    },
    Close(&'t str),
    Text(&'t str),
    /// A comment, processing instruction, declaration or document type.
    Other,
}

/// The pieces of a text; `None` where it is not even a row of tags.
pub fn pieces(xml: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = xml;
    while !rest.is_empty() {
        let Some(start) = rest.find('<') else {
            pieces.push(Piece::Text(rest));
            break;
        };
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
        }
        let tail = &rest[start..];
        if let Some(text) = tail.strip_prefix("<![CDATA[") {
            let end = text.find("]]>")?;
            pieces.push(Piece::Text(&text[..end]));
            rest = &text[end + 3..];
            continue;
        }
        let (end, width) =
            if tail.starts_with("<!--") { (tail.find("-->")?, 3) } else { (tag_end(tail)?, 1) };
        let inside = &tail[1..end];
        rest = &tail[end + width..];
        pieces.push(match inside.chars().next()? {
            '!' | '?' => Piece::Other,
            '/' => Piece::Close(inside[1..].trim_end()),
            _ => open(inside)?,
        });
    }
    Some(pieces)
}

/// The `>` of a tag, outside quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.char_indices().find_map(|(index, c)| match (quote, c) {
        (None, '>') => Some(index),
        (None, '"' | '\'') => {
            quote = Some(c);
            None
        }
        (Some(open), c) if open == c => {
            quote = None;
            None
        }
        _ => None,
    })
}

fn open(inside: &str) -> Option<Piece<'_>> {
    let (inside, empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
    let end = inside.find(char::is_whitespace).unwrap_or(inside.len());
    let name = &inside[..end];
    let mut rest = inside[end..].trim_start();
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (key, tail) = rest.split_once('=')?;
        let tail = tail.trim_start();
        let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, tail) = tail[1..].split_once(quote)?;
        attributes.push((key.trim(), value));
        rest = tail.trim_start();
    }
    Some(Piece::Open { name, attributes, empty })
}

/// A name without its prefix.
pub fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// How sensitive a value is, by where it stands: the names of the elements around it, the innermost last. What is not known is
/// a person's.
pub fn class(path: &[&str], attribute: Option<&str>, value: &str) -> Class {
    let element = path.last().copied().unwrap_or_default();
    let Some(attribute) = attribute else {
        return match local(element) {
            "X509Certificate" if is_persons(path) => Class::Person,
            "Issuer"
            | "Audience"
            | "AuthenticatingAuthority"
            | "X509Certificate"
            | "NameIDFormat"
            | "RequesterID" => Class::Tenant,
            "AuthnContextClassRef" | "AuthnContextDeclRef" if value.trim().starts_with("urn:") => {
                Class::Protocol
            }
            "SignatureValue" | "DigestValue" | "CipherValue" | "SessionIndex" | "Artifact" => {
                Class::Replayable
            }
            _ => Class::Person,
        };
    };
    if attribute == "xmlns" || attribute.starts_with("xmlns:") {
        return if names::is_namespace(value) { Class::Protocol } else { Class::Person };
    }
    match (local(element), local(attribute)) {
        (_, "ID" | "InResponseTo" | "SessionIndex" | "AssertionID" | "URI") => Class::Replayable,
        (_, "Algorithm" | "Format" | "NameFormat" | "Method" | "Binding" | "ProtocolBinding")
        | ("StatusCode", "Value")
            if is_identifier(value) =>
        {
            Class::Protocol
        }
        (_, "Version" | "use" | "index" | "isDefault" | "Comparison" | "ForceAuthn" | "IsPassive")
        | (_, "AllowCreate" | "nil")
            if is_word(value) =>
        {
            Class::Protocol
        }
        (_, "type") if names::is_type(value) => Class::Protocol,
        (_, "PrefixList") if value.split_whitespace().all(|p| p == "#default" || names::is_prefix(p)) => {
            Class::Protocol
        }
        (_, "protocolSupportEnumeration") if value.split_whitespace().all(names::is_namespace) => {
            Class::Protocol
        }
        (_, "IssueInstant" | "AuthnInstant" | "NotBefore" | "NotOnOrAfter" | "SessionNotOnOrAfter")
        | (_, "validUntil" | "cacheDuration")
            if value.len() < 40
                && value.bytes().all(|b| b.is_ascii_digit() || b"-:.+/ TZPYMDHSW".contains(&b)) =>
        {
            Class::Protocol
        }
        (_, "Destination" | "Recipient" | "Location" | "ResponseLocation" | "entityID")
        | (_, "AssertionConsumerServiceURL" | "NameQualifier" | "SPNameQualifier")
        | ("Attribute" | "RequestedAttribute", "Name" | "FriendlyName") => Class::Tenant,
        _ => Class::Person,
    }
}

/// A certificate of a user: that of a holder of a key (SAML profiles 3.1), one that is the value of an attribute, and any
/// that stands neither in a signature, in metadata nor with an encrypted key.
fn is_persons(path: &[&str]) -> bool {
    let any = |names: &[&str]| path.iter().rev().take(64).any(|name| names.contains(&local(name)));
    any(&["SubjectConfirmation", "SubjectConfirmationData", "AttributeValue"])
        || !any(&["Signature", "KeyDescriptor", "EncryptedKey", "EncryptedData"])
}

/// A number, a version, or a word of an enumeration.
fn is_word(value: &str) -> bool {
    let words = [
        "true",
        "false",
        "signing",
        "encryption",
        "exact",
        "minimum",
        "maximum",
        "better",
        "required",
        "optional",
    ];
    words.contains(&value) || (value.len() < 6 && value.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

fn is_identifier(value: &str) -> bool {
    value.starts_with("urn:") || value.starts_with("http://www.w3.org/")
}

/// The class of a claim or header parameter of a token.
fn class_of_claim(name: &str) -> Class {
    match name {
        "alg" | "typ" | "cty" | "enc" | "exp" | "iat" | "nbf" | "auth_time" | "updated_at" | "acr"
        | "amr" | "ver" | "token_use" | "token_type" | "expires_in" | "email_verified" | "idtyp"
        | "events" => Class::Protocol,
        "iss" | "aud" | "azp" | "kid" | "x5t" | "x5t#S256" | "tid" | "client_id" | "appid" | "scp"
        | "scope" | "hd" | "cid" | "error" => Class::Tenant,
        "nonce" | "sid" | "jti" | "at_hash" | "c_hash" | "s_hash" | "uti" | "rh" | "aio" | "state"
        | "code" | "session_state" | "id_token" | "access_token" | "refresh_token" | "cnf" | "ath" => {
            Class::Replayable
        }
        _ => Class::Person,
    }
}

/// The same for the value of a member: members of a member have names of their own, and those may be a person's.
pub fn class_of_member(name: &str, value: &serde_json::Value) -> Class {
    match class_of_claim(name) {
        Class::Protocol | Class::Tenant if !names::is_plain(value) => Class::Person,
        class => class,
    }
}

/// Text without its escapes.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('&') {
        plain.push_str(before);
        // Longer references there are none: without an end to the search, a text of ampersands would take for ever.
        let end = tail.bytes().take(REFERENCE_BYTES).position(|byte| byte == b';');
        let known = end.map(|end| (&tail[..end], &tail[end + 1..])).and_then(|(name, after)| {
            let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
            let c = match name {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                _ => match name.strip_prefix("#x") {
                    Some(digits) => code(digits, 16)?,
                    None => code(name.strip_prefix('#')?, 10)?,
                },
            };
            Some((c, after))
        });
        let (c, after) = known.unwrap_or(('&', tail));
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// `&#x10FFFF;` with zeros before the digits.
const REFERENCE_BYTES: usize = 32;

/// Text for a copy, where it is neither markup nor hidden: a character that a reader does not see stands as a reference.
pub fn shown(text: &str, is_attribute: bool) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && (is_attribute || !matches!(c, '\n' | '\t')) {
            let _ = write!(xml, "&#x{:X};", u32::from(c));
        } else {
            xml.push_str(&escaped(c.encode_utf8(&mut [0; 4])));
        }
    }
    xml
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_tags() {
        let all = pieces("<?xml?><a:b c='1>' d = \"2\"><!-- > --><e/>x<![CDATA[<y>]]></a:b>").unwrap();
        assert_eq!(all.len(), 7);
        assert_eq!(
            all[1],
            Piece::Open { name: "a:b", attributes: vec![("c", "1>"), ("d", "2")], empty: false }
        );
        assert_eq!(all[5], Piece::Text("<y>"));
        assert_eq!(pieces("<a b=c>"), None);
        assert_eq!(unescaped("a&amp;&#x41;&#66;&nope;&"), "a&AB&nope;&");
        assert_eq!(unescaped("&#x000041;"), "A");
        // What is no reference is not looked for to the end of the text.
        let far = format!("&{}#x41;", "0".repeat(2 * REFERENCE_BYTES));
        assert_eq!(unescaped(&far), far);
        assert_eq!(unescaped(&"&".repeat(10_000)).len(), 10_000);
    }

    #[test]
    fn what_is_not_known_is_a_persons() {
        assert_eq!(class(&["saml:NameID"], None, "x"), Class::Person);
        assert_eq!(class(&["saml:Attribute"], Some("Name"), "x"), Class::Tenant);
        assert_eq!(class(&["x"], Some("NotBefore"), "alice@idp.test"), Class::Person);
        assert_eq!(class(&["x"], Some("Format"), "alice"), Class::Person);
        let certificate = |path: &[&str]| {
            class(&[path, &["ds:KeyInfo", "ds:X509Data", "ds:X509Certificate"]].concat(), None, "x")
        };
        for path in
            [&["r:Response", "a:Assertion", "ds:Signature"][..], &["md:EntityDescriptor", "md:KeyDescriptor"]]
        {
            assert_eq!(certificate(path), Class::Tenant, "{path:?}");
        }
        for path in [
            &["a:Assertion", "a:Subject", "a:SubjectConfirmation", "a:SubjectConfirmationData"][..],
            &["a:SubjectConfirmation", "a:SubjectConfirmationData", "ds:Signature"],
            &["a:AttributeStatement", "a:Attribute", "a:AttributeValue"],
            &[],
        ] {
            assert_eq!(certificate(path), Class::Person, "{path:?}");
        }
    }
}
