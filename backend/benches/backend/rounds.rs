//! One run: a fresh database with so many devices, and four kinds of load one after another.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::double::Double;
use crate::keys::{self, BUNDLE, DEVICE_KEY_ID, device_key};
use crate::load::{Load, percentile_ms};
use crate::options::{Engine, Options};
use crate::postgres::Postgres;
use crate::program::Program;
use crate::registry;
use crate::report::Row;

/// Devices of each region that get messages.
const RECEIVERS: u32 = 1000;
const FAN_OUT: u32 = 1000;
/// Messages a second where the way to Push Kit is timed: far below what it can do, so that nothing queues.
const CALM_RATE: u32 = 100;
const CALM_MESSAGES: u32 = 500;

/// What a run works on.
struct Run {
    load: Load,
    double: Double,
    program: Program,
    /// Numbers of the devices that get messages, v3.
    first: u32,
    messages: u32,
}

/// Fills the registry, sends, and gives what was measured.
pub async fn measure(engine: Engine, devices: u32, options: &Options) -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let (account, public_key) = keys::service_account(folder.path())?;
    let double = Double::start(&public_key).await?;
    let (database, server) = database(engine, &folder)?;
    let began = Instant::now();
    registry::fill(&database, devices.saturating_sub(RECEIVERS).max(1)).await?;
    let fill_s = began.elapsed().as_secs_f64();
    let program = Program::start(folder.path(), &database, &double.url, &account)?;
    let load = Load::new(&program.url)?;
    let first = devices;
    let began = Instant::now();
    registry::register(&load, first..first.saturating_add(RECEIVERS), "cn").await?;
    let registrations_per_s = f64::from(RECEIVERS) / began.elapsed().as_secs_f64();
    let of_v1 = first.saturating_add(RECEIVERS);
    registry::register(&load, of_v1..of_v1.saturating_add(RECEIVERS), "old").await?;

    let run = Run { load, double, program, first, messages: options.messages };
    let mut row = Row {
        engine: engine.name(),
        devices,
        fill_s,
        registrations_per_s,
        messages: options.messages,
        ..Row::default()
    };
    one_by_one(&run, &mut row).await?;
    fan_out(&run, &mut row).await?;
    calm(&run, &mut row).await?;
    v1(&run, &mut row).await?;
    row.peak_memory_mb = run.program.peak_megabytes()?;
    run.program.stop()?;
    row.database_mb = size_mb(folder.path(), engine)?;
    drop(server);
    Ok(row)
}

fn database(engine: Engine, folder: &TempDir) -> Result<(String, Option<Postgres>)> {
    match engine {
        Engine::Sqlite => Ok((folder.path().join("pushseal.db").display().to_string(), None)),
        Engine::Postgres => {
            let data = folder.path().join("postgres");
            std::fs::create_dir(&data)?;
            // The server's own user must reach it.
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(folder.path(), open)?;
            let server = Postgres::start(&data, "")?;
            Ok((format!("{}/postgres", server.url()), Some(server)))
        }
    }
}

/// 64 senders, one device a message: what is accepted, and what goes out at the same time.
async fn one_by_one(run: &Run, row: &mut Row) -> Result<()> {
    run.double.reset();
    let (cpu, began) = (run.program.cpu_seconds()?, Instant::now());
    let first = run.first;
    let work =
        move |load: Load, n: u32| async move { load.post(&[first.saturating_add(n % RECEIVERS)]).await };
    let took = run.load.each((0..run.messages).collect(), work).await?;
    row.accepted_per_s = f64::from(run.messages) / began.elapsed().as_secs_f64();
    run.double.received(run.messages).await?;
    row.dispatched_per_s = f64::from(run.messages) / began.elapsed().as_secs_f64();
    row.cpu_us_per_message = (run.program.cpu_seconds()? - cpu) * 1e6 / f64::from(run.messages);
    row.accept_p50_ms = percentile_ms(&took, 0.50);
    row.accept_p99_ms = percentile_ms(&took, 0.99);
    row.jwts = run.double.bearers();
    every_kept_payload_opens(&run.double)
}

/// A thousand devices a message, sealed for each.
async fn fan_out(run: &Run, row: &mut Row) -> Result<()> {
    run.double.reset();
    let requests = run.messages / FAN_OUT;
    let dispatches = requests * FAN_OUT;
    let devices: Vec<_> = (run.first..run.first.saturating_add(FAN_OUT)).collect();
    let (cpu, began) = (run.program.cpu_seconds()?, Instant::now());
    for _ in 0..requests {
        run.load.post(&devices).await?;
    }
    run.double.received(dispatches).await?;
    row.fan_out_per_s = f64::from(dispatches) / began.elapsed().as_secs_f64();
    row.fan_out_cpu_us = (run.program.cpu_seconds()? - cpu) * 1e6 / f64::from(dispatches);
    every_kept_payload_opens(&run.double)
}

/// A calm backend: from the sender's request to Push Kit's receipt of it.
async fn calm(run: &Run, row: &mut Row) -> Result<()> {
    run.double.reset();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / CALM_RATE);
    let mut sent = Vec::new();
    for n in 0..CALM_MESSAGES {
        tick.tick().await;
        let (load, number) = (run.load.clone(), run.first.saturating_add(n));
        sent.push(tokio::spawn(async move {
            let began = Instant::now();
            load.post(&[number]).await.map(|()| (number, began))
        }));
    }
    let mut began = Vec::new();
    for request in sent {
        began.push(request.await??);
    }
    run.double.received(CALM_MESSAGES).await?;
    let way = began.into_iter().map(|(number, began)| {
        let arrived = run.double.arrival(&registry::token(number)).context("a message did not come")?;
        Ok(arrived.saturating_duration_since(began))
    });
    let mut way = way.collect::<Result<Vec<_>>>()?;
    way.sort_unstable();
    row.way_p50_ms = percentile_ms(&way, 0.50);
    row.way_p99_ms = percentile_ms(&way, 0.99);
    Ok(())
}

/// The v1 route with 64 senders: one access token for all of them.
async fn v1(run: &Run, row: &mut Row) -> Result<()> {
    run.double.reset();
    let first = run.first.saturating_add(RECEIVERS);
    let began = Instant::now();
    let work =
        move |load: Load, n: u32| async move { load.post(&[first.saturating_add(n % RECEIVERS)]).await };
    run.load.each((0..run.messages).collect(), work).await?;
    run.double.received(run.messages).await?;
    row.v1_per_s = f64::from(run.messages) / began.elapsed().as_secs_f64();
    row.oauth_requests = run.double.oauth_requests();
    Ok(())
}

/// Some of the payloads that came, each with the key of its own device.
fn every_kept_payload_opens(double: &Double) -> Result<()> {
    let kept = double.take_kept();
    ensure!(!kept.is_empty(), "no payload was kept");
    for (token, payload) in kept {
        let number: u32 = token.split('-').nth(1).context("no number in the token")?.parse()?;
        let key = pushseal::Key::new(pushseal::KeyId::new(DEVICE_KEY_ID)?, &device_key(number))?;
        let now_ms = u64::try_from(pushseal_backend::clock::now_ms())?;
        let options = pushseal::OpenOptions::new(now_ms).audience(BUNDLE).clock_skew_s(60);
        pushseal::open(&pushseal::Keyring::new(vec![key])?, &payload, &options)?;
    }
    Ok(())
}

fn size_mb(folder: &Path, engine: Engine) -> Result<f64> {
    if engine == Engine::Postgres {
        return Ok(0.0);
    }
    let bytes = std::fs::metadata(folder.join("pushseal.db"))?.len();
    Ok(f64::from(u32::try_from(bytes / 1000)?) / 1000.0)
}
