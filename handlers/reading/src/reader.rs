//! The reader: a page image in, upright text out. Ties detection, orientation, recognition and layout together.

use std::path::PathBuf;
use std::thread::available_parallelism;

use image::{RgbImage, imageops};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::alphabet::Alphabet;
use crate::detect::{self, Limits};
use crate::geometry::Quad;
use crate::layout;
use crate::models::Models;
use crate::network::{Load, Network, OnnxNetwork};
use crate::orient;
use crate::recognise::{Reading, Recogniser, drop_doubtful_accents};
use crate::text::{PageText, Rotation};

/// Copies of the recogniser that read batches at the same time; more would cost memory (about 60 MB each) for little.
const MOST_RECOGNISERS: usize = 4;

/// How a [`Reader`] works. The defaults suit pages of a few hundred dpi.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Threads for one page; 0 takes one per core.
    pub threads: usize,
    /// Longest side in pixels at which text is searched; text is read from the full page. Bounds memory and time.
    pub detector_side: u32,
    /// Lines whose mean character probability is below this are dropped, 0..1.
    pub min_score: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 0, detector_side: 1600, min_score: 0.5 }
    }
}

/// Why a page was not read, or the reader not loaded.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// ONNX Runtime's library is missing, broken or of a wrong version.
    #[error("cannot load ONNX Runtime from {path}: {reason}")]
    Library {
        /// The library.
        path: PathBuf,
        /// What the loader says.
        reason: String,
    },
    /// A model file is missing or broken.
    #[error("cannot load the model {path}: {reason}")]
    Model {
        /// The model file.
        path: PathBuf,
        /// What ONNX Runtime says.
        reason: String,
    },
    /// The threads could not be started.
    #[error("cannot start the reading threads: {0}")]
    Threads(String),
    /// The page cannot be read at all, for example because it has no pixels.
    #[error("{0}")]
    Page(String),
    /// A network failed on a page.
    #[error("a reading network failed: {0}")]
    Run(String),
}

/// Reads pages. Share one between threads: it holds the networks' weights.
pub struct Reader {
    detector: Box<dyn Network>,
    classifier: Box<dyn Network>,
    recogniser: Recogniser,
    threads: ThreadPool,
    options: Options,
}

impl Reader {
    /// Loads the networks.
    ///
    /// # Errors
    /// When the library or a model is missing, broken or of another version.
    pub fn load(models: &Models, options: Options) -> Result<Self, ReadError> {
        let threads = match options.threads {
            0 => available_parallelism().map_or(1, usize::from),
            given => given,
        };
        let library = models.onnxruntime.as_path();
        let one = |threads| Load { library, copies: 1, threads };
        let copies = threads.min(MOST_RECOGNISERS);
        let recogniser = OnnxNetwork::load(&models.rec, Load { library, copies, threads: threads / copies })?;
        let dictionary = recogniser.metadata("character").ok_or_else(|| ReadError::Model {
            path: models.rec.clone(),
            reason: "it carries no dictionary".to_owned(),
        })?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("reading-{i}"))
            .build()
            .map_err(|e| ReadError::Threads(e.to_string()))?;
        Ok(Self {
            detector: Box::new(OnnxNetwork::load(&models.det, one(threads))?),
            classifier: Box::new(OnnxNetwork::load(&models.cls, one(1))?),
            recogniser: Recogniser { network: Box::new(recogniser), alphabet: Alphabet::new(&dictionary) },
            threads: pool,
            options,
        })
    }

    /// Reads one page. Blocks for about a second on two cores: call it off the async threads.
    ///
    /// # Errors
    /// When the page has no pixels or a network fails.
    pub fn read(&self, page: &RgbImage) -> Result<PageText, ReadError> {
        if page.width() == 0 || page.height() == 0 {
            return Err(ReadError::Page("the page has no pixels".to_owned()));
        }
        self.threads.install(|| self.read_turned(page))
    }

    /// Brings the page upright, then reads it.
    fn read_turned(&self, page: &RgbImage) -> Result<PageText, ReadError> {
        let quads = self.detect(page)?;
        if orient::is_quarter_turned(&quads) {
            let turned = imageops::rotate90(page);
            let quads = self.detect(&turned)?;
            return if self.is_upside_down(&turned, &quads)? {
                self.read_flipped(turned, Rotation::ThreeQuarters)
            } else {
                self.read_upright(&turned, &quads, Rotation::Quarter)
            };
        }
        if self.is_upside_down(page, &quads)? {
            return self.read_flipped(page.clone(), Rotation::Half);
        }
        self.read_upright(page, &quads, Rotation::None)
    }

    fn read_flipped(&self, mut page: RgbImage, rotation: Rotation) -> Result<PageText, ReadError> {
        imageops::rotate180_in_place(&mut page);
        let quads = self.detect(&page)?;
        self.read_upright(&page, &quads, rotation)
    }

    fn detect(&self, page: &RgbImage) -> Result<Vec<Quad>, ReadError> {
        detect::detect(&*self.detector, page, Limits { side: self.options.detector_side as f32 })
    }

    fn is_upside_down(&self, page: &RgbImage, quads: &[Quad]) -> Result<bool, ReadError> {
        let sample = orient::sample(quads);
        if !orient::looks_upside_down(&*self.classifier, page, &sample)? {
            return Ok(false);
        }
        // The classifier can be wrong; what the lines say decides.
        let flipped: Vec<Quad> = sample.iter().map(|quad| quad.turned(2)).collect();
        let total = |readings: Vec<Reading>| readings.iter().map(|r| r.score).sum::<f32>();
        Ok(total(self.recogniser.read(page, &flipped)?) > total(self.recogniser.read(page, &sample)?))
    }

    fn read_upright(&self, page: &RgbImage, quads: &[Quad], rotation: Rotation) -> Result<PageText, ReadError> {
        let (quads, mut readings) = self.recognise(page, quads)?;
        drop_doubtful_accents(&mut readings);
        let lines = layout::reading_order(&quads)
            .into_iter()
            .filter(|&i| readings[i].score >= self.options.min_score)
            .map(|i| layout::line(page, &quads[i], &readings[i]))
            .filter(|line| !line.text.is_empty())
            .collect();
        Ok(PageText { width: page.width(), height: page.height(), rotation, lines })
    }

    /// Reads every box; those that are higher than wide in each direction that text in them can have.
    fn recognise(&self, page: &RgbImage, quads: &[Quad]) -> Result<(Vec<Quad>, Vec<Reading>), ReadError> {
        let choices: Vec<(usize, Quad)> = quads
            .iter()
            .enumerate()
            .flat_map(|(i, quad)| orient::directions(quad).into_iter().map(move |quad| (i, quad)))
            .collect();
        let asked: Vec<Quad> = choices.iter().map(|(_, quad)| *quad).collect();
        let answers = self.recogniser.read(page, &asked)?;
        let mut best: Vec<Quad> = quads.to_vec();
        let mut readings = vec![Reading::default(); quads.len()];
        for ((i, quad), reading) in choices.into_iter().zip(answers) {
            if reading.score > readings[i].score {
                best[i] = quad;
                readings[i] = reading;
            }
        }
        Ok((best, readings))
    }
}
