//! What can be mapped: validated content only. Each implementation turns it into the view that mappings read.

use super::claims::{ClaimSource, Claims, Datum, Origin, Subject, sealed::Sealed};
use crate::json::{Kind, Members, Value as Json};
use crate::oidc::IdToken;
use crate::oidc::access_token::AccessToken;
use crate::oidc::userinfo::{PlainUserInfo, UserInfo};
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
            let mut subject = subject(name_id);
            // SAML core 2.2.2: without SPNameQualifier the name is in the realm of this service, so its own name says no more.
            subject.sp_name_qualifier = subject.sp_name_qualifier.filter(|own| own != self.sp_entity_id());
            claims = claims.with_subject(subject);
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

impl Sealed for Validated<IdToken> {}

impl ClaimSource for Validated<IdToken> {
    fn claims(&self) -> Claims<'_> {
        let claims = Claims::new(Origin::IdToken, Provenance::Signed, self.issuer());
        members(claims.with_authenticated_at(self.auth_time()), IdToken::claims(self), Some(self.subject()))
    }
}

impl Sealed for Validated<AccessToken> {}

impl ClaimSource for Validated<AccessToken> {
    fn claims(&self) -> Claims<'_> {
        let identity = self.identity();
        let claims = Claims::new(Origin::AccessToken, Provenance::Signed, identity.issuer);
        members(claims, AccessToken::claims(self), Some(identity.subject))
    }
}

impl Sealed for Validated<UserInfo> {}

impl ClaimSource for Validated<UserInfo> {
    fn claims(&self) -> Claims<'_> {
        let issuer = self.claim("iss").and_then(Json::as_str).unwrap_or_default();
        let claims = Claims::new(Origin::UserInfo, Provenance::Signed, issuer);
        members(claims, UserInfo::claims(self), Some(self.subject()))
    }
}

impl Sealed for PlainUserInfo {}

/// Not signed, so no value in it counts unless the mapping says `userinfo = "fetched"`.
impl ClaimSource for PlainUserInfo {
    fn claims(&self) -> Claims<'_> {
        let issuer = self.claim("iss").and_then(Json::as_str).unwrap_or_default();
        let claims = Claims::new(Origin::UserInfo, Provenance::Unsigned, issuer);
        members(claims, PlainUserInfo::claims(self), Some(self.subject()))
    }
}

fn members<'a>(mut claims: Claims<'a>, members: Option<Members<'a>>, sub: Option<&'a str>) -> Claims<'a> {
    if let Some(sub) = sub {
        claims = claims.with_subject(Subject { value: Cow::Borrowed(sub), ..Subject::default() });
    }
    members.into_iter().flatten().fold(claims, |claims, (name, value)| claims.with_claim(name, json(value)))
}

/// The reader bounds the depth.
fn json(value: Json<'_>) -> Datum<'_> {
    match value.kind() {
        Kind::Object => Datum::Object(
            value
                .members()
                .into_iter()
                .flatten()
                .map(|(name, value)| (Cow::Borrowed(name), json(value)))
                .collect(),
        ),
        Kind::Array => Datum::List(value.elements().into_iter().flatten().map(json).collect()),
        _ => {
            if let Some(text) = value.as_str() {
                Datum::Text(Cow::Borrowed(text))
            } else if let Some(flag) = value.as_bool() {
                Datum::Bool(flag)
            } else if value.is_null() {
                Datum::Nil
            } else {
                Datum::Number(Cow::Owned(value.to_json()))
            }
        }
    }
}
