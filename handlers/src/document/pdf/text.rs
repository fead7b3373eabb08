//! The text that a PDF page holds beside its looks: glyphs with their characters and places.
//!
//! Exact where it is good, and worthless where it is not: fonts without a mapping to characters give soup, and on a scanned page a
//! stamp's few words are no substitute for reading the scan. Such layers are withheld ([`extract`]).

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Line, PathSeg, Point, Rect};
use serde::{Deserialize, Serialize};

use super::lines::{self, Mark, Ruling};

/// Glyph space units per em, by the PDF standard.
const UNITS_PER_EM: f64 = 1000.0;
/// Advance of a glyph whose font does not tell, in em.
const ADVANCE_GUESS: f64 = 0.5;
/// Glyphs of a page that are looked at. The densest page of a telephone directory has about 20,000.
const GLYPHS_MAX: usize = 100_000;
/// Sideways drift of a vertical line, points.
const RULING_SLANT_MAX: f64 = 0.5;
/// Shortest line that parts fields, points.
const RULING_LENGTH_MIN: f64 = 5.0;
/// Rulings of a page that are kept; each is looked at for each gap. A dense form has some hundreds.
const RULINGS_MAX: usize = 2_000;
/// Fewest characters of a layer that is worth more than reading the page.
const CHARACTERS_MIN: usize = 20;
/// Largest share of glyphs without a character; a few symbols of a decorative font are normal.
const UNMAPPED_MAX: f64 = 0.05;
/// Smallest share of letters and digits among the characters. Forms with leader dots come down to about 0.6.
const ALPHANUMERIC_MIN: f64 = 0.5;
/// Largest share of the page under images for which visible text is taken to be all there is. Logos and photos of a person stay
/// below.
const IMAGE_SHARE_MAX: f64 = 0.25;
/// Score of lines that another program recognised and laid invisibly over a scan. Our own reading decides where it is surer.
const INVISIBLE_SCORE: f32 = 0.9;

/// The text layer of a page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TextLayer {
    /// Lines from top to bottom. The score is 1 for text that the page draws itself.
    pub lines: Vec<reading::Line>,
    /// Whether the text is invisible: what another program recognised on a scan, with errors of its own.
    pub invisible: bool,
}

/// The page's text layer, unless it is not to be trusted.
pub(super) fn extract<'a>(page: &Page<'a>, cache: &InterpreterCache<'a>) -> Option<TextLayer> {
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, width.into(), height.into());
    let mut collector = Collector { area, ..Collector::default() };
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, area, cache, page.xref(), InterpreterSettings::default());
    interpret_page(page, &mut context, &mut collector);
    collector.layer()
}

/// A device that draws nothing and notes where the characters are.
#[derive(Default)]
struct Collector {
    area: Rect,
    visible: Vec<Mark>,
    invisible: Vec<Mark>,
    rulings: Vec<Ruling>,
    unmapped: usize,
    image_area: f64,
}

impl Collector {
    fn layer(self) -> Option<TextLayer> {
        let image_share = self.image_area / self.area.area().max(1.0);
        let (marks, invisible) = if self.visible.len() >= self.invisible.len() && image_share <= IMAGE_SHARE_MAX {
            (self.visible, false)
        } else {
            (self.invisible, true)
        };
        if !trustworthy(&marks, self.unmapped) {
            return None;
        }
        let score = if invisible { INVISIBLE_SCORE } else { 1.0 };
        Some(TextLayer { lines: lines::group(marks, &self.rulings, self.area.size(), score), invisible })
    }

    /// Keeps a line if it is vertical and long enough to part two fields. The sides of filled boxes count as well.
    fn note_ruling(&mut self, line: Line) {
        let (top, bottom) = (line.p0.y.min(line.p1.y), line.p0.y.max(line.p1.y));
        let vertical = (line.p0.x - line.p1.x).abs() < RULING_SLANT_MAX;
        if vertical && bottom - top > RULING_LENGTH_MIN && self.rulings.len() < RULINGS_MAX {
            self.rulings.push(Ruling { x: line.p0.x, top, bottom });
        }
    }

    fn note(&mut self, glyph: &Glyph<'_>, place: Affine, invisible: bool) {
        if self.visible.len() + self.invisible.len() >= GLYPHS_MAX {
            return;
        }
        let origin = place * Point::ORIGIN;
        if !self.area.contains(origin) {
            return;
        }
        let Some(text) = glyph.as_unicode().and_then(readable) else {
            self.unmapped += 1;
            return;
        };
        let right = place * Point::new(UNITS_PER_EM, 0.0) - origin;
        let up = place * Point::new(0.0, UNITS_PER_EM) - origin;
        let mark = Mark { text, origin, right, em: up.hypot(), advance: advance(glyph) };
        if invisible { self.invisible.push(mark) } else { self.visible.push(mark) }
    }
}

/// Advance in em.
fn advance(glyph: &Glyph<'_>) -> f64 {
    let units = match glyph {
        Glyph::Outline(glyph) => glyph.advance_width(),
        Glyph::Type3(glyph) => glyph.advance_width(),
    };
    units.map_or(ADVANCE_GUESS, |units| f64::from(units) / UNITS_PER_EM)
}

/// The characters, unless they stand for nothing: replacement, private use, control.
fn readable(text: BfString) -> Option<String> {
    let text = match text {
        BfString::Char(c) => c.to_string(),
        BfString::String(text) => text,
    };
    let unreadable =
        |c: char| c == '\u{fffd}' || c.is_control() || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    (!text.is_empty() && !text.chars().any(unreadable)).then_some(text)
}

fn trustworthy(marks: &[Mark], unmapped: usize) -> bool {
    let mut characters = 0;
    let mut alphanumeric = 0;
    for c in marks.iter().flat_map(|mark| mark.text.chars()).filter(|c| !c.is_whitespace()) {
        characters += 1;
        alphanumeric += usize::from(c.is_alphanumeric());
    }
    characters >= CHARACTERS_MIN
        && unmapped as f64 <= UNMAPPED_MAX * (characters + unmapped) as f64
        && alphanumeric as f64 >= ALPHANUMERIC_MIN * characters as f64
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        for glyph in run.glyphs() {
            self.note(glyph, props.transform * glyph.transform(), matches!(mode, DrawMode::Invisible));
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        // An image's own space is counted in its pixels.
        let pixels = Rect::new(0.0, 0.0, image.width().into(), image.height().into());
        let place = props.transform.transform_rect_bbox(pixels).intersect(self.area);
        self.image_area += place.area().max(0.0);
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        for segment in path.segments() {
            if let PathSeg::Line(line) = segment {
                self.note_ruling(props.transform * line);
            }
        }
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
