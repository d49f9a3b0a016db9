//! The operations on values: each total, each linear in the bytes it sees.

use super::document::Operation;
use super::pattern::Pattern;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// An operation, ready to run.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Trim,
    AsciiLower,
    AsciiUpper,
    #[cfg(feature = "nfc")]
    Nfc,
    Split(String),
    Join(String),
    StripPrefix(String),
    StripSuffix(String),
    Before(String),
    After(String),
    DnRdn(String),
    Guid,
    ScopeCheck,
    Table(BTreeMap<String, String>),
    Keep(Pattern),
    Drop(Pattern),
    Prefix(String),
    Suffix(String),
    DropEmpty,
    Dedup,
    Sort,
}

/// Why an operation refuses the login rather than drop a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A value holds the separator of a list that is split or joined.
    Separator,
    /// A scoped value whose scope is not one of the issuer's.
    Scope(String),
    /// More values than [`VALUES`].
    TooMany,
}

impl Op {
    pub(super) fn new(operation: &Operation) -> Result<Self, Cow<'static, str>> {
        let text = |text: &String| {
            if text.is_empty() {
                Err(Cow::Borrowed("the text of the operation is empty"))
            } else {
                Ok(text.clone())
            }
        };
        Ok(match operation {
            Operation::Trim => Self::Trim,
            Operation::AsciiLower => Self::AsciiLower,
            Operation::AsciiUpper => Self::AsciiUpper,
            #[cfg(feature = "nfc")]
            Operation::Nfc => Self::Nfc,
            #[cfg(not(feature = "nfc"))]
            Operation::Nfc => return Err(Cow::Borrowed("`nfc` needs the feature `nfc` of this crate")),
            Operation::Split(separator) => Self::Split(text(separator)?),
            Operation::Join(separator) => Self::Join(text(separator)?),
            Operation::StripPrefix(prefix) => Self::StripPrefix(text(prefix)?),
            Operation::StripSuffix(suffix) => Self::StripSuffix(text(suffix)?),
            Operation::Before(mark) => Self::Before(text(mark)?),
            Operation::After(mark) => Self::After(text(mark)?),
            Operation::DnRdn(kind) => Self::DnRdn(text(kind)?),
            Operation::Guid => Self::Guid,
            Operation::ScopeCheck => Self::ScopeCheck,
            Operation::Table(table) => {
                Self::Table(table.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            Operation::Keep(pattern) => Self::Keep(Pattern::new(pattern)?),
            Operation::Drop(pattern) => Self::Drop(Pattern::new(pattern)?),
            Operation::Prefix(prefix) => Self::Prefix(text(prefix)?),
            Operation::Suffix(suffix) => Self::Suffix(text(suffix)?),
            Operation::DropEmpty => Self::DropEmpty,
            Operation::Dedup => Self::Dedup,
            Operation::Sort => Self::Sort,
        })
    }

    /// Runs the operation. A value that the operation cannot read is dropped: it never passes unchanged. `list`: the values
    /// are, or were, a list, even where only one is left.
    pub(super) fn run<'v>(
        &self,
        mut values: Vec<Cow<'v, str>>,
        list: bool,
        scopes: &[&str],
    ) -> Result<Vec<Cow<'v, str>>, Refused> {
        match self {
            Self::Trim => each(values, |value| cut(value, |text| Some(text.trim_ascii()))),
            Self::AsciiLower => each(values, |value| {
                Some(if value.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    Cow::Owned(value.to_ascii_lowercase())
                } else {
                    value
                })
            }),
            Self::AsciiUpper => each(values, |value| Some(Cow::Owned(value.to_ascii_uppercase()))),
            #[cfg(feature = "nfc")]
            Self::Nfc => each(values, |value| {
                use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
                Some(if is_nfc_quick(value.chars()) == IsNormalized::Yes {
                    value
                } else {
                    Cow::Owned(value.nfc().collect())
                })
            }),
            Self::Split(separator) => split(values, list, separator),
            Self::Join(separator) => {
                if values.len() > 1 && values.iter().any(|value| value.contains(&**separator)) {
                    return Err(Refused::Separator);
                }
                Ok(if values.is_empty() { values } else { vec![Cow::Owned(values.join(&**separator))] })
            }
            Self::StripPrefix(prefix) => {
                each(values, |value| cut(value, |text| Some(text.strip_prefix(&**prefix).unwrap_or(text))))
            }
            Self::StripSuffix(suffix) => {
                each(values, |value| cut(value, |text| Some(text.strip_suffix(&**suffix).unwrap_or(text))))
            }
            Self::Before(mark) => {
                each(values, |value| cut(value, |text| text.split_once(&**mark).map(|(before, _)| before)))
            }
            Self::After(mark) => {
                each(values, |value| cut(value, |text| text.split_once(&**mark).map(|(_, after)| after)))
            }
            Self::DnRdn(kind) => each(values, |value| rdn(&value, kind).map(Cow::Owned)),
            Self::Guid => each(values, |value| guid(&value).map(Cow::Owned)),
            Self::ScopeCheck => {
                for value in &values {
                    let scope = value.rsplit_once('@').map_or("", |(_, scope)| scope);
                    if !is_scope_of(scope, scopes) || value.matches('@').count() != 1 {
                        return Err(Refused::Scope(scope.to_owned()));
                    }
                }
                Ok(values)
            }
            Self::Table(table) => each(values, |value| table.get(&*value).cloned().map(Cow::Owned)),
            Self::Keep(pattern) => {
                values.retain(|value| pattern.matches(value));
                Ok(values)
            }
            Self::Drop(pattern) => {
                values.retain(|value| !pattern.matches(value));
                Ok(values)
            }
            Self::Prefix(prefix) => each(values, |value| Some(Cow::Owned(format!("{prefix}{value}")))),
            Self::Suffix(suffix) => each(values, |value| Some(Cow::Owned(format!("{value}{suffix}")))),
            Self::DropEmpty => {
                values.retain(|value| !value.is_empty());
                Ok(values)
            }
            Self::Dedup => {
                if !all_differ(&values) {
                    let mut seen = HashSet::with_capacity(values.len());
                    let first: Vec<bool> = values.iter().map(|value| seen.insert(&**value)).collect();
                    let mut first = first.into_iter();
                    values.retain(|_| first.next().unwrap_or(true));
                }
                Ok(values)
            }
            Self::Sort => {
                values.sort_unstable();
                Ok(values)
            }
        }
    }
}

/// True when a few values surely differ: no two have the same mark. False says nothing.
fn all_differ(values: &[Cow<'_, str>]) -> bool {
    let mut marks = [0_u64; 64];
    values.len() <= marks.len()
        && values.iter().all(|value| {
            let [.., low, high] = mark(value.as_bytes()).to_le_bytes();
            let Some(word) = marks.get_mut(usize::from(high & 63)) else { return false };
            let bit = 1_u64 << (low & 63);
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
}

fn mark(octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<8>();
    let start = rest.iter().fold(0, |number: u64, octet| (number << 8) | u64::from(*octet));
    let mix = |mixed: u64, word: u64| (mixed ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    words.iter().fold(mix(0, start), |mixed, word| mix(mixed, u64::from_le_bytes(*word)))
}

/// True when the scope is one of the issuer's; scopes are domain names (SAML subject identifiers 3.3.2: case-insensitive).
pub(super) fn is_scope_of(scope: &str, scopes: &[&str]) -> bool {
    !scope.is_empty() && scopes.iter().any(|known| known.eq_ignore_ascii_case(scope))
}

fn each<'v>(
    values: Vec<Cow<'v, str>>,
    change: impl Fn(Cow<'v, str>) -> Option<Cow<'v, str>>,
) -> Result<Vec<Cow<'v, str>>, Refused> {
    Ok(values.into_iter().filter_map(change).collect())
}

/// A part of the value, borrowed where the value is.
fn cut<'v>(value: Cow<'v, str>, part: impl for<'t> Fn(&'t str) -> Option<&'t str>) -> Option<Cow<'v, str>> {
    match value {
        Cow::Borrowed(text) => part(text).map(Cow::Borrowed),
        Cow::Owned(text) => part(&text).map(|text| Cow::Owned(text.to_owned())),
    }
}

/// One joined value becomes a list. In a list that already is one, the separator is part of a name that somebody chose.
fn split<'v>(
    mut values: Vec<Cow<'v, str>>,
    list: bool,
    separator: &str,
) -> Result<Vec<Cow<'v, str>>, Refused> {
    if list {
        let forged = match separator.as_bytes() {
            [one] => values.iter().any(|value| value.as_bytes().contains(one)),
            _ => values.iter().any(|value| value.contains(separator)),
        };
        return if forged { Err(Refused::Separator) } else { Ok(values) };
    }
    let Some(value) = values.pop() else {
        return Ok(values);
    };
    let parts: Vec<Cow<'v, str>> = match value {
        Cow::Borrowed(text) => text.split(separator).take(PROBE).map(Cow::Borrowed).collect(),
        Cow::Owned(text) => {
            text.split(separator).take(PROBE).map(|part| Cow::Owned(part.to_owned())).collect()
        }
    };
    if parts.len() > VALUES { Err(Refused::TooMany) } else { Ok(parts) }
}

/// The value of the first (leaf) relative name of an RFC 4514 name, when it has this type.
fn rdn(name: &str, kind: &str) -> Option<String> {
    let (found, rest) = name.split_once('=')?;
    if !found.trim_ascii().eq_ignore_ascii_case(kind) {
        return None;
    }
    let mut octets = Vec::new();
    let mut rest = rest.trim_ascii_start().bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b',' | b';' => break,
            b'+' | b'"' | b'#' | 0 => return None,
            b'\\' => {
                let first = rest.next()?;
                match char::from(first).to_digit(16) {
                    Some(high) => {
                        let low = char::from(rest.next()?).to_digit(16)?;
                        octets.push(u8::try_from(high.saturating_mul(16).saturating_add(low)).ok()?);
                    }
                    None => octets.push(first),
                }
            }
            other => octets.push(other),
        }
    }
    let text = String::from_utf8(octets).ok()?;
    let text = text.trim_ascii_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The canonical form of a GUID: lower-case hexadecimal with hyphens. Reads that form in any case, braces, 32 digits,
/// and the base64 of the 16 bytes that Active Directory stores (first three groups little-endian).
pub(super) fn guid(value: &str) -> Option<String> {
    let text = value.trim_ascii();
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let digits: String = match inner.len() {
        36 => {
            let shaped = inner.bytes().enumerate().all(|(index, byte)| match index {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
            shaped.then(|| inner.replace('-', ""))?
        }
        32 => inner.to_owned(),
        24 => {
            use base64::Engine as _;
            let octets: [u8; 16] =
                base64::engine::general_purpose::STANDARD.decode(inner).ok()?.try_into().ok()?;
            let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = octets;
            let ordered = [a3, a2, a1, a0, b1, b0, c1, c0];
            ordered.iter().chain(&rest).map(|octet| format!("{octet:02x}")).collect()
        }
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let group = |from: usize, to: usize| lower.get(from..to);
    Some(format!(
        "{}-{}-{}-{}-{}",
        group(0, 8)?,
        group(8, 12)?,
        group(12, 16)?,
        group(16, 20)?,
        group(20, 32)?
    ))
}

/// Values of one field at any time. 10,000: the largest group lists in practice are near 2,000.
pub(super) const VALUES: usize = 10_000;
const PROBE: usize = VALUES + 1;

#[cfg(test)]
mod tests {
    use super::{Op, Refused, guid, rdn};
    use crate::mapping::document::Operation;
    use std::borrow::Cow;

    fn run(operation: &str, values: &[&str]) -> Result<Vec<String>, Refused> {
        let operation: Operation = serde_json::from_str(operation).unwrap();
        let values: Vec<_> = values.iter().map(|value| Cow::Borrowed(*value)).collect();
        let list = values.len() > 1;
        let done = Op::new(&operation).unwrap().run(values, list, &["example.edu"])?;
        Ok(done.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn each_operation() {
        for (operation, values, expected) in [
            (r#""trim""#, vec!["  a\n", "b"], vec!["a", "b"]),
            (r#""ascii_lower""#, vec!["ÄB"], vec!["Äb"]),
            (r#""ascii_upper""#, vec!["äb"], vec!["äB"]),
            (r#"{"split":";"}"#, vec!["a;b;;c"], vec!["a", "b", "", "c"]),
            (r#"{"split":";"}"#, vec!["a", "b"], vec!["a", "b"]),
            (r#"{"join":","}"#, vec!["a", "b"], vec!["a,b"]),
            (r#"{"strip_prefix":"/"}"#, vec!["/a", "b", "//c"], vec!["a", "b", "/c"]),
            (r#"{"strip_suffix":"-x"}"#, vec!["a-x", "b"], vec!["a", "b"]),
            (r#"{"before":"@"}"#, vec!["a@b@c", "d"], vec!["a"]),
            (r#"{"after":"\\"}"#, vec!["DOM\\a", "b"], vec!["a"]),
            (
                r#"{"dn_rdn":"CN"}"#,
                vec!["cn=App Users,OU=G,DC=x", "OU=y,CN=admin", "admin"],
                vec!["App Users"],
            ),
            (r#""scope_check""#, vec!["a@Example.edu"], vec!["a@Example.edu"]),
            (r#"{"table":{"a":"b"}}"#, vec!["a", "c"], vec!["b"]),
            (r#"{"keep":"app-.*"}"#, vec!["app-a", "my-app-b"], vec!["app-a"]),
            (r#"{"drop":"app-.*"}"#, vec!["app-a", "my-app-b"], vec!["my-app-b"]),
            (r#"{"prefix":"p:"}"#, vec!["a"], vec!["p:a"]),
            (r#"{"suffix":":s"}"#, vec!["a"], vec!["a:s"]),
            (r#""drop_empty""#, vec!["", "a"], vec!["a"]),
            (r#""dedup""#, vec!["b", "a", "b"], vec!["b", "a"]),
            (r#""sort""#, vec!["b", "a"], vec!["a", "b"]),
        ] {
            assert_eq!(run(operation, &values).unwrap(), expected, "{operation}");
            assert_eq!(run(operation, &[]).unwrap(), Vec::<String>::new(), "{operation} of nothing");
        }
    }

    #[test]
    fn forged_separators_and_scopes_refuse() {
        assert_eq!(run(r#"{"split":";"}"#, &["a;admin", "b"]).unwrap_err(), Refused::Separator);
        assert_eq!(run(r#"{"join":","}"#, &["a,admin", "b"]).unwrap_err(), Refused::Separator);
        assert_eq!(run(r#"{"split":";"}"#, &[&";".repeat(20_000)]).unwrap_err(), Refused::TooMany);
        for value in ["a@evil.test", "a", "a@", "a@evil.test@example.edu", "a@sub.example.edu"] {
            assert!(matches!(run(r#""scope_check""#, &[value]), Err(Refused::Scope(_))), "{value}");
        }
    }

    #[test]
    fn names_and_guids() {
        assert_eq!(rdn(r"CN=a\,b\2C c ,OU=x", "CN").unwrap(), "a,b, c");
        for name in ["CN=a+UID=b,OU=x", "CN=", "CN=\"a\",OU=x", "CN=#0401", "OU=x", "CN=a\\"] {
            assert_eq!(rdn(name, "CN"), None, "{name}");
        }
        let canonical = "0f1e2d3c-0000-4000-8000-000000000001";
        for form in [
            canonical,
            "0F1E2D3C-0000-4000-8000-000000000001",
            "{0f1e2d3c-0000-4000-8000-000000000001}",
            "0f1e2d3c000040008000000000000001",
            "PC0eDwAAAECAAAAAAAAAAQ==",
        ] {
            assert_eq!(guid(form).as_deref(), Some(canonical), "{form}");
        }
        for form in
            ["", "admin", "0f1e2d3c-0000-4000-8000-00000000000g", "0f1e2d3c0-000-4000-8000-000000000001"]
        {
            assert_eq!(guid(form), None, "{form}");
        }
    }

    #[test]
    fn dedup_keeps_the_first_of_each_and_nothing_else() {
        for count in [0, 1, 2, 31, 64, 65, 200] {
            let plain: Vec<String> = (0..count).map(|n| format!("CN=team-{n},OU=Groups,DC=acme")).collect();
            let twice: Vec<&str> = plain.iter().chain(plain.iter().rev()).map(|value| &**value).collect();
            assert_eq!(run(r#""dedup""#, &twice).unwrap(), plain);
            let once: Vec<&str> = plain.iter().map(|value| &**value).collect();
            assert_eq!(run(r#""dedup""#, &once).unwrap(), plain);
        }
        assert_eq!(run(r#""dedup""#, &["", "", "a", "a\0", "\0a", "a"]).unwrap(), ["", "a", "a\0", "\0a"]);
    }
}
