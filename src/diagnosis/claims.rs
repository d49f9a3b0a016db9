//! What an accepted login says about the person, as reports show it.

use core::fmt;
use std::collections::HashMap;

/// Who logs in, according to an accepted message. Values of persons are shown as pseudonyms unless asked otherwise.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Claims {
    issuer: String,
    subject: Option<String>,
    subject_format: Option<String>,
    attributes: Vec<(String, Vec<Option<String>>)>,
    /// Place of each name in the list.
    places: HashMap<String, usize>,
}

impl Claims {
    pub(crate) fn new(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), ..Self::default() }
    }

    pub(crate) fn with_subject(mut self, subject: &str, format: Option<&str>) -> Self {
        self.subject = Some(subject.to_owned());
        self.subject_format = format.map(str::to_owned);
        self
    }

    /// Values of an attribute in document order, `None` for nil; a name that occurs again gets its values behind those it has.
    pub(crate) fn with_attribute<'v>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = Option<&'v str>>,
    ) -> Self {
        let values = values.into_iter().map(|value| value.map(str::to_owned));
        let place = *self.places.entry(name.to_owned()).or_insert(self.attributes.len());
        match self.attributes.get_mut(place) {
            Some((_, known)) => known.extend(values),
            None => self.attributes.push((name.to_owned(), values.collect())),
        }
        self
    }

    /// Who vouches.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// NameID or `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Format of the NameID.
    #[must_use]
    pub fn subject_format(&self) -> Option<&str> {
        self.subject_format.as_deref()
    }

    /// Name and values of each attribute, in the order of the message; `None` is a value that was sent as nil.
    #[must_use]
    pub fn attributes(&self) -> &[(String, Vec<Option<String>>)] {
        &self.attributes
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({} attributes)", self.attributes.len())
    }
}
