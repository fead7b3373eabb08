//! Tells a model that has fallen into a loop from one that copies a monotonous page.

/// The longest unit whose repetition is looked for, in bytes.
const LONGEST_UNIT: usize = 240;
/// Words over and over are a loop soon, no page says the same thing so often: how many times, and bytes in all.
const OF_WORDS: (usize, usize) = (16, 200);
/// Rows of a ruled table repeat: empty cells, zeros, leaders. Pages of them end; loops do not.
const OF_ROWS: (usize, usize) = (80, 1000);

/// Whether a text ends in a loop.
pub(crate) fn repeats(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=LONGEST_UNIT.min(bytes.len())).any(|unit| {
        let (_, last) = bytes.split_at(bytes.len() - unit);
        let (times, least) = if is_words(last) { OF_WORDS } else { OF_ROWS };
        let run = (unit * times).max(least);
        bytes.len() >= run && has_period(&bytes[bytes.len() - run..], unit)
    })
}

fn has_period(run: &[u8], period: usize) -> bool {
    run.iter().zip(&run[period..]).all(|(a, b)| a == b)
}

/// Letters, and none of the marks of which tables and JSON are built.
fn is_words(unit: &[u8]) -> bool {
    unit.iter().any(u8::is_ascii_alphabetic) && !unit.iter().any(|b| b"|{}[]<>\"\n\t\\".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_over_and_over_is_a_loop() {
        assert!(repeats(&format!("{{\"a\":\"{}", "the total is the total is ".repeat(20))));
        assert!(repeats(&"é".repeat(600)));
        assert!(repeats(&"{\"a\":null},".repeat(100)));
    }

    #[test]
    fn ruled_tables_empty_rows_and_leaders_are_not() {
        for page in [
            "| 0.00 | 0.00 | 0.00 |\n".repeat(60),
            "{\"date\":null,\"description\":null,\"amount\":null},".repeat(60),
            format!("Chapter one {} 12", ".".repeat(700)),
            "|---|---|---|\n".to_owned() + &"| 1 | 0 |\n".repeat(40),
            "1000000000000".to_owned(),
            (0..400).map(|i| format!("{{\"line\":{i},\"amount\":\"1.00\"}},")).collect(),
            String::new(),
        ] {
            let cut = (0..=page.len()).filter(|i| page.is_char_boundary(*i)).find(|i| repeats(&page[..*i]));
            assert_eq!(cut, None, "{}", &page[..page.len().min(60)]);
        }
    }
}
