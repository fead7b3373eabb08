//! Tells the parts of a block of lines: a name, a postal address, a phone number, an e-mail address, a tax number.

use contract::catalog::Kind;

use super::kind;
use super::style::Style;
use crate::layout::fold::fold_text;

/// The parts of a block, as indexes of its lines.
#[derive(Debug, Default, PartialEq)]
pub struct Parts {
    /// Lines of the name.
    pub name: Vec<usize>,
    /// Lines of the address.
    pub address: Vec<usize>,
    /// Line of the phone number, and the number.
    pub phone: Option<(usize, String)>,
    /// Line of the e-mail address, and the address.
    pub email: Option<(usize, String)>,
}

/// Words of streets and places, folded; a line with one of them and a digit is part of an address.
const STREET: &[&str] = &[
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "boulevard",
    "blvd",
    "drive",
    "dr",
    "lane",
    "ln",
    "way",
    "court",
    "ct",
    "place",
    "pl",
    "square",
    "highway",
    "hwy",
    "parkway",
    "pkwy",
    "suite",
    "ste",
    "apt",
    "unit",
    "floor",
    "pobox",
    "box",
    "strasse",
    "str",
    "weg",
    "platz",
    "allee",
    "rue",
    "avenue",
    "calle",
    "carrer",
    "via",
    "plaza",
    "straat",
    "laan",
    "gracht",
    "plein",
    "jalan",
    "jln",
    "lot",
    "taman",
    "lorong",
    "lebuh",
    "persiaran",
    "terrace",
    "circle",
    "cir",
    "trail",
    "pike",
    "turnpike",
    "rua",
    "avenida",
    "chemin",
    "quai",
    "building",
    "bldg",
    "block",
    "blk",
    "kampung",
    "kawasan",
    "bandar",
    "seksyen",
    "section",
    "route",
    "crescent",
    "row",
    "close",
    "gasse",
];

/// Whether a text ends like a US address: two capital letters and a ZIP code.
pub fn has_us_zip(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    words.windows(2).any(|pair| {
        let state = pair[0].trim_matches('.');
        state.len() == 2 && contract::validate::state_code(&state.to_ascii_uppercase()) && zip(pair[1])
    })
}

fn zip(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',']);
    let (five, four) = word.split_once('-').unwrap_or((word, "0000"));
    five.len() == 5 && four.len() == 4 && five.bytes().chain(four.bytes()).all(|b| b.is_ascii_digit())
}

/// Whether a line looks like part of a postal address.
pub fn is_address_line(text: &str) -> bool {
    if has_us_zip(text) {
        return true;
    }
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let street = text.split(|c: char| !c.is_alphanumeric()).any(|w| {
        let word = fold_text(w);
        STREET.contains(&word.as_str())
            || ["strasse", "straat", "laan", "weg", "gracht", "platz"]
                .iter()
                .any(|end| word.len() > end.len() + 2 && word.ends_with(end))
    });
    let postcode =
        text.split([' ', ',', '-']).any(|w| (4..=6).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_digit()));
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    // "No. 17, ..." begins many addresses, but names invoices too.
    let numbered = fold_text(text).starts_with("no") && digits && text.contains(',');
    (numbered && letters >= 5)
        || (digits && street && letters >= 3)
        || (postcode && letters >= 4 && !text.contains(':'))
}

/// Splits the lines of a block.
pub fn parts(lines: &[String], style: &Style) -> Parts {
    let mut parts = Parts::default();
    let mut rest = Vec::new();
    let mut ended = false;
    for (i, line) in lines.iter().enumerate() {
        if let Some(mail) = kind::parse(Kind::Email, line, style) {
            parts.email.get_or_insert((i, mail.value.as_str().unwrap_or_default().to_owned()));
        } else if let Some(phone) = phone_line(line, style) {
            parts.phone.get_or_insert((i, phone));
        } else if is_remark(line, style) {
            // What stands behind a remark, such as a tax number, is no longer the address, once there is one.
            ended |= rest.len() > 1;
        } else if !ended && line.chars().any(char::is_alphanumeric) {
            rest.push(i);
        }
    }
    let first_address = rest.iter().position(|&i| is_address_line(&lines[i]));
    // The first line is the name, unless the block is an address alone. A second line before the street is rather a department
    // or a building than a longer name.
    let names = match first_address {
        Some(0) if rest.len() == 1 || starts_with_number(&lines[rest[0]]) => 0,
        // A company's name may take two or three lines and ends with its legal form.
        before => match rest.iter().take(before.unwrap_or(3).min(3)).position(|&i| has_legal_form(&lines[i])) {
            Some(last) => last + 1,
            None => 1.min(rest.len()),
        },
    };
    parts.name = rest[..names].to_vec();
    parts.address = rest[names..].to_vec();
    parts
}

/// Legal forms of companies, folded.
pub(super) const LEGAL: &[&str] = &[
    "inc",
    "llc",
    "ltd",
    "limited",
    "gmbh",
    "ag",
    "corp",
    "corporation",
    "bv",
    "nv",
    "sarl",
    "sas",
    "srl",
    "spa",
    "plc",
    "lda",
    "bhd",
    "kg",
    "pte",
    "pty",
];

/// Whether a line ends like the name of a company.
fn has_legal_form(line: &str) -> bool {
    let line = without_registration(line);
    line.split(|c: char| c.is_whitespace() || c == ',')
        .next_back()
        .is_some_and(|w| LEGAL.contains(&fold_text(w).as_str()))
}

/// A line between or behind the lines of an address that is none: a registration or tax number, a date, a web address.
fn is_remark(line: &str, style: &Style) -> bool {
    let folded = fold_text(line);
    let words = [
        "gst",
        "taxid",
        "vatno",
        "vatreg",
        "companyno",
        "companyreg",
        "regno",
        "rocno",
        "www",
        "http",
        "invoice",
        "receipt",
        "fax",
        "cashier",
        "btwn",
        "ustid",
        "siret",
        "nifcif",
        "website",
        "accountno",
        "date",
    ];
    let number = without_registration(line).trim().is_empty();
    let dated = kind::parse(Kind::Date, line, style).is_some() && !has_us_zip(line);
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let code = letters <= 2 && line.chars().filter(char::is_ascii_digit).count() >= 5;
    let foot =
        folded == "form" || folded.starts_with("form10") || folded.starts_with("fom10") || folded.starts_with("formw2");
    foot || words.iter().any(|w| folded.starts_with(w) || (folded.contains(w) && line.contains(':')))
        || number
        || dated
        || code
}

/// A name without the registration number in brackets behind it: "Harbor Mills (12345-X)".
pub fn without_registration(text: &str) -> &str {
    let trimmed = text.trim().trim_end_matches(['.', ',']);
    let Some(at) = trimmed.rfind('(').filter(|_| trimmed.ends_with(')')) else { return text };
    let inside = trimmed.get(at + 1..trimmed.len() - 1).unwrap_or("");
    let digits = inside.chars().filter(char::is_ascii_digit).count();
    let letters = inside.chars().filter(|c| c.is_alphabetic()).count();
    if digits >= 4 && letters <= 6 { trimmed.get(..at).unwrap_or(text).trim_end() } else { text }
}

/// A line that is a phone number, perhaps with a word such as "Tel" before it.
fn phone_line(line: &str, style: &Style) -> Option<String> {
    let words = line.chars().filter(|c| c.is_alphabetic()).count();
    if words > 14 || has_us_zip(line) {
        return None;
    }
    let named = ["tel", "phone", "fax", "mobile", "fon", "ph"].iter().any(|w| fold_text(line).contains(w));
    let parsed = kind::parse(Kind::Phone, line, style)?;
    let digits = line.chars().filter(char::is_ascii_digit).count();
    (named || (words == 0 && (9..=15).contains(&digits) || words == 0 && line.contains('-') && digits == 7))
        .then(|| parsed.value.as_str().unwrap_or_default().to_owned())
}

fn starts_with_number(line: &str) -> bool {
    line.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn a_block_splits_into_name_address_and_phone() {
        let parts = parts(
            &lines(&["Harbor Mills LLC", "12 Quay Street", "Suite 4", "Portland, ME 04101", "(207) 555-0134"]),
            &Style::default(),
        );
        assert_eq!(parts.name, [0]);
        assert_eq!(parts.address, [1, 2, 3]);
        assert_eq!(parts.phone, Some((4, "(207) 555-0134".to_owned())));
    }

    #[test]
    fn address_lines_are_told_from_names() {
        assert!(is_address_line("12 Quay Street") && is_address_line("PO Box 12") && is_address_line("10115 Berlin"));
        assert!(!is_address_line("Harbor Mills LLC") && !is_address_line("Invoice no. 12"));
    }
}
