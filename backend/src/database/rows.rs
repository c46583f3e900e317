//! Many rows in one statement.

use std::fmt::Write;

/// Rows in a statement. Few different statements stay prepared.
const SIZES: [usize; 3] = [64, 8, 1];

/// Cuts rows into pieces that each make one statement.
pub(crate) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let (piece, tail) = SIZES.iter().find_map(|&size| rest.split_at_checked(size))?;
        rest = tail;
        Some(piece)
    })
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
pub(crate) fn values(rows: usize, columns: usize) -> String {
    let mut text = String::new();
    let mut number = 0_usize;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            number = number.saturating_add(1);
            // Writing into a text does not fail.
            let _ = write!(text, "{}${number}", if column == 0 { "" } else { ", " });
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_piece() {
        for count in [0, 1, 7, 8, 63, 64, 65, 1000] {
            let rows: Vec<_> = (0..count).collect();
            let cut: Vec<_> = pieces(&rows).collect();
            assert_eq!(cut.concat(), rows);
            assert!(cut.iter().all(|piece| SIZES.contains(&piece.len())));
        }
    }

    #[test]
    fn parameters_are_numbered_through() {
        assert_eq!(values(2, 2), "($1, $2), ($3, $4)");
        assert_eq!(values(1, 1), "($1)");
    }
}
