//! One identity from either protocol: a closed, declarative mapping from claims to key, fields, roles and assurance.

mod apply;
mod assurance;
mod claims;
mod document;
mod expect;
mod field;
mod identity;
mod input;
mod lint;
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
mod walk;
mod who;

pub use assurance::{Assurance, Level};
pub use claims::{ClaimSource, Claims, Origin};
pub use expect::Tested;
pub use identity::{FieldValue, Granted, Identity, Outcome, Withheld};
pub use input::{Hints, Input, Resolved};
pub use note::Note;
pub use plan::Mapping;
pub use preset::Preset;
pub use sample::{Expect, Sample};
pub use who::{Who, WhoRule, WhoValue};
pub use reach::Reach;
pub use resolve::{Overage, State, Unproven};

#[cfg(test)]
mod tests;
