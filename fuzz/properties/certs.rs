//! Keys in any container that the fuzzer writes: something is always said, each state has its reason, and the report reads back.

use bonafide::certs::{Collection, Drift, Origin, Snapshot, State, Thresholds};
use time::OffsetDateTime;

/// Holds for every input.
pub fn check(data: &[u8]) {
    let mut keys = Collection::new();
    keys.read(&Origin::new("published"), data);
    keys.read(&Origin::new("trusted").trusted_by("app"), data);
    let survey = keys.survey(&Thresholds::default(), OffsetDateTime::UNIX_EPOCH);
    for item in survey.items() {
        let record = item.record();
        assert_eq!(item.state() == State::Unreadable, record.error().is_some());
        assert_eq!(item.expiry().is_some(), record.certificate().is_some());
        assert_eq!(item.state() == State::NoExpiry, record.key().is_some() && record.certificate().is_none());
    }
    let counted: usize = State::ALL.iter().map(|state| survey.count(*state)).sum();
    assert_eq!(counted, survey.items().len(), "every item has one state");
    let report = Snapshot::from_json(&survey.to_json()).expect("the report reads back");
    assert!(Drift::between(&report, &Snapshot::from(&survey)).changes().is_empty());
    assert!(survey.to_prometheus().ends_with("# EOF\n"));
    let _ = (survey.slots(), survey.to_ical(), survey.to_csv(), survey.rotation_to_json());
}
