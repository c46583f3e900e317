//! `pushseal send`: a message to one device, to those in a file, or to all, through a running backend.

mod input;
mod message;
mod piece;
mod post;
mod progress;
mod sizes;
mod state;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::sync::mpsc;

use self::input::Input;
use self::message::Message;
use self::piece::Piece;
pub(super) use self::post::Post;
use self::post::Posted;
use self::progress::Progress;
use self::sizes::Sizes;
use self::state::{Sent, State};
use super::devices::DatabaseArgs;
use super::failure::{Failure, runtime};

/// Pieces that are read ahead of the senders.
const AHEAD: usize = 16;

#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// The backend
    #[arg(long, value_name = "URL", env = "PUSHSEAL_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// File with the API key. Without it the environment variable PUSHSEAL_API_KEY is read
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    what: What,
    /// Size of each body, its limit, what remains, and whether it goes by claim check; nothing is sent
    #[arg(long)]
    dry_run: bool,
    /// Remembers what was sent: the same command with the same file goes on where it was interrupted and sends
    /// nothing twice
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    state: Option<PathBuf>,
    /// Requests at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    at_once: u32,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// One device, by its id
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// One user: all their devices
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Many devices: a file with one id a line
    #[arg(long, value_name = "FILE")]
    devices: Option<PathBuf>,
    /// Many messages: a file with one JSON object a line, {"device": ID or "user": USER, "data": ..., ...}
    #[arg(long, value_name = "FILE")]
    lines: Option<PathBuf>,
    /// Every registered device, read from the database that --config or --database names
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct What {
    /// The data: any JSON
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// File with the members of the message, as POST /v1/messages takes them, without "to"
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
}

/// `pushseal send`
pub(super) fn run(args: &SendArgs) -> Result<ExitCode, Failure> {
    let message = Message::read(args.what.data.as_deref(), args.what.message.as_deref())?;
    let post = Post::new(&args.url, args.api_key_file.as_deref())?;
    runtime()?.block_on(async {
        let input = input(args).await?;
        input.check(&message)?;
        if args.dry_run {
            return dry_run(&post, &input, &message).await;
        }
        let state = match &args.state {
            Some(path) => State::open(path, &input, &message)?,
            None => State::forgetful()?,
        };
        send(args, post, input, message, state).await
    })
}

async fn input(args: &SendArgs) -> Result<Input, Failure> {
    match &args.to {
        To { device: Some(id), .. } => Ok(Input::device(id)),
        To { user: Some(user), .. } => Ok(Input::user(user)),
        To { devices: Some(path), .. } => Input::devices(path),
        To { lines: Some(path), .. } => Input::lines(path),
        _ => Input::all(&args.database.open().await?, args.state.as_deref()).await,
    }
}

/// Asks for the sizes of one piece after the other and prints them.
async fn dry_run(post: &Post, input: &Input, message: &Message) -> Result<ExitCode, Failure> {
    let mut sizes = Sizes::default();
    for piece in input.pieces()? {
        let piece = piece?;
        sizes.add(&piece, post.sizes(message.body(&piece)?).await?)?;
    }
    Ok(sizes.summary())
}

/// Sends what the state does not call sent, and notes each piece that was taken.
async fn send(
    args: &SendArgs,
    post: Post,
    input: Input,
    message: Message,
    mut state: State,
) -> Result<ExitCode, Failure> {
    let mut progress = Progress::new(input.receivers);
    let (pieces, mut results) = start(args, post, message, &state);
    let reader = tokio::spawn(read(input, state.sent(), pieces));
    let mut stopped = None;
    while let Some((piece, posted)) = results.recv().await {
        match posted {
            Posted::Taken(id) => {
                state.note(piece.number)?;
                progress.took(&piece);
                let line = serde_json::json!({"messageId": id, "piece": piece.number, "receivers": piece.receivers()});
                progress.aside(|| writeln!(std::io::stdout(), "{line}"))?;
            }
            Posted::Refused(why) => progress.refused(&piece, &why)?,
            Posted::Stopped(why) => {
                stopped.get_or_insert(why);
                results.close();
            }
        }
    }
    let read =
        reader.await.unwrap_or_else(|_| Err(Failure("the reader of the input ended early".to_owned())));
    let code = progress.end(*read.as_ref().unwrap_or(&0));
    match (stopped, read) {
        (Some(why), _) => Err(Failure(format!("{why}. {}", state.advice()))),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Ok(code),
    }
}

type Results = mpsc::Receiver<(Piece, Posted)>;

/// Senders that take pieces and give results until there are no more.
fn start(args: &SendArgs, post: Post, message: Message, state: &State) -> (mpsc::Sender<Piece>, Results) {
    let (pieces, waiting) = mpsc::channel::<Piece>(AHEAD);
    let (results, received) = mpsc::channel(AHEAD);
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let shared = Arc::new((post, message, state.run().to_owned()));
    for _ in 0..args.at_once {
        let (waiting, results, shared) = (Arc::clone(&waiting), results.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let (post, message, run) = &*shared;
            loop {
                let next = waiting.lock().await.recv().await;
                let Some(piece) = next else { return };
                let posted = match message.body(&piece) {
                    Ok(body) => post.message(body, &format!("{run}.{}", piece.number)).await,
                    Err(Failure(why)) => Posted::Refused(why),
                };
                if results.send((piece, posted)).await.is_err() {
                    return;
                }
            }
        });
    }
    (pieces, received)
}

/// Hands out the pieces that were not sent before. Gives how many receivers were skipped.
async fn read(input: Input, sent: Sent, pieces: mpsc::Sender<Piece>) -> Result<u64, Failure> {
    let mut skipped = 0_u64;
    for piece in input.pieces()? {
        let piece = piece?;
        if sent.contains(piece.number) {
            skipped = skipped.saturating_add(piece.receivers());
        } else if pieces.send(piece).await.is_err() {
            break;
        }
    }
    Ok(skipped)
}
