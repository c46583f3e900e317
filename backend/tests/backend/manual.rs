//! The manual's table of the configuration names each member that the program reads, and no other.

use std::collections::BTreeSet;

use pushseal_backend::access::DeviceAuthSettings;
use pushseal_backend::config::{Config, LimitsConfig, OutboxConfig, RegionConfig, WebhookConfig};
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor, value::Error as Stopped};
use serde::forward_to_deserialize_any;

const MANUAL: &str = include_str!("../../../docs/backend.md");

/// Asks a type for the names of its members, and gives it nothing.
struct Members<'a>(&'a mut BTreeSet<String>);

impl<'de> Deserializer<'de> for Members<'_> {
    type Error = Stopped;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stopped> {
        Err(Stopped::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stopped> {
        self.0.extend(members.iter().map(|&name| name.to_owned()));
        Err(Stopped::custom("no value"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn members<T: DeserializeOwned>(table: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    assert!(T::deserialize(Members(&mut names)).is_err());
    assert!(!names.is_empty());
    names.into_iter().map(|name| format!("{table}{name}")).collect()
}

#[test]
fn the_manual_documents_every_member_of_the_configuration() {
    let tables = ["device_auth", "regions", "webhooks", "outbox", "limits"];
    let mut read = members::<Config>("");
    for table in tables {
        assert!(read.remove(table), "{table}");
    }
    read.extend(members::<DeviceAuthSettings>("device_auth."));
    read.extend(members::<RegionConfig>("regions.NAME."));
    read.extend(members::<WebhookConfig>("webhooks.NAME."));
    read.extend(members::<OutboxConfig>("outbox."));
    read.extend(members::<LimitsConfig>("limits."));
    let (_, rest) = MANUAL.split_once("\n## Configuration\n").expect("a section of its own");
    let (section, _) = rest.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let told: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    assert_eq!(told, read);
}
