//! Any mapping, any claims: reading and applying end, deciding and explaining agree.
//!
//! Input: a mapping as JSON, a zero byte, a sample as JSON.

use bonafide::mapping::{Mapping, Sample};
use time::OffsetDateTime;

pub fn check(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Some((mapping, sample)) = text.split_once('\0') else { return };
    let Ok(mapping) = Mapping::from_json(mapping) else { return };
    let Ok(sample) = Sample::from_json(sample) else { return };
    let now = OffsetDateTime::from_unix_timestamp(1_780_272_000).unwrap();
    let decided = mapping.simulate(&sample, now);
    let explained = mapping.explain_sample(&sample, now);
    assert_eq!(explained.is_accepted(), decided.is_ok());
    assert_eq!(explained.rejections.first(), decided.as_ref().err());
    if let Ok(outcome) = decided {
        assert!(outcome == explained.outcome);
        let known = mapping.roles();
        assert!(outcome.roles().iter().all(|granted| known.contains(&&*granted.role)));
        assert!(outcome.subject_key().starts_with("k1;"));
    }
    let _ = mapping.lint(now);
}
