//! The gate on real libraries: one that is right, and one for each way of being wrong.
//!
//! They are compiled here with clang 19 and lld 19 (Debian's packages `clang-19` and `lld-19`).

use super::*;
use crate::ohos::{
    sample::{self, SOURCE, Sample},
    symbols,
};

/// What the gate says of the right sample after `change`.
fn after(abi: Abi, change: impl FnOnce(&mut Sample)) -> Vec<Finding> {
    let mut sample = Sample::right(abi);
    change(&mut sample);
    check(&sample.build(), &rules(abi))
}

fn rules(abi: Abi) -> Rules {
    Rules { abi, device: symbols::listed(), budget: Some(BUDGET) }
}

/// The change must be found on both processors, and nothing else with it.
fn refused(change: impl Fn(&mut Sample), expected: &[Finding]) {
    for abi in Abi::ALL {
        assert_eq!(after(abi, &change), expected, "{abi}");
    }
}

#[test]
fn a_right_library_passes() {
    refused(|_| {}, &[]);
}

#[test]
fn an_undefined_symbol_outside_the_lists() {
    let call = |sample: &mut Sample| {
        sample.source =
            format!("{SOURCE} int __fprintf_chk(void); int f(void) {{ return __fprintf_chk(); }}");
    };
    refused(call, &[Finding::Undefined("__fprintf_chk".into())]);
}

#[test]
fn weak_references_pass_only_when_the_caller_is_known_to_test_them() {
    let reference = |name: &str| {
        format!(
            "{SOURCE} int {name}(void) __attribute__((weak)); int f(void) {{ return {name} ? {name}() : 0; }}"
        )
    };
    refused(|sample| sample.source = reference("__register_frame_info"), &[]);
    refused(
        |sample| sample.source = reference("gnu_get_libc_version"),
        &[Finding::Undefined("gnu_get_libc_version".into())],
    );
    let strong = format!(
        "{SOURCE} int __register_frame_info(void); int f(void) {{ return __register_frame_info(); }}"
    );
    refused(
        |sample| sample.source.clone_from(&strong),
        &[Finding::Undefined("__register_frame_info".into())],
    );
}

#[test]
fn a_missing_needed() {
    let unlink = |sample: &mut Sample| sample.libraries.retain(|library| library != "libace_napi.z.so");
    let finding =
        Finding::NotNeeded { library: "libace_napi.z.so".into(), symbol: "napi_module_register".into() };
    refused(unlink, &[finding]);
}

#[test]
fn a_needed_library_that_no_device_has() {
    let link = |sample: &mut Sample| {
        sample.libraries.push("libc++_shared.so".into());
        sample.flag("--no-as-needed");
    };
    refused(link, &[Finding::ForeignNeeded("libc++_shared.so".into())]);
}

#[test]
fn a_writable_executable_segment() {
    for abi in Abi::ALL {
        let mut library = Sample::right(abi).build();
        let address = sample::make_code_writable(&mut library);
        assert_eq!(check(&library, &rules(abi)), [Finding::WritableCode { address }], "{abi}");
    }
}

#[test]
fn an_executable_stack() {
    refused(|sample| sample.replace("-z,noexecstack", "-z,execstack"), &[Finding::ExecutableStack]);
}

/// An absolute address in the code, as code compiled without `-fPIC` has.
fn absolute_address(sample: &mut Sample) {
    sample.source = format!("{SOURCE} __asm__(\".text\\n.balign 8\\n.quad napi_register_module_v1\\n\");");
    sample.flag("-z,notext");
}

#[test]
fn a_text_relocation() {
    refused(absolute_address, &[Finding::TextRelocation]);
}

#[test]
fn a_text_relocation_without_its_tag() {
    for abi in Abi::ALL {
        let mut sample = Sample::right(abi);
        absolute_address(&mut sample);
        let mut library = sample.build();
        sample::erase_text_relocation_tags(&mut library);
        assert_eq!(check(&library, &rules(abi)), [Finding::TextRelocation], "{abi}");
    }
}

#[test]
fn a_missing_or_wrong_soname() {
    refused(|sample| sample.replace(sample::SONAME, "--as-needed"), &[Finding::Soname(None)]);
    let wrong = Finding::Soname(Some("libpushseal.so".into()));
    refused(|sample| sample.replace(sample::SONAME, "-soname,libpushseal.so"), &[wrong]);
}

#[test]
fn an_extra_export() {
    let source = format!("{SOURCE} __attribute__((visibility(\"default\"))) int extra(void) {{ return 1; }}");
    refused(|sample| sample.source.clone_from(&source), &[Finding::Exported("extra".into())]);
}

#[test]
fn a_missing_export() {
    let source =
        SOURCE.replace("default", "hidden").replace("hidden\"))) void *napi", "hidden\"), used)) void *napi");
    refused(|sample| sample.source.clone_from(&source), &[Finding::NotExported]);
}

#[test]
fn a_library_over_its_budget() {
    let table =
        format!("{SOURCE} const char table[460000] = {{1}}; const char *f(int i) {{ return table + i; }}");
    for abi in Abi::ALL {
        let findings = after(abi, |sample| sample.source.clone_from(&table));
        let [Finding::TooBig { size, budget: BUDGET }] = findings.as_slice() else { panic!("{findings:?}") };
        assert!((460_000..500_000).contains(size));
        let debug = Rules { budget: None, ..rules(abi) };
        let mut sample = Sample::right(abi);
        sample.source.clone_from(&table);
        assert_eq!(check(&sample.build(), &debug), []);
    }
}

#[test]
fn missing_hardening() {
    refused(|sample| sample.flag("-rpath,/data"), &[Finding::SearchPath]);
    refused(|sample| sample.replace("-z,relro", "-z,norelro"), &[Finding::NotReadOnlyAfterRelocation]);
    refused(|sample| sample.replace("-z,now", "-z,lazy"), &[Finding::LazyBinding]);
    refused(|sample| sample.replace("-z,nodelete", "--as-needed"), &[Finding::Unloadable]);
    refused(|sample| sample.replace("--build-id=sha1", "--build-id=none"), &[Finding::NoBuildId]);
    refused(|sample| sample.replace("--strip-all", "--as-needed"), &[Finding::Unstripped]);
}

#[test]
fn four_kilobyte_pages() {
    for abi in Abi::ALL {
        let findings = after(abi, |sample| sample.replace("-z,max-page-size=16384", "-z,max-page-size=4096"));
        let small = |finding: &Finding| matches!(finding, Finding::Alignment { align: 4096, .. });
        assert!(!findings.is_empty() && findings.iter().all(small), "{findings:?}");
    }
}

#[test]
fn another_processor() {
    let library = Sample::right(Abi::X86_64).build();
    assert_eq!(check(&library, &rules(Abi::Arm64V8a)), [Finding::WrongMachine { expected: "arm64-v8a" }]);
}

#[test]
fn a_program_instead_of_a_library() {
    for abi in Abi::ALL {
        let mut program = Sample::right(abi).build();
        sample::make_executable(&mut program);
        assert_eq!(check(&program, &rules(abi)), [Finding::NotShared], "{abi}");
    }
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let library = Sample::right(Abi::Arm64V8a).build();
    for length in (0..library.len()).step_by(61) {
        assert!(!check(&library[..length], &rules(Abi::Arm64V8a)).is_empty(), "{length} bytes");
    }
    assert_eq!(
        check(b"no library", &rules(Abi::Arm64V8a)),
        [Finding::Unreadable("not a 64-bit ELF file: Invalid ELF header size or alignment".into())]
    );
}
