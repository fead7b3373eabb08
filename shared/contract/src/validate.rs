//! Checks of identifiers by their shape and check digits, and amounts written in words. What a failed check means for a
//! document is said by the catalog's rules.

mod words;

pub use words::cents_in_words;

/// Two-letter codes of the states, the District of Columbia and the territories, in alphabetical order.
const STATES: [&str; 56] = [
    "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID", "IL", "IN", "KS",
    "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY",
    "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
];

/// The digits of a text that has nothing else but blanks and hyphens.
fn plain_digits(text: &str) -> Option<Vec<u8>> {
    let kept = text.trim().chars().filter(|c| !matches!(c, ' ' | '-'));
    kept.map(|c| c.to_digit(10).and_then(|d| u8::try_from(d).ok())).collect()
}

/// Whether hyphens or blanks stand where a form puts them: `lengths` are the digits between them. No separators at all are fine.
fn separated(text: &str, lengths: &[usize]) -> bool {
    let groups: Vec<&str> = text.trim().split(['-', ' ']).filter(|g| !g.is_empty()).collect();
    groups.len() == 1 || groups.iter().map(|g| g.len()).eq(lengths.iter().copied())
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, d| n.wrapping_mul(10).wrapping_add(u32::from(*d)))
}

/// Area, group and serial of nine digits in the form of a social security number.
fn ssn_parts(text: &str) -> Option<(u32, u32, u32)> {
    let digits = plain_digits(text).filter(|d| d.len() == 9 && separated(text, &[3, 2, 4]))?;
    let (area, rest) = digits.split_at(3);
    let (group, serial) = rest.split_at(2);
    Some((number(area), number(group), number(serial)))
}

/// Whether a text can be a social security number: area not 000, 666 or 9xx, group not 00, serial not 0000.
pub fn ssn_shape(text: &str) -> bool {
    ssn_parts(text).is_some_and(|(area, group, serial)| !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0)
}

/// Whether a text can be an individual taxpayer identification number: 9xx, group 50-65, 70-88, 90-92 or 94-99.
pub fn itin(text: &str) -> bool {
    ssn_parts(text)
        .is_some_and(|(area, group, _)| area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99))
}

/// Whether a text can be an employer identification number: nine digits, `NN-NNNNNNN`, not beginning with 00.
pub fn ein_shape(text: &str) -> bool {
    plain_digits(text).is_some_and(|d| d.len() == 9 && separated(text, &[2, 7]) && !d.starts_with(&[0, 0]))
}

/// Whether a text is a taxpayer number cut to its last digits, as copies for recipients may be: `XXX-XX-1234`.
pub fn tin_masked(text: &str) -> bool {
    let kept: Vec<char> = text.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let hidden = kept.iter().take_while(|c| matches!(c, 'x' | 'X' | '*' | '#' | '•' | '●')).count();
    kept.len() == 9 && (4..=5).contains(&hidden) && kept.iter().skip(hidden).all(char::is_ascii_digit)
}

/// Whether a text is a payment card number: 13 to 19 digits of which the last one checks (ISO/IEC 7812-1).
pub fn luhn(text: &str) -> bool {
    let Some(digits) = plain_digits(text).filter(|d| (13..=19).contains(&d.len()) && d.iter().any(|d| *d != 0)) else {
        return false;
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| {
            let doubled = u32::from(d) * if i % 2 == 1 { 2 } else { 1 };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a text is an international bank account number: country, two check digits, 15 to 34 characters, remainder 1 of 97
/// (ISO 13616).
pub fn iban(text: &str) -> bool {
    let code: Vec<char> = text.trim().chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    let shaped = (15..=34).contains(&code.len())
        && code.iter().take(2).all(char::is_ascii_uppercase)
        && code.iter().skip(2).take(2).all(char::is_ascii_digit)
        && code.iter().all(char::is_ascii_alphanumeric);
    let moved = code.iter().skip(4).chain(code.iter().take(4));
    let remainder = moved.filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    });
    shaped && remainder == 1
}

/// Whether a text is the two-letter code of a state, the District of Columbia or a territory, in upper case.
pub fn state_code(text: &str) -> bool {
    STATES.binary_search(&text).is_ok()
}

/// Whether a text is a ZIP code: `12345` or `12345-6789`.
pub fn zip(text: &str) -> bool {
    let (area, extension) = text.split_once('-').map_or((text, None), |(area, extension)| (area, Some(extension)));
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    digits(area, 5) && extension.is_none_or(|e| digits(e, 4))
}

/// Whether a text is a bank's routing number: nine digits with the weights 3, 7, 1 adding up to a multiple of 10, of a
/// district that exists.
pub fn aba(text: &str) -> bool {
    let Some(digits) = plain_digits(text).filter(|d| d.len() == 9) else { return false };
    let sum: u32 = digits.iter().zip([3, 7, 1].iter().cycle()).map(|(&d, weight)| u32::from(d) * weight).sum();
    let district = digits.get(..2).map_or(0, number);
    sum.is_multiple_of(10) && matches!(district, 1..=12 | 21..=32 | 61..=72 | 80)
}

/// Whether a text can be a telephone number: 7 to 15 digits, written with the marks of one, in groups or with a `+`.
pub fn phone(text: &str) -> bool {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let marks = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '+'));
    let grouped = text.chars().any(|c| !c.is_ascii_digit());
    (7..=15).contains(&digits) && marks && (grouped || digits >= 10) && !crate::money::looks_like_money(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ssn_has_no_forbidden_part() {
        assert!(ssn_shape("123-45-6789") && ssn_shape("123456789") && ssn_shape("123 45 6789"));
        for text in [
            "000-45-6789",
            "666-45-6789",
            "912-45-6789",
            "123-00-6789",
            "123-45-0000",
            "12-3456789",
            "123-45-678",
            "XXX-XX-1234",
            "",
        ] {
            assert!(!ssn_shape(text), "{text}");
        }
    }

    #[test]
    fn an_itin_begins_with_nine_and_has_a_known_group() {
        assert!(itin("912-78-1234") && !itin("912-45-1234") && !itin("123-78-1234") && !itin("912-93-1234"));
    }

    #[test]
    fn an_ein_is_two_and_seven_digits() {
        assert!(ein_shape("12-3456789") && ein_shape("123456789"));
        for text in ["123-45-6789", "00-3456789", "12-345678", "1234567890", "12-34S6789"] {
            assert!(!ein_shape(text), "{text}");
        }
    }

    #[test]
    fn a_recipient_copy_may_hide_the_first_five_digits() {
        assert!(
            tin_masked("XXX-XX-1234")
                && tin_masked("***-**-1234")
                && tin_masked("XX-XXX1234")
                && tin_masked("xxxxx1234")
        );
        assert!(!tin_masked("123-45-6789") && !tin_masked("XXX-XX-XXXX") && !tin_masked("XXX-XX-123"));
    }

    #[test]
    fn check_digits_tell_right_numbers_from_misread_ones() {
        assert!(
            luhn("4111 1111 1111 1111") && !luhn("4111 1111 1111 1112") && !luhn("0000000000000000") && !luhn("18")
        );
        assert!(
            iban("DE89 3704 0044 0532 0130 00") && iban("gb82west12345698765432") && !iban("DE88370400440532013000")
        );
        assert!(!iban("DE89") && !iban("12345678901234567890"));
        assert!(aba("021000021") && !aba("021000022") && !aba("02100002") && !aba("000000000") && !aba("991000021"));
    }

    #[test]
    fn states_and_zips_are_known() {
        assert!(
            state_code("TX")
                && state_code("DC")
                && state_code("PR")
                && !state_code("XX")
                && !state_code("tx")
                && !state_code("")
        );
        assert!(STATES.is_sorted());
        assert!(zip("12345") && zip("12345-6789") && !zip("1234") && !zip("12345-67") && !zip("123456789"));
    }

    #[test]
    fn a_phone_number_is_no_amount_and_no_bare_number() {
        for text in ["(555) 123-4567", "1-206-123-4567", "+49 30 123456", "555.123.4567", "0301234567"] {
            assert!(phone(text), "{text}");
        }
        for text in ["1234567", "12.50", "call me", "123", "1,234,567.00", "+1234567890123456"] {
            assert!(!phone(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_breaks_every_check(card in 100_000_000_000_000_u64..999_999_999_999_999, at in 0_usize..15, by in 1_u8..10) {
            let whole = (0..10).map(|d| format!("{card}{d}")).find(|n| luhn(n)).unwrap();
            let spoiled: String = whole.bytes().enumerate().map(|(i, b)| {
                char::from(if i == at { b'0' + (b - b'0' + by) % 10 } else { b })
            }).collect();
            prop_assert!(!luhn(&spoiled));
        }

        #[test]
        fn no_text_makes_a_check_panic(text in "\\PC*") {
            let _ = (ssn_shape(&text), itin(&text), ein_shape(&text), tin_masked(&text), luhn(&text), iban(&text));
            let _ = (state_code(&text), zip(&text), aba(&text), phone(&text), cents_in_words(&text));
        }
    }
}
