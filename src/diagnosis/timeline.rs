//! The instants of a message on one axis: periods of validity and moments.

use crate::instant::{Instant, Leeway};

/// What is to be drawn on one axis: when what was valid, when what happened, and the tolerance around the evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    periods: Vec<Period>,
    moments: Vec<Moment>,
    leeway: Leeway,
}

/// A period of validity. An end that is `None` is open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Period {
    /// The element or claim that states it.
    pub label: &'static str,
    /// First instant at which it holds.
    pub not_before: Option<Instant>,
    /// First instant at which it does not hold any more.
    pub not_on_or_after: Option<Instant>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// The element or claim that states it.
    pub label: &'static str,
    /// When.
    pub at: Instant,
}

impl Timeline {
    /// An empty axis.
    #[must_use]
    pub const fn new(leeway: Leeway) -> Self {
        Self { periods: Vec::new(), moments: Vec::new(), leeway }
    }

    /// One more period; nothing, where both ends are open.
    #[must_use]
    pub fn with_period(
        mut self,
        label: &'static str,
        not_before: Option<Instant>,
        not_on_or_after: Option<Instant>,
    ) -> Self {
        if not_before.is_some() || not_on_or_after.is_some() {
            self.periods.push(Period { label, not_before, not_on_or_after });
        }
        self
    }

    /// One more moment.
    #[must_use]
    pub fn with_moment(mut self, label: &'static str, at: Instant) -> Self {
        self.moments.push(Moment { label, at });
        self
    }

    /// The periods, in the order in which they were added.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The moments, in the order in which they were added.
    #[must_use]
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// By how much each period is widened.
    #[must_use]
    pub const fn leeway(&self) -> Leeway {
        self.leeway
    }
}
