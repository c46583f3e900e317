//! The `pushseal` program: see `pushseal --help`.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    pushseal_backend::cli::run()
}
