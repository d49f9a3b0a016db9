//! Shapes of access tokens: what each product writes into them that it does not write into ID tokens. The shapes are data
//! ([`SHAPES`]); [`Profile`] names one, or is built from what marks the tokens of a server that is not listed.

use super::claims::{Claims, pointer};
use crate::check::Check;
use crate::error::{Failure, Quoted, Reason};
use crate::jose::TypRule;
use core::fmt;
use core::str::FromStr;

/// Which shape the access tokens of the authorization server have. Every shape says what tells its tokens from ID tokens: the
/// media type in the header, or claims that an ID token of that product does not have.
///
/// ```
/// use bonafide::oidc::access_token::Profile;
///
/// let known = Profile::named("keycloak").unwrap();
/// assert_eq!(known, Profile::keycloak());
/// // A server that is not listed: its access tokens have `token_kind`, with this value.
/// let own = Profile::marked_by_value("token_kind", "access")?;
/// assert_eq!(own, "claim=token_kind=access".parse()?);
/// // What ID tokens have as well marks nothing.
/// assert!(Profile::marked_by_claim("azp").is_err());
/// # Ok::<(), bonafide::error::Failure>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    shape: &'static Shape,
    typ: Option<Box<str>>,
    claims: Vec<(Box<str>, Option<Box<str>>)>,
}

/// How access tokens of one product look.
#[derive(PartialEq, Eq)]
struct Shape {
    name: &'static str,
    /// Values of `typ`, without `application/`.
    typ: &'static [&'static str],
    untyped: bool,
    /// Of each group, one must be there.
    marks: &'static [&'static [Mark]],
    /// The marks in words.
    tells: &'static str,
    /// Claims that only other tokens of the product have.
    never: &'static [&'static str],
    /// Where a token is without `nonce`, as all but one shape are.
    nonce: bool,
    required: &'static [&'static str],
    /// A token without `aud` names the client in its place.
    client_as_audience: bool,
    /// What no ID token of any product has, so that it tells the product of an unknown issuer.
    decisive: Option<Mark>,
    /// Why a token may be without `sub`, and what helps.
    without_subject: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Claim(&'static str),
    /// The claim has one of these values.
    Value(&'static str, &'static [&'static str]),
    /// The claim is text: where it is there in an ID token, it is a number.
    Text(&'static str),
    /// `aud` holds more than the client that this claim names.
    AudienceBeside(&'static str),
}

use Mark::{AudienceBeside, Claim, Text, Value};

/// `typ` is `JWT` or absent.
const JWT: Shape = Shape {
    name: "own",
    typ: &["jwt"],
    untyped: true,
    marks: &[],
    tells: "",
    never: &[],
    nonce: false,
    required: &[],
    client_as_audience: false,
    decisive: None,
    without_subject: "",
};

macro_rules! shapes {
    ($($(#[$doc:meta])* $function:ident = $shape:expr;)*) => {
        impl Profile {
            $($(#[$doc])*
            #[must_use]
            pub const fn $function() -> Self {
                const SHAPE: &Shape = &$shape;
                Self::of(SHAPE)
            })*
        }

        /// Every named shape.
        const SHAPES: &[&Shape] = &[$(&$shape),*];
    };
}

shapes! {
    /// RFC 9068: `typ` is `at+jwt`; `client_id` and `jti` are there. The default.
    rfc9068 = Shape {
        name: "rfc9068",
        typ: &["at+jwt"],
        untyped: false,
        required: &["client_id", "jti"],
        tells: "an access token by RFC 9068 has `typ: at+jwt`",
        ..JWT
    };
    /// Microsoft Entra ID, where an API takes tokens of both versions: `scp`, `azpacr`, `appidacr` or `idtyp`.
    entra = Shape {
        name: "entra",
        marks: &[&[Claim("scp"), Claim("azpacr"), Claim("appidacr"), Claim("idtyp")]],
        tells: "an access token of Entra has `scp`, `azpacr`, `appidacr` or `idtyp`; this one has none of them",
        ..JWT
    };
    /// Microsoft Entra ID, tokens of version 1.0 (`https://sts.windows.net/`): `scp`, `appidacr` or `idtyp`.
    entra_v1 = Shape {
        name: "entra-v1",
        marks: &[&[Claim("scp"), Claim("appidacr"), Claim("idtyp")]],
        tells: "an access token of Entra (version 1.0) has `scp`, `appidacr` or `idtyp`; this one has none of them",
        decisive: Some(Claim("appidacr")),
        ..JWT
    };
    /// Microsoft Entra ID, tokens of version 2.0: `scp`, `azpacr` or `idtyp`.
    entra_v2 = Shape {
        name: "entra-v2",
        marks: &[&[Claim("scp"), Claim("azpacr"), Claim("idtyp")]],
        tells: "an access token of Entra (version 2.0) has `scp`, `azpacr` or `idtyp`; this one has none of them",
        decisive: Some(Claim("azpacr")),
        ..JWT
    };
    /// Microsoft Entra External ID (`ciamlogin.com` or a domain of one's own): as version 2.0.
    entra_external_id = Shape {
        name: "entra-external-id",
        marks: &[&[Claim("scp"), Claim("azpacr"), Claim("idtyp")]],
        tells: "an access token of Entra External ID has `scp`, `azpacr` or `idtyp`; this one has none of them",
        ..JWT
    };
    /// Azure AD B2C: `scp` and `azp`.
    entra_b2c = Shape {
        name: "entra-b2c",
        marks: &[&[Claim("scp")], &[Claim("azp")]],
        tells: "an access token of Azure AD B2C has `scp` and `azp`",
        decisive: Some(Claim("tfp")),
        ..JWT
    };
    /// Azure AD B2C where the request had a nonce: B2C repeats it in the access token. Then `scp` and `azp` alone tell it from
    /// an ID token, which has `auth_time`.
    entra_b2c_with_nonce = Shape {
        name: "entra-b2c-with-nonce",
        marks: &[&[Claim("scp")], &[Claim("azp")]],
        tells: "an access token of Azure AD B2C has `scp` and `azp`",
        never: &["auth_time"],
        nonce: true,
        ..JWT
    };
    /// Okta, custom authorization servers: `cid` and `scp`.
    okta = Shape {
        name: "okta",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Claim("cid")], &[Claim("scp")]],
        tells: "an access token of Okta has `cid` and `scp`",
        ..JWT
    };
    /// Auth0 without the RFC 9068 setting of the API: `azp`, and `scope`, `permissions`, `gty` or `client_id`.
    auth0 = Shape {
        name: "auth0",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Claim("azp")], &[Claim("scope"), Claim("permissions"), Claim("gty"), Claim("client_id")]],
        tells: "an access token of Auth0 has `azp`, and `scope`, `permissions` or `gty`",
        never: &["sid", "nickname", "updated_at"],
        decisive: Some(Claim("gty")),
        ..JWT
    };
    /// Amazon Cognito: `token_use` is `access`. Without `aud` (no resource was asked for), `client_id` is compared instead.
    cognito = Shape {
        name: "cognito",
        marks: &[&[Value("token_use", &["access"])]],
        tells: "an access token of Cognito has `token_use: access`",
        client_as_audience: true,
        ..JWT
    };
    /// Keycloak: the claim `typ` is `Bearer` or `DPoP`.
    keycloak = Shape {
        name: "keycloak",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Value("typ", &["Bearer", "DPoP"])]],
        tells: "an access token of Keycloak has the claim `typ` with `Bearer` or `DPoP`",
        decisive: Some(Value("typ", &["Bearer", "DPoP"])),
        without_subject: "Keycloak writes `sub` by the client scope `basic` (mapper `Subject (sub)`): give it to the client",
        ..JWT
    };
    /// AD FS: `appid`, and `auth_time` as text, which is a number in its ID tokens. These have another issuer as well:
    /// trust the `access_token_issuer` of the discovery document for access tokens, and nothing else.
    adfs = Shape {
        name: "adfs",
        marks: &[&[Claim("appid")], &[Text("auth_time")]],
        tells: "an access token of AD FS has `appid`, and `auth_time` as text",
        without_subject: "AD FS writes `sub` into access tokens only where an issuance rule of the web API says so: add one",
        ..JWT
    };
    /// Duende IdentityServer and its predecessors, whatever `AccessTokenJwtType` says: `client_id` and `scope`.
    duende = Shape {
        name: "duende",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Claim("client_id")], &[Claim("scope")]],
        tells: "an access token of Duende IdentityServer has `client_id` and `scope`",
        never: &["s_hash"],
        without_subject: "a token of a client alone has no `sub` at Duende IdentityServer: it says nothing about a user",
        ..JWT
    };
    /// Ory Hydra: `client_id`, and `scp` or `scope`. Its ID tokens have `rat`.
    hydra = Shape {
        name: "hydra",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Claim("client_id")], &[Claim("scp"), Claim("scope")]],
        tells: "an access token of Hydra has `client_id`, and `scp` or `scope`",
        never: &["rat"],
        ..JWT
    };
    /// Spring Authorization Server: `scope`. Its ID tokens have `azp`.
    spring = Shape {
        name: "spring",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Claim("scope")]],
        tells: "an access token of Spring Authorization Server has `scope`",
        never: &["azp", "auth_time"],
        ..JWT
    };
    /// Cloud Foundry UAA: its ID tokens have `scope` and `client_id` as well, but name only the client in `aud`; its refresh
    /// tokens have `granted_scopes`.
    uaa = Shape {
        name: "uaa",
        marks: UAA,
        tells: "an access token of UAA has `client_id`, `scope`, and more in `aud` than the client",
        never: &["granted_scopes"],
        ..JWT
    };
    /// SAP XSUAA: as UAA.
    xsuaa = Shape {
        name: "xsuaa",
        marks: UAA,
        tells: "an access token of XSUAA has `client_id`, `scope`, and more in `aud` than the client",
        never: &["granted_scopes"],
        ..JWT
    };
    /// Zitadel: `jti` and `nbf`. Its ID tokens have `azp`.
    zitadel = Shape {
        name: "zitadel",
        typ: &["jwt", "at+jwt"],
        marks: &[&[Claim("jti")], &[Claim("nbf")]],
        tells: "an access token of Zitadel has `jti` and `nbf`",
        never: &["azp", "auth_time", "amr"],
        ..JWT
    };
    /// A service account of Kubernetes: the claim `kubernetes.io`.
    kubernetes = Shape {
        name: "kubernetes",
        marks: &[&[Claim("kubernetes.io")]],
        tells: "a token of a Kubernetes service account has `kubernetes.io`",
        decisive: Some(Claim("kubernetes.io")),
        ..JWT
    };
    /// A job of GitHub Actions: `job_workflow_ref` or `repository`.
    github_actions = Shape {
        name: "github-actions",
        marks: &[&[Claim("job_workflow_ref"), Claim("repository")]],
        tells: "a token of GitHub Actions has `job_workflow_ref` or `repository`",
        decisive: Some(Claim("job_workflow_ref")),
        ..JWT
    };
    /// A job of GitLab CI: `project_path`, `job_id`, `pipeline_id` or `ref_protected`.
    gitlab = Shape {
        name: "gitlab",
        marks: &[&[Claim("project_path"), Claim("job_id"), Claim("pipeline_id"), Claim("ref_protected")]],
        tells: "a token of GitLab CI has `project_path`, `job_id` or `pipeline_id`",
        never: &["auth_time"],
        ..JWT
    };
}

const UAA: &[&[Mark]] =
    &[&[Claim("client_id")], &[Claim("scope"), Claim("authorities")], &[AudienceBeside("client_id")]];

impl Profile {
    const fn of(shape: &'static Shape) -> Self {
        Self { shape, typ: None, claims: Vec::new() }
    }

    /// The profile of this name, as on the command line and in settings.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SHAPES.iter().find(|shape| shape.name == name).map(|shape| Self::of(shape))
    }

    /// Every named profile.
    pub fn all() -> impl Iterator<Item = Self> {
        SHAPES.iter().map(|shape| Self::of(shape))
    }

    /// Access tokens of the server have this `typ` in their header, and no other token has it.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: empty, or a type of other tokens.
    pub fn marked_by_typ(typ: &str) -> Result<Self, Failure> {
        let subtype = typ.strip_prefix("application/").unwrap_or(typ).to_ascii_lowercase();
        if subtype.trim().is_empty() || OF_OTHER_TOKENS.contains(&&*subtype) {
            return Err(marks_nothing("a `typ` that other tokens have as well marks no access token"));
        }
        Ok(Self { typ: Some(subtype.into()), ..Self::of(&JWT) })
    }

    /// Access tokens of the server have this claim, and its ID tokens do not.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: empty, or a claim that ID tokens have.
    pub fn marked_by_claim(claim: &str) -> Result<Self, Failure> {
        if ["typ", "token_use"].contains(&claim) {
            return Err(marks_nothing(
                "ID tokens have this claim as well: say which value marks an access token",
            ));
        }
        Self::of(&JWT).with(claim, None)
    }

    /// Access tokens of the server have this claim with this text, and its ID tokens do not.
    ///
    /// # Errors
    /// As [`Profile::marked_by_claim`].
    pub fn marked_by_value(claim: &str, value: &str) -> Result<Self, Failure> {
        Self::of(&JWT).with(claim, Some(value))
    }

    /// The same, where both must hold.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the other is not one of one's own, or both name a `typ`.
    pub fn and(mut self, other: Self) -> Result<Self, Failure> {
        let both = self.typ.is_some() && other.typ.is_some();
        if both || *self.shape != JWT || *other.shape != JWT {
            return Err(marks_nothing(
                "only marks of one's own can be joined, and only one `typ` among them",
            ));
        }
        self.typ = self.typ.or(other.typ);
        self.claims.extend(other.claims);
        Ok(self)
    }

    fn with(mut self, claim: &str, value: Option<&str>) -> Result<Self, Failure> {
        if claim.trim().is_empty() || OF_ID_TOKENS.contains(&claim) || value.is_some_and(str::is_empty) {
            return Err(marks_nothing("a claim that ID tokens have as well marks no access token"));
        }
        self.claims.push((claim.into(), value.map(Into::into)));
        Ok(self)
    }

    /// Its name; that of one's own is `own`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.shape.name
    }

    /// The named profile that claims give away which no ID token of any product has.
    pub(super) fn given_away(claims: &Claims) -> Option<Self> {
        let decided = |profile: &Self| {
            profile.shape.decisive.is_some_and(|mark| mark.holds(claims)) && profile.judge(claims).is_ok()
        };
        Self::all().find(decided)
    }

    /// The named profiles whose marks a token bears.
    pub(super) fn fitting(claims: &Claims) -> impl Iterator<Item = Self> {
        let bears = |profile: &Self| !profile.shape.marks.is_empty() && profile.judge(claims).is_ok();
        Self::all().filter(bears)
    }

    /// The `typ` of one's own.
    pub(super) fn own_typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Which `typ` its tokens have.
    pub(super) fn typ<'a>(&self, own: &'a [&'a str]) -> TypRule<'a> {
        match own {
            [] => TypRule { accepted: self.shape.typ, may_be_absent: self.shape.untyped },
            _ => TypRule { accepted: own, may_be_absent: false },
        }
    }

    /// Claims that must be there, as text.
    pub(super) const fn required(&self) -> &'static [&'static str] {
        self.shape.required
    }

    /// True where a token without `aud` names the client in its place.
    pub(super) const fn has_client_as_audience(&self) -> bool {
        self.shape.client_as_audience
    }

    /// What there is to say about a token without `sub`.
    pub(super) fn without_subject(&self) -> Option<&'static str> {
        Some(self.shape.without_subject).filter(|why| !why.is_empty())
    }

    /// RFC 8725 section 3.12: what an access token of this shape has and an ID token has not, and the reverse.
    pub(super) fn judge(&self, claims: &Claims) -> Result<(), Failure> {
        let never = NEVER.iter().filter(|name| **name != "nonce" || !self.shape.nonce);
        for what in never.chain(self.shape.never) {
            if claims.get(what).is_some() {
                return Err(of_another_kind(what, "not an access token"));
            }
        }
        if let Some(found) = claims.text("typ").filter(|found| NOT_ACCESS.contains(found)) {
            return Err(of_another_kind("typ", found));
        }
        for group in self.shape.marks {
            if !group.iter().any(|mark| mark.holds(claims)) {
                let name = group.first().map_or("", |mark| mark.claim());
                let reason = Reason::Stated(self.shape.tells);
                return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(name)));
            }
        }
        for (name, value) in &self.claims {
            let holds = match value {
                Some(value) => claims.text(name) == Some(value),
                None => claims.get(name).is_some(),
            };
            if !holds {
                let reason =
                    Reason::Stated("the claim that marks the access tokens of the profile is not there");
                return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(name)));
            }
        }
        Ok(())
    }
}

impl Mark {
    const fn claim(self) -> &'static str {
        match self {
            Claim(name) | Value(name, _) | Text(name) => name,
            AudienceBeside(_) => "aud",
        }
    }

    fn holds(self, claims: &Claims) -> bool {
        match self {
            Claim(name) => claims.get(name).is_some(),
            Value(name, values) => claims.text(name).is_some_and(|found| values.contains(&found)),
            Text(name) => claims.text(name).is_some(),
            AudienceBeside(name) => {
                let client = claims.text(name);
                let audiences = claims.strings("aud").ok().flatten();
                audiences.into_iter().flatten().any(|audience| Some(audience) != client)
            }
        }
    }
}

/// The default is the shape of the standard.
impl Default for Profile {
    fn default() -> Self {
        Self::rfc9068()
    }
}

/// A name, or what marks the access tokens of another server: `typ=TYPE`, `claim=NAME`, `claim=NAME=VALUE`, several joined by
/// commas.
impl FromStr for Profile {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        if let Some(named) = Self::named(text) {
            return Ok(named);
        }
        let mark = |text: &str| match text.trim().split_once('=') {
            Some(("typ", typ)) => Self::marked_by_typ(typ),
            Some(("claim", claim)) => match claim.split_once('=') {
                Some((claim, value)) => Self::marked_by_value(claim, value),
                None => Self::marked_by_claim(claim),
            },
            _ => Err(marks_nothing(
                "neither the name of a profile nor `typ=TYPE`, `claim=NAME` or `claim=NAME=VALUE`",
            )),
        };
        let mut marks = text.split(',').map(mark);
        let first = marks.next().unwrap_or_else(|| mark(text))?;
        marks.try_fold(first, |all, next| all.and(next?))
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn of_another_kind(what: &'static str, found: &str) -> Failure {
    let reason = Reason::Found { what, found: Quoted::protocol(found) };
    Failure::new(Check::TokenTypeMismatch, reason, pointer(what))
}

fn marks_nothing(why: &'static str) -> Failure {
    Failure::at(Check::ConfigurationInvalid, "", Reason::Stated(why))
}

/// Claims of ID tokens (OIDC Core 2, 3.1.3.6, 3.3.2.11) and of security events (RFC 8417).
const NEVER: [&str; 4] = ["nonce", "at_hash", "c_hash", "events"];

/// What ID tokens have (RFC 7519 section 4.1, OIDC Core 2, 3.1.3.6 and 5.1, FAPI 1.0 part 2) and what both have (RFC 7800).
const OF_ID_TOKENS: [&str; 38] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "tid",
    "cnf",
    "events",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// Values of Keycloak's `typ` claim in tokens that give no access.
const NOT_ACCESS: [&str; 4] = ["ID", "Refresh", "Offline", "Logout"];

/// Media types, without `application/`, of tokens that are no access tokens, or of any.
const OF_OTHER_TOKENS: [&str; 10] = [
    "jwt",
    "jose",
    "jwe",
    "logout+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "token-introspection+jwt",
    "client-authentication+jwt",
    "oauth-authz-req+jwt",
    "id+jwt",
];
