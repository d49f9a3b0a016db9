//! One identity from either protocol: a closed, declarative mapping from claims to key, fields, roles and assurance.

mod apply;
mod assurance;
mod claims;
mod diff;
mod document;
mod expect;
mod explain;
mod field;
mod identity;
mod input;
mod lint;
mod missing;
mod names;
mod note;
mod ops;
mod pattern;
mod plan;
mod preset;
mod reach;
mod resolve;
mod roles;
mod sample;
mod subject;
mod unique;
mod unused;
mod walk;
mod who;

pub use assurance::{Assurance, Level};
pub use claims::{ClaimSource, Claims, Origin};
pub use diff::{Diff, NewValue, RoleChange, SampleChange};
pub use expect::Tested;
pub use explain::Explanation;
pub use identity::{FieldValue, Granted, Identity, Outcome, Withheld};
pub use input::{Hints, Input, Resolved};
pub use missing::{Candidate, How, Missing};
pub use note::Note;
pub use plan::Mapping;
pub use preset::Preset;
pub use sample::{Expect, Sample};
pub use walk::{ClauseTrace, FieldTrace, KeyTrace, RuleTrace, Trace, Tried};
pub use who::{Who, WhoRule, WhoValue};
pub use reach::Reach;
pub use resolve::{Overage, State, Unproven};

#[cfg(test)]
mod tests;
