//! Paths into the claims of a token: names of members with dots between them. `[]` stands for every element of a list, `{}` at
//! the end for the names in an object: `realm_access.roles`, `groups[].name`, `urn:zitadel:iam:org:project:roles{}`.

use super::claims::{Claims, Datum};
use super::resolve::{Raw, State, Unproven, token_state};
use std::borrow::Cow;

/// What a path leads to.
pub(super) enum Reading<'c> {
    None,
    One(Values<'c>),
    /// A member name may itself hold dots; two readings are too many.
    Several,
}

/// The values at the end of a path, and whether they are a list, even of one.
pub(super) struct Values<'c> {
    pub(super) state: Raw<'c>,
    pub(super) list: bool,
}

/// True for a name that can be more than the name of a claim.
pub(super) fn is_path(name: &str) -> bool {
    name.contains('.') || name.contains(EACH) || name.ends_with(KEYS)
}

/// The name up to the first list or object that is taken apart.
pub(super) fn head(name: &str) -> &str {
    let end = name.find(EACH).or_else(|| name.strip_suffix(KEYS).map(str::len));
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}

/// Reads a path that is longer than the name of one claim.
pub(super) fn read<'c>(claims: &'c Claims<'c>, path: &str) -> Reading<'c> {
    let mut found = Reading::None;
    for entry in &claims.entries {
        match path.strip_prefix(&*entry.name) {
            None | Some("") => {}
            Some(rest) => follow(&entry.datum, rest, &mut found),
        }
    }
    found
}

fn follow<'c>(datum: &'c Datum<'c>, rest: &str, found: &mut Reading<'c>) {
    if rest.is_empty() {
        found.add(token_state(datum), matches!(datum, Datum::List(_)));
    } else if rest == KEYS {
        match datum {
            Datum::Object(members) => found.add(keys(members), true),
            Datum::Nil => {}
            _ => found.add(State::Unproven(Unproven::NotText), false),
        }
    } else if let Some(rest) = rest.strip_prefix(EACH) {
        match datum {
            Datum::List(items) => found.join(each(items, rest)),
            Datum::Nil => {}
            _ => found.add(State::Unproven(Unproven::NotText), false),
        }
    } else if let (Datum::Object(members), Some(path)) = (datum, rest.strip_prefix('.')) {
        for (name, datum) in members {
            if let Some(rest) = path.strip_prefix(&**name) {
                follow(datum, rest, found);
            }
        }
    }
}

/// The names of the members, but for those whose value says no.
fn keys<'c>(members: &'c [(Cow<'c, str>, Datum<'c>)]) -> Raw<'c> {
    let holds = |datum: &Datum<'_>| !matches!(datum, Datum::Nil | Datum::Bool(false));
    let names = members.iter().filter(|(_, datum)| holds(datum)).map(|(name, _)| Cow::Borrowed(&**name));
    present(names.collect())
}

/// What the rest of the path leads to in every element. An element without the member has no value, as `null` has none.
fn each<'c>(items: &'c [Datum<'c>], rest: &str) -> Reading<'c> {
    let mut values = Vec::new();
    let mut is_there = items.is_empty();
    for item in items {
        let mut found = Reading::None;
        follow(item, rest, &mut found);
        let state = match found {
            Reading::None if matches!(item, Datum::Object(_) | Datum::Nil) => continue,
            Reading::None => State::Unproven(Unproven::NotText),
            Reading::One(values) => values.state,
            Reading::Several => return Reading::Several,
        };
        is_there = true;
        match state {
            State::Present(more) => values.extend(more),
            State::Absent | State::Empty => {}
            other => return Reading::One(Values { state: other, list: true }),
        }
    }
    if is_there { Reading::One(Values { state: present(values), list: true }) } else { Reading::None }
}

fn present(values: Vec<Cow<'_, str>>) -> Raw<'_> {
    if values.iter().all(|value| value.is_empty()) { State::Empty } else { State::Present(values) }
}

impl<'c> Reading<'c> {
    fn add(&mut self, state: Raw<'c>, list: bool) {
        self.join(Reading::One(Values { state, list }));
    }

    fn join(&mut self, other: Self) {
        match (&self, &other) {
            (_, Self::None) => {}
            (Self::None, _) => *self = other,
            _ => *self = Self::Several,
        }
    }
}

const EACH: &str = "[]";
const KEYS: &str = "{}";
