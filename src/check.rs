//! The words: every rule that can refuse, one [`Check`] each, with the section of the standard that it enforces.

use core::fmt;

macro_rules! checks {
    ($( $(#[$group:meta])* $name:ident: $what:literal, $spec:literal; )*) => {
        /// The exact rule that refused (or passed). One variant per rule, stable by name.
        ///
        /// `Display` prints the variant's name. [`Check::spec`] names the section of the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Check { $( $(#[$group])* #[doc = $what] #[doc = ""] #[doc = concat!("Source: ", $spec, ".")] $name, )* }

        impl Check {
            /// Every check, in order of declaration.
            pub const ALL: &'static [Check] = &[ $( Check::$name, )* ];

            /// The name of the check, as it stands in findings and in the attack catalogue.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $( Check::$name => stringify!($name), )* } }

            /// What must hold for the check to pass, in one clause.
            #[must_use]
            pub const fn what(self) -> &'static str { match self { $( Check::$name => $what, )* } }

            /// The section of the standard (or the policy decision) that the check enforces.
            #[must_use]
            pub const fn spec(self) -> &'static str { match self { $( Check::$name => $spec, )* } }
        }
    };
}

checks! {
    // Input and limits
    LimitInputSize: "the message is not larger than the limit", "limits.rs: bytes before decoding";
    LimitDepth: "elements or values are not nested deeper than the limit", "limits.rs: levels of nesting";
    LimitElements: "the document has no more elements than the limit", "limits.rs: elements";
    LimitAttributes: "no element has more attributes than the limit", "limits.rs: attributes on one element";
    LimitNamespaces: "namespace declarations stay below the limit", "limits.rs: declarations in scope";
    LimitTextLength: "no text is longer than the limit", "limits.rs: bytes of one text";
    LimitInflateSize: "the inflated message is not larger than the limit", "limits.rs: bytes after inflating";
    LimitKeys: "no more trusted keys than the limit", "limits.rs: keys of one party";
    LimitHeader: "the JOSE header is not larger than the limit", "limits.rs: header bytes and members";
    LimitMembers: "the JSON value has no more members than the limit", "limits.rs: JSON members";
    LimitRelayState: "RelayState is not longer than the limit", "SAML bindings 3.4.3: 80 bytes";
    TokenTooLarge: "the token is not larger than the limit", "limits.rs: token bytes";
    InvalidUtf8: "the bytes are UTF-8", "RFC 3629; XML 1.0 section 4.3.3; RFC 8259 section 8.1";
    EncodingNotUtf8: "the document is encoded as UTF-8", "XML 1.0 appendix F; policy P8";
    EncodingDeclMismatch: "the XML declaration says UTF-8 or nothing", "XML 1.0 section 4.3.3; policy P8";
    Base64Invalid: "base64 text is in the one canonical form", "RFC 4648 sections 3.3, 3.5 and 4";
    InflateInvalid: "the data is one complete raw DEFLATE stream", "SAML bindings 3.4.4.1; RFC 1951";
    ParamDuplicate: "each parameter occurs once", "SAML bindings 3.4.4; RFC 6749 section 3.1";
    ParamConflict: "exactly one of SAMLRequest and SAMLResponse is there", "SAML bindings 3.4.4 and 3.5.4";
    ParamMissing: "the form or query holds the parameter", "SAML bindings 3.4.4 and 3.5.4";
    RedirectEncoding: "percent-encoding is complete and decodes to UTF-8", "RFC 3986 section 2.1";
    RedirectSignatureMissing: "the redirect URL is signed", "SAML bindings 3.4.4.1";
    BindingUnsupported: "SAMLEncoding is DEFLATE", "SAML bindings 3.4.4";
    BindingForbidden: "the profile permits this binding", "SAML profiles 4.1.2";

    // XML
    XmlNotWellFormed: "the document is well-formed", "XML 1.0 section 2.1";
    XmlMultipleRoots: "the document has one root element", "XML 1.0 section 2.1";
    XmlTrailingContent: "no text stands outside the root element", "XML 1.0 section 2.1";
    XmlDeclInvalid: "the XML declaration stands first and is valid", "XML 1.0 section 2.8";
    XmlDoctypeForbidden: "there is no document type declaration", "SAML core 1.3; policy D5";
    XmlEntityForbidden: "only the five predefined entities are used", "XML 1.0 section 4.6";
    XmlCommentForbidden: "there is no comment", "policy P1";
    XmlPiForbidden: "there is no processing instruction", "policy P1";
    XmlForbiddenChar: "every character is an XML character", "XML 1.0 section 2.2";
    XmlDuplicateAttribute: "no attribute name occurs twice on an element", "XML 1.0 section 3.1; Namespaces 1.0 section 6.3";
    XmlUnboundPrefix: "every prefix is declared", "Namespaces 1.0 section 5";
    XmlReservedNamespace: "the prefixes xml and xmlns keep their namespaces", "Namespaces 1.0 section 3";
    XmlRelativeNamespace: "namespace names are absolute URIs", "Canonical XML 1.0 section 1.3";
    CdataForbidden: "a signature holds no CDATA section", "policy P17";

    // XML signature
    SignatureMissing: "the message carries the signature that policy wants", "SAML profiles 4.1.4.2; SAML core 5.4";
    SignatureMisplaced: "a signature stands right after the Issuer of the Response or of its Assertion", "SAML core 2.3.3 and 3.2.2 (schema order)";
    SignatureDuplicate: "an element carries at most one signature", "SAML core 5.4.1";
    SignatureShape: "the signature has the closed shape of the profile", "XML-DSig 4; SAML core 5.4";
    ReferenceCount: "the signature has exactly one Reference", "SAML core 5.4.2";
    ReferenceUriForm: "the Reference URI is # and an ID", "SAML core 5.4.2";
    ReferenceNotParent: "the Reference names the element that holds the signature", "SAML core 5.4.2";
    TransformForbidden: "transforms are enveloped-signature and one canonicalisation", "SAML core 5.4.4";
    TransformMissing: "the enveloped-signature transform is there", "SAML core 5.4.4";
    TransformOrder: "enveloped-signature comes before canonicalisation", "SAML core 5.4.4";
    TransformCount: "there are at most two transforms", "SAML core 5.4.4";
    PrefixListInvalid: "the PrefixList is a short list of prefixes", "Exclusive C14N section 4";
    C14nAlgorithmForbidden: "SignedInfo is canonicalised by a known method", "SAML core 5.4.3";
    SignatureAlgForbidden: "the signature algorithm is on the allow-list", "XML-DSig 6.4; policy P18";
    DigestAlgForbidden: "the digest algorithm is on the allow-list", "XML-DSig 6.2; policy P18";
    SignatureInvalid: "a trusted key verifies the signature", "XML-DSig 3.2.2; RFC 7515 section 5.2";
    DigestMismatch: "the digest of the referenced element is the signed one", "XML-DSig 3.2.1";
    EmptyCanonicalForm: "the canonical form is not empty", "defence D4";
    CanonicalFormUnstable: "the canonical form parses and canonicalises to itself", "defence D4";
    AlgKeyMismatch: "the algorithm fits the type of the key", "RFC 7515 section 10.1; XML-DSig 6.4";
    AlgUnsupported: "this build can compute the algorithm", "crate features";

    // Keys
    NoTrustedKey: "there is at least one trusted key", "defence D8";
    KeyMalformed: "the key is well-formed", "RFC 5280; RFC 7517; RFC 7518 section 6";
    KeyNotForSigning: "the key may verify signatures", "SAML metadata 2.4.1.1";
    WeakKey: "the key is strong enough", "NIST SP 800-131A; RFC 7518 section 3.3";
    KeyTooLarge: "the key is not larger than the limit", "limits.rs: RSA modulus bits";
    CertificateExpired: "the certificate of the key is within its validity", "RFC 5280 section 4.1.2.5; policy P6";
    CertificateNotYetValid: "the certificate of the key has become valid", "RFC 5280 section 4.1.2.5; policy P6";

    // SAML message grammar
    UnexpectedRoot: "the root element is the one expected here", "SAML core 3.3.3";
    UnexpectedElement: "each element stands where the schema has it", "SAML core schema";
    UnexpectedAttribute: "ID attributes stand only where the schema has them", "SAML core 1.3.4; defence D3";
    UnexpectedText: "no text stands between elements", "SAML core schema";
    DuplicateElement: "an element that may occur once occurs once", "SAML core schema";
    DuplicateId: "no ID occurs twice", "SAML core 1.3.4";
    IdAttributeForm: "an ID is made of harmless characters", "SAML core 1.3.4; policy P2";
    MissingElement: "a required element is there", "SAML core schema";
    MissingAttribute: "a required attribute is there", "SAML core schema";
    MultipleAssertions: "the Response holds exactly one assertion", "policy SX; SAML2int";
    AssertionMissing: "a successful Response holds an assertion", "SAML profiles 4.1.4.2";
    EncryptedContentUnsupported: "encrypted content can be decrypted here", "XML-Enc; feature `decryption`";
    UnsupportedVersion: "the version is 2.0", "SAML core 2.3.3 and 3.2.2";
    TimeMalformed: "a time is an xs:dateTime without leap second", "SAML core 1.3.3";
    TimeNotUtc: "a time is in UTC", "SAML core 1.3.3; policy P7";

    // SAML semantics
    StatusNotSuccess: "the top-level status is Success", "SAML core 3.2.2.2";
    IssuerMissing: "the issuer is named", "SAML core 2.2.5; profiles 4.1.4.2";
    IssuerMismatch: "the issuer is the expected one", "SAML profiles 4.1.4.2; OIDC Core 3.1.3.7; RFC 9207";
    IssuerFormat: "the Issuer is an entity identifier", "SAML profiles 4.1.4.2";
    DestinationMissing: "a signed Response names its destination", "SAML bindings 3.5.5.2";
    DestinationMismatch: "the destination is this assertion consumer service", "SAML core 3.2.2; bindings 3.5.5.2";
    ConditionsMissing: "the assertion has conditions", "SAML profiles 4.1.4.2";
    ConditionUnknown: "every condition is understood", "SAML core 2.5.1.1";
    AudienceMissing: "the assertion is restricted to an audience", "SAML profiles 4.1.4.2; RFC 7519 section 4.1.3";
    AudienceMismatch: "every audience restriction names this service", "SAML core 2.5.1.4; OIDC Core 3.1.3.7";
    WindowInverted: "a validity period ends after it begins", "SAML core 2.5.1.2";
    NotYetValid: "the validity period has begun", "SAML core 2.5.1.2; RFC 7519 section 4.1.5";
    Expired: "the validity period has not ended", "SAML core 2.5.1.2; RFC 7519 section 4.1.4";
    LifetimeTooLong: "the validity period is not longer than policy wants", "policy";
    SubjectMissing: "the assertion has a subject", "SAML profiles 4.1.4.2";
    SubjectConfirmationMissing: "the subject has a bearer confirmation", "SAML profiles 4.1.4.2";
    SubjectConfirmationFailed: "one bearer confirmation holds", "SAML profiles 4.1.4.2";
    NotOnOrAfterMissing: "the bearer confirmation ends", "SAML profiles 4.1.4.2";
    RecipientMissing: "the bearer confirmation names its recipient", "SAML profiles 4.1.4.2";
    RecipientMismatch: "the recipient is this assertion consumer service", "SAML profiles 4.1.4.2";
    InResponseToMissing: "the assertion answers a request", "SAML profiles 4.1.4.2";
    InResponseToMismatch: "the assertion answers the request that was sent", "SAML profiles 4.1.4.2 and 4.1.5";
    NameIdMissing: "the subject has a name identifier", "policy; SAML core 2.4.1";
    NameIdEmpty: "the name identifier is not empty", "SAML core 2.2.3";
    NameIdFormatMismatch: "the name identifier has the format that policy wants", "SAML core 3.4.1.1 and 8.3";
    AuthnStatementMissing: "the assertion has an authentication statement", "SAML profiles 4.1.4.2";
    AuthnContextMismatch: "the authentication context is one that policy accepts", "SAML core 3.3.2.2.1";
    AuthnTooOld: "the user authenticated recently enough", "SAML core 2.7.2; policy";
    SessionExpired: "the session at the identity provider has not ended", "SAML core 2.7.2";
    AttributeAmbiguous: "an attribute read as single has one value", "defence ST-17";
    Replay: "the message was not seen before", "SAML profiles 4.1.4.5; RFC 7519 section 4.1.7";
    ExceptionExpired: "an exception has not expired", "findings AS106";
    PendingExpired: "the answer comes before what was asked expires", "policy; SAML profiles 4.1.4.1 and 4.4.3.1";
    LogoutNotDone: "the logout was done, at least in part", "SAML core 3.7.3.2";
    NameIdQualifierMismatch: "the name identifier is meant for this service or its affiliation", "SAML core 2.2.2 and 8.3.7";

    // JSON and JOSE
    JsonMalformed: "the JSON text is valid", "RFC 8259";
    JsonTooDeep: "JSON values are not nested deeper than the limit", "limits.rs: levels of nesting";
    DuplicateMember: "no member name occurs twice in an object", "RFC 7515 section 4; RFC 7519 section 4";
    TokenFormat: "the token has the compact form", "RFC 7515 section 7.1";
    SegmentBase64: "each segment is canonical base64url", "RFC 7515 section 2; policy P12";
    HeaderNotObject: "the JOSE header is a JSON object", "RFC 7515 section 4";
    HeaderType: "header parameters have their types", "RFC 7515 section 4.1";
    HeaderUnexpected: "the header has no parameter of another serialisation", "RFC 7516 section 4.1";
    HeaderKeyForbidden: "the header carries no key", "policy P9; RFC 8725 section 3.10";
    AlgMissing: "the header names an algorithm", "RFC 7515 section 4.1.1";
    AlgForbidden: "the algorithm is on the allow-list", "RFC 8725 section 3.1";
    CritUnsupported: "no critical extension is used", "RFC 7515 section 4.1.11";
    CritInvalid: "crit is a list of present extension names", "RFC 7515 section 4.1.11";
    B64Unsupported: "the payload is base64url-encoded", "RFC 7797 section 6";
    TypForbidden: "the token type fits the entry point", "RFC 8725 section 3.11";
    CtyForbidden: "the token holds no other token", "RFC 7519 section 5.2";
    KeyNotFound: "a trusted key has the kid of the token", "RFC 7515 section 4.1.4; OIDC Core 10.1";
    KeyAmbiguous: "one trusted key fits the token", "RFC 7517 section 4.5";
    KeyUseForbidden: "the key is meant for verification", "RFC 7517 sections 4.2 and 4.3";
    KeyPrivateMaterial: "a public key set holds no private key", "RFC 7517 section 9.2";
    JwksMalformed: "the JWK set is an object with a keys array", "RFC 7517 section 5";
    ClaimsNotObject: "the claims are a JSON object", "RFC 7519 section 4";
    ClaimMissing: "a required claim is there", "OIDC Core 2";
    ClaimType: "a claim has its type", "OIDC Core 2; RFC 7519 section 4";
    ClaimRange: "a claim is within its range", "OIDC Core 2";
    ClaimForbiddenChar: "a string claim holds no NUL", "policy P13";
    AzpMissing: "a token for several audiences names its authorized party", "OIDC Core 3.1.3.7; policy P14";
    AzpMismatch: "the authorized party is this client", "OIDC Core 3.1.3.7";
    IssuedInFuture: "the token was issued before now", "OIDC Core 3.1.3.7";
    TooOld: "the token was issued recently enough", "OIDC Core 3.1.3.7; policy";
    NonceMissing: "the token carries the nonce of the request", "OIDC Core 3.1.3.7";
    NonceMismatch: "the nonce is the one that was sent", "OIDC Core 3.1.3.7";
    NonceUnexpected: "the token carries no nonce when none was sent", "policy P15";
    AuthTimeMissing: "auth_time is there when max_age was asked for", "OIDC Core 3.1.3.7";
    AuthTooOld: "the user authenticated within max_age", "OIDC Core 3.1.3.7";
    AuthTimeInvalid: "auth_time is not in the future", "OIDC Core 2";
    AcrMismatch: "acr is one that policy accepts", "OIDC Core 5.5.1.1";
    AmrMismatch: "amr holds the methods that policy wants", "OIDC Core 2; RFC 8176";
    HashMissing: "the token is bound to the code or access token", "OIDC Core 3.2.2.9 and 3.3.2.11";
    HashMismatch: "at_hash, c_hash and s_hash match", "OIDC Core 3.1.3.6 and 3.3.2.11; FAPI";
    TokenTypeMismatch: "the token is of the kind that this entry point takes", "RFC 8725 section 3.12";
    SubMismatch: "the subject is the expected one", "OIDC Core 5.3.2 and 12.2";
    StateMismatch: "state is the one that was sent", "RFC 6749 section 10.12";
    PkceMismatch: "the code verifier fits the challenge", "RFC 7636 section 4.6";
    AlreadyConsumed: "a pending login is used once", "RFC 9700 section 2.1";
    DpopHtm: "htm is the method of the request", "RFC 9449 section 4.3";
    DpopHtu: "htu is the URI of the request", "RFC 9449 section 4.3";
    DpopIat: "the proof was made now", "RFC 9449 section 4.3";
    DpopAth: "ath is the hash of the access token", "RFC 9449 section 4.3";
    DpopBinding: "the token is bound to the key of the proof", "RFC 9449 section 6";
    BindingMismatch: "the token is bound to the client certificate", "RFC 8705 section 3";
    BindingMissing: "a bound token comes with its proof", "RFC 9449 section 7.1; RFC 8705 section 3";
    DiscoveryInvalid: "provider metadata has its required members", "OIDC Discovery 3";
    ScopeMissing: "the access token has the scopes that policy wants", "RFC 6750 section 3.1";
    EndpointInvalid: "an endpoint is an https URL", "OIDC Discovery 3; SAML metadata 2.2.2";

    // Encryption
    EncAlgForbidden: "the encryption algorithm is on the allow-list", "XML-Enc 1.1 section 5; policy P18";
    EncKeyShape: "the encrypted key has the closed shape of the profile", "XML-Enc 1.1 section 3.5";
    EncDecryptFailed: "the content decrypts", "XML-Enc 1.1";
    EncPlaintextShape: "the plaintext is the one element expected", "SAML core 2.3.4";
    EncNested: "the plaintext is not encrypted again", "defence D13";
    JweUnsupported: "the token is not encrypted, or can be decrypted here", "feature `decryption`";
    JweShape: "the encrypted token has the compact form", "RFC 7516 section 7.1";
    JweAlgForbidden: "the key management algorithm is configured", "RFC 8725 section 3.1";
    JweEncForbidden: "the content encryption algorithm is configured", "RFC 8725 section 3.1";
    JweZipForbidden: "the token is not compressed", "RFC 8725 section 3.6";
    JweDecryptFailed: "the token decrypts", "RFC 7516 section 5.2";
    JweContentNotSigned: "the plaintext is a signed token", "OIDC Core 2; defence D13";

    // Metadata
    MetaExpired: "the metadata is still valid", "SAML metadata 2.3.1 and 2.3.2";
    MetaValidityMissing: "the metadata says until when it is valid", "policy; SAML metadata 2.3.1";
    MetaValidityTooLong: "the metadata is not valid for too long", "policy";
    MetaDuplicateEntity: "an entityID occurs once", "SAML metadata 2.3.2";
    MetaEntityIdInvalid: "the entityID is a URI of at most 1024 characters", "SAML metadata 2.2.1";
    MetaEntityIdMismatch: "the metadata describes the expected entity", "SAML metadata 4.1";
    MetaRoleMissing: "the entity has the role for SAML 2.0", "SAML metadata 2.4";
    MetaAmbiguousRole: "the entity has the role once", "SAML metadata 2.4";
    MetaNoSigningKey: "the role has a key for signing", "SAML metadata 2.4.1.1";
    MetaEndpointInvalid: "an endpoint is an https URL", "SAML metadata 2.2.2";

    // Claim mapping
    FieldMissing: "a field that the mapping requires has a claim", "mapping.md 3.5; CM101";
    FieldEmpty: "a claim that the mapping requires has a value", "mapping.md 3.5; CM102";
    FieldCardinality: "a field has as many values as the mapping wants", "mapping.md 3.2; CM103";
    GroupsOverage: "the groups are in the login, not behind a link", "Entra: group overage claim; CM104";
    RoleNotGranted: "a rule of the mapping grants a role", "mapping.md 3.2: deny by default; CM107";
    EmailUnverified: "an e-mail address is one that the issuer may vouch for", "OIDC Core 5.1: email_verified; CM109";
    TenantRefused: "the mapping accepts this issuer, tenant and domain", "mapping.md 3.2: accept; CM110";
    ScopeMismatch: "a scoped identifier has a scope of its issuer", "SAML subject identifiers 3.3.2; CM111";
    RoleConflict: "no two roles of one conflict set are granted", "mapping.md 3.2: conflicts; CM114";
    ValueForbidden: "a mapped value has no reserved prefix, control character or forged separator", "mapping.md 3.2: reserved_prefixes; CM115";
    SourceUnproven: "a value that decides comes from signed content", "mapping.md 3.2: five-state values; CM118";
    AssuranceTooLow: "the login proves the assurance that the role wants", "mapping.md 3.2: assurance; AS101";
    GrantExpired: "a grant that matched has not expired", "mapping.md 3.2: expires; AS106";

    // Policy
    ConfigurationInvalid: "the configuration makes sense", "crate documentation";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
