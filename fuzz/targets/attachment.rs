//! Any bytes as an attachment, and a valid one that was changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushseal::{Advice, Error, Reference, open_attachment, seal_attachment};
use sha2::{Digest, Sha256};

const KEY: [u8; 16] = [9; 16];

fuzz_target!(|bytes: &[u8]| {
    // A sender who has the key may write anything: the hash fits, the coding need not.
    match open_attachment(bytes, &fitting(bytes)) {
        Ok(content) => assert!(content.len() < bytes.len()),
        Err(error) => assert_eq!(error.advice(), Advice::Drop),
    }
    let (at, content) = bytes.split_at(bytes.len().min(2));
    let mut sealed = seal_attachment(content, &KEY, [3; 16]).unwrap();
    let reference = fitting(&sealed);
    assert_eq!(open_attachment(&sealed, &reference).unwrap().as_slice(), content);
    let place = at.iter().fold(0, |sum, &b| sum * 256 + usize::from(b)) % sealed.len();
    sealed[place] ^= 1 << (place % 8);
    assert_eq!(open_attachment(&sealed, &reference).unwrap_err(), Error::DecryptionFailed);
    let key_id_len = 20;
    let changed = open_attachment(&sealed, &fitting(&sealed));
    // The record size may grow without effect while there is one record.
    if !(16..=key_id_len).contains(&place) {
        assert!(changed.is_err(), "byte {place}");
    } else if let Ok(changed) = changed {
        assert_eq!(changed.as_slice(), content);
    }
    sealed.truncate(place);
    assert!(open_attachment(&sealed, &fitting(&sealed)).is_err(), "cut at {place}");
});

fn fitting(bytes: &[u8]) -> Reference {
    let size = u32::try_from(bytes.len()).unwrap();
    Reference::new("a", size, Sha256::digest(bytes).into(), KEY).unwrap()
}
