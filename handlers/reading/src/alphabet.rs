//! The recogniser's characters, and which of them a page in Latin script can have.

/// The classes of the recogniser: 0 is "nothing here", then the dictionary, then the blank between words.
#[derive(Debug)]
pub(crate) struct Alphabet {
    characters: Vec<Box<str>>,
    latin: Vec<u32>,
    plain: Vec<u32>,
}

impl Alphabet {
    /// From the dictionary that the model carries, one character a line.
    pub(crate) fn new(dictionary: &str) -> Self {
        let characters: Vec<Box<str>> =
            std::iter::once("").chain(dictionary.lines()).chain(std::iter::once(" ")).map(Box::from).collect();
        let latin: Vec<u32> =
            (0_u32..).zip(&characters).filter(|(_, c)| c.chars().all(is_latin)).map(|(class, _)| class).collect();
        let visible = |class: &u32| !matches!(&*characters[*class as usize], "" | " ");
        let plain = latin.iter().copied().filter(visible).filter(|&class| !is_accented(&characters[class as usize]));
        Self { plain: plain.collect(), characters, latin }
    }

    /// Number of classes.
    pub(crate) fn len(&self) -> usize {
        self.characters.len()
    }

    pub(crate) fn character(&self, class: u32) -> &str {
        self.characters.get(class as usize).map_or("", AsRef::as_ref)
    }

    /// The class of the blank between words.
    pub(crate) fn space(&self) -> u32 {
        (self.characters.len() - 1) as u32
    }

    /// Classes that a page in Latin script can have, "nothing here" and the blank among them.
    pub(crate) fn latin(&self) -> &[u32] {
        &self.latin
    }

    /// Classes of visible Latin characters that are not [accented](Self::is_accented).
    pub(crate) fn plain(&self) -> &[u32] {
        &self.plain
    }

    /// Whether the class is a letter that English does not have, but some other language in Latin script does.
    pub(crate) fn is_accented(&self, class: u32) -> bool {
        is_accented(self.character(class))
    }
}

/// Letters with their accents, digits, punctuation and the signs of business documents.
pub(crate) fn is_latin(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{c0}'..='\u{17f}' | 'ẞ' | 'Ș' | 'ș' | 'Ț' | 'ț')
        || "¢£¥€§©®°±²³µ·º½¼¾«»¿¡–—‘’“”„†•…‰™№✓✔☐☑☒■□".contains(c)
}

fn is_accented(character: &str) -> bool {
    character.chars().any(|c| is_latin(c) && c.is_alphabetic() && !c.is_ascii() && !"ªºµ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_nothing_then_the_dictionary_then_the_blank() {
        let alphabet = Alphabet::new("a\n中\né");
        assert_eq!(alphabet.len(), 5);
        assert_eq!((alphabet.character(0), alphabet.character(2), alphabet.character(4)), ("", "中", " "));
        assert_eq!(alphabet.latin(), [0, 1, 3, 4]);
    }

    #[test]
    fn signs_of_business_documents_are_latin_and_look_alikes_are_not() {
        assert!("€£¥§°éßÑœ$%#@½".chars().all(is_latin));
        assert!(!"冂（，。Ωд".chars().any(is_latin));
    }

    #[test]
    fn plain_characters_are_the_visible_ones_without_accents() {
        let alphabet = Alphabet::new("a\n\u{4e2d}\n\u{e9}\n5\n\u{ba}");
        assert_eq!(alphabet.plain(), [1, 4, 5]);
        assert!(alphabet.is_accented(3) && !alphabet.is_accented(5));
    }
}
