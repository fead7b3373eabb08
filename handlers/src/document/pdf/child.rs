//! The child side: bind the process, read the order and the PDF, render page by page.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::text;
use super::wire::{self, Order};

/// Points per inch, PDF's unit of length.
const POINTS_PER_INCH: f32 = 72.0;

/// What the hidden child process runs: one PDF from standard input to pages on standard output. It writes no log: its standard
/// error is closed, and the exit status says everything.
pub fn child_main() -> ExitCode {
    ExitCode::from(match run(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => wire::DONE,
        Err(status) => status,
    })
}

fn run(mut input: impl Read, output: impl Write) -> Result<(), u8> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|_| wire::BAD_ORDER)?;
    let line = bytes.iter().position(|&b| b == b'\n').ok_or(wire::BAD_ORDER)?;
    let pdf = bytes.split_off(line + 1);
    let order: Order = serde_json::from_slice(&bytes).map_err(|_| wire::BAD_ORDER)?;
    bind(&order).map_err(|_| wire::BAD_ORDER)?;
    render_all(pdf, &order, BufWriter::new(output))
}

/// Sets limits that this process can't lift again.
fn bind(order: &Order) -> rustix::io::Result<()> {
    let at_most = |n: u64| Rlimit { current: Some(n), maximum: Some(n) };
    setrlimit(Resource::As, at_most(order.memory_bytes))?;
    setrlimit(Resource::Cpu, at_most(order.cpu_s))?;
    // A core file would hold the document.
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))
}

fn render_all(bytes: Vec<u8>, order: &Order, mut output: impl Write) -> Result<(), u8> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm) => {
            wire::ENCRYPTED
        }
        _ => wire::BROKEN,
    })?;
    let pages = pdf.pages();
    let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Err(wire::BROKEN);
    }
    let gone = |_| wire::NO_READER;
    output.write_all(&count.to_le_bytes()).and_then(|()| output.flush()).map_err(gone)?;
    if pages.len() > order.pages_max {
        return Ok(());
    }
    let cache = RenderCache::new();
    let text_cache = InterpreterCache::new();
    let kept = order.kept_pixels(pages.len());
    for page in pages.iter() {
        let pixels = render_page(page, &cache, order, kept)?;
        let text = text::extract(page, &text_cache).and_then(|layer| serde_json::to_vec(&layer).ok());
        let text = text.filter(|json| json.len() <= wire::TEXT_BYTES_MAX).unwrap_or_default();
        write_page(&pixels, &text, &mut output).map_err(gone)?;
    }
    Ok(())
}

fn render_page<'a>(page: &'a Page<'a>, cache: &RenderCache<'a>, order: &Order, kept: u64) -> Result<Pixmap, u8> {
    let scale = scale(page.render_dimensions(), order, kept).ok_or(wire::TOO_NARROW)?;
    let target = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    Ok(hayro::render(page, cache, &InterpreterSettings::default(), &RenderSettings::default(), &target))
}

/// Pixels per point, so that the page stays within its bounds; `None` if that makes it too narrow.
fn scale((width, height): (f32, f32), order: &Order, kept: u64) -> Option<f32> {
    if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
        return None;
    }
    let wished = order.dpi as f32 / POINTS_PER_INCH;
    let by_side = wire::SIDE_MAX as f32 / width.max(height);
    let by_area = (kept as f64 / (f64::from(width) * f64::from(height))).sqrt() as f32;
    let scale = wished.min(by_side).min(by_area);
    (width.min(height) * scale >= order.side_min as f32).then_some(scale)
}

fn write_page(page: &Pixmap, text: &[u8], output: &mut impl Write) -> io::Result<()> {
    let text_bytes = u32::try_from(text.len()).unwrap_or(0);
    output.write_all(&wire::page_head(page.width().into(), page.height().into(), text_bytes))?;
    // The background is white, so every pixel is opaque and premultiplied colours are the colours.
    for pixel in page.data_as_u8_slice().as_chunks::<4>().0 {
        let [r, g, b, _] = pixel;
        output.write_all(&[*r, *g, *b])?;
    }
    output.write_all(text)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order { pages_max: 20, kept_pixels: vec![20_000_000], dpi: 200, side_min: 16, memory_bytes: 0, cpu_s: 0 }
    }

    #[test]
    fn a_letter_page_is_rendered_at_the_wished_resolution() {
        assert_eq!(scale((612.0, 792.0), &order(), 20_000_000), Some(200.0 / 72.0));
    }

    #[test]
    fn a_large_page_is_rendered_at_less_and_a_needle_not_at_all() {
        let scale_of = |size| scale(size, &order(), 20_000_000);
        let poster = scale_of((100_000.0, 100_000.0)).unwrap();
        assert!(100_000.0 * poster <= 4473.0);
        let strip = scale_of((600.0, 40_000.0)).unwrap();
        assert!(40_000.0 * strip <= 16_000.0);
        assert_eq!(scale_of((5.0, 598_542.0)), None);
        assert_eq!(scale_of((f32::NAN, 10.0)), None);
    }
}
