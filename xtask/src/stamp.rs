//! Remembers what a cached folder was made from, so that a repeat does nothing and a change starts afresh.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};

/// The folders that are being made: two suites that run at a time may need one.
static MADE: Mutex<BTreeMap<PathBuf, Arc<Mutex<()>>>> = Mutex::new(BTreeMap::new());

/// Makes `folder` by calling `fill` on an empty folder, unless it was already made from the same `inputs`.
/// A `fill` that fails leaves nothing that a later run could take for complete.
pub fn once(folder: &Path, inputs: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut folders = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let turn = Arc::clone(folders.entry(folder.to_owned()).or_default());
    drop(folders);
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let stamp = stamp_of(folder);
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == inputs) {
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fill(folder)?;
    fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Beside the folder, not in it: the folder's contents are laid out for other programs.
fn stamp_of(folder: &Path) -> PathBuf {
    folder.with_added_extension("stamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_do_nothing_changes_start_afresh_and_failures_are_not_kept() {
        let folder = std::env::temp_dir().join(format!("pushseal-stamp-{}", std::process::id()));
        let mut runs = 0;
        let mut make = |inputs: &str, works: bool| {
            once(&folder, inputs, |empty| {
                runs += 1;
                assert_eq!(fs::read_dir(empty)?.count(), 0);
                fs::write(empty.join("file"), inputs)?;
                if works { Ok(()) } else { anyhow::bail!("fails") }
            })
            .is_ok()
        };
        assert!(make("a", true));
        assert!(make("a", true));
        assert!(!make("b", false));
        assert!(make("b", true));
        assert!(make("b", true));
        assert_eq!(runs, 3);
        fs::remove_dir_all(&folder).unwrap();
        fs::remove_file(stamp_of(&folder)).unwrap();
    }

    #[test]
    fn two_at_a_time_make_a_folder_once() {
        let folder = std::env::temp_dir().join(format!("pushseal-stamp-both-{}", std::process::id()));
        let runs = Mutex::new(0);
        let make = || {
            once(&folder, "a", |_| {
                *runs.lock().unwrap() += 1;
                std::thread::sleep(std::time::Duration::from_millis(50));
                Ok(())
            })
        };
        std::thread::scope(|scope| {
            for run in [scope.spawn(make), scope.spawn(make)] {
                run.join().unwrap().unwrap();
            }
        });
        assert_eq!(*runs.lock().unwrap(), 1);
        fs::remove_dir_all(&folder).unwrap();
        fs::remove_file(stamp_of(&folder)).unwrap();
    }
}
