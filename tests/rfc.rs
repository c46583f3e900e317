//! The examples of the RFCs that the format stands on.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails"
)]

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use pushseal::{Error, Key, KeyId, Reference, open_attachment, open_raw};
use sha2::{Digest, Sha256};

fn bytes(text: &str) -> Vec<u8> {
    BASE64URL.decode_to_vec(text).unwrap()
}

#[test]
fn rfc_7520_section_5_6_opens() {
    let key = Key::new(KeyId::new("cookbook").unwrap(), &bytes("XctOhJAkA-pD9Lh7ZgW_2A")).unwrap();
    let jwe = concat!(
        "eyJhbGciOiJkaXIiLCJraWQiOiI3N2M3ZTJiOC02ZTEzLTQ1Y2YtODY3Mi02MTdiNWI0NTI0M2EiLCJlbmMiOiJBMTI4R0NNIn0",
        "..refa467QzzKx6QAB.",
        "JW_i_f52hww_ELQPGaYyeAB6HYGcR559l9TYnSovc23XJoBcW29rHP8yZOZG7YhLpT1bjFuvZPjQS-m0IFtVcXkZXdH_lr_FrdYt9HRUYksh",
        "trMmIUAyGmUnd9zMDB2n0cRDIHAzFVeJUDxkUwVAE7_YGRPdcqMyiBoCO-FBdE-Nceb4h3-FtBP-c_BIwCPTjb9o0SbdcdREEMJMyZBH8ySW",
        "MVi1gPD9yxi-aQpGbSv_F9N4IZAxscj5g-NJsUPbjk29-s7LJAGb15wEBtXphVCgyy53CoIKLHHeJHXex45Uz9aKZSRSInZI-wjsY0yu3cT4",
        "_aQ3i1o-tiE-F8Ios61EKgyIQ4CWao8PFMj8TTnp",
        ".vbb32Xvllea2OtmHAdccRQ"
    );
    let text = String::from_utf8(open_raw(&key, jwe).unwrap()).unwrap();
    let expected = "You can trust us to stick with you through thick and thin\u{2013}to the bitter end. And you can trust us to \
        keep any secret of yours\u{2013}closer than you keep it yourself. But you cannot trust us to let you face trouble alone, \
        and go off without a word. We are your friends, Frodo.";
    assert_eq!(text, expected);
}

fn attachment(key: &str, body: &str) -> Result<Vec<u8>, Error> {
    let body = bytes(body);
    let key = bytes(key).try_into().unwrap();
    let size = u32::try_from(body.len()).unwrap();
    let reference = Reference::new("rfc8188", size, Sha256::digest(&body).into(), key)?;
    open_attachment(&body, &reference).map(|content| content.to_vec())
}

#[test]
fn rfc_8188_section_3_1_opens() {
    let body = "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg";
    assert_eq!(attachment("yqdlZ-tYemfogSmv7Ws5PQ", body).unwrap(), b"I am the walrus");
}

#[test]
fn rfc_8188_section_3_2_opens() {
    let body =
        "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA";
    assert_eq!(attachment("BO3ZVPxUlnLORbVGMpbT1Q", body).unwrap(), b"I am the walrus");
}
