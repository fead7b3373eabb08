//! Finds a value in text with reading errors: approximate substring search (Sellers 1980) over folded text, in which characters that
//! recognition takes for each other cost less than others.

use crate::layout::fold::Folded;

/// Cost of a character that is easily taken for another.
const CONFUSED: f32 = 0.3;
/// Cost of a match that begins or ends inside a word.
const INSIDE_WORD: f32 = 0.5;
/// Shorter values must stand as words of their own.
const FREE_FROM: usize = 6;

/// Characters that look alike, after folding.
const ALIKE: &[&[u8]] = &[b"0oqd", b"1il7", b"2z", b"5s", b"6gb", b"8b", b"4a", b"uv", b"ce", b"9gq"];

/// Where a value was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// First folded byte.
    pub start: usize,
    /// One past the last folded byte.
    pub end: usize,
    /// 1 - cost / length of the value.
    pub score: f32,
}

/// The best place of a folded value in a text that costs no more than `budget` and begins before the byte `from`.
pub fn find(wanted: &[u8], text: &Folded, from: usize, budget: f32) -> Option<Found> {
    let n = wanted.len();
    if n == 0 || text.bytes.len() as f32 + budget < n as f32 {
        return None;
    }
    let mut best: Option<(f32, Found)> = None;
    // A column of the table: for each prefix of the value the least cost of a substring that ends here, and its start.
    let mut column: Vec<(f32, usize)> = (0..=n).map(|i| (i as f32, 0)).collect();
    for (j, &t) in text.bytes.iter().enumerate() {
        let mut diagonal = column[0];
        column[0] = (0.0, j + 1);
        for i in 1..=n {
            let change = (diagonal.0 + difference(wanted[i - 1], t), diagonal.1);
            let skip_text = (column[i].0 + 1.0, column[i].1);
            let skip_value = (column[i - 1].0 + 1.0, column[i - 1].1);
            diagonal = column[i];
            let least = if skip_text.0 < change.0 { skip_text } else { change };
            column[i] = if skip_value.0 < least.0 { skip_value } else { least };
        }
        let (cost, start) = column[n];
        if cost > budget || start >= from || start > j {
            continue;
        }
        let inside = edges_inside_words(text, start, j + 1);
        let cost = cost + inside as f32 * INSIDE_WORD;
        let allowed = inside == 0 || (n >= FREE_FROM && cost <= budget + 2.0 * INSIDE_WORD);
        if allowed && best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, Found { start, end: j + 1, score: (1.0 - cost / n as f32).max(0.0) }));
        }
    }
    best.map(|(_, found)| found)
}

fn difference(a: u8, b: u8) -> f32 {
    match a == b {
        true => 0.0,
        false if ALIKE.iter().any(|set| set.contains(&a) && set.contains(&b)) => CONFUSED,
        false => 1.0,
    }
}

/// How many ends of a match are not ends of words.
fn edges_inside_words(text: &Folded, start: usize, end: usize) -> usize {
    let starts = |at: usize| text.starts.get(at).copied().unwrap_or(true);
    usize::from(!starts(start)) + usize::from(!starts(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fold::fold;

    fn score(wanted: &str, text: &str, budget: f32) -> Option<f32> {
        let folded = Folded::new(text.chars());
        find(&fold(wanted), &folded, folded.bytes.len(), budget).map(|found| found.score)
    }

    #[test]
    fn a_value_is_found_whatever_its_blanks_and_marks() {
        assert_eq!(score("(207) 555-0134", "Tel: 207 555 0134 ext", 0.0), Some(1.0));
        assert_eq!(score("Harbor Mills", "to HARBOR-MILLS LLC", 0.0), Some(1.0));
    }

    #[test]
    fn characters_that_look_alike_cost_less_than_others() {
        let (alike, other) = (score("HX20415", "HX2O4I5", 1.0).unwrap(), score("HX20415", "HX2K415", 1.0).unwrap());
        assert!(alike > other, "{alike} {other}");
        assert_eq!(score("HX20415", "HXKK415", 1.0), None);
    }

    #[test]
    fn a_short_value_stands_as_a_word_of_its_own() {
        assert_eq!(score("12", "order 4126", 0.0), None);
        assert_eq!(score("12", "order 12 of 26", 0.0), Some(1.0));
    }
}
