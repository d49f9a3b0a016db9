//! Attributes of a validated assertion (SAML core 2.7.3): names, formats, and values kept apart as they were sent.

use super::NameId;
use crate::check::Check;
use crate::error::{Failure, Protocol, Quoted, Reason, Rejection};
use core::fmt;

/// The attributes, in document order; several statements are one list.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes(pub(super) Vec<Attribute>);

/// One attribute element.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    pub(super) name: String,
    pub(super) name_format: Option<String>,
    pub(super) friendly_name: Option<String>,
    pub(super) values: Vec<Value>,
}

/// One attribute value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Text, exactly as sent: not trimmed, not folded, possibly empty.
    Text {
        /// The text.
        text: String,
        /// `xsi:type` as written, such as `xs:string`. It is outside the signature's protection when the prefix is not
        /// declared inside the assertion, so nothing here depends on it.
        declared_type: Option<String>,
    },
    /// `xsi:nil="true"`.
    Nil,
    /// A NameID, as in eduPersonTargetedID.
    NameId(NameId),
    /// Other element content, as canonical XML.
    Xml(String),
}

impl Value {
    /// The text of a text value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Nil | Self::NameId(_) | Self::Xml(_) => None,
        }
    }
}

impl Attribute {
    /// Name: what an attribute is looked up by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// NameFormat.
    #[must_use]
    pub fn name_format(&self) -> Option<&str> {
        self.name_format.as_deref()
    }

    /// FriendlyName: for people only, nothing is looked up by it.
    #[must_use]
    pub fn friendly_name(&self) -> Option<&str> {
        self.friendly_name.as_deref()
    }

    /// The values, in document order; empty when the attribute has none.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

impl Attributes {
    /// Every attribute element, in document order.
    pub fn iter(&self) -> core::slice::Iter<'_, Attribute> {
        self.0.iter()
    }

    /// How many attribute elements there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// Every value of every attribute element with this Name, in document order.
    pub fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Value> + 's {
        self.0.iter().filter(move |attribute| attribute.name == name).flat_map(|attribute| &attribute.values)
    }

    /// Every text value of every attribute element with this Name, in document order.
    pub fn texts<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> + 's {
        self.values(name).filter_map(Value::as_text)
    }

    /// The one text value of the attribute with this Name; `None` when there is no value.
    ///
    /// # Errors
    /// `AttributeAmbiguous`: there is more than one value, or one that is not text. Which of several values would be "the"
    /// value is not for a library to choose.
    pub fn single<'s>(&'s self, name: &str) -> Result<Option<&'s str>, Rejection> {
        let named = self.0.iter().filter(|attribute| attribute.name == name);
        let mut values = named.flat_map(|attribute| &attribute.values);
        let (first, second) = (values.next(), values.next());
        match (first, second) {
            (None, _) => Ok(None),
            (Some(Value::Text { text, .. }), None) => Ok(Some(text)),
            _ => {
                let reason = Reason::Found { what: "Attribute", found: Quoted::tenant(name) };
                let at = "/Response/Assertion/AttributeStatement/Attribute";
                Err(Rejection::new(Protocol::Saml, Failure::at(Check::AttributeAmbiguous, at, reason)))
            }
        }
    }
}

impl<'s> IntoIterator for &'s Attributes {
    type Item = &'s Attribute;
    type IntoIter = core::slice::Iter<'s, Attribute>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attributes({})", self.0.len())
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribute({} values)", self.values.len())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => write!(f, "Text({} bytes)", text.len()),
            Self::Nil => f.write_str("Nil"),
            Self::NameId(name_id) => fmt::Debug::fmt(name_id, f),
            Self::Xml(xml) => write!(f, "Xml({} bytes)", xml.len()),
        }
    }
}
