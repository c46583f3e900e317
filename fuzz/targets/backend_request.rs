//! Any bytes as a body of the backend: what is accepted keeps the limits of the interface; no refusal repeats what was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushseal_backend::messages::SendRequest;
use pushseal_backend::registry::{Registration, RegistrationBody};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = serde_json::from_slice::<SendRequest>(bytes)
        && request.check().is_ok()
    {
        let receivers = request.to.devices.len() + request.to.users.len();
        assert!((1..=1000).contains(&receivers));
        assert!(request.ttl.is_none_or(|ttl| (1..=1_296_000).contains(&ttl)));
        assert!(request.id.is_none_or(|id| (1..=64).contains(&id.len()) && id.is_ascii()));
        assert!(request.data.is_some() || request.notification.is_some(), "there is something to send");
    }
    if let Ok(body) = serde_json::from_slice::<RegistrationBody>(bytes) {
        match Registration::parse("device-1", body) {
            Ok(registration) => {
                assert!((1..=2).contains(&registration.keys.len()));
                assert!(registration.token.len() <= 1024 && registration.token.is_ascii());
                assert!((1..=128).contains(&registration.bundle.len()));
            }
            // The texts are fixed: they are as long for any body.
            Err(error) => assert!(error.to_string().len() < 120),
        }
    }
});
