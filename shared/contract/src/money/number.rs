//! The digits of an amount: which separator groups thousands, which one is the decimal mark, and repair of what recognition
//! confuses.

use super::DecimalMark;

/// Most digits before the decimals; with the cents it still fits an `i64`.
const MAX_UNITS_DIGITS: usize = 15;

/// What is known about the number from outside.
pub(super) struct Context {
    pub(super) mark: DecimalMark,
    pub(super) currency: Option<&'static str>,
}

impl Context {
    /// The decimal mark, guessed from the currency when the document has not shown it.
    fn likely_mark(&self) -> DecimalMark {
        match (self.mark, self.currency) {
            (
                DecimalMark::Unknown,
                Some("USD" | "GBP" | "MYR" | "CAD" | "AUD" | "SGD" | "HKD" | "NZD" | "INR" | "MXN"),
            ) => DecimalMark::Point,
            (mark, _) => mark,
        }
    }
}

/// A number in cents, without sign.
pub(super) struct Number {
    pub(super) cents: i64,
    pub(super) decimals: u8,
    pub(super) ambiguous: bool,
    pub(super) repaired: bool,
}

/// Digit groups and the separators between them: `1,234.56` is `1` `,` `234` `.` `56`.
struct Groups {
    digits: Vec<String>,
    separators: Vec<char>,
    repaired: bool,
}

/// Where the decimals begin, if there are any.
struct Split {
    decimals: bool,
    ambiguous: bool,
    repaired: bool,
}

pub(super) fn parse(core: &[char], context: &Context) -> Option<Number> {
    let groups = split(core, context)?;
    let split = decide(&groups, context)?;
    let whole = if split.decimals { groups.digits.len() - 1 } else { groups.digits.len() };
    let units: String = groups.digits.iter().take(whole).map(String::as_str).collect();
    let decimals = if split.decimals { groups.digits.last().map_or("", String::as_str) } else { "" };
    if units.len() > MAX_UNITS_DIGITS || (units.len() > 1 && units.starts_with('0') && decimals.is_empty()) {
        return None;
    }
    Some(Number {
        cents: to_cents(&units, decimals)?,
        decimals: u8::try_from(decimals.len()).ok()?,
        ambiguous: split.ambiguous,
        repaired: split.repaired || groups.repaired,
    })
}

/// Rounds half up at the third decimal.
fn to_cents(units: &str, decimals: &str) -> Option<i64> {
    let kept: String = decimals.chars().chain(['0', '0']).take(2).collect();
    let cents = format!("0{units}{kept}").parse::<i64>().ok()?;
    let up = decimals.chars().nth(2).is_some_and(|c| c >= '5');
    cents.checked_add(i64::from(up))
}

/// Reads groups and separators, putting letters and stray blanks right.
fn split(core: &[char], context: &Context) -> Option<Groups> {
    let (text, mut repaired) = repair_letters(core)?;
    let mut groups = Groups { digits: vec![String::new()], separators: Vec::new(), repaired: false };
    for (i, &c) in text.iter().enumerate() {
        if c.is_ascii_digit() {
            groups.digits.last_mut()?.push(c);
            continue;
        }
        let beside = |j: Option<usize>| j.and_then(|j| text.get(j)).is_some_and(|c| matches!(c, '.' | ',' | '\''));
        if c == ' ' && (beside(i.checked_sub(1)) || beside(i.checked_add(1))) {
            repaired = true; // a blank beside a separator says nothing
            continue;
        }
        groups.separators.push(c);
        groups.digits.push(String::new());
    }
    if groups.digits.iter().all(String::is_empty) {
        return None;
    }
    let middle = groups.digits.len() - 1;
    if groups.digits.iter().take(middle).skip(1).any(String::is_empty) {
        return None; // two separators in a row
    }
    if groups.separators.last() == Some(&' ') {
        cents_behind_a_blank(&mut groups, context)?;
    }
    groups.repaired |= repaired;
    restore_lost_mark(&mut groups, context);
    Some(groups)
}

/// `51,23450` has lost the mark before its cents: five digits behind a thousands separator.
fn restore_lost_mark(groups: &mut Groups, context: &Context) {
    let (thousands, decimal) = if context.likely_mark() == DecimalMark::Comma { ('.', ',') } else { (',', '.') };
    let Some(tail) = groups.digits.last_mut().filter(|tail| tail.len() == 5) else { return };
    if groups.separators.is_empty() || groups.separators.iter().any(|s| *s != thousands) {
        return;
    }
    let cents = tail.split_off(3);
    if grouped(&groups.digits, &groups.separators) {
        groups.separators.push(decimal);
        groups.digits.push(cents);
        groups.repaired = true;
    } else if let Some(tail) = groups.digits.last_mut() {
        tail.push_str(&cents);
    }
}

/// `1,234 56`: forms rule a line between dollars and cents. Otherwise a blank groups thousands.
fn cents_behind_a_blank(groups: &mut Groups, context: &Context) -> Option<()> {
    match groups.digits.last()?.len() {
        3 => Some(()),
        2 if context.currency.is_some() || groups.separators.len() > 1 => {
            let mark = if groups.separators.first() == Some(&'.') { ',' } else { '.' };
            *groups.separators.last_mut()? = mark;
            groups.repaired = true;
            Some(())
        }
        _ => None,
    }
}

/// Puts digits for the letters that recognition confuses with them, only in a text that has digits and two decimals.
fn repair_letters(core: &[char]) -> Option<(Vec<char>, bool)> {
    let mut repaired = false;
    let mut text = Vec::with_capacity(core.len());
    for &c in core {
        let digit = match c {
            'O' | 'o' | 'D' | 'Q' => '0',
            'l' | 'I' | '|' | 'i' | '!' => '1',
            'Z' | 'z' => '2',
            'S' | 's' => '5',
            'B' => '8',
            '0'..='9' | '.' | ',' | '\'' | ' ' => c,
            _ => return None,
        };
        repaired |= digit != c;
        text.push(digit);
    }
    let digits = core.iter().filter(|c| c.is_ascii_digit()).count();
    let cents = text.iter().rev().position(|c| !c.is_ascii_digit());
    let mark = text.iter().rev().find(|c| !c.is_ascii_digit());
    let shaped = cents == Some(2) && matches!(mark, Some('.' | ','));
    (digits > 0 && (!repaired || shaped)).then_some((text, repaired))
}

/// Finds the decimal mark.
fn decide(groups: &Groups, context: &Context) -> Option<Split> {
    let (Some(&last), Some(tail)) = (groups.separators.last(), groups.digits.last()) else {
        return Some(Split { decimals: false, ambiguous: false, repaired: false });
    };
    let earlier = groups.separators.split_last().map_or(&[][..], |(_, rest)| rest);
    let before = groups.digits.split_last().map_or(&[][..], |(_, rest)| rest);
    if !earlier.is_empty() && !grouped(before, earlier) {
        return None;
    }
    let repeated = earlier.contains(&last);
    match (last, tail.len()) {
        ('\'' | ' ', 3) if grouped(&groups.digits, &groups.separators) => {
            let ambiguous = last == ' ' && context.mark != DecimalMark::Comma;
            Some(Split { decimals: false, ambiguous, repaired: false })
        }
        ('.' | ',', 0) => Some(Split { decimals: true, ambiguous: true, repaired: false }),
        ('.' | ',', 1 | 2) => {
            let blanks = earlier.contains(&' ') && last == '.';
            let contrary = matches!((context.mark, last), (DecimalMark::Point, ',') | (DecimalMark::Comma, '.'));
            let ambiguous = tail.len() == 1 || blanks;
            Some(Split { decimals: true, ambiguous, repaired: repeated || contrary })
        }
        ('.' | ',', 3) => three_digits(groups, context, last, !earlier.is_empty(), repeated),
        ('.' | ',', 4..=6) if !repeated => Some(Split { decimals: true, ambiguous: true, repaired: false }),
        _ => None,
    }
}

/// `1,234` and `1.234`: thousands, or three decimals.
fn three_digits(groups: &Groups, context: &Context, last: char, grouped_before: bool, repeated: bool) -> Option<Split> {
    let first = groups.digits.first()?;
    let thousands_possible = grouped(&groups.digits, &groups.separators) && first != "0";
    let split = |decimals, ambiguous| Some(Split { decimals, ambiguous, repaired: false });
    if repeated {
        return if thousands_possible { split(false, false) } else { None };
    }
    if grouped_before || !thousands_possible {
        return split(true, false); // `1,234.567`, `0.125`, `1234.567`
    }
    match (last, context.likely_mark()) {
        (',', DecimalMark::Point | DecimalMark::Unknown) | ('.', DecimalMark::Comma) => split(false, false),
        ('.', DecimalMark::Unknown) => split(false, true),
        _ => split(true, true),
    }
}

/// Whether the groups are thousands: at most three digits, then three each, one kind of separator.
fn grouped(digits: &[String], separators: &[char]) -> bool {
    let first = digits.first().map_or(0, String::len);
    (1..=3).contains(&first)
        && digits.iter().skip(1).all(|g| g.len() == 3)
        && separators.iter().all(|s| Some(s) == separators.first())
}
