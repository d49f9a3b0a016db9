//! What changed between two surveys: yesterday's report and today's.

use super::report::{SCHEMA, document};
use super::survey::Survey;
use super::thresholds::State;
use crate::check::Check;
use crate::error::{Location, Malformed, Protocol};
use core::fmt::Write as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a survey said, kept for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    items: BTreeMap<Identity, State>,
}

/// What makes an item the same item another day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Identity {
    /// The entity, or the source where nobody names one.
    place: String,
    role: Option<String>,
    side: String,
    holder: Option<String>,
    /// SHA-256 of the certificate, else of the key, else the number of the unreadable item.
    key: String,
    /// The name that a key set gives it: where it changes, a cached key set does not know the key any more.
    kid: Option<String>,
}

impl Snapshot {
    /// Reads the JSON report of a survey.
    ///
    /// # Errors
    /// `KeyMalformed`: not such a report.
    pub fn from_json(report: &str) -> Result<Self, Malformed> {
        let what = "not a report of certs --format json";
        let malformed = || Malformed::new(Check::KeyMalformed, Protocol::Keys, what, Location::offset(0));
        let report: Report = serde_json::from_str(report).map_err(|_| malformed())?;
        if report.schema != SCHEMA {
            return Err(malformed());
        }
        let mut items = BTreeMap::new();
        for item in report.items {
            let state = State::of(&item.state).ok_or_else(malformed)?;
            let known = item.cert_sha256.or(item.spki_sha256);
            let identity = Identity {
                // Where a key cannot be read, only the source says which item it is.
                place: item.entity.filter(|_| known.is_some()).unwrap_or(item.source),
                role: item.role,
                side: item.side,
                holder: item.holder,
                key: known.unwrap_or_else(|| format!("item {}", item.index)),
                kid: item.kid,
            };
            let worst = items.entry(identity).or_insert(state);
            *worst = state.max(*worst);
        }
        Ok(Self { items })
    }
}

impl From<&Survey> for Snapshot {
    fn from(survey: &Survey) -> Self {
        // The report is what is kept, so the report is what is compared.
        Self::from_json(&survey.to_json()).unwrap_or(Self { items: BTreeMap::new() })
    }
}

#[derive(Deserialize)]
struct Report {
    schema: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    source: String,
    index: usize,
    role: Option<String>,
    entity: Option<String>,
    state: String,
    spki_sha256: Option<String>,
    cert_sha256: Option<String>,
    kid: Option<String>,
    #[serde(default)]
    side: String,
    holder: Option<String>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    #[serde(flatten)]
    identity: Identity,
    before: Option<&'static str>,
    after: Option<&'static str>,
    #[serde(skip)]
    states: (Option<State>, Option<State>),
}

impl Change {
    /// Whose key: the entity, or the source where nobody names one.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.identity.place
    }

    /// SHA-256 of the certificate, else of the key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.identity.key
    }

    /// The state before; `None`: the item is new.
    #[must_use]
    pub const fn before(&self) -> Option<State> {
        self.states.0
    }

    /// The state after; `None`: the item is gone.
    #[must_use]
    pub const fn after(&self) -> Option<State> {
        self.states.1
    }
}

/// Every difference between two surveys: keys that are new, gone, or in another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    changes: Vec<Change>,
}

impl Drift {
    /// Compares.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let states =
            |identity: &Identity| (before.items.get(identity).copied(), after.items.get(identity).copied());
        let gone = before.items.keys().filter(|identity| !after.items.contains_key(identity));
        let mut identities: Vec<&Identity> = after.items.keys().chain(gone).collect();
        identities.sort();
        let changes = identities.into_iter().map(|identity| (identity, states(identity)));
        let changes =
            changes.filter(|(_, (before, after))| before != after).map(|(identity, states)| Change {
                identity: identity.clone(),
                before: states.0.map(State::as_str),
                after: states.1.map(State::as_str),
                states,
            });
        Self { changes: changes.collect() }
    }

    /// The differences, by place, role and key.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// 0 nothing changed, 2 something became critical or expired, 1 anything else.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let worst = self.changes.iter().filter_map(Change::after).max();
        match worst {
            _ if self.changes.is_empty() => 0,
            Some(State::Critical | State::Expired) => 2,
            _ => 1,
        }
    }

    /// The report as JSON, indented, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Report<'a> {
            schema: &'static str,
            changes: &'a [Change],
        }
        document(&Report { schema: SCHEMA, changes: &self.changes })
    }

    /// The report as text, one line per difference.
    #[must_use]
    pub fn to_human(&self) -> String {
        let mut text = format!("{} changes\n", self.changes.len());
        for change in &self.changes {
            let what = match (change.before, change.after) {
                (None, Some(after)) => format!("new, {after}"),
                (Some(before), None) => format!("gone, was {before}"),
                (before, after) => format!("{} -> {}", before.unwrap_or_default(), after.unwrap_or_default()),
            };
            let (role, key) =
                (change.identity.role.as_deref().unwrap_or("-"), super::report::short(change.key()));
            let place = super::report::plain(change.place());
            let kid = change.identity.kid.as_deref();
            let kid = kid.map_or(String::new(), |kid| format!("  kid {}", super::report::plain(kid)));
            let _ = writeln!(text, "{what:<32}  {key}  {role:<16}  {place}{kid}");
        }
        text
    }
}
