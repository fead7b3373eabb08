//! The parent side: start the child, feed it, and believe nothing it says unchecked.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use contract::ErrorCode;
use image::RgbImage;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::wire::{self, Order};
use super::{Renderer, TextLayer};
use crate::document::failure::Failure;
use crate::document::limits::Limits;

/// A page as the child gave it.
pub(crate) struct RenderedPage {
    /// Its pixels.
    pub(crate) image: RgbImage,
    /// Its text layer, if it has one to be trusted.
    pub(crate) text: Option<TextLayer>,
}

/// Renders a PDF whose request has `others` pages besides. `admit` is told the number of pages before they are rendered, and may
/// refuse. Dropping the future kills the child.
pub(crate) async fn render(
    renderer: &Renderer,
    pdf: Vec<u8>,
    limits: &Limits,
    others: usize,
    admit: impl FnOnce(usize) -> Result<(), Failure>,
) -> Result<Vec<RenderedPage>, Failure> {
    let order = order(limits, others);
    let mut pages = Vec::new();
    let work = async {
        let mut child = start(renderer).map_err(|_| Failure::internal("could not be rendered: no renderer process"))?;
        let talk = talk(&mut child, &order, &pdf, admit, &mut pages).await?;
        let status =
            child.wait().await.map_err(|_| Failure::internal("could not be rendered: the renderer was lost"))?;
        verdict(status, talk)
    };
    match tokio::time::timeout(limits.render_time, work).await {
        Ok(Ok(())) => Ok(pages),
        Ok(Err(failure)) => Err(failure.on_page_after(pages.len())),
        Err(_) => Err(too_slow(limits.render_time).on_page_after(pages.len())),
    }
}

fn order(limits: &Limits, others: usize) -> Order {
    Order {
        pages_max: limits.pages,
        kept_pixels: (1..=limits.pages).map(|pages| limits.kept_pixels(pages + others)).collect(),
        dpi: limits.render_dpi,
        side_min: limits.page_side_min,
        memory_bytes: limits.render_bytes,
        cpu_s: limits.render_time.as_secs() + 1,
    }
}

/// Starts the child with nothing of this process: no environment (it holds keys), no working folder, no standard error.
fn start(renderer: &Renderer) -> io::Result<Child> {
    Command::new(&renderer.program)
        .args(&renderer.arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// Whether the child's output was whole.
enum Talk {
    Whole,
    Cut,
}

async fn talk(
    child: &mut Child,
    order: &Order,
    pdf: &[u8],
    admit: impl FnOnce(usize) -> Result<(), Failure>,
    pages: &mut Vec<RenderedPage>,
) -> Result<Talk, Failure> {
    let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Failure::internal("could not be rendered: no pipes"));
    };
    let mut line = serde_json::to_vec(order).map_err(|_| Failure::internal("could not be rendered: no order"))?;
    line.push(b'\n');
    // The child reads all before it writes. If it dies before, its exit status says why.
    let fed = async { input.write_all(&line).await.and(input.write_all(pdf).await).and(input.shutdown().await) }.await;
    drop(input);
    if fed.is_err() {
        return Ok(Talk::Cut);
    }
    let Ok(count) = read_number(&mut output).await else { return Ok(Talk::Cut) };
    admit(count)?;
    let kept = order.kept_pixels(count);
    for _ in 0..count {
        match read_page(&mut output, kept).await {
            Ok(page) => pages.push(page?),
            Err(_) => return Ok(Talk::Cut),
        }
    }
    Ok(Talk::Whole)
}

async fn read_number(output: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
    let mut bytes = [0; 4];
    output.read_exact(&mut bytes).await?;
    Ok(wire::number(bytes) as usize)
}

/// Reads a page. The outer error means that the child stopped in the middle, the inner one that what it said can't be true.
async fn read_page(output: &mut (impl AsyncRead + Unpin), kept: u64) -> io::Result<Result<RenderedPage, Failure>> {
    let nonsense = || Ok(Err(Failure::internal("could not be rendered: the renderer's answer makes no sense")));
    let mut head = [0; 12];
    output.read_exact(&mut head).await?;
    let [width, height, text_bytes] = wire::read_page_head(head);
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > wire::SIDE_MAX || pixels > kept || text_bytes as usize > wire::TEXT_BYTES_MAX {
        return nonsense();
    }
    let mut rgb = vec![0; usize::try_from(pixels).unwrap_or(0) * 3];
    output.read_exact(&mut rgb).await?;
    let mut text = vec![0; text_bytes as usize];
    output.read_exact(&mut text).await?;
    let text = if text.is_empty() { Ok(None) } else { serde_json::from_slice(&text).map(Some) };
    match (RgbImage::from_raw(width, height, rgb), text) {
        (Some(image), Ok(text)) => Ok(Ok(RenderedPage { image, text })),
        _ => nonsense(),
    }
}

/// What the child's end means.
fn verdict(status: ExitStatus, talk: Talk) -> Result<(), Failure> {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    match (code, talk) {
        (Some(wire::DONE), Talk::Whole) => Ok(()),
        (Some(wire::BROKEN), _) => Err(Failure::broken("this PDF can't be read")),
        (Some(wire::PANICKED), _) => Err(Failure::broken("this PDF can't be rendered")),
        (Some(wire::ENCRYPTED), _) => {
            Err(Failure::new(ErrorCode::EncryptedDocument, "is a PDF that is encrypted and asks for a password"))
        }
        (Some(wire::TOO_NARROW), _) => {
            Err(Failure::new(ErrorCode::ImageSizeOutOfRange, "is too narrow to read at any size that is rendered"))
        }
        (Some(_), _) => Err(Failure::internal("could not be rendered: the renderer failed")),
        // No exit code: ended by a signal, which is how the limits of memory (abort) and processor time end it.
        (None, _) => Err(Failure::too_complex("takes more memory or time to render than is allowed")),
    }
}

fn too_slow(time: Duration) -> Failure {
    Failure::too_complex(format!("took longer than {} s to render", time.as_secs_f64()))
}
