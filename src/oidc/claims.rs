//! Claims of a token: the octets that were signed, read strictly, with typed readers that tell "absent" from "wrong type".

use crate::check::Check;
use crate::encoding::base64;
use crate::error::{Failure, Location, Quoted, Reason};
use crate::instant::Instant;
use crate::jose::{Signed, Signer};
use crate::json::{Bounds, Document, Kind, NumericDate, Value};

/// The claims of a token. Owns its text; everything handed out borrows from it.
pub(crate) struct Claims {
    document: Document<String>,
    /// The header segment, as received: with it the signed octets can be put together again.
    header: Box<str>,
    signer: Option<Signer>,
    /// For which issuers the signing key is, where its set says so.
    key_issuers: Vec<Box<str>>,
    /// Where the claims that rules read stand in the document.
    places: [u32; SLOTS],
    /// From when on the policy accepts them no longer, whatever they say themselves.
    until: Instant,
}

impl Claims {
    /// Reads the claims from signed octets: header, dot, payload. `signer` is `None` when nothing was verified.
    pub(super) fn read(signed: &[u8], signer: Option<Signer>) -> Result<Self, Failure> {
        let malformed = |what| Failure::at(Check::TokenFormat, "", Reason::Stated(what));
        let signed = core::str::from_utf8(signed).map_err(|_| malformed("octets that are not ASCII"))?;
        let (header, payload) = signed.split_once('.').ok_or_else(|| malformed("no payload"))?;
        let payload = base64::decode_url(payload).ok_or_else(|| {
            let reason = Reason::Stated("a segment that is not canonical base64url");
            Failure::at(Check::SegmentBase64, "/payload", reason)
        })?;
        let not_object = || {
            let reason = Reason::Stated("claims that are not a JSON object");
            Failure::at(Check::ClaimsNotObject, "", reason)
        };
        if payload.is_empty() {
            return Err(not_object());
        }
        let text = String::from_utf8(payload)
            .map_err(|_| Failure::at(Check::InvalidUtf8, "", Reason::Stated("claims that are not UTF-8")))?;
        // A token in a token is not JSON at all: say what it is.
        if is_compact(&text) {
            return Err(not_object());
        }
        let document = Document::parse(text, Bounds::TEXT)?;
        let Some(members) = document.root().members() else { return Err(not_object()) };
        let mut places = [u32::MAX; SLOTS];
        for (name, value) in members {
            if let Some(place) = slot(name).and_then(|slot| places.get_mut(slot)) {
                *place = value.place();
            }
        }
        let (key_issuers, until) = (Vec::new(), Instant::FAR_FUTURE);
        Ok(Self { document, header: header.into(), signer, key_issuers, places, until })
    }

    /// The claims of a token whose signature holds.
    pub(super) fn of(signed: &Signed<'_>, octets: &[u8]) -> Result<Self, Failure> {
        let claims = Self::read(octets, Some(signed.signer))?;
        Ok(Self { key_issuers: signed.key_issuers.clone(), ..claims })
    }

    /// The same, for a policy that accepts them no longer from an instant on.
    pub(super) fn accepted_until(self, until: Instant) -> Self {
        Self { until, ..self }
    }

    /// From when on no policy with the bounds of this one accepts them.
    pub(super) const fn until(&self) -> Instant {
        self.until
    }

    pub(super) fn root(&self) -> Value<'_> {
        self.document.root()
    }

    pub(super) const fn signer(&self) -> Option<Signer> {
        self.signer
    }

    pub(super) fn key_issuers(&self) -> &[Box<str>] {
        &self.key_issuers
    }

    pub(super) const fn holds_nul(&self) -> bool {
        self.document.holds_nul()
    }

    /// The octets that were signed, put together again. Canonical base64url makes them the same.
    pub(super) fn signed_octets(&self) -> String {
        let payload = base64::encode_url(self.document.text().as_bytes());
        [&self.header, ".", &payload].concat()
    }

    /// A claim that is there and not null.
    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<Value<'_>> {
        let value = match slot(name).and_then(|slot| self.places.get(slot)) {
            Some(&u32::MAX) => None,
            Some(place) => Some(self.document.value(*place)),
            None => self.root().get(name),
        };
        value.filter(|value| !value.is_null())
    }

    /// A string claim, or `None` when it is absent, null or of another type.
    #[inline]
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A string claim. `ClaimType`: it is something else.
    #[inline]
    pub(super) fn string(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| wrong_type(name, "string", value)),
        }
    }

    /// A string claim that must be there. `ClaimMissing`, `ClaimType`.
    pub(super) fn required_string(&self, name: &'static str) -> Result<&str, Failure> {
        self.string(name)?.ok_or_else(|| missing(name))
    }

    /// A NumericDate claim. `ClaimType`: it is no number.
    #[inline]
    pub(super) fn date(&self, name: &'static str) -> Result<Option<NumericDate>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_number() {
                Some(number) => Ok(Some(number.to_date())),
                None => Err(wrong_type(name, "number", value)),
            },
        }
    }

    /// A NumericDate claim, for reading after the checks.
    pub(super) fn instant(&self, name: &str) -> Option<Instant> {
        match self.get(name)?.as_number()?.to_date() {
            NumericDate::At(instant) => Some(instant),
            NumericDate::OutOfRange { .. } => None,
        }
    }

    /// A claim that is a string or an array of strings. `ClaimType`: it is something else.
    #[inline]
    pub(super) fn strings(&self, name: &'static str) -> Result<Option<Strings<'_>>, Failure> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.kind() {
            Kind::String => {}
            Kind::Array => {
                if let Some(other) = value.elements().into_iter().flatten().find(|e| e.kind() != Kind::String)
                {
                    return Err(wrong_type(name, "array of strings", other));
                }
            }
            _ => return Err(wrong_type(name, "string or array of strings", value)),
        }
        Ok(Some(Strings::of(value)))
    }
}

/// The strings of a claim that is one string or an array of them.
#[derive(Clone, Debug)]
pub struct Strings<'a> {
    one: Option<&'a str>,
    many: Option<crate::json::Elements<'a>>,
}

impl<'a> Strings<'a> {
    pub(super) fn of(value: Value<'a>) -> Self {
        Self { one: value.as_str(), many: value.elements() }
    }

    pub(super) const fn none() -> Self {
        Self { one: None, many: None }
    }
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.one.take().or_else(|| self.many.as_mut()?.find_map(Value::as_str))
    }
}

pub(super) fn missing(name: &'static str) -> Failure {
    Failure::new(Check::ClaimMissing, Reason::Missing { what: name }, pointer(name))
}

pub(super) fn wrong_type(name: &'static str, expected: &str, found: Value<'_>) -> Failure {
    let (expected, found) = (Quoted::protocol(expected), Quoted::protocol(found.kind().as_str()));
    let reason = Reason::Mismatch { what: name, expected: vec![expected], found: vec![found] };
    Failure::new(Check::ClaimType, reason, pointer(name))
}

pub(super) fn pointer(name: &str) -> Location {
    Location::built(format!("/{name}"))
}

/// Three or five segments of base64url and nothing else.
fn is_compact(text: &str) -> bool {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    // The first octet of an object is none of these, so this ends there.
    text.bytes().all(plain)
        && matches!(text.bytes().filter(|octet| *octet == b'.').count(), 2 | 4)
        && !text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// Claims that rules read, each with a slot, so that they are looked for once.
#[inline]
fn slot(name: &str) -> Option<usize> {
    let name = name.as_bytes();
    // By length first: most claims of most tokens are then none of these after one comparison.
    Some(match name.len() {
        3 => match name {
            b"iss" => 0,
            b"sub" => 1,
            b"aud" => 2,
            b"exp" => 3,
            b"iat" => 4,
            b"nbf" => 5,
            b"azp" => 6,
            b"acr" => 7,
            b"amr" => 8,
            b"jti" => 9,
            b"sid" => 10,
            b"tid" => 11,
            b"cnf" => 12,
            b"scp" => 13,
            b"typ" => 14,
            _ => return None,
        },
        5 => match name {
            b"scope" => 15,
            b"nonce" => 16,
            _ => return None,
        },
        6 => match name {
            b"events" => 17,
            b"c_hash" => 19,
            b"s_hash" => 20,
            _ => return None,
        },
        7 => match name {
            b"at_hash" => 18,
            _ => return None,
        },
        9 => match name {
            b"auth_time" => 21,
            b"token_use" => 22,
            b"client_id" => 23,
            _ => return None,
        },
        _ => return None,
    })
}

const SLOTS: usize = 24;
