//! One `pushseal serve` on a SQLite file: a second one would send the same messages again and wait for the first one's writes.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::address::{resolve, sqlite_path};
use super::engine::Engine;
use super::open_error::OpenError;

/// Held as long as the process serves. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct ServeLock {
    _file: Option<File>,
}

/// Takes the right to serve on a database. PostgreSQL serves several processes and needs none.
///
/// # Errors
/// [`OpenError::InUse`] when another process serves on the same file, [`OpenError::Lock`] when the lock file beside it
/// cannot be made, [`OpenError::UnknownScheme`].
pub fn lock_for_serving(address: &str) -> Result<ServeLock, OpenError> {
    let (_, engine) = resolve(address, "rw")?;
    if engine == Engine::Postgres {
        return Ok(ServeLock { _file: None });
    }
    let path = lock_file(Path::new(sqlite_path(address)));
    let failed = |source| OpenError::Lock { path: path.display().to_string(), source };
    let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = match opened {
        Ok(file) => file,
        // Without its folder there is no database either: opening it says so better.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ServeLock { _file: None }),
        Err(error) => return Err(failed(error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Where the system locks against reading too, the number is left out.
            let _ = file.take(20).read_to_string(&mut holder);
            return Err(OpenError::InUse { place: address.to_owned(), process: holder.trim().to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
    Ok(ServeLock { _file: Some(file) })
}

/// Two names of one file lead to one lock.
fn lock_file(database: &Path) -> PathBuf {
    let database = database.canonicalize().unwrap_or_else(|_| {
        let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        folder
            .ok()
            .zip(database.file_name())
            .map_or_else(|| database.to_owned(), |(folder, name)| folder.join(name))
    });
    let mut name = database.into_os_string();
    name.push(".serve-lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_served_by_one_whatever_name_it_is_called_by() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pushseal.db").display().to_string();
        let held = lock_for_serving(&path).unwrap();
        File::create(&path).unwrap();
        let link = folder.path().join("link.db");
        let names = [path.clone(), format!("sqlite:{path}"), link.display().to_string()];
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for name in &names {
            let Err(OpenError::InUse { process, .. }) = lock_for_serving(name) else { panic!("{name}") };
            assert_eq!(process, std::process::id().to_string());
        }
        drop(held);
        for name in &names {
            lock_for_serving(name).unwrap();
        }
        lock_for_serving("postgres://u@h/n").unwrap();
        assert!(matches!(lock_for_serving("mysql://h/n"), Err(OpenError::UnknownScheme)));
        let folder = folder.path().join("folder.db.serve-lock");
        std::fs::create_dir(&folder).unwrap();
        let refused = lock_for_serving(folder.with_extension("").to_str().unwrap());
        assert!(matches!(refused, Err(OpenError::Lock { .. })), "{refused:?}");
    }
}
