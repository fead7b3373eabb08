//! Types told by title, evidence and page.

use super::*;
use crate::layout::tests::page;

fn classifier() -> Classifier {
    Classifier::new(&Catalog::shipped().unwrap())
}

#[test]
fn the_title_and_number_of_a_form_tell_its_type() {
    let titles = [
        ("Form W-2 Wage and Tax Statement", "OMB No. 1545-0008", DocType::W2),
        ("Form 1099-INT Interest Income", "OMB No. 1545-0112", DocType::Form1099Int),
        ("Form 1099-DIV Dividends and Distributions", "OMB No. 1545-0110", DocType::Form1099Div),
        ("Form 1098 Mortgage Interest Statement", "OMB No. 1545-1380", DocType::Form1098),
    ];
    for (title, number, wanted) in titles {
        let verdict = classifier().classify(&[page(&[(title, 50.0, 50.0), (number, 600.0, 50.0)])]);
        assert_eq!(verdict.doc_type, wanted, "{}", verdict.reasoning);
    }
}

#[test]
fn a_near_neighbour_is_other() {
    let titles = [
        ("Form 1098-T Tuition Statement", "OMB No. 1545-1574"),
        ("Form W-9", "Request for Taxpayer Identification Number and Certification"),
    ];
    for (title, number) in titles {
        let verdict = classifier().classify(&[page(&[(title, 50.0, 50.0), (number, 300.0, 90.0)])]);
        assert_eq!(verdict.doc_type, DocType::Other, "{}", verdict.reasoning);
    }
}

#[test]
fn more_evidence_gives_more_confidence() {
    let title = ("Form W-2 Wage and Tax Statement", 50.0, 50.0);
    let labels = [("1 Wages, tips, other compensation", 50.0, 100.0), ("6 Medicare tax withheld", 500.0, 100.0)];
    let little = classifier().classify(&[page(&[title])]);
    let much = classifier().classify(&[page(&[title, labels[0], labels[1]])]);
    assert_eq!((little.doc_type, much.doc_type), (DocType::W2, DocType::W2));
    assert!(much.confidence > little.confidence);
}

#[test]
fn the_first_page_decides_and_every_page_is_named() {
    let first = page(&[("Form W-2 Wage and Tax Statement", 50.0, 50.0), ("OMB No. 1545-0008", 600.0, 50.0)]);
    let mut back = page(&[("Notice to employee: do you have to file?", 50.0, 50.0)]);
    back.number = 2;
    let verdict = classifier().classify(&[first, back]);
    assert_eq!(verdict.doc_type, DocType::W2);
    assert_eq!(verdict.pages.iter().map(|p| p.page).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(verdict.pages[0].doc_type, DocType::W2);
}

#[test]
fn probabilities_sum_to_no_more_than_one_and_the_answer_leads() {
    let verdict = classifier().classify(&[page(&[
        ("Invoice", 50.0, 50.0),
        ("Receipt", 50.0, 90.0),
        ("Total 12.50", 50.0, 120.0),
    ])]);
    let others: Vec<f64> = verdict.alternatives.iter().map(|a| a.confidence).collect();
    assert!(verdict.confidence + others.iter().sum::<f64>() <= 1.0 + 1e-9);
    assert!(others.iter().all(|c| *c <= verdict.confidence) && others.is_sorted_by(|a, b| a >= b));
}

#[test]
fn the_reasoning_names_evidence_and_no_text_of_the_page() {
    let verdict = classifier()
        .classify(&[page(&[("Form W-2 Wage and Tax Statement", 50.0, 50.0), ("Wren Holloway", 50.0, 90.0)])]);
    assert!(verdict.reasoning.contains("wage and tax statement"), "{}", verdict.reasoning);
    assert!(!verdict.reasoning.to_lowercase().contains("holloway"));
}
