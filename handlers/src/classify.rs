//! Pages to a document type, by the evidence that the catalog lists.
//!
//! Each type adds the log-odds of the evidence found; a softmax over the types makes them probabilities. What was found is
//! the reasoning of the answer.

pub mod signals;
pub mod vision;

use contract::catalog::Catalog;
use contract::{Alternative, DocType, PageType};

use crate::engine::vision::Choice;
use crate::layout::Page;
use crate::layout::find::Phrase;
use crate::layout::fold::Folded;
use signals::Signals;

/// Evidence of later pages counts less: the first page carries the title.
const LATER_PAGE: f64 = 0.35;

/// Probabilities worth naming.
const WORTH_NAMING: f64 = 0.01;

/// The evidence of every type, prepared once.
#[derive(Debug)]
pub struct Classifier {
    types: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    doc_type: DocType,
    prior: f64,
    phrases: Vec<(Phrase, String, f64)>,
    signals: Vec<(String, f64)>,
    labels: Vec<Phrase>,
}

/// A document's type with what speaks for it.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The most likely type.
    pub doc_type: DocType,
    /// Its probability, 0..1.
    pub confidence: f64,
    /// The evidence, in a sentence.
    pub reasoning: String,
    /// The other types worth naming, most likely first.
    pub alternatives: Vec<Alternative>,
    /// Each page by itself.
    pub pages: Vec<PageType>,
    /// What was found for and against each type, in the order of the contract.
    pub evidence: Vec<TypeEvidence>,
}

/// What was found for and against a type, strongest first, in words of the catalog.
#[derive(Clone, Debug)]
pub struct TypeEvidence {
    /// The type.
    pub doc_type: DocType,
    /// What speaks for it.
    pub supporting: Vec<String>,
    /// What speaks against it.
    pub opposing: Vec<String>,
}

/// A type's score on a page, with the evidence found.
struct Score<'a> {
    log_odds: f64,
    found: Vec<(&'a str, f64)>,
}

impl Classifier {
    /// Prepares the evidence of a catalog.
    pub fn new(catalog: &Catalog) -> Classifier {
        let types = catalog.iter().map(|entry| Prepared {
            doc_type: entry.doc_type,
            prior: entry.prior,
            phrases: entry
                .evidence
                .iter()
                .filter_map(|e| Some((Phrase::new(e.phrase.as_deref()?), e.phrase.clone()?, e.weight)))
                .collect(),
            signals: entry.evidence.iter().filter_map(|e| Some((e.signal.clone()?, e.weight))).collect(),
            labels: entry
                .fields
                .iter()
                .filter_map(|f| f.labels.first())
                .chain(entry.blocks.iter().filter_map(|b| b.labels.first()))
                .map(|l| Phrase::new(l))
                .collect(),
        });
        Classifier { types: types.collect() }
    }

    /// Classifies a document.
    pub fn classify(&self, pages: &[Page]) -> Verdict {
        let mut total: Vec<Score> = self.types.iter().map(|t| Score { log_odds: t.prior, found: Vec::new() }).collect();
        let mut each = Vec::new();
        for (i, page) in pages.iter().enumerate() {
            let scores = self.page(page);
            each.push(PageType { page: page.number, ..self.page_type(&scores) });
            let share = if i == 0 { 1.0 } else { LATER_PAGE / (pages.len() - 1) as f64 };
            for (sum, score) in total.iter_mut().zip(scores) {
                sum.log_odds += share * score.log_odds;
                sum.found.extend(score.found.into_iter().filter(|_| i == 0 || share > 0.2));
            }
        }
        let odds: Vec<f64> = total.iter().map(|s| s.log_odds).collect();
        let probabilities = softmax(&odds);
        let mut order: Vec<usize> = (0..self.types.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let best = order[0];
        let named = order[1..].iter().filter(|&&i| probabilities[i] >= WORTH_NAMING).take(4);
        Verdict {
            doc_type: self.types[best].doc_type,
            confidence: rounded(probabilities[best]),
            reasoning: reasoning(self.types[best].doc_type, &total[best].found),
            alternatives: named
                .map(|&i| Alternative { doc_type: self.types[i].doc_type, confidence: rounded(probabilities[i]) })
                .collect(),
            pages: each,
            evidence: self.types.iter().zip(&total).map(|(t, score)| t.evidence(&score.found)).collect(),
        }
    }

    /// What each page is taken for by itself: the choice of a model that only writes down what the page says.
    pub fn choices(&self, pages: &[Page]) -> Vec<Choice> {
        let of = |page: &Page| {
            let odds: Vec<f64> = self.page(page).iter().zip(&self.types).map(|(s, t)| s.log_odds + t.prior).collect();
            Choice { probabilities: softmax(&odds), measured: true }
        };
        pages.iter().map(of).collect()
    }

    fn page(&self, page: &Page) -> Vec<Score<'_>> {
        let folded: Vec<Folded> = page.segments.iter().map(|s| Folded::new(s.chars.iter().map(|c| c.c))).collect();
        let signals = Signals::of(page);
        self.types.iter().map(|t| t.score(&folded, &signals)).collect()
    }

    fn page_type(&self, scores: &[Score]) -> PageType {
        let odds: Vec<f64> = scores.iter().zip(&self.types).map(|(s, t)| s.log_odds + t.prior).collect();
        let probabilities = softmax(&odds);
        let best = (0..odds.len()).max_by(|&a, &b| odds[a].total_cmp(&odds[b])).unwrap_or(0);
        PageType { page: 1, doc_type: self.types[best].doc_type, confidence: rounded(probabilities[best]) }
    }
}

impl Prepared {
    fn evidence(&self, found: &[(&str, f64)]) -> TypeEvidence {
        let against: Vec<(&str, f64)> = found.iter().map(|(name, weight)| (*name, -weight)).collect();
        TypeEvidence { doc_type: self.doc_type, supporting: strongest(found), opposing: strongest(&against) }
    }

    fn score<'a>(&'a self, text: &[Folded], signals: &Signals) -> Score<'a> {
        let mut score = Score { log_odds: 0.0, found: Vec::new() };
        for (phrase, words, weight) in &self.phrases {
            let best =
                text.iter().filter_map(|line| phrase.find(line)).map(|hit| f64::from(hit.score)).fold(0.0, f64::max);
            if best > 0.0 {
                score.log_odds += weight * best;
                score.found.push((words, weight * best));
            }
        }
        for (name, weight) in &self.signals {
            let strength = if name == "label_hits" {
                self.labels
                    .iter()
                    .filter(|l| l.len() > 5 && text.iter().any(|line| l.find(line).is_some()))
                    .count()
                    .min(10) as f64
            } else {
                signals.strength(name)
            };
            if strength > 0.0 {
                score.log_odds += weight * strength;
                score.found.push((signals::describe(name), weight * strength));
            }
        }
        score
    }
}

/// Four decimals are more than the evidence carries.
fn rounded(probability: f64) -> f64 {
    (probability * 1e4).round() / 1e4
}

/// Evidence is not independent, so log-odds are halved before they become probabilities: measured, the raw sums claim 0.999
/// where 0.95 is right.
fn softmax(log_odds: &[f64]) -> Vec<f64> {
    let most = log_odds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = log_odds.iter().map(|o| ((o - most) * 0.5).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// A sentence that names the strongest evidence. Only words of the catalog, never the page's own.
fn reasoning(doc_type: DocType, found: &[(&str, f64)]) -> String {
    let names = strongest(found);
    match (doc_type, names.is_empty()) {
        (DocType::Other, true) => "nothing on the page is evidence of a known type".to_owned(),
        (DocType::Other, false) => {
            format!("the page shows {}, evidence of a type that is not read here", names.join(", "))
        }
        (_, true) => format!("little evidence, the nearest type is {doc_type}"),
        (_, false) => format!("the page shows {}", names.join(", ")),
    }
}

/// The strongest of what was found, in quotes.
fn strongest(found: &[(&str, f64)]) -> Vec<String> {
    let mut ranked: Vec<&(&str, f64)> = found.iter().filter(|(_, w)| *w > 0.0).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut names: Vec<String> = Vec::new();
    for (name, _) in ranked {
        let name = format!("\"{name}\"");
        if !names.contains(&name) && names.len() < 4 {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests;
