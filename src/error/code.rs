//! The codes that operators see. Stable forever: never renumbered, never re-used; a new meaning is a new code.

use super::{NamedKey, Protocol, Reason};
use crate::check::Check;
use core::fmt;

macro_rules! codes {
    ($( $id:ident $name:literal $severity:ident; )*) => {
        /// What operators see: a stable id such as `SA401`, with a name such as `audience-mismatch`.
        ///
        /// A code follows from the check, the family of rules and the reason; one check may thus have several codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $( #[doc = $name] $id, )* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[ $( Code::$id, )* ];

            /// The id, such as `SA401`.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $( Code::$id => stringify!($id), )* } }

            /// The name, such as `audience-mismatch`.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $( Code::$id => $name, )* } }

            /// How bad a finding with this code is, unless the finding says otherwise.
            #[must_use]
            pub const fn severity(self) -> Severity { match self { $( Code::$id => Severity::$severity, )* } }
        }
    };
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Will break, or is broken without consequence for this login.
    Warn,
    /// Accepted but dangerous.
    Risk,
    /// Refused.
    Deny,
}

impl Severity {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Risk => "risk",
            Self::Deny => "deny",
        }
    }
}

codes! {
    IN101 "wrong-kind-of-input" Deny;
    IN102 "truncated-or-double-encoded" Deny;
    IN103 "reformatted-copy" Deny;
    IN104 "hazardous-input" Deny;
    IN105 "capture-incomplete" Warn;
    IN106 "secrets-in-capture" Risk;
    IN107 "not-well-formed" Deny;
    IN108 "encoding-not-utf8" Deny;
    IN109 "bad-parameters" Deny;
    SA101 "status-not-success" Deny;
    SA102 "nameid-policy-refused" Deny;
    SA103 "assertion-count" Deny;
    SA104 "encrypted-cannot-decrypt" Deny;
    SA105 "malformed-message" Deny;
    SA201 "nothing-signed" Deny;
    SA202 "wrong-element-signed" Deny;
    SA203 "signature-does-not-cover" Deny;
    SA204 "untrusted-signing-key" Deny;
    SA205 "signature-invalid-trusted-key" Deny;
    SA206 "digest-mismatch" Deny;
    SA207 "weak-or-forbidden-algorithm" Deny;
    SA208 "forbidden-transform" Deny;
    SA209 "comment-or-split-in-identifier" Deny;
    SA210 "signature-malformed" Deny;
    SA221 "second-opinion" Note;
    SA222 "second-opinion-differs" Risk;
    SA301 "not-yet-valid" Deny;
    SA302 "expired" Deny;
    SA303 "confirmation-window" Deny;
    SA304 "lifetime-exceeds-policy" Risk;
    SA305 "tolerance-too-wide" Risk;
    SA306 "session-ended" Deny;
    SA307 "malformed-time" Deny;
    SA401 "audience-mismatch" Deny;
    SA402 "audience-missing" Deny;
    SA403 "destination-mismatch" Deny;
    SA404 "recipient-mismatch" Deny;
    SA405 "issuer-mismatch" Deny;
    SA406 "in-response-to" Deny;
    SA407 "replayed-assertion" Deny;
    SA408 "conditions-missing-or-unknown" Deny;
    SA409 "request-expired" Deny;
    SA501 "nameid-missing" Deny;
    SA502 "nameid-format" Deny;
    SA503 "transient-as-key" Risk;
    SA504 "identifier-drift" Deny;
    SA505 "subject-not-confirmed" Deny;
    SA506 "authn-statement-missing" Deny;
    SA507 "nameid-of-another-service" Deny;
    SL101 "logout-not-done" Deny;
    SL102 "logout-partial" Warn;
    OI101 "alg-refused" Deny;
    OI102 "kid-unknown" Deny;
    OI103 "signature-invalid" Deny;
    OI104 "not-your-token" Deny;
    OI105 "issuer-mismatch" Deny;
    OI106 "audience-mismatch" Deny;
    OI107 "azp-mismatch" Deny;
    OI108 "expired" Deny;
    OI109 "not-yet-valid" Deny;
    OI110 "exp-missing" Deny;
    OI111 "nonce-mismatch" Deny;
    OI112 "hash-binding" Deny;
    OI113 "id-vs-access-token" Deny;
    OI114 "discovery-inconsistent" Warn;
    OI115 "scope-not-requested" Warn;
    OI116 "malformed-token" Deny;
    OI117 "header-refused" Deny;
    OI118 "claim-missing-or-malformed" Deny;
    OI119 "state-or-pkce-mismatch" Deny;
    OI120 "subject-mismatch" Deny;
    OI121 "proof-of-possession" Deny;
    OI122 "replayed-token" Deny;
    OI123 "encrypted-token" Deny;
    OI124 "issued-too-long-ago" Deny;
    OI125 "discovery-refused" Deny;
    OI126 "claim-of-another-type" Note;
    CM101 "required-missing" Deny;
    CM102 "empty-or-nil" Deny;
    CM103 "cardinality" Deny;
    CM104 "groups-overage" Deny;
    CM105 "groups-maybe-truncated" Risk;
    CM106 "group-form-mismatch" Deny;
    CM107 "no-role-matched" Deny;
    CM108 "mutable-key" Risk;
    CM109 "email-unverified" Deny;
    CM110 "tenant-or-domain-refused" Deny;
    CM111 "scope-mismatch" Deny;
    CM112 "default-grant" Risk;
    CM113 "over-released" Note;
    CM114 "sod-conflict" Deny;
    CM115 "reserved-or-injected-value" Deny;
    CM116 "fallback-key" Risk;
    CM117 "rule-without-effect" Warn;
    CM118 "unproven-source" Deny;
    AS101 "assurance-too-low" Deny;
    AS102 "requested-acr-not-honoured" Deny;
    AS103 "authentication-too-old" Deny;
    AS104 "legacy-auth-signal" Risk;
    AS105 "exception-applied" Note;
    AS106 "exception-expired-or-unowned" Deny;
    AS107 "privilege-without-assurance" Risk;
    CK101 "expiry" Warn;
    CK102 "not-yet-valid" Warn;
    CK103 "weak-key-or-signature" Risk;
    CK104 "no-successor" Warn;
    CK105 "successor-not-trusted" Deny;
    CK106 "cut-over-before-expiry" Warn;
    CK107 "retired-or-compromised-key-trusted" Risk;
    CK108 "metadata-expired-or-endless" Deny;
    CK109 "key-material-inconsistent" Deny;
    CK110 "unusable-key" Deny;
    CK111 "unusable-metadata" Deny;
    CK112 "key-in-unusual-form" Warn;
    FL101 "login-loop" Deny;
    FL102 "session-lost" Deny;
    FL103 "idp-refused" Deny;
    FL104 "idp-error" Deny;
    FL105 "clock-skew-measured" Warn;
    CF101 "configuration-invalid" Deny;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Code {
    /// The code of a check that did not hold, in one family of rules, for a reason.
    #[must_use]
    pub fn of(check: Check, protocol: Protocol, reason: &Reason) -> Self {
        if matches!(reason, Reason::ExceptionEnded { .. }) {
            return Self::AS106;
        }
        match protocol {
            Protocol::Oidc => Self::of_token(check),
            Protocol::Mapping => Self::of_mapping(check),
            Protocol::Saml | Protocol::Metadata | Protocol::Keys => Self::of_message(check, reason),
        }
    }

    fn of_input(check: Check) -> Option<Self> {
        use Check as C;
        Some(match check {
            C::LimitInputSize
            | C::LimitDepth
            | C::LimitElements
            | C::LimitAttributes
            | C::LimitNamespaces
            | C::LimitTextLength
            | C::LimitInflateSize
            | C::LimitHeader
            | C::LimitMembers
            | C::TokenTooLarge
            | C::JsonTooDeep
            | C::XmlDoctypeForbidden
            | C::XmlEntityForbidden
            | C::XmlDuplicateAttribute => Self::IN104,
            C::InvalidUtf8 | C::EncodingNotUtf8 | C::EncodingDeclMismatch => Self::IN108,
            C::Base64Invalid | C::InflateInvalid => Self::IN102,
            C::ParamDuplicate
            | C::ParamConflict
            | C::ParamMissing
            | C::RedirectEncoding
            | C::LimitRelayState
            | C::BindingUnsupported
            | C::BindingForbidden => Self::IN109,
            C::UnexpectedRoot => Self::IN101,
            C::ConfigurationInvalid => Self::CF101,
            C::ExceptionExpired => Self::AS106,
            C::NoTrustedKey
            | C::KeyMalformed
            | C::KeyNotForSigning
            | C::LimitKeys
            | C::KeyPrivateMaterial
            | C::JwksMalformed => Self::CK110,
            _ => return None,
        })
    }

    fn of_message(check: Check, reason: &Reason) -> Self {
        use Check as C;
        if let Some(code) = Self::of_input(check) {
            return code;
        }
        match check {
            C::XmlNotWellFormed
            | C::XmlMultipleRoots
            | C::XmlTrailingContent
            | C::XmlDeclInvalid
            | C::XmlForbiddenChar
            | C::XmlUnboundPrefix
            | C::XmlReservedNamespace
            | C::XmlRelativeNamespace
            | C::JsonMalformed
            | C::DuplicateMember => Self::IN107,
            C::XmlCommentForbidden | C::XmlPiForbidden | C::CdataForbidden => Self::SA209,
            C::StatusNotSuccess => match reason {
                Reason::Status { codes, .. }
                    if codes.iter().any(|code| code.as_str() == INVALID_NAMEID_POLICY) =>
                {
                    Self::SA102
                }
                _ => Self::SA101,
            },
            C::MultipleAssertions | C::AssertionMissing => Self::SA103,
            C::EncryptedContentUnsupported
            | C::EncAlgForbidden
            | C::EncKeyShape
            | C::EncDecryptFailed
            | C::EncPlaintextShape
            | C::EncNested => Self::SA104,
            C::SignatureMissing => match reason {
                Reason::Mismatch { found, .. } if !found.is_empty() => Self::SA202,
                _ => Self::SA201,
            },
            C::RedirectSignatureMissing => Self::SA201,
            C::ReferenceNotParent
            | C::ReferenceUriForm
            | C::ReferenceCount
            | C::SignatureMisplaced
            | C::SignatureDuplicate
            | C::DuplicateId => Self::SA203,
            C::SignatureInvalid => match reason {
                Reason::Signature { named: NamedKey::Untrusted(_), .. } => Self::SA204,
                _ => Self::SA205,
            },
            C::AlgKeyMismatch => Self::SA204,
            C::DigestMismatch | C::EmptyCanonicalForm | C::CanonicalFormUnstable => Self::SA206,
            C::SignatureAlgForbidden
            | C::DigestAlgForbidden
            | C::WeakKey
            | C::KeyTooLarge
            | C::AlgUnsupported
            | C::AlgForbidden => Self::SA207,
            C::TransformForbidden
            | C::TransformMissing
            | C::TransformOrder
            | C::TransformCount
            | C::PrefixListInvalid
            | C::C14nAlgorithmForbidden => Self::SA208,
            C::SignatureShape => Self::SA210,
            C::NotYetValid => match reason {
                Reason::NotYetValid { what: CONFIRMATION, .. } => Self::SA303,
                _ => Self::SA301,
            },
            C::Expired => match reason {
                Reason::Expired { what: CONFIRMATION, .. } => Self::SA303,
                _ => Self::SA302,
            },
            C::LifetimeTooLong => Self::SA304,
            C::WindowInverted | C::TimeMalformed | C::TimeNotUtc => Self::SA307,
            C::SessionExpired => Self::SA306,
            C::AudienceMismatch => Self::SA401,
            C::AudienceMissing => Self::SA402,
            C::DestinationMismatch | C::DestinationMissing => Self::SA403,
            C::RecipientMismatch | C::RecipientMissing => Self::SA404,
            C::IssuerMismatch | C::IssuerMissing | C::IssuerFormat => Self::SA405,
            C::InResponseToMismatch | C::InResponseToMissing | C::StateMismatch => Self::SA406,
            C::PendingExpired => Self::SA409,
            C::LogoutNotDone => Self::SL101,
            C::Replay => Self::SA407,
            C::ConditionsMissing | C::ConditionUnknown => Self::SA408,
            C::NameIdMissing | C::NameIdEmpty | C::SubjectMissing => Self::SA501,
            C::NameIdFormatMismatch => Self::SA502,
            C::NameIdQualifierMismatch => Self::SA507,
            C::SubjectConfirmationMissing | C::SubjectConfirmationFailed => Self::SA505,
            C::NotOnOrAfterMissing => Self::SA303,
            C::AuthnStatementMissing => Self::SA506,
            C::AuthnContextMismatch => Self::AS101,
            C::AuthnTooOld => Self::AS103,
            C::CertificateExpired => Self::CK101,
            C::CertificateNotYetValid => Self::CK102,
            C::MetaExpired | C::MetaValidityMissing | C::MetaValidityTooLong => Self::CK108,
            C::MetaDuplicateEntity
            | C::MetaEntityIdInvalid
            | C::MetaEntityIdMismatch
            | C::MetaRoleMissing
            | C::MetaAmbiguousRole
            | C::MetaNoSigningKey
            | C::MetaEndpointInvalid => Self::CK111,
            _ => Self::SA105,
        }
    }

    fn of_mapping(check: Check) -> Self {
        use Check as C;
        if let Some(code) = Self::of_input(check) {
            return code;
        }
        match check {
            C::JsonMalformed | C::DuplicateMember => Self::IN107,
            C::FieldMissing => Self::CM101,
            C::FieldEmpty => Self::CM102,
            C::FieldCardinality | C::AttributeAmbiguous => Self::CM103,
            C::GroupsOverage => Self::CM104,
            C::RoleNotGranted => Self::CM107,
            C::EmailUnverified => Self::CM109,
            C::TenantRefused | C::IssuerMismatch => Self::CM110,
            C::ScopeMismatch => Self::CM111,
            C::RoleConflict => Self::CM114,
            C::ValueForbidden => Self::CM115,
            C::SourceUnproven => Self::CM118,
            C::AssuranceTooLow => Self::AS101,
            C::GrantExpired => Self::AS106,
            C::SubMismatch => Self::OI120,
            _ => Self::CF101,
        }
    }

    fn of_token(check: Check) -> Self {
        use Check as C;
        if let Some(code) = Self::of_input(check) {
            return code;
        }
        match check {
            C::AlgMissing
            | C::AlgForbidden
            | C::AlgKeyMismatch
            | C::AlgUnsupported
            | C::WeakKey
            | C::KeyTooLarge => Self::OI101,
            C::KeyNotFound | C::KeyAmbiguous | C::KeyUseForbidden => Self::OI102,
            C::SignatureInvalid | C::SignatureMissing => Self::OI103,
            C::IssuerMismatch | C::IssuerMissing => Self::OI105,
            C::AudienceMismatch | C::AudienceMissing => Self::OI106,
            C::AzpMissing | C::AzpMismatch => Self::OI107,
            C::Expired => Self::OI108,
            C::NotYetValid | C::IssuedInFuture => Self::OI109,
            C::TooOld => Self::OI124,
            C::NonceMissing | C::NonceMismatch | C::NonceUnexpected => Self::OI111,
            C::HashMissing | C::HashMismatch => Self::OI112,
            C::TypForbidden | C::TokenTypeMismatch => Self::OI113,
            C::DiscoveryInvalid | C::EndpointInvalid => Self::OI125,

            C::CritUnsupported
            | C::CritInvalid
            | C::B64Unsupported
            | C::CtyForbidden
            | C::HeaderKeyForbidden
            | C::HeaderUnexpected
            | C::HeaderType
            | C::HeaderNotObject => Self::OI117,
            C::ClaimMissing
            | C::ClaimType
            | C::ClaimRange
            | C::ClaimForbiddenChar
            | C::ClaimsNotObject
            | C::ScopeMissing
            | C::AuthTimeMissing => Self::OI118,
            C::AuthTooOld | C::AuthTimeInvalid => Self::AS103,
            C::AcrMismatch => Self::AS102,
            C::AmrMismatch => Self::AS101,
            C::StateMismatch | C::PkceMismatch | C::AlreadyConsumed => Self::OI119,
            C::SubMismatch => Self::OI120,
            C::DpopHtm
            | C::DpopHtu
            | C::DpopIat
            | C::DpopAth
            | C::DpopBinding
            | C::BindingMismatch
            | C::BindingMissing => Self::OI121,
            C::Replay => Self::OI122,
            C::JweUnsupported
            | C::JweShape
            | C::JweAlgForbidden
            | C::JweEncForbidden
            | C::JweZipForbidden
            | C::JweDecryptFailed
            | C::JweContentNotSigned => Self::OI123,
            _ => Self::OI116,
        }
    }
}

const INVALID_NAMEID_POLICY: &str = "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy";

/// The element whose window has a code of its own.
pub(crate) const CONFIRMATION: &str = "SubjectConfirmationData";
