//! What the double and the program share: the service account, the OAuth client, the device keys.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

pub const PROJECT: &str = "101653523863785276";
pub const KEY_ID: &str = "6ee9c2b5d14e4f5f";
pub const SUB_ACCOUNT: &str = "103653523863785276";
pub const AUDIENCE: &str = "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
pub const CLIENT_ID: &str = "client";
pub const CLIENT_SECRET: &str = "bench-secret";
pub const BUNDLE: &str = "com.example.app";
pub const DEVICE_KEY_ID: &str = "k1";
pub const MASTER_KEY: [u8; 32] = [7; 32];

/// A console key file with a fresh RSA key, and the public key in the form that `jsonwebtoken` reads.
pub fn service_account(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok().context("no RSA key can be made")?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok().context("the RSA key has no PKCS#8 form")?;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let file =
        json!({"project_id": PROJECT, "key_id": KEY_ID, "private_key": pem, "sub_account": SUB_ACCOUNT});
    let path = folder.join("service-account.json");
    std::fs::write(&path, file.to_string())?;
    Ok((path, pair.public_key().as_ref().to_vec()))
}

/// A device's key: 32 bytes that only this device has.
pub fn device_key(device: u32) -> [u8; 32] {
    let mut key = [0x5a; 32];
    for (byte, value) in key.iter_mut().zip(device.to_be_bytes()) {
        *byte = value;
    }
    key
}

/// Bytes as they stand in JSON.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
