//! Whose word changes which device. Pure, but for reading the rows that are in question.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::device::{Aaid, DeviceKey};
use super::keys::StoredKey;

/// Rows of one AAID or token that are looked at, the ones seen last first. More have the same key id by chance or ill will.
const MOST_ROWS: i64 = 64;

/// On whose word a request changes devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority<'a> {
    /// The user that the app's JWT names, for her own devices.
    User(&'a str),
    /// Nobody signs in: a device is changed by who has its current key.
    DeviceKey,
}

impl<'a> Authority<'a> {
    /// The signed-in user.
    pub(super) const fn user(self) -> Option<&'a str> {
        match self {
            Self::User(user) => Some(user),
            Self::DeviceKey => None,
        }
    }
}

/// A device that a request may be about.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) region: String,
    pub(super) key: StoredKey,
}

/// What a registration does with the devices that have its AAID.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The device that it is; a new one is made when there is none.
    pub(super) update: Option<Known>,
    /// Devices that end with it.
    pub(super) remove: Vec<String>,
}

/// Plans the registration of `user`'s device. `is_proven` says whether the request has a device's current key.
pub(super) fn plan(
    known: Vec<Known>,
    authority: Authority<'_>,
    user: &str,
    is_proven: impl Fn(&Known) -> bool,
) -> Plan {
    let mut plan = Plan::default();
    let mut of_nobody = Vec::new();
    for device in known {
        let proven = is_proven(&device);
        let own = match authority {
            Authority::User(signed_in) => device.user == signed_in,
            Authority::DeviceKey => proven && device.user == user,
        };
        if own && plan.update.is_none() {
            plan.update = Some(device);
        } else if proven && device.user.is_empty() {
            of_nobody.push(device);
        } else if own || proven {
            // Another user's, by its key: the phone has changed hands. Messages that wait for that user end with it.
            plan.remove.push(device.id);
        }
    }
    let mut of_nobody = of_nobody.into_iter();
    if plan.update.is_none() {
        plan.update = of_nobody.next();
    }
    plan.remove.extend(of_nobody.map(|device| device.id));
    plan
}

/// A device with its current key, which is looked up device by device: see lookup.rs.
const KNOWN: &str = "SELECT d.id, d.user_id, d.region, \
     (SELECT k.key_id FROM device_keys k WHERE k.device_id = d.id AND k.position = 0), \
     (SELECT k.sealed_key FROM device_keys k WHERE k.device_id = d.id AND k.position = 0) FROM devices d";
const HAS_KEY_ID: &str =
    "(SELECT k.key_id FROM device_keys k WHERE k.device_id = d.id AND k.position = 0) IN ($2, $3)";

/// Devices with this AAID: the user's own, and those whose current key may be among these.
pub(super) async fn with_aaid(
    write: &mut AnyConnection,
    aaid: &Aaid,
    keys: &[DeviceKey],
    authority: Authority<'_>,
) -> Result<Vec<Known>, sqlx::Error> {
    // A program of the version before, beside this one, writes no AAID: its devices have it as their id.
    let sql = format!(
        "{KNOWN} WHERE (d.aaid = $1 OR (d.aaid = '' AND d.id = $1)) AND (d.user_id = $4 OR {HAS_KEY_ID}) \
         ORDER BY CASE WHEN d.user_id = $4 THEN 0 ELSE 1 END, d.seen_at DESC LIMIT $5"
    );
    let [first, second] = key_ids(keys);
    // No user is NULL here, which equals nothing.
    let query = sqlx::query(AssertSqlSafe(sql)).bind(aaid.as_str()).bind(first).bind(second);
    let query = query.bind(authority.user().map(str::to_owned)).bind(MOST_ROWS);
    query.fetch_all(write).await?.iter().map(known).collect()
}

/// Other devices with this token whose current key may be among these.
pub(super) async fn with_token(
    write: &mut AnyConnection,
    token: &str,
    keys: &[DeviceKey],
    except: &str,
) -> Result<Vec<Known>, sqlx::Error> {
    let sql = format!(
        "{KNOWN} WHERE d.token = $1 AND d.token <> '' AND d.id <> $4 AND {HAS_KEY_ID} ORDER BY d.seen_at DESC LIMIT $5"
    );
    let [first, second] = key_ids(keys);
    let query = sqlx::query(AssertSqlSafe(sql)).bind(token).bind(first).bind(second);
    query.bind(except).bind(MOST_ROWS).fetch_all(write).await?.iter().map(known).collect()
}

/// One or two ids, the first one twice when there is one.
fn key_ids(keys: &[DeviceKey]) -> [&str; 2] {
    let first = keys.first().map_or("", |key| key.id.as_str());
    [first, keys.get(1).map_or(first, |key| key.id.as_str())]
}

fn known(row: &AnyRow) -> Result<Known, sqlx::Error> {
    // A device without a key has none that could be proven.
    let text = |index: usize| row.try_get::<Option<String>, _>(index).map(Option::unwrap_or_default);
    Ok(Known {
        id: row.try_get(0)?,
        user: row.try_get(1)?,
        region: row.try_get(2)?,
        key: StoredKey { id: text(3)?, sealed: text(4)? },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Devices as `id:user`.
    fn planned(
        known: &[&str],
        authority: Authority<'_>,
        user: &str,
        proven: &[&str],
    ) -> (Option<String>, Vec<String>) {
        let device = |text: &&str| {
            let (id, user) = text.split_once(':').unwrap();
            let key = StoredKey { id: String::new(), sealed: String::new() };
            Known { id: id.to_owned(), user: user.to_owned(), region: String::new(), key }
        };
        let plan =
            plan(known.iter().map(device).collect(), authority, user, |device| proven.contains(&&*device.id));
        (plan.update.map(|device| device.id), plan.remove)
    }

    #[test]
    fn a_signed_in_user_changes_her_own_device_and_no_other_without_its_key() {
        let ann = Authority::User("ann");
        assert_eq!(planned(&["1:ann", "2:bob", "3:"], ann, "ann", &[]), (Some("1".to_owned()), vec![]));
        assert_eq!(planned(&["2:bob", "3:"], ann, "ann", &[]), (None, vec![]));
        assert_eq!(
            planned(&["1:ann", "4:ann"], ann, "ann", &[]),
            (Some("1".to_owned()), vec!["4".to_owned()])
        );
    }

    #[test]
    fn the_key_of_another_users_device_ends_it_and_gives_a_new_one() {
        let ann = Authority::User("ann");
        assert_eq!(planned(&["2:bob"], ann, "ann", &["2"]), (None, vec!["2".to_owned()]));
        assert_eq!(planned(&["2:bob"], Authority::DeviceKey, "ann", &["2"]), (None, vec!["2".to_owned()]));
    }

    #[test]
    fn the_key_of_nobodys_device_makes_it_the_users() {
        for authority in [Authority::User("ann"), Authority::DeviceKey] {
            assert_eq!(planned(&["3:"], authority, "ann", &["3"]), (Some("3".to_owned()), vec![]));
        }
        let both = planned(&["1:ann", "3:"], Authority::User("ann"), "ann", &["3"]);
        assert_eq!(both, (Some("1".to_owned()), vec!["3".to_owned()]));
    }

    #[test]
    fn where_nobody_signs_in_a_name_proves_nothing() {
        assert_eq!(planned(&["1:ann", "3:"], Authority::DeviceKey, "ann", &[]), (None, vec![]));
        assert_eq!(planned(&["1:ann"], Authority::DeviceKey, "ann", &["1"]), (Some("1".to_owned()), vec![]));
    }
}
