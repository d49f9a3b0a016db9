//! The names under which values came, nested ones too, as a mapping would write them.

use super::claims::{Claims, Datum};
use std::borrow::Cow;

/// A name that a field could read.
pub(super) struct Name<'c> {
    /// The names of the members with dots between them.
    pub(super) path: Cow<'c, str>,
    /// As a mapping writes it: with `[]` and `{}` where there are lists of objects and objects.
    pub(super) written: String,
    pub(super) friendly: Option<&'c str>,
    /// It stands inside of another claim.
    pub(super) nested: bool,
}

/// Every name under which a value came, at most [`NAMES`].
pub(super) fn names<'c>(claims: &'c Claims<'_>) -> Vec<Name<'c>> {
    let mut names = Vec::new();
    for entry in &claims.entries {
        let friendly = entry.friendly.as_deref();
        if claims.is_saml() {
            let written = entry.name.clone().into_owned();
            names.push(Name { path: Cow::Borrowed(&*entry.name), written, friendly, nested: false });
        } else {
            walk(Cow::Borrowed(&*entry.name), entry.name.clone().into_owned(), &entry.datum, 0, &mut names);
        }
    }
    names
}

fn walk<'c>(
    path: Cow<'c, str>,
    written: String,
    datum: &'c Datum<'_>,
    depth: usize,
    names: &mut Vec<Name<'c>>,
) {
    if depth > DEPTH || names.len() >= NAMES {
        return;
    }
    let nested = depth > 0;
    let below = depth.saturating_add(1);
    let (mark, members) = match datum {
        Datum::Object(members) => ("", members),
        Datum::List(items) => match items.first() {
            Some(Datum::Object(members)) => ("[]", members),
            _ => return names.push(Name { path, written, friendly: None, nested }),
        },
        _ => return names.push(Name { path, written, friendly: None, nested }),
    };
    let whole = match mark {
        "" => Some(format!("{written}{{}}")),
        _ => telling(members).map(|member| format!("{written}[].{member}")),
    };
    for (name, datum) in members {
        walk(format!("{path}.{name}").into(), format!("{written}{mark}.{name}"), datum, below, names);
    }
    names.extend(whole.map(|written| Name { path, written, friendly: None, nested }));
}

/// The member that says what an object is.
fn telling<'c>(members: &'c [(Cow<'_, str>, Datum<'_>)]) -> Option<&'c str> {
    let texts =
        || members.iter().filter(|(_, datum)| matches!(datum, Datum::Text(_))).map(|(name, _)| &**name);
    let known = ["name", "value", "display", "displayName", "id"];
    known.into_iter().find_map(|known| texts().find(|name| *name == known)).or_else(|| texts().next())
}

const NAMES: usize = 1_000;
const DEPTH: usize = 4;
