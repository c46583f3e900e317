//! A gzipped tar whose bytes depend on nothing but the files in it.

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::Files;

/// Where the package manager looks for everything.
const PREFIX: &str = "package";

/// 1 January 1980 in Unix seconds: the oldest time that a HAP, being a zip file, can hold.
const MODIFIED: u64 = 315_532_800;

/// Readable by all, writable by the owner: the loader only reads libraries.
const MODE: u32 = 0o644;

/// The archive of `files`, sorted by path.
pub(super) fn pack(files: &Files) -> Result<Vec<u8>> {
    // The gzip header has no time, no file name, and for the system "unknown".
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let mut archive = Builder::new(gzip);
    for (name, contents) in files {
        archive
            .append_data(&mut header(contents)?, format!("{PREFIX}/{name}"), contents.as_slice())
            .with_context(|| format!("cannot pack {name}"))?;
    }
    Ok(archive.into_inner()?.finish()?)
}

fn header(contents: &[u8]) -> Result<Header> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(MODE);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MODIFIED);
    header.set_size(u64::try_from(contents.len())?);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn files(names: &[&str]) -> Files {
        names.iter().map(|name| ((*name).to_owned(), format!("contents of {name}").into_bytes())).collect()
    }

    #[test]
    fn the_same_files_give_the_same_bytes_in_whatever_order_they_came() {
        let packed = pack(&files(&["Index.ets", "libs/x86_64/l.so", "LICENSE"])).unwrap();
        let again = pack(&files(&["LICENSE", "Index.ets", "libs/x86_64/l.so"])).unwrap();
        assert_eq!(packed, again);
        assert_ne!(packed, pack(&files(&["LICENSE", "Index.ets", "libs/x86_64/m.so"])).unwrap());
        // RFC 1952, section 2.3: deflate, no flags, no time, best compression, unknown system.
        assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }

    #[test]
    fn everything_lies_in_package_with_the_same_owner_mode_and_time() {
        let files = files(&["src/main/ets/b.ets", "src/main/ets/a.ets", "README.md", "libs/arm64-v8a/l.so"]);
        let packed = pack(&files).unwrap();
        let mut archive = tar::Archive::new(GzDecoder::new(packed.as_slice()));
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            assert_eq!(files.get(name.strip_prefix("package/").unwrap()), Some(&contents));
            let header = entry.header();
            assert_eq!(header.entry_type(), EntryType::Regular);
            assert_eq!(
                (
                    header.uid().unwrap(),
                    header.gid().unwrap(),
                    header.mode().unwrap(),
                    header.mtime().unwrap()
                ),
                (0, 0, MODE, MODIFIED)
            );
            names.push(name);
        }
        let expected = ["README.md", "libs/arm64-v8a/l.so", "src/main/ets/a.ets", "src/main/ets/b.ets"]
            .map(|name| format!("package/{name}"));
        assert_eq!(names, expected);
    }
}
