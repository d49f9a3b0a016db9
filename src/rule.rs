//! What the walks judge, rule by rule. A [`Check`] names what refuses; a [`Rule`] is one place where it is judged, so that
//! a plan can tell the window of the Conditions from the age of the message.

use crate::check::Check;

macro_rules! rules {
    ($( $name:ident => $check:ident, $about:literal; )*) => {
        /// One rule of one or more walks: the check that it reports and what it is about. A failure may report a
        /// neighbouring check (a nonce that is missing, not another one); the rule stays the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule { $( $name, )* }

        impl Rule {
            /// Every rule, in order of declaration.
            pub(crate) const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The name of the rule.
            pub(crate) const fn name(self) -> &'static str { match self { $( Self::$name => stringify!($name), )* } }

            /// The check that it reports.
            pub(crate) const fn check(self) -> Check { match self { $( Self::$name => Check::$check, )* } }

            /// What it is about: an element, attribute or claim.
            pub(crate) const fn about(self) -> &'static str { match self { $( Self::$name => $about, )* } }
        }
    };
}

rules! {
    // A login (saml/checks.rs)
    Status => StatusNotSuccess, "Status";
    RequiredSignature => SignatureMissing, "signature";
    CertificateBegun => CertificateNotYetValid, "certificate";
    CertificateLasting => CertificateExpired, "certificate";
    AssertionIssuerPresent => IssuerMissing, "Issuer";
    ResponseIssuerFormat => IssuerFormat, "Issuer";
    AssertionIssuerFormat => IssuerFormat, "Issuer";
    ResponseIssuer => IssuerMismatch, "Issuer";
    AssertionIssuer => IssuerMismatch, "Issuer";
    AskedIssuer => IssuerMismatch, "Issuer";
    ResponseDestinationPresent => DestinationMissing, "Destination";
    ResponseDestination => DestinationMismatch, "Destination";
    ResponseBegun => NotYetValid, "IssueInstant";
    ResponseAge => Expired, "IssueInstant";
    AssertionBegun => NotYetValid, "IssueInstant";
    AssertionAge => Expired, "IssueInstant";
    SubjectPresent => SubjectMissing, "Subject";
    SubjectNamed => NameIdMissing, "NameID";
    SubjectNameFilled => NameIdEmpty, "NameID";
    SubjectNameRealm => NameIdQualifierMismatch, "SPNameQualifier";
    SubjectNameFormat => NameIdFormatMismatch, "NameID";
    ConditionsPresent => ConditionsMissing, "Conditions";
    ConditionsKnown => ConditionUnknown, "Conditions";
    ConditionsOrder => WindowInverted, "Conditions";
    ConditionsBegun => NotYetValid, "Conditions";
    ConditionsLasting => Expired, "Conditions";
    AudienceRestricted => AudienceMissing, "AudienceRestriction";
    AudienceNamed => AudienceMismatch, "Audience";
    ResponseAnswers => InResponseToMismatch, "InResponseTo";
    BearerPresent => SubjectConfirmationMissing, "SubjectConfirmation";
    BearerData => SubjectConfirmationFailed, "SubjectConfirmationData";
    BearerBounded => NotOnOrAfterMissing, "SubjectConfirmationData";
    BearerOrder => WindowInverted, "SubjectConfirmationData";
    BearerBegun => NotYetValid, "SubjectConfirmationData";
    BearerLasting => Expired, "SubjectConfirmationData";
    BearerRecipientPresent => RecipientMissing, "Recipient";
    BearerRecipient => RecipientMismatch, "Recipient";
    BearerAnswerPresent => InResponseToMissing, "InResponseTo";
    BearerAnswers => InResponseToMismatch, "InResponseTo";
    StatementPresent => AuthnStatementMissing, "AuthnStatement";
    StatementBegun => AuthnTooOld, "AuthnInstant";
    StatementContext => AuthnContextMismatch, "AuthnContextClassRef";
    StatementAge => AuthnTooOld, "AuthnInstant";
    SessionLasting => SessionExpired, "SessionNotOnOrAfter";

    // A logout message or a request (saml/logout/rules.rs)
    MessageIssuerPresent => IssuerMissing, "Issuer";
    MessageIssuerFormat => IssuerFormat, "Issuer";
    MessageIssuer => IssuerMismatch, "Issuer";
    MessageDestinationPresent => DestinationMissing, "Destination";
    MessageDestination => DestinationMismatch, "Destination";
    MessageBegun => NotYetValid, "IssueInstant";
    MessageAge => Expired, "IssueInstant";
    LogoutLasting => Expired, "NotOnOrAfter";
    LogoutNamed => NameIdMissing, "NameID";
    LogoutNameFilled => NameIdEmpty, "NameID";
    LogoutAnswerPresent => InResponseToMissing, "InResponseTo";
    LogoutAnswers => InResponseToMismatch, "InResponseTo";
    LogoutDone => LogoutNotDone, "Status";

    // Metadata: the document, then one entity in a role (saml/metadata/checks.rs)
    DocumentEntity => MetaEntityIdMismatch, "entityID";
    DocumentDuplicate => MetaDuplicateEntity, "entityID";
    DocumentLasting => MetaExpired, "validUntil";
    DocumentBounded => MetaValidityMissing, "validUntil";
    DocumentBound => MetaValidityTooLong, "validUntil";
    EntityLasting => MetaExpired, "validUntil";
    RolePresent => MetaRoleMissing, "role";
    RoleOnce => MetaAmbiguousRole, "role";
    RoleLasting => MetaExpired, "validUntil";
    RoleKeys => KeyMalformed, "KeyDescriptor";
    RoleSigns => MetaNoSigningKey, "KeyDescriptor";
    RoleEndpoints => MetaEndpointInvalid, "Location";

    // Tokens (oidc/): the kinds share what they have in common
    NoNul => ClaimForbiddenChar, "claims";
    Iss => IssuerMismatch, "iss";
    LoginIss => IssuerMismatch, "iss";
    Aud => AudienceMismatch, "aud";
    Azp => AzpMismatch, "azp";
    Kind => TokenTypeMismatch, "claims";
    NoAccessToken => TokenTypeMismatch, "claims";
    Sub => ClaimRange, "sub";
    Exp => Expired, "exp";
    Nbf => NotYetValid, "nbf";
    Iat => IssuedInFuture, "iat";
    IatAge => TooOld, "iat";
    NonceSent => NonceMismatch, "nonce";
    RenewedNonce => NonceMismatch, "nonce";
    AuthTime => AuthTimeInvalid, "auth_time";
    RenewedAuthTime => AuthTimeInvalid, "auth_time";
    AuthAge => AuthTooOld, "auth_time";
    Acr => AcrMismatch, "acr";
    Amr => AmrMismatch, "amr";
    AtHash => HashMismatch, "at_hash";
    CHash => HashMismatch, "c_hash";
    SHash => HashMismatch, "s_hash";
    KnownSub => SubMismatch, "sub";
    Confirmed => BindingMissing, "cnf";
    ConfirmedKey => DpopBinding, "jkt";
    ConfirmedCertificate => BindingMismatch, "x5t#S256";

    // Tokens: what one kind has alone
    AccessClaims => ClaimMissing, "claims";
    Scopes => ScopeMissing, "scope";
    NoNonce => NonceUnexpected, "nonce";
    LogoutSubject => ClaimRange, "sub";
    StateSent => StateMismatch, "state";
    Active => ClaimType, "active";
    ClientIsSubject => SubMismatch, "sub";
    ClientJti => ClaimRange, "jti";
    ProofMethod => DpopHtm, "htm";
    ProofUri => DpopHtu, "htu";
    ProofIat => DpopIat, "iat";
    ProofJti => ClaimRange, "jti";
    ProofAth => DpopAth, "ath";

    // What comes through the browser around a token (oidc/login.rs)
    ResponseOnce => ParamDuplicate, "parameters";
    ResponseState => StateMismatch, "state";
    ResponseIss => IssuerMismatch, "iss";
}

/// A set of rules: which are planned, which were judged. Constant size, no allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleSet([u64; 4]);

impl RuleSet {
    /// The set of the listed rules.
    pub(crate) const fn of(rules: &[Rule]) -> Self {
        let mut set = Self([0; 4]);
        let mut rest = rules;
        while let [first, tail @ ..] = rest {
            set = set.with(*first);
            rest = tail;
        }
        set
    }

    /// The set with one more member.
    #[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum")]
    pub(crate) const fn with(mut self, rule: Rule) -> Self {
        let index = rule as u32;
        let bit = 1_u64 << (index & 63);
        match index >> 6 {
            0 => self.0[0] |= bit,
            1 => self.0[1] |= bit,
            2 => self.0[2] |= bit,
            _ => self.0[3] |= bit,
        }
        self
    }

    /// The set with one more member, if it is wanted.
    pub(crate) const fn with_if(self, wanted: bool, rule: Rule) -> Self {
        if wanted { self.with(rule) } else { self }
    }

    /// True when the rule is a member.
    pub(crate) const fn contains(self, rule: Rule) -> bool {
        let one = Self([0; 4]).with(rule);
        (self.0[0] & one.0[0]) | (self.0[1] & one.0[1]) | (self.0[2] & one.0[2]) | (self.0[3] & one.0[3]) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, RuleSet};

    #[test]
    fn a_set_has_room_for_every_rule() {
        assert!(Rule::ALL.len() <= 256);
        let mut set = RuleSet::default();
        for rule in Rule::ALL {
            assert!(!set.contains(*rule), "{} twice", rule.name());
            set = set.with(*rule);
            assert!(set.contains(*rule));
        }
        assert_eq!(set, RuleSet::of(Rule::ALL));
    }
}
