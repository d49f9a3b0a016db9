//! Who has something to do: items by the application, owner and contact that the fleet names for them.

use super::plain;
use crate::certs::{State, Survey, Surveyed};
use crate::error::Severity;
use core::fmt::Write as _;
use serde::Serialize;
use std::collections::BTreeMap;

/// What one application's owner is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Owner {
    /// Label `app`: the relying party.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Label `owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Label `contact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Items that were read for it.
    pub items: usize,
    /// Items that need something done: a state beyond notice, or a finding beyond a note.
    pub to_do: usize,
}

impl Survey {
    /// Items by owner, sorted by application and owner; empty when no item has the label `app`, `owner` or `contact`.
    #[must_use]
    pub fn owners(&self) -> Vec<Owner> {
        let mut owners: BTreeMap<[Option<&str>; 3], (usize, usize)> = BTreeMap::new();
        for item in self.items() {
            let label = |name: &str| {
                let found = item.record().labels().iter().find(|(label, _)| label == name);
                found.map(|(_, value)| value.as_str())
            };
            let key = ["app", "owner", "contact"].map(label);
            if key != [None; 3] {
                let (items, to_do) = owners.entry(key).or_default();
                *items = items.saturating_add(1);
                *to_do = to_do.saturating_add(usize::from(wants_work(item)));
            }
        }
        let owner = |(key, (items, to_do)): ([Option<&str>; 3], (usize, usize))| {
            let [app, owner, contact] = key.map(|text| text.map(str::to_owned));
            Owner { app, owner, contact, items, to_do }
        };
        owners.into_iter().map(owner).collect()
    }
}

fn wants_work(item: &Surveyed) -> bool {
    !matches!(item.state(), State::Good | State::Notice | State::NoExpiry)
        || item.findings().iter().any(|finding| finding.severity() > Severity::Note)
}

/// One line for people; nothing when nobody is named.
pub(super) fn line(survey: &Survey) -> String {
    let owners = survey.owners();
    let mut line = String::new();
    for owner in owners.iter().filter(|owner| owner.to_do > 0) {
        let whom = owner.contact.as_deref().or(owner.owner.as_deref().filter(|_| owner.app.is_some()));
        let name = owner.app.as_deref().or(owner.owner.as_deref()).or(owner.contact.as_deref());
        let name = plain(name.unwrap_or_default());
        let whom = whom.map(|whom| format!(" ({})", plain(whom))).unwrap_or_default();
        let start = if line.is_empty() { "\nowner summary: " } else { " · " };
        let _ = write!(line, "{start}{name}{whom} {}", owner.to_do);
    }
    match (owners.is_empty(), line.is_empty()) {
        (true, _) => String::new(),
        (false, true) => "\nowner summary: nothing to do\n".to_owned(),
        (false, false) => line + "\n",
    }
}
