//! Reads page images and writes what they say as JSON: `read_pages OUT_DIR IMAGE...` writes `OUT_DIR/<image name>.json`,
//! each the serde form of [`reading::PageText`]. Without an image, paths come from standard input, one a line. A line with
//! the time for each page goes to standard error.

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use image::ImageReader;
use reading::{Models, Options, Reader};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("usage: read_pages OUT_DIR [IMAGE...]")?);
    fs::create_dir_all(&out)?;
    let models = Models::find_or_pull(|progress| eprintln!("{progress}"))?;
    let reader = Reader::load(&models, Options::default())?;
    let images: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    if images.is_empty() {
        for line in io::stdin().lines() {
            read(&reader, Path::new(line?.trim()), &out)?;
        }
    }
    images.iter().try_for_each(|image| read(&reader, image, &out))
}

fn read(reader: &Reader, image: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = ImageReader::open(image)?;
    file.no_limits();
    let page = file.decode()?.into_rgb8();
    let start = Instant::now();
    let text = reader.read(&page)?;
    let seconds = start.elapsed().as_secs_f32();
    let name = image.file_name().ok_or("an image path without a file name")?.to_string_lossy().into_owned();
    serde_json::to_writer(File::create(out.join(format!("{name}.json")))?, &text)?;
    eprintln!("{name}\t{} lines\t{seconds:.3} s", text.lines.len());
    Ok(())
}
