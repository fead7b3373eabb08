//! For models that only write down what a page says: their text read by labels and geometry, as a model's answer.

use contract::DocType;
use serde_json::{Map, Value};

use super::said::ModelAnswer;
use crate::engine::vision::{Finish, Generated};
use crate::extract::Extractor;
use crate::extract::candidate::{Candidate, Draft};
use crate::extract::ink::Ink;
use crate::layout::Page;

impl Extractor {
    /// What a transcription says of a type's fields, in the words of the transcription. `finish` is why the model stopped, the
    /// worst of all pages: of a page that was cut, what it had said until then counts.
    pub fn transcribed(&self, pages: &[Page], doc_type: DocType, finish: Finish) -> ModelAnswer {
        let draft = self.draft(pages, &Ink::default(), doc_type);
        let text = words_of(&draft).to_string();
        ModelAnswer::new(&Generated { text, tokens: Vec::new(), finish })
    }
}

/// What was written for each name. Names that were not found stay out: a label that was missed does not say that nothing is there.
fn words_of(draft: &Draft) -> Value {
    let mut all: Map<String, Value> =
        draft.single.iter().map(|(name, candidate)| (name.clone(), words(candidate))).collect();
    for (list, entries) in &draft.lists {
        let entry = |entry: &Vec<(String, Candidate)>| {
            Value::Object(entry.iter().map(|(name, candidate)| (name.clone(), words(candidate))).collect())
        };
        all.insert(list.clone(), entries.iter().map(entry).collect());
    }
    Value::Object(all)
}

fn words(candidate: &Candidate) -> Value {
    if candidate.value.is_boolean() { candidate.value.clone() } else { Value::String(candidate.raw.clone()) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contract::catalog::Catalog;

    use super::*;
    use crate::extract::vision::said::Said;
    use crate::layout::tests::page;

    #[test]
    fn a_transcription_says_what_stands_at_the_labels_and_nothing_of_the_rest() {
        let extractor = Extractor::new(Arc::new(Catalog::shipped().unwrap()));
        let pages = [page(&[("Invoice number: 2024-17", 50.0, 50.0), ("Total: 1,234.50", 50.0, 90.0)])];
        let answer = extractor.transcribed(&pages, DocType::Invoice, Finish::Stop);
        let said = |name: &str| answer.get(name).and_then(|node| answer.said(node));
        assert!(matches!(said("total"), Some(Said::Value(quote)) if quote.value == "1,234.50"), "{:?}", said("total"));
        assert_eq!(said("due_date"), None);
        assert!(answer.is_complete());
        assert!(!extractor.transcribed(&pages, DocType::Invoice, Finish::Length).is_complete());
    }
}
