//! Where values stand: polygons lie on the page, around the text they are of, in the coordinates of the page as it was given.

use contract::DocType;
use handlers::layout::fold::fold_text;
use reading::Rotation;

use crate::document::{answers, extract_text, sample};
use crate::paper::{bounds, page, shows};

#[test]
fn every_polygon_lies_on_the_page() {
    for (sample, answer) in answers() {
        for (path, evidence) in &answer.fields {
            let inside = evidence.polygon.iter().flatten().flatten().all(|v| (0.0..=1.0).contains(v));
            let [x0, y0, x1, y1] = bounds(&evidence.polygon.unwrap());
            assert!(inside && x1 > x0 && y1 > y0, "{} {path}: {:?}", sample.name, evidence.polygon);
        }
    }
}

#[test]
fn a_polygon_stands_around_the_text_of_its_value() {
    let (mut around, mut all) = (0, 0);
    let mut astray = Vec::new();
    for (sample, answer) in answers() {
        for (path, evidence) in &answer.fields {
            let words: Vec<String> = evidence.raw.split_whitespace().map(fold_text).filter(|w| w.len() > 1).collect();
            if words.is_empty() || evidence.raw.contains("**") {
                continue;
            }
            let [x0, y0, x1, y1] = bounds(&evidence.polygon.unwrap());
            let lines = sample.texts[evidence.page.unwrap() - 1].lines.iter().filter(|line| {
                let [a0, b0, a1, b1] = bounds(&line.polygon);
                a0 < x1 && a1 > x0 && b0 < y1 && b1 > y0
            });
            let under: String = lines.map(|line| fold_text(&line.text)).collect();
            all += 1;
            match words.iter().all(|word| under.contains(word.as_str())) {
                true => around += 1,
                false => astray.push(format!("{} {path}", sample.name)),
            }
        }
    }
    assert!(around * 100 >= all * 97, "{around} of {all}; not {astray:?}");
}

#[test]
fn the_wages_of_a_w2_are_where_they_are_printed() {
    let sample = sample("w2.png");
    let wages = sample.labels.fields["wages"].as_f64().unwrap();
    let place = bounds(&sample.extract().fields["wages"].polygon.unwrap());
    let hit = sample.texts[0].lines.iter().filter(|l| shows(&l.text, wages)).any(|line| {
        let [x0, y0, x1, y1] = bounds(&line.polygon);
        let (x, y) = ((x0 + x1) / 2.0, (y0 + y1) / 2.0);
        place[0] < x && x < place[2] && place[1] < y && y < place[3]
    });
    assert!(hit, "{place:?}");
}

#[test]
fn a_page_given_turned_gets_its_polygons_turned_too() {
    let mut text = page(&[("INVOICE", 0.1, 0.1), ("Invoice No: HX-2041", 0.1, 0.2), ("Total: $412.50", 0.7, 0.8)]);
    let place = |text: &reading::PageText| {
        let answer = extract_text(std::slice::from_ref(text), DocType::Invoice);
        answer.fields["total"].polygon.unwrap().map(|[x, y]| [(x * 100.0).round(), (y * 100.0).round()])
    };
    let upright = place(&text);
    // Of the page as it was given: a quarter turn to the right makes its left edge the top.
    text.rotation = Rotation::Quarter;
    assert_eq!(place(&text), upright.map(|[x, y]| [y, 100.0 - x]));
    text.rotation = Rotation::Half;
    assert_eq!(place(&text), upright.map(|[x, y]| [100.0 - x, 100.0 - y]));
    text.rotation = Rotation::ThreeQuarters;
    assert_eq!(place(&text), upright.map(|[x, y]| [100.0 - y, x]));
}
