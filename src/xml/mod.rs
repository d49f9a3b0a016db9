//! XML that can be trusted: a checked reader, a read-only tree, canonicalisation, and the strict signature profile.
//!
//! One parser, one tree, one canonicaliser. What leaves [`signature::verify`] is octets that a key vouched for; whoever
//! wants to read them parses them again.

mod build;
pub(crate) mod c14n;
mod chars;
#[cfg(test)]
mod corpus_tests;
pub(crate) mod encryption;
mod markup;
pub(crate) mod names;
#[cfg(any(test, fuzzing))]
#[allow(clippy::panic, reason = "a property that does not hold is a panic")]
pub(crate) mod properties;
mod reader;
mod scope;
pub(crate) mod sign;
pub(crate) mod signature;
mod signed_info;
mod sink;
pub(crate) mod stream;
mod text;
pub(crate) mod tree;
pub(crate) mod write;

pub(crate) use build::parse;
pub(crate) use names::Ns;
pub(crate) use reader::Comments;
pub(crate) use tree::{Element, Tree};
