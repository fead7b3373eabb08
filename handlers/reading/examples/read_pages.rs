//! Reads page images and writes what they say as JSON: `read_pages OUT_DIR IMAGE...` writes `OUT_DIR/<image name>.json`,
//! each the serde form of [`reading::PageText`]. Times go to standard error.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use reading::{Models, Options, Reader};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let out = arguments.next().ok_or("usage: read_pages OUT_DIR IMAGE...")?;
    fs::create_dir_all(&out)?;
    let reader = Reader::load(&Models::find()?, Options::default())?;
    for image in arguments {
        let image = Path::new(&image);
        let page = image::open(image)?.into_rgb8();
        let start = Instant::now();
        let text = reader.read(&page)?;
        let name = image.file_name().ok_or("an image path without a file name")?.to_string_lossy().into_owned();
        eprintln!("{name}\t{} lines\t{:.3} s", text.lines.len(), start.elapsed().as_secs_f32());
        serde_json::to_writer(File::create(Path::new(&out).join(format!("{name}.json")))?, &text)?;
    }
    Ok(())
}
