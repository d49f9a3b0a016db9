//! One walk over a login, two listeners: deciding stops at the first rule that does not hold, explaining goes on.

use super::claims::Origin;
use super::note::Note;
use super::resolve::State;
use crate::error::Failure;

/// What happened on the way.
pub(super) struct Walk {
    /// Rules that did not hold. When deciding there is never more than the one that is returned.
    pub(super) failures: Vec<Failure>,
    pub(super) notes: Vec<Note>,
    /// The steps, when somebody wants to read them.
    pub(super) trace: Option<Trace>,
}

/// The steps of one walk.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Trace {
    /// The alternatives of the subject key, in order.
    pub keys: Vec<KeyTrace>,
    /// The fields, by name.
    pub fields: Vec<FieldTrace>,
    /// The rules, in order.
    pub rules: Vec<RuleTrace>,
}

/// How one field came about.
#[derive(Clone)]
#[non_exhaustive]
pub struct FieldTrace {
    /// The field.
    pub field: String,
    /// Every exact name that was looked up, in order; the last one hit, if any did.
    pub tried: Vec<Tried>,
    /// The values after each operation.
    pub steps: Vec<(&'static str, Vec<String>)>,
    /// The final state.
    pub result: State<String>,
}

/// One look-up of one exact name in one document.
#[derive(Clone)]
#[non_exhaustive]
pub struct Tried {
    /// The exact name.
    pub name: String,
    /// The document.
    pub origin: Origin,
    /// What it has.
    pub state: State<String>,
}

/// How one rule was judged.
#[derive(Clone)]
#[non_exhaustive]
pub struct RuleTrace {
    /// Every clause.
    pub clauses: Vec<ClauseTrace>,
    /// The clauses together hold.
    pub matched: bool,
    /// The rule has not expired.
    pub active: bool,
    /// The login proves what the rule wants.
    pub assured: bool,
}

/// How one clause was judged.
#[derive(Clone)]
#[non_exhaustive]
pub struct ClauseTrace {
    /// `any`, `all` or `none`.
    pub kind: &'static str,
    /// The field.
    pub field: String,
    /// The listed values.
    pub listed: Vec<String>,
    /// The listed values that the login has.
    pub present: Vec<String>,
    /// The clause holds.
    pub holds: bool,
}

/// One alternative of the subject key.
#[derive(Clone)]
#[non_exhaustive]
pub struct KeyTrace {
    /// Each part with what the login has for it.
    pub parts: Vec<(String, State<String>)>,
    /// This alternative made the key.
    pub used: bool,
}

impl Walk {
    pub(super) const fn deciding() -> Self {
        Self { failures: Vec::new(), notes: Vec::new(), trace: None }
    }

    pub(super) fn explaining() -> Self {
        Self { trace: Some(Trace::default()), ..Self::deciding() }
    }

    /// A rule does not hold. Deciding ends here; explaining notes it.
    pub(super) fn refuse(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.trace.is_none() {
            return Err(failure);
        }
        self.failures.push(failure);
        Ok(())
    }
}

/// A state whose values are kept beyond the login.
pub(super) fn kept<V: AsRef<str>>(state: &State<V>) -> State<String> {
    match state {
        State::Absent => State::Absent,
        State::Empty => State::Empty,
        State::Present(values) => {
            State::Present(values.iter().map(|value| value.as_ref().to_owned()).collect())
        }
        State::Overage(overage) => State::Overage(overage.clone()),
        State::Unproven(why) => State::Unproven(*why),
    }
}
