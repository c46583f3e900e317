//! `pushseal revoke`: takes a message back through a running backend.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::{Failure, runtime};
use super::send::Post;
use crate::messages::Revoked;

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// The message's id
    id: String,
    /// The backend
    #[arg(long, value_name = "URL", env = "PUSHSEAL_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// File with the API key. Without it the environment variable PUSHSEAL_API_KEY is read
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
}

/// `pushseal revoke`
pub(super) fn run(args: &RevokeArgs) -> Result<ExitCode, Failure> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    if args.id.is_empty() || !args.id.bytes().all(plain) {
        return Err(Failure("a message's id has letters, digits, '-', '_', '.' and ':' only".to_owned()));
    }
    let post = Post::new(&args.url, args.api_key_file.as_deref())?;
    let Revoked { stopped, revoked, kept } = runtime()?.block_on(post.revoke(&args.id))?;
    println!(
        "{stopped} stopped before they were sent, {revoked} revoked at Push Kit, {kept} cannot be taken back"
    );
    Ok(ExitCode::SUCCESS)
}
