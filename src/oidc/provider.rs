//! Who is trusted: an issuer, its keys, and the algorithms it may use. Keys of one issuer never verify tokens of another.

use super::discovery::Discovery;
use super::policy::not_empty;
use crate::check::Check;
use crate::crypto::SharedSecret;
use crate::error::{Error, Failure, Reason};
use crate::jose::{Algorithm, AlgorithmSet, KeySelection, KeySet, Keys, MacAlgorithm};
use core::fmt;

/// An issuer that is trusted, with its keys.
#[derive(Clone)]
pub struct TrustedProvider {
    pub(super) issuer: Issuer,
    pub(super) keys: Keys,
}

/// The tenants of a multi-tenant provider whose users may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tenants {
    /// These tenant ids, compared exactly.
    Listed(Vec<String>),
    /// Every tenant: the application decides by the `tid` claim who is a customer.
    Any,
}

/// What was loosened for a provider, by name, so that it shows in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loosened {
    /// A second spelling of the issuer is accepted.
    IssuerAlias,
    /// The issuer is a template, bound to the `tid` claim.
    IssuerTemplate,
    /// Users of every tenant are accepted.
    AnyTenant,
    /// Tokens are authenticated with a shared secret: the client could make them as well.
    SharedSecret,
    /// Several keys are tried for a token that names none.
    TryAllKeys,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Issuer {
    Exact(Box<str>),
    AnyOf(Vec<Box<str>>),
    Template { before: Box<str>, after: Box<str>, tenants: Tenants },
}

impl TrustedProvider {
    /// Trusts an issuer with its public keys. Every signature algorithm of this build is allowed;
    /// [`TrustedProvider::with_algorithms`] narrows that.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the issuer is empty or a template.
    pub fn new(issuer: &str, keys: KeySet) -> Result<Self, Failure> {
        let issuer = Issuer::Exact(plain_issuer(issuer)?);
        Ok(Self { issuer, keys: public(keys) })
    }

    /// Trusts an issuer with the keys of a JWK set.
    ///
    /// # Errors
    /// As [`KeySet::from_jwks`], and `ConfigurationInvalid`: the issuer is empty or a template.
    pub fn from_jwks(issuer: &str, jwks: &[u8]) -> Result<Self, Error> {
        Self::new(issuer, KeySet::from_jwks(jwks)?).map_err(super::token::to_error)
    }

    /// Trusts the issuer of checked provider metadata with its keys. Algorithms are those that it announces for ID tokens
    /// and this build can verify; an announcement without any of these changes nothing.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the issuer is a template; say which tenants with [`TrustedProvider::entra_multi_tenant`].
    pub fn from_discovery(discovery: &Discovery, keys: KeySet) -> Result<Self, Failure> {
        Ok(Self::new(discovery.issuer(), keys)?.narrowed_to(discovery))
    }

    /// As [`TrustedProvider::from_discovery`], for tenants of a provider whose metadata names `{tenantid}` as part of its issuer.
    ///
    /// # Errors
    /// As [`TrustedProvider::from_template`].
    pub fn from_discovery_of_tenants(
        discovery: &Discovery,
        tenants: Tenants,
        keys: KeySet,
    ) -> Result<Self, Failure> {
        Ok(Self::from_template(discovery.issuer(), tenants, keys)?.narrowed_to(discovery))
    }

    fn narrowed_to(mut self, discovery: &Discovery) -> Self {
        if let Keys::Public { algorithms, .. } = &mut self.keys {
            let common = algorithms.intersection(discovery.algorithms());
            if !common.is_empty() {
                *algorithms = common;
            }
        }
        self
    }

    /// Trusts an issuer that authenticates its tokens with the client secret (OIDC Core 10.1). Such a provider has no public
    /// key, and a token with a signature is refused. Algorithms are those for which the secret is long enough.
    ///
    /// # Errors
    /// `WeakKey`: fewer than 32 octets (RFC 7518 section 3.2). `ConfigurationInvalid`: as [`TrustedProvider::new`].
    pub fn symmetric(issuer: &str, secret: &[u8]) -> Result<Self, Failure> {
        let issuer = Issuer::Exact(plain_issuer(issuer)?);
        let long_enough = |algorithm: &MacAlgorithm| secret.len() >= algorithm.digest().octets();
        let algorithms: Vec<_> = MacAlgorithm::ALL.iter().copied().filter(long_enough).collect();
        if algorithms.is_empty() {
            let reason = Reason::TooFew { least: 32, unit: "octets", found: secret.len() };
            return Err(Failure::at(Check::WeakKey, "", reason));
        }
        Ok(Self { issuer, keys: Keys::Secret { secret: SharedSecret::new(secret), algorithms } })
    }

    /// Trusts Google, whose issuer is `https://accounts.google.com` and, in old tokens, the same without scheme.
    #[must_use]
    pub fn google(keys: KeySet) -> Self {
        let issuer = Issuer::AnyOf(vec!["https://accounts.google.com".into(), "accounts.google.com".into()]);
        Self { issuer, keys: public(keys) }
    }

    /// Trusts tenants of Microsoft Entra with the keys of its common endpoint. The issuer of a token must be that of the
    /// tenant in its `tid` claim, and the tenant must be one of `tenants`.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: a listed tenant is no tenant id (letters, digits, hyphens), or the list is empty.
    pub fn entra_multi_tenant(
        version: EntraVersion,
        tenants: Tenants,
        keys: KeySet,
    ) -> Result<Self, Failure> {
        let (before, after) = match version {
            EntraVersion::V1 => ("https://sts.windows.net/", "/"),
            EntraVersion::V2 => ("https://login.microsoftonline.com/", "/v2.0"),
        };
        Self::from_template(&format!("{before}{{tenantid}}{after}"), tenants, keys)
    }

    /// Trusts tenants of a provider whose issuer holds `{tenantid}` once, as Entra's metadata has it.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: there is no `{tenantid}`, or as [`TrustedProvider::entra_multi_tenant`].
    pub fn from_template(template: &str, tenants: Tenants, keys: KeySet) -> Result<Self, Failure> {
        let invalid = |what| Failure::at(Check::ConfigurationInvalid, "", Reason::Stated(what));
        let (before, after) =
            template.split_once(TENANT).ok_or_else(|| invalid("a template without {tenantid}"))?;
        plain_issuer(before)?;
        if after.contains(['{', '}']) {
            return Err(invalid("a template with a second placeholder"));
        }
        if let Tenants::Listed(listed) = &tenants
            && (listed.is_empty() || !listed.iter().all(|tenant| is_tenant_id(tenant)))
        {
            return Err(invalid("tenants that are not ids of tenants"));
        }
        let issuer = Issuer::Template { before: before.into(), after: after.into(), tenants };
        Ok(Self { issuer, keys: public(keys) })
    }

    /// Allows these algorithms and no others.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the list is empty, or the provider has a shared secret.
    pub fn with_algorithms(mut self, allowed: &[Algorithm]) -> Result<Self, Failure> {
        let invalid = |what| Failure::at(Check::ConfigurationInvalid, "", Reason::Stated(what));
        if allowed.is_empty() {
            return Err(invalid("no algorithm is allowed"));
        }
        match &mut self.keys {
            Keys::Public { algorithms, .. } => *algorithms = AlgorithmSet::of(allowed),
            Keys::Secret { .. } => return Err(invalid("a shared secret has no signature algorithm")),
        }
        Ok(self)
    }

    /// What to do when several keys fit a token.
    #[must_use]
    pub const fn with_key_selection(mut self, chosen: KeySelection) -> Self {
        if let Keys::Public { selection, .. } = &mut self.keys {
            *selection = chosen;
        }
        self
    }

    /// Accepts a second spelling of the issuer.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the alias is empty or a template, or the issuer of the provider is a template.
    pub fn with_issuer_alias(mut self, alias: &str) -> Result<Self, Failure> {
        let alias = plain_issuer(alias)?;
        self.issuer = match self.issuer {
            Issuer::Exact(issuer) => Issuer::AnyOf(vec![issuer, alias]),
            Issuer::AnyOf(mut issuers) => {
                issuers.push(alias);
                Issuer::AnyOf(issuers)
            }
            Issuer::Template { .. } => {
                let reason = Reason::Stated("an alias beside a template");
                return Err(Failure::at(Check::ConfigurationInvalid, "", reason));
            }
        };
        Ok(self)
    }

    /// Takes the keys that the provider publishes now: what to do after [`Error::NeedKeys`]. `false`, and nothing changes,
    /// when the provider has a shared secret.
    pub fn replace_keys(&mut self, renewed: KeySet) -> bool {
        match &mut self.keys {
            Keys::Public { keys, .. } => {
                *keys = renewed;
                true
            }
            Keys::Secret { .. } => false,
        }
    }

    /// The issuer as configured: exact, the first of several, or the template.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer.shown()
    }

    /// The public keys; `None` for a shared secret.
    #[must_use]
    pub const fn key_set(&self) -> Option<&KeySet> {
        match &self.keys {
            Keys::Public { keys, .. } => Some(keys),
            Keys::Secret { .. } => None,
        }
    }

    /// What is loosened for this provider, by name.
    #[must_use]
    pub fn loosened(&self) -> Vec<Loosened> {
        let mut loosened = Vec::new();
        match &self.issuer {
            Issuer::Exact(_) => {}
            Issuer::AnyOf(_) => loosened.push(Loosened::IssuerAlias),
            Issuer::Template { tenants, .. } => {
                loosened.push(Loosened::IssuerTemplate);
                if *tenants == Tenants::Any {
                    loosened.push(Loosened::AnyTenant);
                }
            }
        }
        match &self.keys {
            Keys::Public { selection: KeySelection::TryAll, .. } => loosened.push(Loosened::TryAllKeys),
            Keys::Public { .. } => {}
            Keys::Secret { .. } => loosened.push(Loosened::SharedSecret),
        }
        loosened
    }
}

/// The two issuers of Microsoft Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntraVersion {
    /// `https://sts.windows.net/{tenantid}/`.
    V1,
    /// `https://login.microsoftonline.com/{tenantid}/v2.0`.
    V2,
}

impl Issuer {
    /// Is `found` this issuer? `tenant` is the `tid` claim. Octets are compared, nothing is normalised.
    pub(super) fn is(&self, found: &str, tenant: Option<&str>) -> bool {
        match self {
            Self::Exact(issuer) => **issuer == *found,
            Self::AnyOf(issuers) => issuers.iter().any(|issuer| **issuer == *found),
            Self::Template { before, after, tenants } => {
                let Some(tenant) = tenant.filter(|tenant| is_tenant_id(tenant)) else { return false };
                let allowed = match tenants {
                    Tenants::Listed(listed) => listed.iter().any(|listed| listed == tenant),
                    Tenants::Any => true,
                };
                let named = found.strip_prefix(&**before).and_then(|rest| rest.strip_suffix(&**after));
                allowed && named == Some(tenant)
            }
        }
    }

    /// Is `found` an issuer that tokens may come from? For responses, which have no `tid`.
    pub(super) fn names(&self, found: &str) -> bool {
        match self {
            Self::Exact(_) | Self::AnyOf(_) => self.is(found, None),
            Self::Template { before, after, .. } => {
                let tenant = found.strip_prefix(&**before).and_then(|rest| rest.strip_suffix(&**after));
                self.is(found, tenant)
            }
        }
    }

    /// May a key that its set binds to `key_issuer` vouch for `found`, an issuer that is this one? Entra's common set has keys of
    /// every tenant (`{tenantid}`) and keys of one, that of the personal accounts.
    pub(super) fn takes_key_of(&self, key_issuer: &str, found: &str, tenant: Option<&str>) -> bool {
        match self {
            Self::Template { .. } => tenant.is_some_and(|tenant| {
                let key_issuer = key_issuer.replace(TENANT, tenant);
                key_issuer == found || is_entra_v1_of(found, &key_issuer, tenant)
            }),
            // The set was fetched for these issuers alone: a key of any tenant is one of theirs, that of another one is not.
            Self::Exact(_) | Self::AnyOf(_) => {
                let within =
                    |issuer: &str| tenant.is_some_and(|tenant| issuer.split('/').any(|part| part == tenant));
                key_issuer == found
                    || key_issuer.contains(TENANT)
                    || !key_issuer.contains("://")
                    || (within(key_issuer) && within(found))
            }
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            Self::Exact(issuer) => issuer.to_string(),
            Self::AnyOf(issuers) => issuers.first().map(ToString::to_string).unwrap_or_default(),
            Self::Template { before, after, .. } => [before, TENANT, after].concat(),
        }
    }
}

impl fmt::Debug for TrustedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedProvider({}, {:?})", self.issuer(), self.keys)
    }
}

pub(super) const fn public(keys: KeySet) -> Keys {
    Keys::Public { keys, algorithms: AlgorithmSet::DEFAULT, selection: KeySelection::ExactlyOne }
}

/// A template that is compared literally would accept the literal placeholder.
pub(super) fn plain_issuer(issuer: &str) -> Result<Box<str>, Failure> {
    if issuer.contains(['{', '}']) {
        let reason = Reason::Stated("an issuer template needs the tenants that it stands for (`--tenant`)");
        return Err(Failure::at(Check::ConfigurationInvalid, "", reason));
    }
    not_empty("issuer", issuer)
}

/// Tokens of Entra v1.0 are signed with the keys of v2.0, whose set names the issuer of v2.0.
fn is_entra_v1_of(found: &str, key_issuer: &str, tenant: &str) -> bool {
    let tenant_in = |issuer: &'_ str, before: &str, after: &str| {
        issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) == Some(tenant)
    };
    tenant_in(found, "https://sts.windows.net/", "/")
        && ENTRA_V2.iter().any(|before| tenant_in(key_issuer, before, "/v2.0"))
}

fn is_tenant_id(tenant: &str) -> bool {
    !tenant.is_empty() && tenant.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

const TENANT: &str = "{tenantid}";

/// The public cloud and that of the US government, which share the issuers of v1.0.
const ENTRA_V2: [&str; 2] = ["https://login.microsoftonline.com/", "https://login.microsoftonline.us/"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_told_as_too_short() {
        let short = TrustedProvider::symmetric("https://idp.test", b"secret").err().unwrap();
        assert_eq!(short.check, Check::WeakKey);
        assert_eq!(short.reason, Reason::TooFew { least: 32, unit: "octets", found: 6 });
        assert!(TrustedProvider::symmetric("https://idp.test", &[7; 32]).is_ok());
    }
}
