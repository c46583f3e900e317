//! Link arguments of the library for HarmonyOS devices, and the configuration `ark`, which stands for OpenHarmony's engine.
//!
//! The link arguments are here, and not in `.cargo/config.toml`, because the tools that call cargo for OHOS set
//! `CARGO_ENCODED_RUSTFLAGS`, which makes cargo ignore the flags in a configuration file.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=OHOS_NDK_HOME");
    if let Ok(ndk) = env::var("OHOS_NDK_HOME") {
        // Another SDK in the same folder means other link stubs: link again.
        println!("cargo::rerun-if-changed={ndk}/native/oh-uni-package.json");
    }
    println!("cargo::rustc-check-cfg=cfg(ark)");
    let for_device = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|target| target == "ohos");
    if for_device && env::var_os("OHOS_NDK_HOME").is_none() {
        println!(
            "cargo::error=OHOS_NDK_HOME is not set: set it to the folder of the HarmonyOS SDK that contains \
             `native`, or build with `cargo xtask so`"
        );
        return;
    }
    if for_device || env::var_os("CARGO_FEATURE_ARKVM_TEST").is_some() {
        println!("cargo::rustc-cfg=ark");
    }
    napi_build_ohos::setup();
    if for_device {
        link_for_device();
    }
}

fn link_for_device() {
    let arguments = [
        // Crash logs name the build id; it finds the unstripped copy.
        "--build-id=sha1",
        // The engine keeps pointers into the library, and thread-local destructors run at thread exit.
        "-z,nodelete",
        // Loads on devices with 4 KiB and with 16 KiB pages.
        "-z,max-page-size=16384",
        "-z,common-page-size=16384",
        "-z,relro",
        "-z,now",
        "-z,noexecstack",
    ];
    for argument in arguments {
        println!("cargo::rustc-cdylib-link-arg=-Wl,{argument}");
    }
}
