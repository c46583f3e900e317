//! The one front door for everything that is not a plain `cargo build` or `cargo test`.
fn main() {}
