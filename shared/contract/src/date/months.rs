//! Names of months and weekdays in English, German, French, Spanish, Italian, Portuguese and Dutch, lower case without accents.

/// Full names by month. An abbreviation is a beginning of at least three letters, four where three name two months.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jaenner", "janner", "janvier", "enero", "gennaio", "janeiro", "januari"],
    &["february", "februar", "fevrier", "febrero", "febbraio", "fevereiro", "februari"],
    &["march", "marz", "maerz", "mars", "marzo", "marco", "maart", "mrt"],
    &["april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio", "maio", "mei"],
    &["june", "juni", "juin", "junio", "giugno", "junho"],
    &["july", "juli", "juillet", "julio", "luglio", "julho"],
    &["august", "aout", "agosto", "augustus"],
    &["september", "septembre", "septiembre", "setiembre", "settembre", "setembro"],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro"],
    &["november", "novembre", "noviembre", "novembro"],
    &["december", "dezember", "decembre", "diciembre", "dicembre", "dezembro"],
];

/// Beginnings of weekday names and their whole short forms.
const WEEKDAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "tues",
    "thur",
    "thurs",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo",
    "lunedi",
    "martedi",
    "mercoledi",
    "giovedi",
    "venerdi",
    "sabato",
    "domenica",
    "segunda",
    "terca",
    "quarta",
    "quinta",
    "sexta",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
];

/// Two-letter weekdays of German and Dutch.
const SHORT_WEEKDAYS: &[&str] = &["mo", "di", "mi", "do", "fr", "sa", "so", "ma", "wo", "vr", "za", "zo"];

/// The month 1..=12 that a word names.
pub(super) fn month(word: &str) -> Option<u8> {
    let named = |names: &&[&str]| names.iter().any(|name| word.len() >= 3 && name.starts_with(word));
    let mut matching = MONTHS.iter().zip(1_u8..).filter(|(names, _)| named(names)).map(|(_, number)| number);
    let first = matching.next()?;
    matching.next().is_none().then_some(first)
}

/// Whether a word names a day of the week.
pub(super) fn is_weekday(word: &str) -> bool {
    SHORT_WEEKDAYS.contains(&word) || (word.len() >= 3 && WEEKDAYS.iter().any(|name| name.starts_with(word)))
}
