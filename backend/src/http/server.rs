//! Serving connections: bounded in number, with a time for a request's head, and ended without cutting an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::limits::Peer;
use crate::config::LimitsConfig;

/// When asked to stop, requests under way have so long.
const LAST_ANSWERS: Duration = Duration::from_secs(35);
/// Of a head that arrives, and of an answer that waits for its reader; a larger piece of an answer is held whole.
const CONNECTION_BUFFER: usize = 32 * 1024;
/// What the system keeps of an answer for a reader that does not read; by itself it would keep some megabytes.
const SEND_BUFFER: usize = 128 * 1024;
/// When the system has no connection to give, such as for lack of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until `stop` is ready, then lets the requests under way end. Connections beyond the limit
/// wait in the system's queue.
pub async fn serve_until(
    stop: impl Future<Output = ()>,
    listener: TcpListener,
    app: Router,
    limits: &LimitsConfig,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let times = Times {
        head: Duration::from_secs(u64::from(limits.head_seconds.max(1))),
        write: Duration::from_secs(u64::from(limits.write_seconds.max(1))),
    };
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let served = graceful.watch(connection(stream, Peer(peer.ip()), app.clone(), times));
                tokio::spawn(async move {
                    if let Err(error) = served.await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::error!(%error, "a connection cannot be taken; trying again");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(LAST_ANSWERS, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections were cut: their requests took too long");
    }
}

/// A connection whose writes have a time limit.
type TimedStream = TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>;

/// How long a client may take.
#[derive(Clone, Copy)]
struct Times {
    /// For the head of a request.
    head: Duration,
    /// To take some more of an answer.
    write: Duration,
}

fn connection(
    stream: TcpStream,
    peer: Peer,
    app: Router,
    times: Times,
) -> http1::Connection<
    TimedStream,
    impl hyper::service::HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send>,
> {
    // Small answers go at once.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(times.write));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        app.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(times.head)
        .max_buf_size(CONNECTION_BUFFER)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
