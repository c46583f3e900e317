//! Measures contenders in alternating rounds, so that what else the machine does meets all of them alike.

use serde::Serialize;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const ROUND: Duration = Duration::from_micros(500);
const WARM_UP: usize = 3;

/// One contender: who it is and its work.
pub struct Contender<'a> {
    who: &'static str,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    /// What the work gives is kept from being optimised away.
    pub fn new<T>(who: &'static str, mut work: impl FnMut() -> T + 'a) -> Self {
        Self { who, work: Box::new(move || drop(black_box(work()))) }
    }

    fn time(&mut self, calls: u32) -> Duration {
        let begin = Instant::now();
        (0..calls).for_each(|_| (self.work)());
        begin.elapsed()
    }

    /// So many calls fill a round.
    fn calls_per_round(&mut self) -> u32 {
        let mut calls = 1;
        while self.time(calls) < ROUND {
            calls *= 2;
        }
        calls
    }
}

#[derive(Serialize)]
struct Measured<'a> {
    what: &'a str,
    who: &'a str,
    unit: &'static str,
    samples: Vec<f64>,
}

/// Prints a line of JSON for each contender: nanoseconds per call, one number for each round.
pub fn measure(what: &str, rounds: usize, mut contenders: Vec<Contender<'_>>) -> serde_json::Result<()> {
    let calls: Vec<u32> = contenders.iter_mut().map(Contender::calls_per_round).collect();
    let mut samples = vec![Vec::new(); contenders.len()];
    for round in 0..rounds + WARM_UP {
        for ((contender, &calls), samples) in contenders.iter_mut().zip(&calls).zip(&mut samples) {
            let took = contender.time(calls).as_secs_f64() * 1e9 / f64::from(calls);
            if round >= WARM_UP {
                samples.push(took);
            }
        }
    }
    for (Contender { who, .. }, samples) in contenders.iter().zip(samples) {
        println!("{}", serde_json::to_string(&Measured { what, who, unit: "ns", samples })?);
    }
    Ok(())
}
