//! A metadata document that the fuzzer writes: tree and stream find the same entities, and nothing is vouched for that the
//! test key did not sign.

use bonafide::saml::metadata::{UntrustedIndex, UntrustedMetadata, lint};
use time::OffsetDateTime;

/// Holds for every input.
pub fn check(data: &[u8]) {
    let _ = lint(data, OffsetDateTime::UNIX_EPOCH);
    let stream = UntrustedIndex::read(data);
    let Ok(tree) = UntrustedMetadata::read(data) else { return };
    let tree = tree.untrusted();
    let stream = stream.expect("what reads as a tree reads as a stream");
    assert_eq!(stream.count(), tree.entities.len());
    assert_eq!(stream.shape(), tree.shape);
    let mut seen = Vec::new();
    for entity in tree.entities.iter().take(8) {
        if seen.contains(&&entity.entity_id) {
            continue;
        }
        seen.push(&entity.entity_id);
        let found = stream.untrusted_entity(&entity.entity_id).expect("it reads again");
        assert_eq!(found.entity_id, entity.entity_id);
        assert_eq!((found.valid_until, found.cache_duration), (entity.valid_until, entity.cache_duration));
        assert_eq!((found.roles.len(), &found.attributes), (entity.roles.len(), &entity.attributes));
        for (one, other) in found.roles.iter().zip(&entity.roles) {
            assert_eq!((&one.endpoints, one.keys.len()), (&other.endpoints, other.keys.len()));
        }
    }
}
