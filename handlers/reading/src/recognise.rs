//! Reading what a box says: lines are cut out, put into batches of like width, recognised and decoded.

use image::RgbImage;
use rayon::prelude::*;

use crate::alphabet::Alphabet;
use crate::ctc::{self, Probabilities, Symbol};
use crate::geometry::Quad;
use crate::network::Network;
use crate::raster;
use crate::reader::ReadError;

/// The recogniser's input height in pixels.
const HEIGHT: u32 = 48;
/// Narrower lines are padded to this, the width that the network was trained with. Measured: at 64 a third of the time is
/// saved on pages of single words, but lone signs (`$`) and commas in amounts are misread far more often.
const LEAST_WIDTH: u32 = 320;
/// Longer lines are squeezed to this; about 130 characters of ordinary proportions.
const GREATEST_WIDTH: u32 = 3200;
/// Pixels of width in one batch. Bounds the memory: the output has 18,710 floats for each 8 of them.
const BATCH_WIDTH: u32 = 1280;

/// A page is in a language with accents when one of its accents has at least this probability. Measured on forms, receipts
/// and letters in five languages: accents that dirt made have less, all but a few of the true ones have more.
const SURE_ACCENT: f32 = 0.96;

/// What a box says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) characters: Vec<Character>,
    /// Mean probability of the characters, blanks not counted; 0 without any.
    pub(crate) score: f32,
}

/// One character of a reading.
#[derive(Clone, Debug)]
pub(crate) struct Character {
    pub(crate) text: Box<str>,
    /// Its middle as a share of the line's width, 0..1.
    pub(crate) place: f32,
    pub(crate) probability: f32,
    /// For a letter with an accent: what it is if the page's language has none.
    pub(crate) plain: Option<Box<str>>,
}

/// The recogniser with its alphabet.
pub(crate) struct Recogniser {
    pub(crate) network: Box<dyn Network>,
    pub(crate) alphabet: Alphabet,
}

/// A box to read, by its place in the caller's list.
#[derive(Clone, Copy)]
struct Job {
    index: usize,
    width: u32,
}

impl Recogniser {
    /// Reads the boxes of a page; one reading for each.
    pub(crate) fn read(&self, page: &RgbImage, quads: &[Quad]) -> Result<Vec<Reading>, ReadError> {
        let mut jobs: Vec<Job> =
            quads.iter().enumerate().map(|(index, quad)| Job { index, width: line_width(quad) }).collect();
        jobs.sort_by_key(|job| job.width);
        let done = batches(&jobs)
            .into_par_iter()
            .map(|batch| self.read_batch(page, quads, batch))
            .collect::<Result<Vec<_>, _>>()?;
        let mut readings = vec![Reading::default(); quads.len()];
        for (index, reading) in done.into_iter().flatten() {
            readings[index] = reading;
        }
        Ok(readings)
    }

    fn read_batch(&self, page: &RgbImage, quads: &[Quad], batch: &[Job]) -> Result<Vec<(usize, Reading)>, ReadError> {
        let stride = batch.iter().map(|job| job.width).max().unwrap_or(0).max(LEAST_WIDTH) as usize;
        let size = 3 * HEIGHT as usize * stride;
        let mut planes = vec![0.0; batch.len() * size];
        for (job, planes) in batch.iter().zip(planes.chunks_exact_mut(size)) {
            raster::write_planes(&raster::cut(page, &quads[job.index], job.width, HEIGHT), stride, planes);
        }
        let mut readings = Vec::with_capacity(batch.len());
        let mut classes = 0;
        self.network.run([batch.len(), 3, HEIGHT as usize, stride], &planes, &mut |shape, values| {
            classes = shape.last().map_or(0, |&c| c as usize);
            if classes != self.alphabet.len() {
                return;
            }
            let columns = values.len() / classes / batch.len();
            for (job, values) in batch.iter().zip(values.chunks_exact(columns * classes)) {
                let symbols = ctc::decode(Probabilities { values, classes }, &self.alphabet);
                let columns_of_line = columns as f32 * job.width as f32 / stride as f32;
                readings.push((job.index, self.reading(&symbols, columns_of_line)));
            }
        })?;
        if classes != self.alphabet.len() {
            return Err(ReadError::Run(format!("{classes} classes for {} characters", self.alphabet.len())));
        }
        Ok(readings)
    }

    fn reading(&self, symbols: &[Symbol], columns: f32) -> Reading {
        let characters: Vec<Character> = symbols
            .iter()
            .map(|symbol| Character {
                text: self.alphabet.character(symbol.class).into(),
                place: ((symbol.column + 0.5) / columns).clamp(0.0, 1.0),
                probability: symbol.probability,
                plain: symbol.plain.map(|class| self.alphabet.character(class).into()),
            })
            .collect();
        Reading { score: mean_probability(&characters), characters }
    }
}

/// Takes the accents away where no line of the page is sure of any: there they are dirt, or a letter of another shape.
pub(crate) fn drop_doubtful_accents(readings: &mut [Reading]) {
    let mut characters = readings.iter().flat_map(|reading| &reading.characters);
    if characters.any(|c| c.plain.is_some() && c.probability >= SURE_ACCENT) {
        return;
    }
    for character in readings.iter_mut().flat_map(|reading| &mut reading.characters) {
        if let Some(plain) = character.plain.take() {
            character.text = plain;
        }
    }
}

/// Mean over the characters that are no blanks.
pub(crate) fn mean_probability(characters: &[Character]) -> f32 {
    let shown = || characters.iter().filter(|c| &*c.text != " ");
    shown().map(|c| c.probability).sum::<f32>() / shown().count().max(1) as f32
}

fn line_width(quad: &Quad) -> u32 {
    let aspect = quad.width() / quad.height().max(1.0);
    ((HEIGHT as f32 * aspect).ceil() as u32).clamp(8, GREATEST_WIDTH)
}

/// Splits the jobs, sorted by width, so that each batch stays within [`BATCH_WIDTH`] (or is a single line).
fn batches(jobs: &[Job]) -> Vec<&[Job]> {
    let mut batches = Vec::new();
    let mut rest = jobs;
    while !rest.is_empty() {
        let fits = |n: usize| n as u32 * rest[n - 1].width.max(LEAST_WIDTH) <= BATCH_WIDTH;
        let count = (1..=rest.len()).take_while(|&n| n == 1 || fits(n)).last().unwrap_or(1);
        let (batch, after) = rest.split_at(count);
        batches.push(batch);
        rest = after;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "be" whose e is read with an accent of this probability.
    fn accented(probability: f32) -> Reading {
        let character = |text: &str, plain: Option<&str>| Character {
            text: text.into(),
            place: 0.5,
            probability,
            plain: plain.map(Box::from),
        };
        Reading { characters: vec![character("b", None), character("\u{e9}", Some("e"))], score: probability }
    }

    fn texts(mut readings: Vec<Reading>) -> Vec<String> {
        drop_doubtful_accents(&mut readings);
        readings.iter().map(|reading| reading.characters.iter().map(|c| c.text.as_ref()).collect()).collect()
    }

    #[test]
    fn accents_that_no_line_is_sure_of_are_dropped() {
        assert_eq!(texts(vec![accented(0.7), accented(0.94)]), ["be", "be"]);
    }

    #[test]
    fn one_sure_accent_keeps_the_doubtful_ones_of_its_page() {
        assert_eq!(texts(vec![accented(0.7), accented(0.99)]), ["b\u{e9}", "b\u{e9}"]);
    }
}
