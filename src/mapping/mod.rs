//! One identity from either protocol: a closed, declarative mapping from claims to key, fields, roles and assurance.

mod apply;
mod assurance;
mod claims;
mod document;
mod field;
mod identity;
mod input;
mod names;
mod note;
mod ops;
mod pattern;
mod plan;
mod preset;
mod resolve;
mod roles;
mod sample;
mod subject;
mod unique;
mod walk;

pub use assurance::{Assurance, Level};
pub use claims::{ClaimSource, Claims, Origin};
pub use identity::{FieldValue, Granted, Identity, Outcome, Withheld};
pub use input::{Hints, Input, Resolved};
pub use note::Note;
pub use plan::Mapping;
pub use preset::Preset;
pub use sample::{Expect, Sample};
pub use resolve::{Overage, State, Unproven};
