//! Known providers as data: how their issuers look, and what of their tokens surprises.

/// What is known about a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderFacts {
    /// A short name.
    pub name: &'static str,
    /// How its issuers begin.
    pub issuer_prefix: &'static str,
    /// How its issuers end; empty when that does not tell.
    pub issuer_suffix: &'static str,
    /// Part of every issuer of it; empty when that does not tell.
    pub issuer_part: &'static str,
    /// How a `TrustedProvider` is best made.
    pub trust: &'static str,
    /// What of its tokens surprises, one sentence each.
    pub surprises: &'static [&'static str],
}

/// The providers, most specific first.
pub const PROVIDERS: &[ProviderFacts] = &[
    ProviderFacts {
        name: "entra-v2",
        issuer_prefix: "https://login.microsoftonline.com/",
        issuer_suffix: "/v2.0",
        issuer_part: "",
        trust: "TrustedProvider::new for one tenant, TrustedProvider::entra_multi_tenant for several",
        surprises: &[
            "the metadata of common and organizations has the literal {tenantid} in its issuer",
            "email is mutable and unverified; email_verified is never there",
            "groups beyond 200 are replaced by a pointer (overage)",
            "at_hash is absent in the code flow",
            "keys have no alg",
        ],
    },
    ProviderFacts {
        name: "entra-v1",
        issuer_prefix: "https://sts.windows.net/",
        issuer_suffix: "/",
        issuer_part: "",
        trust: "TrustedProvider::new for one tenant, TrustedProvider::entra_multi_tenant for several",
        surprises: &[
            "the issuer ends with a slash",
            "access tokens for Microsoft Graph cannot be verified by others",
        ],
    },
    ProviderFacts {
        name: "google",
        issuer_prefix: "https://accounts.google.com",
        issuer_suffix: "",
        issuer_part: "",
        trust: "TrustedProvider::google",
        surprises: &["the issuer may lack the scheme", "hd names the Workspace domain and must be compared"],
    },
    ProviderFacts {
        name: "cognito",
        issuer_prefix: "https://cognito-idp.",
        issuer_suffix: "",
        issuer_part: ".amazonaws.com/",
        trust: "TrustedProvider::new; access tokens with Profile::cognito()",
        surprises: &["access tokens have client_id and no aud", "email_verified is text in UserInfo"],
    },
    ProviderFacts {
        name: "apple",
        issuer_prefix: "https://appleid.apple.com",
        issuer_suffix: "",
        issuer_part: "",
        trust: "TrustedProvider::new",
        surprises: &[
            "email_verified and is_private_email are text",
            "the nonce may be the hash that the app sent",
        ],
    },
    ProviderFacts {
        name: "auth0",
        issuer_prefix: "https://",
        issuer_suffix: "/",
        issuer_part: ".auth0.com",
        trust: "TrustedProvider::new",
        surprises: &["the issuer ends with a slash", "updated_at is text", "custom claims are URLs"],
    },
    ProviderFacts {
        name: "okta",
        issuer_prefix: "https://",
        issuer_suffix: "",
        issuer_part: ".okta.com",
        trust: "TrustedProvider::new",
        surprises: &[
            "org and custom authorization servers differ by /oauth2/{id}",
            "groups are cut at 100 without a word",
        ],
    },
    ProviderFacts {
        name: "adfs",
        issuer_prefix: "https://",
        issuer_suffix: "/adfs",
        issuer_part: "",
        trust: "TrustedProvider::new",
        surprises: &[
            "sub is a hash per client",
            "x5c has line breaks",
            "access_token_issuer differs from issuer",
        ],
    },
    ProviderFacts {
        name: "adfs",
        issuer_prefix: "http",
        issuer_suffix: "/adfs/services/trust",
        issuer_part: "://",
        trust: "TrustedProvider::new; the issuer of access tokens, with Profile::adfs()",
        surprises: &["access tokens have no sub unless a rule writes one", "auth_time is text"],
    },
    ProviderFacts {
        name: "entra-b2c",
        issuer_prefix: "https://",
        issuer_suffix: "",
        issuer_part: ".b2clogin.com/",
        trust: "TrustedProvider::new for one user flow",
        surprises: &["access tokens repeat the nonce of the request", "tfp or acr names the user flow"],
    },
    ProviderFacts {
        name: "entra-external-id",
        issuer_prefix: "https://",
        issuer_suffix: "",
        issuer_part: ".ciamlogin.com/",
        trust: "TrustedProvider::new",
        surprises: &["email is mutable and unverified", "keys have no alg"],
    },
    ProviderFacts {
        name: "zitadel",
        issuer_prefix: "https://",
        issuer_suffix: "",
        issuer_part: ".zitadel.cloud",
        trust: "TrustedProvider::new",
        surprises: &["roles are the keys of an object", "several audiences are usual"],
    },
    ProviderFacts {
        name: "github-actions",
        issuer_prefix: "https://token.actions.githubusercontent.com",
        issuer_suffix: "",
        issuer_part: "",
        trust: "TrustedProvider::new",
        surprises: &["anybody can have a token for any audience: compare repository or sub as well"],
    },
    ProviderFacts {
        name: "keycloak",
        issuer_prefix: "",
        issuer_suffix: "",
        issuer_part: "/realms/",
        trust: "TrustedProvider::new",
        surprises: &[
            "the key set holds an encryption key",
            "the payload has a typ claim",
            "access tokens have aud account unless an audience mapper is set",
        ],
    },
];

/// The facts about the provider that an issuer belongs to, by its looks. For explaining, never for trusting.
#[must_use]
pub fn facts_of_issuer(issuer: &str) -> Option<&'static ProviderFacts> {
    PROVIDERS.iter().find(|facts| {
        issuer.starts_with(facts.issuer_prefix)
            && issuer.ends_with(facts.issuer_suffix)
            && issuer.contains(facts.issuer_part)
    })
}
