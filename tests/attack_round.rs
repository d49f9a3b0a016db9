//! What the second attack round tried without success, as far as no vector had it: freshly signed messages at the edges.

#[path = "attack/signer.rs"]
mod signer;

use bonafide::check::Check;
use bonafide::diagnosis::Verdict;
use bonafide::exception::{Exception, Relaxation};
use bonafide::instant::Leeway;
use bonafide::saml::{self, Expectations, Policy, TrustedIdp};
use signer::{AUTHN, BEARER, CONDITIONS, NOW, confirmation, good, idp, policy, signed, subject, usual};
use time::{Duration, OffsetDateTime};

/// Decision and explanation, which must agree.
fn judge(message: &str, idp: &TrustedIdp, policy: &Policy, now: OffsetDateTime) -> Result<String, Check> {
    let decision = saml::validate(message.as_bytes(), idp, policy, now);
    let explained = saml::explain(message.as_bytes(), &Expectations::complete(idp, policy), now);
    let wanted = if decision.is_ok() { Verdict::Accepted } else { Verdict::Denied };
    assert_eq!(explained.verdict(), wanted);
    decision.map(|login| login.name_id().unwrap().value().to_owned()).map_err(|error| error.check())
}

fn check(content: &str) -> Result<String, Check> {
    judge(&signed(content), &idp(), &policy(), NOW)
}

fn alice() -> Result<String, Check> {
    Ok("alice".to_owned())
}

#[test]
fn the_signer_signs() {
    assert_eq!(check(&usual("")), alice());
    assert_eq!(
        judge(&signed(&usual("")).replace(">alice<", ">admin<"), &idp(), &policy(), NOW),
        Err(Check::DigestMismatch)
    );
}

#[test]
fn one_whole_confirmation_must_hold_not_halves_of_two() {
    let with = |confirmations: &str| check(&format!("{}{CONDITIONS}{AUTHN}", subject(confirmations)));
    let elsewhere = confirmation("https://other.test/acs", "2026-01-01T00:05:00Z", "_req1");
    let other_request = confirmation("https://sp.test/acs", "2026-01-01T00:05:00Z", "_other");
    let ended = confirmation("https://sp.test/acs", "2025-12-31T00:00:00Z", "_req1");
    let endless = confirmation("https://sp.test/acs", "", "_req1");
    assert_eq!(
        with(&format!("{elsewhere}{other_request}{ended}{endless}")),
        Err(Check::SubjectConfirmationFailed)
    );
    assert_eq!(with(&format!("{elsewhere}{other_request}{ended}{endless}{}", good())), alice());
    let holder = good().replace(BEARER, "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key");
    assert_eq!(with(&holder), Err(Check::SubjectConfirmationMissing));
    assert_eq!(with(&format!("{}{}", elsewhere.repeat(16), good())), Err(Check::SubjectConfirmationFailed));
}

#[test]
fn times_at_their_last_nanosecond() {
    let message = signed(&usual(""));
    let nano = Duration::NANOSECOND;
    for seconds in [0, 60, 600] {
        let policy = policy().with_leeway(Leeway::new(Duration::seconds(seconds)).unwrap());
        let leeway = Duration::seconds(seconds);
        let end = NOW + Duration::minutes(5) + leeway;
        let at = |now| judge(&message, &idp(), &policy, now);
        assert_eq!(at(end - nano), alice(), "{seconds}");
        assert_eq!(at(end), Err(Check::Expired), "{seconds}");
        assert_eq!(at(NOW - leeway), alice(), "{seconds}");
        assert_eq!(at(NOW - leeway - nano), Err(Check::NotYetValid), "{seconds}");
    }
    for now in [
        OffsetDateTime::UNIX_EPOCH,
        time::PrimitiveDateTime::MIN.assume_utc(),
        time::PrimitiveDateTime::MAX.assume_utc(),
    ] {
        assert!(judge(&message, &idp(), &policy(), now).is_err());
    }
}

#[test]
fn an_exception_lifts_its_own_rule_only_and_ends() {
    let excepted = |relaxation, day: time::Date| {
        idp().with_exception(Exception::new(relaxation, "test", "iam", day).unwrap())
    };
    let tomorrow = NOW.date().next_day().unwrap();
    let everything = Relaxation::ALL.iter().fold(idp(), |idp, relaxation| {
        idp.with_exception(Exception::new(*relaxation, "test", "iam", tomorrow).unwrap())
    });
    let elsewhere = CONDITIONS.replace("https://sp.test/md", "https://other.test/md");
    let late = CONDITIONS.replace("2026-01-01T01:00:00Z", "2025-12-31T23:58:00Z");
    let nobody = "<saml:Conditions NotBefore=\"2025-12-31T23:55:00Z\"></saml:Conditions>";
    let bare = |conditions: &str| signed(&format!("{}{conditions}{AUTHN}", subject(&good())));
    assert_eq!(judge(&bare(&elsewhere), &everything, &policy(), NOW), Err(Check::AudienceMismatch));
    assert_eq!(judge(&bare(&late), &everything, &policy(), NOW), Err(Check::Expired));
    let message = bare(nobody);
    assert_eq!(judge(&message, &excepted(Relaxation::NoAudience, tomorrow), &policy(), NOW), alice());
    let ended = excepted(Relaxation::NoAudience, NOW.date());
    assert_eq!(judge(&message, &ended, &policy(), NOW), Err(Check::AudienceMissing));
    for other in Relaxation::ALL.iter().filter(|other| **other != Relaxation::NoAudience) {
        let refused = judge(&message, &excepted(*other, tomorrow), &policy(), NOW);
        assert_eq!(refused, Err(Check::AudienceMissing), "{other}");
    }
}

/// What has no Conditions names no audience either: that takes two exceptions, and neither stands in for the other.
#[test]
fn without_conditions_the_audience_is_judged_all_the_same() {
    let tomorrow = NOW.date().next_day().unwrap();
    let under = |relaxations: &[(Relaxation, time::Date)]| {
        relaxations.iter().fold(idp(), |idp, (relaxation, day)| {
            idp.with_exception(Exception::new(*relaxation, "test", "iam", *day).unwrap())
        })
    };
    let (conditions, audience) = (Relaxation::NoConditions, Relaxation::NoAudience);
    let message = signed(&format!("{}{AUTHN}", subject(&good())));
    let endless =
        signed(&format!("{}{AUTHN}", subject(&good()).replace(" NotOnOrAfter=\"2026-01-01T00:05:00Z\"", "")));
    let both = under(&[(conditions, tomorrow), (audience, tomorrow)]);
    assert_eq!(judge(&message, &both, &policy(), NOW), alice());
    assert_eq!(judge(&endless, &both, &policy(), NOW), Err(Check::NotOnOrAfterMissing));
    let ended = under(&[(conditions, NOW.date()), (audience, tomorrow)]);
    assert_eq!(judge(&message, &ended, &policy(), NOW), Err(Check::ConditionsMissing));
    let ended = under(&[(conditions, tomorrow), (audience, NOW.date())]);
    assert_eq!(judge(&message, &ended, &policy(), NOW), Err(Check::AudienceMissing));
    let alone = under(&[(conditions, tomorrow)]);
    assert_eq!(judge(&message, &alone, &policy(), NOW), Err(Check::AudienceMissing));
    for other in Relaxation::ALL.iter().filter(|other| **other != conditions) {
        let refused = judge(&message, &under(&[(*other, tomorrow)]), &policy(), NOW);
        assert_eq!(refused, Err(Check::ConditionsMissing), "{other}");
    }
}

#[test]
fn audiences_are_compared_octet_by_octet_but_for_white_space_around_them() {
    let with = |audience: &str| {
        let conditions = CONDITIONS.replace("https://sp.test/md", audience);
        check(&format!("{}{conditions}{AUTHN}", subject(&good())))
    };
    assert_eq!(with(" \n\thttps://sp.test/md\n"), alice());
    for near in [
        "https://sp.test/md/",
        "https://SP.test/md",
        "\u{a0}https://sp.test/md",
        "https://sp.test/md\u{200b}",
        "https://sp.test/\u{ff4d}d",
    ] {
        assert_eq!(with(near), Err(Check::AudienceMismatch), "{near}");
    }
    for near in ["https://sp.test/acs/", " https://sp.test/acs", "https://sp.test/acs?"] {
        let content =
            format!("{}{CONDITIONS}{AUTHN}", subject(&confirmation(near, "2026-01-01T00:05:00Z", "_req1")));
        assert_eq!(check(&content), Err(Check::RecipientMismatch), "{near}");
    }
}

/// Each of these would keep a quadratic reader, canonicaliser or check busy for minutes. What they cost is not measured here.
#[test]
fn adversarial_mebibytes_come_to_an_end() {
    let value = |body: &str| {
        usual(&format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"r\"><saml:AttributeValue>{body}</saml:AttributeValue>\
             </saml:Attribute></saml:AttributeStatement>"
        ))
    };
    let declared =
        |prefix: &str| (0..60).map(|n| format!(" xmlns:{prefix}{n}=\"urn:{n}\"")).collect::<String>();
    let used: String = (0..60).map(|n| format!(" a{n}:x=\"\"")).collect();
    let scopes = ["a", "b", "c", "d"].map(|prefix| format!("<z{}>", declared(prefix))).concat();
    let audiences = "<saml:Audience>https://sp.test/mx/</saml:Audience>".repeat(19_000);
    let contents = [
        value(&"&amp;".repeat(50_000)),
        value(&"<![CDATA[]]>a".repeat(60_000)),
        value(&"<a/>".repeat(19_900)),
        value(&format!("{scopes}{}{}", format!("<a0:a{used}/>").repeat(1_500), "</z>".repeat(4))),
        value(&"]]&gt;".repeat(40_000)),
        format!(
            "{}{}{AUTHN}",
            subject(&good()),
            CONDITIONS.replace("<saml:Audience>https://sp.test/md</saml:Audience>", &audiences)
        ),
        format!("{}{CONDITIONS}{AUTHN}", subject(&good().repeat(3_000))),
    ];
    for content in contents {
        let message = signed(&content);
        assert!(message.len() <= 1 << 20);
        let _ = judge(&message, &idp(), &policy(), NOW);
    }
}
