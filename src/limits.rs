//! Numbered limits, each with its unit and its source. All are checked before the allocation or the work that they bound.

/// Bounds on one XML message or document. Defaults are those of a login message: [`XmlLimits::MESSAGE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct XmlLimits {
    /// Bytes of XML text. 1 MiB: an Entra response with 150 groups is below 64 KiB; Shibboleth's own POST limit is 1 MiB.
    pub input_bytes: usize,
    /// Nested elements. 64: a Response needs 9, eIDAS attributes 14; libxml2 stops at 256.
    pub depth: usize,
    /// Elements in the document. 20,000: 1,000 group values need about 1,100.
    pub elements: usize,
    /// Attributes (without namespace declarations) on one element. 64: SAML needs at most 8.
    pub attributes: usize,
    /// Namespace declarations on one element. 64: large federation roots declare about 30.
    pub namespaces: usize,
    /// Namespace declarations in scope at one element. 256 = four elements at the limit above.
    pub namespaces_in_scope: usize,
    /// Bytes of one text, or of all attribute values of one element. 256 KiB: the largest value in practice is a base64 photo.
    pub text_bytes: usize,
}

impl XmlLimits {
    /// Limits for a login message (Response).
    pub const MESSAGE: Self = Self {
        input_bytes: 1024 * 1024,
        depth: 64,
        elements: 20_000,
        attributes: 64,
        namespaces: 64,
        namespaces_in_scope: 256,
        text_bytes: 256 * 1024,
    };

    /// Limits for octets that a key vouched for: canonical forms repeat declarations and spell escapes out, so that a
    /// message at its own limit has a longer one. [`CANONICAL_BYTES`] bounds them.
    pub const VOUCHED: Self =
        Self { input_bytes: CANONICAL_BYTES, text_bytes: 2 * 1024 * 1024, ..Self::MESSAGE };

    /// Limits for the metadata of one entity. 4 MiB: the largest single entities (logos inline) are near 1 MiB.
    pub const METADATA: Self =
        Self { input_bytes: 4 * 1024 * 1024, text_bytes: 1024 * 1024, ..Self::MESSAGE };

    /// Limits for an aggregate of a federation. 128 MiB: eduGAIN's is near 90 MB. 10,000,000 elements: it has about 1,600,000.
    pub const AGGREGATE: Self =
        Self { input_bytes: 128 * 1024 * 1024, elements: 10_000_000, ..Self::METADATA };
}

/// Bytes of one canonical form. 8 MiB: eight times the longest message; a declaration repeated on each of 20,000 elements
/// would otherwise make gigabytes.
pub const CANONICAL_BYTES: usize = 8 * 1024 * 1024;

/// Entities of one aggregate. 100,000: eduGAIN has about 10,000.
pub const ENTITIES: usize = 100_000;

/// Groups (md:EntitiesDescriptor) of one aggregate. 4,096: federations nest a handful.
pub const ENTITY_GROUPS: usize = 4096;

/// Bytes of the start tags of the groups around one entity. 8 KiB: those of eduGAIN have 2 KiB. Whoever looks at the entity
/// reads them with it.
pub const GROUP_TAGS_BYTES: usize = 8 * 1024;

/// ID attributes of one aggregate, and bytes of those names in it that are not written as they read. 100,000: one per entity;
/// 4 MiB: a name with `&amp;` in it is rare.
pub const AGGREGATE_IDS: usize = 100_000;

/// See [`AGGREGATE_IDS`].
pub const AGGREGATE_ESCAPED_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of one namespace name. 4 KiB: the longest in use are near 100. Canonical forms repeat them.
pub const NAMESPACE_BYTES: usize = 4 * 1024;

/// Keys of one party. 32: a rollover needs 2, the largest IdP in eduGAIN publishes 5.
pub const TRUSTED_KEYS: usize = 32;

/// Private keys that decrypt for one recipient. 8: a rollover needs 2; a message that names no key costs one operation each.
pub const PRIVATE_KEYS: usize = 8;

/// EncryptedKey elements of one encrypted element. 8: one per recipient; Shibboleth sends one per key of the service.
pub const ENCRYPTED_KEYS: usize = 8;

/// Keys that are unwrapped for one message. 32: an assertion, its NameID and a few attributes; each costs a private-key
/// operation or a request to an HSM.
pub const UNWRAPPED_KEYS: usize = 32;

/// Tenants that one `TrustedIdps` holds. 100,000: one per customer of a large service.
pub const TRUSTED_IDPS: usize = 100_000;

/// Bits of an RSA modulus, least. NIST SP 800-131A revision 2.
pub const RSA_BITS_MIN: usize = 2048;

/// Bits of an RSA modulus, least under the dated exception `rsa1024`.
pub const RSA_BITS_MIN_LEGACY: usize = 1024;

/// Bits of an RSA modulus, most. ring's own bound; a verification with 8192 bits costs 16 times one with 2048.
pub const RSA_BITS_MAX: usize = 8192;

/// Bytes of one DER certificate. 64 KiB: real ones are below 4 KiB.
pub const CERTIFICATE_BYTES: usize = 64 * 1024;

/// Prefixes in one InclusiveNamespaces PrefixList. 64 = the declarations one element may have.
pub const PREFIX_LIST: usize = 64;

/// Bytes of one ID attribute. 256: UUIDs need 37, the longest in practice is 88 (Oracle).
pub const ID_BYTES: usize = 256;

/// Bytes of foreign text that an error keeps. 1 KiB: longer than any identifier that a person compares by eye.
pub const QUOTED_BYTES: usize = 1024;

/// Subject confirmations of one assertion that are examined. 16: real messages have 1 or 2.
pub const SUBJECT_CONFIRMATIONS: usize = 16;

/// Bytes of one compact token. 1 MiB, the size of a message; 40 KiB with 1,000 groups occurs.
pub const TOKEN_BYTES: usize = 1024 * 1024;

/// Bytes of one decoded JOSE header. 64 KiB: an x5c chain of three certificates is below 8 KiB.
pub const JOSE_HEADER_BYTES: usize = 64 * 1024;

/// Members of one JOSE header. RFC 7515 and 7516 register 16.
pub const JOSE_HEADER_MEMBERS: usize = 64;

/// Nested JSON values. 32: claims in practice need 5.
pub const JSON_DEPTH: usize = 32;

/// Members and array elements of one JSON text. 100,000: 1,000 groups need 1,000.
pub const JSON_MEMBERS: usize = 100_000;

/// Bytes of one JWK set. 1 MiB: the largest public one (Google's federated set) is below 64 KiB.
pub const JWKS_BYTES: usize = 1024 * 1024;

/// Keys of one JWK set. 256.
pub const JWKS_KEYS: usize = 256;

/// Operations that the `key_ops` of one key names. 64: RFC 7517 section 4.3 registers 8.
pub const KEY_OPERATIONS: usize = 64;

/// Bytes of one discovery document. 256 KiB: real ones are below 8 KiB.
pub const DISCOVERY_BYTES: usize = 256 * 1024;

/// Signatures tried for a token without kid when the policy tries all. 8.
pub const KEYS_TRIED: usize = 8;

/// Bytes of the query of one redirect URL. 128 KiB: a signed AuthnRequest has 2 KiB, a LogoutRequest for 1,000 sessions 60 KiB.
pub const REDIRECT_QUERY_BYTES: usize = 128 * 1024;

/// Bytes of a RelayState. SAML bindings 3.4.3 and 3.5.3: 80.
pub const RELAY_STATE_BYTES: usize = 80;

/// Octets of randomness in the ID of a message, least. SAML core 1.3.4: 128 bits.
pub const ID_ENTROPY: usize = 16;

/// Sessions that one LogoutRequest names. 1,000: an identity provider names the sessions of one user.
pub const SESSION_INDEXES: usize = 1000;

/// Days since the IssueInstant of a Response, most. 3,653 (ten years): the assertion in it has the lifetime that counts, and
/// software exists that sends envelopes years old (fixtures of node-saml: five); older than this is a clock that was never set.
pub const RESPONSE_AGE_DAYS: i64 = 3653;

/// Bytes of one claim that identifies (`sub`, `jti`). OIDC Core 2 for `sub`: 255 ASCII characters.
pub const IDENTIFIER_BYTES: usize = 255;

/// Bytes of a DPoP `jti`. 1 KiB: RFC 9449 section 4.2 wants 96 random bits or a UUID; what is stored must be bounded.
pub const DPOP_JTI_BYTES: usize = 1024;

/// Keys that a survey reads from one file. 250,000: a federation aggregate has about 30,000.
pub const SURVEYED_KEYS: usize = 250_000;
