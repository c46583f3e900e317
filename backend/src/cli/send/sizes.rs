//! `--dry-run`: what each body would take, printed one line a device, and a sum.

use std::io::Write;
use std::process::ExitCode;

use super::piece::Piece;
use crate::cli::failure::Failure;
use crate::messages::{self, Transport};

/// Sums.
#[derive(Default)]
pub(super) struct Sizes {
    inline: u64,
    claim_checks: u64,
    unsendable: u64,
    refused: u64,
    largest: usize,
}

impl Sizes {
    /// Prints the lines of one piece.
    pub(super) fn add(
        &mut self,
        piece: &Piece,
        answer: Result<messages::Sizes, String>,
    ) -> Result<(), Failure> {
        let sizes = match answer {
            Ok(sizes) => sizes,
            Err(why) => {
                writeln!(std::io::stderr(), "would be refused: {piece}: {why}")?;
                self.refused = self.refused.saturating_add(piece.receivers());
                return Ok(());
            }
        };
        let mut output = std::io::stdout().lock();
        for device in &sizes.devices {
            let (id, push_type) = (&device.device_id, device.push_type);
            match device.transport {
                Transport::None => {
                    self.unsendable = self.unsendable.saturating_add(1);
                    writeln!(output, "{id} push-type {push_type}: not sent, {}", device.code)?;
                }
                way => {
                    let (limit, remaining) = (sizes.limit, sizes.limit.saturating_sub(device.size));
                    self.largest = self.largest.max(device.size);
                    let (count, how) = match way {
                        Transport::ClaimCheck => (&mut self.claim_checks, "by claim check"),
                        _ => (&mut self.inline, "inline"),
                    };
                    *count = count.saturating_add(1);
                    writeln!(
                        output,
                        "{id} push-type {push_type}: {} of {limit} bytes, {remaining} remain, {how}",
                        device.size
                    )?;
                }
            }
        }
        Ok(())
    }

    /// The last line; nothing was sent.
    pub(super) fn summary(&self) -> ExitCode {
        let Self { inline, claim_checks, unsendable, refused, largest } = self;
        eprintln!(
            "nothing was sent: {inline} inline, {claim_checks} by claim check, {unsendable} without a way, \
             {refused} receiver(s) refused; the largest body has {largest} bytes"
        );
        if self.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
