//! The examples of the RFCs that the format stands on.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails"
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use pushseal::low_level::open_raw;
use pushseal::{Error, Key, KeyId, Keyring, OpenOptions, Reference, open, open_attachment};
use sha2::{Digest, Sha256};

fn bytes(text: &str) -> Vec<u8> {
    BASE64URL.decode(text).unwrap()
}

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
    let text = String::from_utf8(open_raw(&key, jwe).unwrap().to_vec()).unwrap();
    let expected = "You can trust us to stick with you through thick and thin\u{2013}to the bitter end. And you can trust us to \
        keep any secret of yours\u{2013}closer than you keep it yourself. But you cannot trust us to let you face trouble alone, \
        and go off without a word. We are your friends, Frodo.";
    assert_eq!(text, expected);
}

/// Appendix A: key encryption by RSA-OAEP, RSA1_5 and AES key wrap, and the JSON serialization. None is direct encryption.
#[test]
fn rfc_7516_appendix_a_is_refused() {
    let wrapped = "UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0-kFm1NJn8LE9XShH59_i8J0PH5ZZyNfGy2xGdULU7sHNF6Gp2vPLgNZ__\
        deLKxGHZ7PcHALUzoOegEI-8E66jX2E4zyJKx-YxzZIItRzC5hlRirb6Y5Cl_p-ko3YvkkysZIFNPccxRU7qve1WYPxqbb2Yw8kZqa2rMWI5ng8OtvzlV7elprCbuPh\
        cCdZ6XDP0_F8rkXds2vE4X-ncOIM8hAYHHi29NX0mcKiRaD0-D-ljQTP-cFPgwCp6X-nZZd9OHBv-B3oWh2TbqmScqXMR4gp_A";
    let a1 = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_\
        etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XW\
        Rxv2322i-vDxRfqNzo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpI\
        MfIjf7iGdXKHzg.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZo\
        detZdvTiFvSkQ";
    let a2 = format!(
        "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.{wrapped}.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY\
         .9hH0vgRfYgPnAHOd8stkvw"
    );
    let a3 = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGlj\
        b3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ";
    let a4 = format!(
        r#"{{"protected":"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0","unprotected":{{"jku":"https://server.example.com/keys.jwks"}},"recipients":[
        {{"header":{{"alg":"RSA1_5","kid":"2011-04-29"}},"encrypted_key":"{wrapped}"}},
        {{"header":{{"alg":"A128KW","kid":"7"}},"encrypted_key":"6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ"}}],
        "iv":"AxY8DCtDaGlsbGljb3RoZQ","ciphertext":"KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY","tag":"Mz-VPPyU4RlcuYv1IwIvzw"}}"#
    );
    let keys = || [&[1_u8; 16][..], &[1; 32]].map(|bytes| Key::new(KeyId::new("7").unwrap(), bytes).unwrap());
    let mut refused = 0;
    for (jwe, expected) in [(a1, 2003), (&a2, 2003), (a3, 2003), (&a4, 2007)] {
        for key in keys() {
            assert!(open_raw(&key, jwe).is_err(), "{jwe}");
            let ring = Keyring::new(vec![key]).unwrap();
            assert_eq!(open(&ring, jwe, &OpenOptions::default()).unwrap_err().code(), expected, "{jwe}");
        }
        refused += 1;
    }
    println!("report: RFC 7516, appendix A: 0 accepted, {refused} refused as unsupported");
    assert_eq!(refused, 4);
}

/// Direct encryption and both attachments of the RFCs, counted.
#[test]
fn every_example_of_our_forms_opens() {
    rfc_7520_section_5_6_opens();
    rfc_8188_section_3_1_opens();
    rfc_8188_section_3_2_opens();
    println!("report: RFC 7520 §5.6 and RFC 8188 §3.1, §3.2: 3 of 3 accepted");
}

fn attachment(key: &str, body: &str) -> Result<Vec<u8>, Error> {
    let body = bytes(body);
    let key = bytes(key).try_into().unwrap();
    let size = u32::try_from(body.len()).unwrap();
    let reference = Reference::new("rfc8188", size, Sha256::digest(&body).into(), key)?;
    open_attachment(&body, &reference).map(|content| content.to_vec())
}

fn rfc_8188_section_3_1_opens() {
    let body = "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg";
    assert_eq!(attachment("yqdlZ-tYemfogSmv7Ws5PQ", body).unwrap(), b"I am the walrus");
}

fn rfc_8188_section_3_2_opens() {
    let body =
        "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA";
    assert_eq!(attachment("BO3ZVPxUlnLORbVGMpbT1Q", body).unwrap(), b"I am the walrus");
}
