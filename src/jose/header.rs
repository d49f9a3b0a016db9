//! The protected header: a closed reading. What could change the meaning of the token is understood or refused.

use crate::check::Check;
use crate::error::{Failure, Quoted, Reason};
use crate::json::{Document, Value};

/// What an entry point wants of a header.
#[derive(Clone, Copy)]
pub(crate) struct HeaderRules<'a> {
    pub(crate) typ: TypRule<'a>,
    pub(crate) key: HeaderKey,
}

/// Which `typ` an entry point takes (RFC 8725 section 3.11). Compared without case and without `application/`.
#[derive(Clone, Copy)]
pub(crate) struct TypRule<'a> {
    pub(crate) accepted: &'a [&'a str],
    pub(crate) may_be_absent: bool,
}

/// Whether the header carries the key that verifies: only in a DPoP proof.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderKey {
    Forbidden,
    Required,
}

/// The parameters that are read. Certificates and URLs of keys are not among them (policy P9).
#[derive(Clone, Copy)]
pub(crate) struct Header<'a> {
    pub(crate) alg: &'a str,
    pub(crate) kid: Option<&'a str>,
    pub(crate) jwk: Option<Value<'a>>,
}

impl<'a> Header<'a> {
    /// Reads a header under the rules of an entry point.
    pub(crate) fn read<T: AsRef<str>>(
        document: &'a Document<T>,
        rules: HeaderRules<'_>,
    ) -> Result<Self, Failure> {
        let root = document.root();
        let Some(members) = root.members() else {
            let reason = Reason::Stated("a JOSE header that is not a JSON object");
            return Err(Failure::at(Check::HeaderNotObject, "/header", reason));
        };
        let mut known = Parameters::default();
        for (name, value) in members {
            known.note(name, value);
        }
        known.extensions.judge(root)?;
        if known.jwk.is_some() && rules.key == HeaderKey::Forbidden {
            let reason = Reason::Stated("a token that brings its own key");
            return Err(Failure::at(Check::HeaderKeyForbidden, "/header/jwk", reason));
        }
        if let Some(name) = known.of_encryption {
            let reason = Reason::Found { what: "header", found: Quoted::protocol(name) };
            return Err(Failure::at(Check::HeaderUnexpected, "/header", reason));
        }
        let typ = text(known.typ, "typ", "/header/typ")?;
        let cty = text(known.cty, "cty", "/header/cty")?;
        let kid = text(known.kid, "kid", "/header/kid")?;
        if let Some(cty) = cty.filter(|cty| is_token_type(cty)) {
            let reason = Reason::Found { what: "cty", found: Quoted::protocol(cty) };
            return Err(Failure::at(Check::CtyForbidden, "/header/cty", reason));
        }
        rules.typ.judge(typ)?;
        let alg = known
            .alg
            .ok_or_else(|| Failure::at(Check::AlgMissing, "/header/alg", Reason::Missing { what: "alg" }))?;
        let alg = alg.as_str().ok_or_else(|| wrong_type("alg", "/header/alg", alg))?;
        Ok(Self { alg, kid, jwk: known.jwk })
    }
}

impl TypRule<'_> {
    /// ID tokens and other plain tokens: `JWT` or nothing.
    pub(crate) const JWT: Self = Self { accepted: &["jwt"], may_be_absent: true };

    fn judge(self, typ: Option<&str>) -> Result<(), Failure> {
        let Some(typ) = typ else {
            if self.may_be_absent {
                return Ok(());
            }
            return Err(Failure::at(Check::TypForbidden, "/header/typ", Reason::Missing { what: "typ" }));
        };
        let subtype = without_application(typ);
        // RFC 7515 section 4.1.9: `JOSE` says compact serialization and nothing about the kind, as no `typ` at all.
        let says_nothing = self.may_be_absent && subtype.eq_ignore_ascii_case("jose");
        if says_nothing || self.accepted.iter().any(|accepted| subtype.eq_ignore_ascii_case(accepted)) {
            return Ok(());
        }
        let expected = self.accepted.iter().map(|accepted| Quoted::protocol(accepted)).collect();
        let reason = Reason::Mismatch { what: "typ", expected, found: vec![Quoted::protocol(typ)] };
        Err(Failure::at(Check::TypForbidden, "/header/typ", reason))
    }
}

#[derive(Default)]
struct Parameters<'a> {
    alg: Option<Value<'a>>,
    kid: Option<Value<'a>>,
    typ: Option<Value<'a>>,
    cty: Option<Value<'a>>,
    extensions: Extensions<'a>,
    jwk: Option<Value<'a>>,
    of_encryption: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn note(&mut self, name: &'a str, value: Value<'a>) {
        match name {
            "alg" => self.alg = Some(value),
            "kid" => self.kid = Some(value),
            "typ" => self.typ = Some(value),
            "cty" => self.cty = Some(value),
            "crit" => self.extensions.crit = Some(value),
            "b64" => self.extensions.b64 = true,
            "jwk" => self.jwk = Some(value),
            "enc" | "zip" | "epk" | "apu" | "apv" | "p2s" | "p2c" | "iv" | "tag" => {
                self.of_encryption = Some(name);
            }
            // jku, x5u, x5c, x5t, x5t#S256: unread on purpose (policy P9). Anything else is not critical (RFC 7515 section 4).
            _ => {}
        }
    }
}

/// What extends the meaning of a header.
#[derive(Default)]
pub(super) struct Extensions<'a> {
    pub(super) crit: Option<Value<'a>>,
    pub(super) b64: bool,
}

impl Extensions<'_> {
    /// RFC 7515 section 4.1.11 and RFC 7797 section 6: no extension is implemented, so any critical one refuses.
    pub(super) fn judge(&self, root: Value<'_>) -> Result<(), Failure> {
        if let Some(crit) = self.crit {
            let malformed = |what| Failure::at(Check::CritInvalid, "/header/crit", Reason::Stated(what));
            let elements = crit.elements().ok_or_else(|| malformed("crit that is not an array"))?;
            let mut names = Vec::new();
            for element in elements {
                let name =
                    element.as_str().ok_or_else(|| malformed("crit with an entry that is not a string"))?;
                if names.contains(&name) {
                    return Err(malformed("crit with a name twice"));
                }
                if REGISTERED.contains(&name) {
                    return Err(malformed("crit with a registered name"));
                }
                if root.get(name).is_none() {
                    return Err(malformed("crit with a name that the header does not have"));
                }
                names.push(name);
            }
            if names.is_empty() {
                return Err(malformed("an empty crit"));
            }
            let found = Quoted::protocol(&names.join(" "));
            return Err(Failure::at(
                Check::CritUnsupported,
                "/header/crit",
                Reason::Found { what: "crit", found },
            ));
        }
        if self.b64 {
            let reason = Reason::Stated("b64 without crit");
            return Err(Failure::at(Check::B64Unsupported, "/header/b64", reason));
        }
        Ok(())
    }
}

/// A parameter that is a string if it is there; else `HeaderType`.
pub(super) fn text<'a>(
    value: Option<Value<'a>>,
    what: &'static str,
    path: &'static str,
) -> Result<Option<&'a str>, Failure> {
    match value {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| wrong_type(what, path, value)),
    }
}

fn wrong_type(what: &'static str, path: &'static str, value: Value<'_>) -> Failure {
    let found = Quoted::protocol(value.kind().as_str());
    let reason = Reason::Mismatch { what, expected: vec![Quoted::protocol("string")], found: vec![found] };
    Failure::at(Check::HeaderType, path, reason)
}

/// RFC 7515 section 4.1.9: `application/` may be left out when nothing after it holds a slash.
fn without_application(media_type: &str) -> &str {
    match media_type.split_at_checked(12) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") && !rest.contains('/') => rest,
        _ => media_type,
    }
}

/// Does the content type announce another token? (RFC 7519 section 5.2.)
pub(super) fn is_token_type(cty: &str) -> bool {
    let subtype = without_application(cty).to_ascii_lowercase();
    subtype == "jwt"
        || subtype.ends_with("+jwt")
        || subtype.starts_with("jose")
        || subtype == "jws"
        || subtype == "jwe"
}

/// Names that RFC 7515, 7516 and 7518 define: they may not stand in crit.
const REGISTERED: [&str; 20] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk",
    "apu", "apv", "iv", "tag", "p2s", "p2c",
];
