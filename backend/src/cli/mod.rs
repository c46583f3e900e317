//! The command line.

mod check;
mod devices;
mod doctor;
mod failure;
mod keys;
mod lines;
mod revoke;
mod send;
mod serve;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::failure::Failure;

/// Seals push messages, and sends them through Huawei Push Kit.
#[derive(Debug, Parser)]
#[command(name = "pushseal", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new device key and print it as JSON: {"keyId", "key"}
    Keygen(KeygenArgs),
    /// Seal: one JSON value a line on standard input, one compact JWE a line on standard output
    Seal(lines::SealArgs),
    /// Open: one payload or JWE a line on standard input, one JSON message a line on standard output
    Open(lines::OpenArgs),
    /// Run the backend
    Serve(Box<serve::ServeArgs>),
    /// Send a message through a running backend: to one device, to many, or to all
    Send(Box<send::SendArgs>),
    /// Take a message back: stop what waits, and revoke notifications that were not tapped yet
    Revoke(revoke::RevokeArgs),
    /// Look at the registered devices, or remove one
    #[command(subcommand)]
    Devices(devices::DevicesCommand),
    /// Check key files, addresses, clock and console settings; the exit code is 1 when something is wrong
    Doctor(Box<serve::ServeArgs>),
    /// Make or change master keys, which encrypt the device keys in the database
    #[command(subcommand)]
    MasterKey(MasterKeyCommand),
    /// Make secrets, with which the events of a webhook are signed
    #[command(subcommand)]
    WebhookSecret(WebhookSecretCommand),
    /// Make API keys, with which senders send
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Args)]
struct KeygenArgs {
    /// Bytes of the key: 32 for A256GCM, 16 for A128GCM
    #[arg(long, default_value = "32", value_parser = ["16", "32"])]
    bytes: String,
}

#[derive(Debug, Subcommand)]
enum MasterKeyCommand {
    /// Print a new master key: a line for the master-key file
    New,
    /// Encrypt every device key that is under an older master key anew
    Reseal(Box<serve::ServeArgs>),
}

#[derive(Debug, Subcommand)]
enum WebhookSecretCommand {
    /// Print a new secret: a line for the webhook's secret file, and for the server that checks the signatures
    New,
}

#[derive(Debug, Subcommand)]
enum ApiKeyCommand {
    /// Print a new API key and the line for the API-key file, as JSON
    New {
        /// The sender's name
        #[arg(long)]
        name: String,
        /// What it may do: send, read, or both
        #[arg(long, default_value = "send,read")]
        scopes: String,
        /// When it stops being accepted, such as 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// The regions whose devices it may send to, separated by commas; without it every region
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        regions: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Read the configuration and every file that it names, and say whether the backend would start
    Check(Box<serve::ServeArgs>),
}

/// Runs the program. Errors are printed; the exit code is 1 for them and 2 for a wrong command line.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Keygen(args) => keys::keygen(&args.bytes),
        Command::Seal(args) => lines::seal(&args),
        Command::Open(args) => lines::open(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Send(args) => send::run(&args),
        Command::Revoke(args) => revoke::run(&args),
        Command::Devices(command) => devices::run(&command),
        Command::Doctor(args) => doctor::run(&args),
        Command::MasterKey(MasterKeyCommand::New) => keys::new_master_key(),
        Command::MasterKey(MasterKeyCommand::Reseal(args)) => serve::reseal(&args),
        Command::WebhookSecret(WebhookSecretCommand::New) => keys::new_webhook_secret(),
        Command::ApiKey(ApiKeyCommand::New { name, scopes, expires, regions }) => {
            keys::new_api_key(&name, &scopes, expires.as_deref(), &regions)
        }
        Command::Config(ConfigCommand::Check(args)) => check::run(&args),
    };
    match outcome {
        Ok(code) => code,
        Err(Failure(message)) => {
            eprintln!("pushseal: {message}");
            ExitCode::FAILURE
        }
    }
}
