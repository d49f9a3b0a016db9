//! What can be mapped: validated content only. Each implementation turns it into the view that mappings read.

use super::claims::{ClaimSource, Claims, Datum, Origin, Subject, sealed::Sealed};
use crate::report::Provenance;
use crate::saml::{Assertion, NameId, Value};
use crate::trust::Validated;
use std::borrow::Cow;

impl Sealed for Validated<Assertion> {}

impl ClaimSource for Validated<Assertion> {
    fn claims(&self) -> Claims<'_> {
        let statement = self.authn_statement();
        let at = statement.map(crate::saml::AuthnStatement::authn_instant);
        let mut claims =
            Claims::new(Origin::Assertion, Provenance::Signed, self.issuer()).with_authenticated_at(at);
        if let Some(name_id) = self.name_id() {
            claims = claims.with_subject(subject(name_id));
        }
        if let Some(context) = self.authn_context() {
            claims = claims.with_context(context);
        }
        for attribute in self.attributes() {
            let friendly = attribute.friendly_name().map(Cow::Borrowed);
            let values = attribute.values().iter().map(datum).collect();
            claims = claims.with_attribute(attribute.name(), friendly, values);
        }
        claims
    }
}

fn subject(name_id: &NameId) -> Subject<'_> {
    Subject {
        value: Cow::Borrowed(name_id.value()),
        format: name_id.format().map(Cow::Borrowed),
        name_qualifier: name_id.name_qualifier().map(Cow::Borrowed),
        sp_name_qualifier: name_id.sp_name_qualifier().map(Cow::Borrowed),
    }
}

fn datum(value: &Value) -> Datum<'_> {
    match value {
        Value::Text { text, .. } => Datum::Text(Cow::Borrowed(text)),
        Value::Nil => Datum::Nil,
        Value::NameId(name_id) => Datum::NameId(Box::new(subject(name_id))),
        Value::Xml(_) => Datum::Xml,
    }
}
