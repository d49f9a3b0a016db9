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

#[derive(Default)]
pub(super) struct Trace {
    pub(super) fields: Vec<FieldTrace>,
    pub(super) rules: Vec<RuleTrace>,
    pub(super) keys: Vec<KeyTrace>,
}

pub(super) struct FieldTrace {
    pub(super) field: String,
    pub(super) tried: Vec<Tried>,
    pub(super) steps: Vec<(&'static str, Vec<String>)>,
    pub(super) result: State<String>,
}

/// One look-up of one exact name in one document.
#[derive(Clone)]
pub(super) struct Tried {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) state: State<String>,
}

pub(super) struct RuleTrace {
    pub(super) clauses: Vec<ClauseTrace>,
    pub(super) active: bool,
    pub(super) assured: bool,
}

pub(super) struct ClauseTrace {
    pub(super) kind: &'static str,
    pub(super) field: usize,
    /// The listed values that the login has.
    pub(super) present: Vec<String>,
    pub(super) holds: bool,
}

pub(super) struct KeyTrace {
    pub(super) parts: Vec<(String, State<String>)>,
    pub(super) used: bool,
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
        State::Present(values) => State::Present(values.iter().map(|value| value.as_ref().to_owned()).collect()),
        State::Overage(overage) => State::Overage(overage.clone()),
        State::Unproven(why) => State::Unproven(*why),
    }
}
