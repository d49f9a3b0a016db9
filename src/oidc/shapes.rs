//! Claims of another JSON type than their standard gives them. Where no rule needs them they decide nothing: they are not read,
//! and a report says so.

use super::claims::{Claims, wrong_type};
use crate::error::Failure;
use crate::json::{Kind, Value};

/// The known claims of another type (OIDC Core 2 and 5.1, RFC 7519 section 4.1.7). Not among them: what the rules want of their
/// claims, and `locale` and `address`, which come in any shape (LinkedIn, Cognito). `email_verified` may be text (Apple,
/// Cognito), `updated_at` as well (Auth0).
pub(super) fn unexpected(claims: &Claims) -> impl Iterator<Item = Failure> {
    let members = claims.root().members().into_iter().flatten().filter(|(_, value)| !value.is_null());
    members.filter_map(|(name, value)| {
        let (name, shape) = SHAPES.iter().find(|(known, _)| *known == name)?;
        (!shape.fits(value)).then(|| wrong_type(name, shape.as_str(), value))
    })
}

#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    Date,
    Texts,
}

impl Shape {
    fn fits(self, value: Value<'_>) -> bool {
        match self {
            Self::Text => value.kind() == Kind::String,
            Self::Flag => value.as_flag().is_some(),
            Self::Date => matches!(value.kind(), Kind::Number | Kind::String),
            Self::Texts => value.elements().is_some_and(|mut all| all.all(|one| one.kind() == Kind::String)),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Flag => "boolean",
            Self::Date => "number",
            Self::Texts => "array of strings",
        }
    }
}

const SHAPES: [(&str, Shape); 22] = [
    ("acr", Shape::Text),
    ("amr", Shape::Texts),
    ("jti", Shape::Text),
    ("sid", Shape::Text),
    ("tid", Shape::Text),
    ("name", Shape::Text),
    ("email", Shape::Text),
    ("gender", Shape::Text),
    ("profile", Shape::Text),
    ("picture", Shape::Text),
    ("website", Shape::Text),
    ("nickname", Shape::Text),
    ("zoneinfo", Shape::Text),
    ("birthdate", Shape::Text),
    ("given_name", Shape::Text),
    ("updated_at", Shape::Date),
    ("family_name", Shape::Text),
    ("middle_name", Shape::Text),
    ("phone_number", Shape::Text),
    ("email_verified", Shape::Flag),
    ("preferred_username", Shape::Text),
    ("phone_number_verified", Shape::Flag),
];
