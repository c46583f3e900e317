//! Opens one message so many times, for a program that counts instructions: `count <messages> <message> <times>`.

#[allow(dead_code, reason = "the other program uses the rest")]
mod input;
mod ours;

use input::Input;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, name, times] = &*arguments else { return Err("count <messages> <message> <times>".into()) };
    let input: Input = serde_json::from_slice(&std::fs::read(file)?)?;
    let message = input.messages.iter().find(|message| message.name == *name).ok_or("no such message")?;
    let mut open = ours::ours(&input, message)?;
    for _ in 0..times.parse::<u64>()? {
        std::hint::black_box(open());
    }
    Ok(())
}
