//! Names of the objects that are open, to refuse a second of the same name.

use super::string::Text;
use crate::error::Error;
use smallvec::SmallVec;
use std::borrow::Cow;
use zeroize::Zeroize;

/// Up to this many names are compared in pairs; more are sorted, so that no object costs quadratic time.
const PAIRWISE: usize = 12;

/// A stack: an object's names lie above those of the objects around it.
#[derive(Default)]
pub(super) struct Names<'a>(SmallVec<[Text<'a>; 24]>);

impl<'a> Names<'a> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn push(&mut self, name: Text<'a>) {
        self.0.push(name);
    }

    /// Ends the object whose first name is the `first`-th: refuses a repeated name and forgets them all.
    pub(super) fn close(&mut self, first: usize) -> Result<(), Error> {
        let names = self.0.get(first..).unwrap_or_default();
        let repeated = if names.len() <= PAIRWISE && names.iter().all(|name| !name.escaped) {
            names
                .iter()
                .enumerate()
                .any(|(n, name)| names.iter().take(n).any(|other| other.text == name.text))
        } else {
            sorted_repeat(names)
        };
        self.0.truncate(first);
        if repeated { Err(Error::UnsafeJson("a name occurs twice in one object")) } else { Ok(()) }
    }
}

fn sorted_repeat(names: &[Text<'_>]) -> bool {
    let mut plain: Vec<Cow<'_, str>> = names.iter().map(|name| name.decode()).collect();
    plain.sort_unstable();
    let repeated = plain.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    // Names without their escapes are copies of plaintext.
    for name in &mut plain {
        if let Cow::Owned(copy) = name {
            copy.zeroize();
        }
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_compared_too() {
        for count in [2, PAIRWISE, PAIRWISE + 1, 1000] {
            let owned: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
            let mut names = Names::default();
            owned.iter().for_each(|name| names.push(Text::new(name)));
            assert!(names.close(0).is_ok(), "{count} different");
            owned.iter().for_each(|name| names.push(Text::new(name)));
            names.push(Text::new("n1"));
            assert!(names.close(0).is_err(), "{count} and one again");
        }
    }
}
