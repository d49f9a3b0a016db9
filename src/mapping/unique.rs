//! A table of the mapping language: sorted by name, and no name twice (serde's own maps keep the last one silently).

use core::fmt;
use core::marker::PhantomData;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Table<V>(BTreeMap<String, V>);

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V> core::ops::Deref for Table<V> {
    type Target = BTreeMap<String, V>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Table<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = Table<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Table<V>, A::Error> {
                let mut table = BTreeMap::new();
                while let Some((name, value)) = members.next_entry::<String, V>()? {
                    if table.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("`{}` occurs twice", name.escape_debug())));
                    }
                    table.insert(name, value);
                }
                Ok(Table(table))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}
