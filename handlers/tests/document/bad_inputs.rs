//! One table of inputs that must be refused, each with its code; after each of them the next good document is read.

use std::io::{Cursor, Write};

use contract::ErrorCode::{
    self, BrokenDocument, DocumentTooLarge, ImageSizeOutOfRange, UnsupportedFormat, UrlNotAllowed,
};
use handlers::document::Limits;
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::pdf::{pdf_of, pdf_with};
use crate::support::{data_url, encode, loader_with};

struct Bad {
    name: &'static str,
    url: String,
    code: ErrorCode,
}

fn noise() -> DynamicImage {
    let mut state = 1_u32;
    let image = RgbImage::from_fn(64, 64, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    });
    DynamicImage::ImageRgb8(image)
}

fn half(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len() / 2).unwrap()
}

/// A PNG whose header claims these sides and whose pixel data are these bytes, unpacked.
fn png_claiming(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", header), (b"IDAT", encoder.finish().unwrap()), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let chunk = [&name[..], &body].concat();
        png.extend(&chunk);
        let mut crc = flate2::Crc::new();
        crc.update(&chunk);
        png.extend(crc.sum().to_be_bytes());
    }
    png
}

/// A BMP header that claims these sides, with a few bytes of pixels.
fn bmp_claiming(width: i32, height: i32) -> Vec<u8> {
    let mut bmp = encode(&noise(), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&width.to_le_bytes());
    bmp[22..26].copy_from_slice(&height.to_le_bytes());
    bmp
}

fn gif_claiming(side: u16) -> Vec<u8> {
    let mut gif = encode(&noise(), ImageFormat::Gif);
    gif[6..8].copy_from_slice(&side.to_le_bytes());
    gif[8..10].copy_from_slice(&side.to_le_bytes());
    gif
}

fn tiff_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    let mut directory = encoder.image_directory().unwrap();
    for (tag, value) in
        [(256_u16, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (278, height), (279, 16)]
    {
        directory.write_tag(tiff::tags::Tag::from_u16_exhaustive(tag), value).unwrap();
    }
    directory.finish().unwrap();
    bytes.into_inner()
}

fn bytes_that_are_refused() -> Vec<(&'static str, Vec<u8>, ErrorCode)> {
    let encoded = |format| encode(&noise(), format);
    let (png, jpeg, webp) = (encoded(ImageFormat::Png), encoded(ImageFormat::Jpeg), encoded(ImageFormat::WebP));
    let mut flipped = png.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    let small = |w, h| encode(&DynamicImage::new_rgb8(w, h), ImageFormat::Png);
    let strip = |bytes: &[u8]| bytes.get(..bytes.len() - 2).unwrap().to_vec();
    vec![
        ("nothing", Vec::new(), UnsupportedFormat),
        ("text", b"hello".to_vec(), UnsupportedFormat),
        ("zeros", vec![0; 5000], UnsupportedFormat),
        ("a web page", b"<!doctype html><p>not found".to_vec(), UnsupportedFormat),
        ("JSON", b"{\"error\":\"expired\"}".to_vec(), UnsupportedFormat),
        ("a vector image", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), UnsupportedFormat),
        ("a ZIP archive", b"PK\x03\x04\x14\0\0\0".to_vec(), UnsupportedFormat),
        ("a photo of a kind that is not read", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), UnsupportedFormat),
        ("only PNG's signature", b"\x89PNG\r\n\x1a\n".to_vec(), BrokenDocument),
        ("half a PNG", half(&png).to_vec(), BrokenDocument),
        ("a PNG with a flipped byte", flipped, BrokenDocument),
        ("a PNG of 60000 x 60000", png_claiming(60_000, 60_000, &[]), ImageSizeOutOfRange),
        ("a PNG of 0 x 0", png_claiming(0, 0, &[]), BrokenDocument),
        ("a PNG whose data are too few", png_claiming(5000, 5000, &[0; 100]), BrokenDocument),
        ("a PNG of 15 x 400", small(15, 400), ImageSizeOutOfRange),
        ("a PNG of 1 x 1", small(1, 1), ImageSizeOutOfRange),
        ("only JPEG's signature", b"\xff\xd8\xff".to_vec(), BrokenDocument),
        ("half a JPEG", half(&jpeg).to_vec(), BrokenDocument),
        ("a JPEG without its end", strip(&jpeg), BrokenDocument),
        ("half a WebP", half(&webp).to_vec(), BrokenDocument),
        ("only WebP's signature", b"RIFF\x04\0\0\0WEBP".to_vec(), BrokenDocument),
        ("half a GIF", half(&encoded(ImageFormat::Gif)).to_vec(), BrokenDocument),
        ("a GIF of 65535 x 65535", gif_claiming(65_535), ImageSizeOutOfRange),
        ("half a BMP", half(&encoded(ImageFormat::Bmp)).to_vec(), BrokenDocument),
        ("a BMP of 30000 x 30000", bmp_claiming(30_000, 30_000), ImageSizeOutOfRange),
        ("half a TIFF", half(&encoded(ImageFormat::Tiff)).to_vec(), BrokenDocument),
        ("a TIFF that points behind its end", b"II*\0\xff\xff\xff\x7f".to_vec(), BrokenDocument),
        ("a TIFF of 60000 x 60000", tiff_claiming(60_000, 60_000), ImageSizeOutOfRange),
        ("a TIFF whose data are too few", tiff_claiming(5000, 5000), BrokenDocument),
        ("a TIFF of nothing", b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec(), BrokenDocument),
        ("only PDF's signature", b"%PDF-1.7\n".to_vec(), BrokenDocument),
        ("a PDF of noise", [b"%PDF-1.7\n", &png[..]].concat(), BrokenDocument),
        ("a PDF without pages", pdf_of(&[]), BrokenDocument),
        ("a PDF page as thin as a needle", pdf_with("/MediaBox [0 0 1 100000]", &[""]), ImageSizeOutOfRange),
        ("more bytes than the limit", vec![b'A'; 400_000], DocumentTooLarge),
    ]
}

fn urls_that_are_refused() -> Vec<(&'static str, String, ErrorCode)> {
    let url = |url: &str| url.to_owned();
    vec![
        ("nothing at all", url(""), UrlNotAllowed),
        ("a file name", url("page.png"), UrlNotAllowed),
        ("a file", url("file:///etc/passwd"), UrlNotAllowed),
        ("another protocol", url("ftp://example.com/page.png"), UrlNotAllowed),
        ("a script", url("javascript:alert(1)"), UrlNotAllowed),
        ("no host", url("https://"), UrlNotAllowed),
        ("credentials", url("https://user:secret@example.com/page.png"), UrlNotAllowed),
        ("a port that is none", url("https://example.com:99999/"), UrlNotAllowed),
        ("loopback", url("http://127.0.0.1/page.png"), UrlNotAllowed),
        ("loopback as one number", url("http://2130706433/page.png"), UrlNotAllowed),
        ("loopback in IPv6", url("http://[::1]/page.png"), UrlNotAllowed),
        ("a cloud's metadata", url("http://169.254.169.254/latest/meta-data/"), UrlNotAllowed),
        ("a private network", url("http://10.0.0.1/page.png"), UrlNotAllowed),
        ("localhost", url("http://localhost/page.png"), UrlNotAllowed),
        ("data without a comma", url("data:image/png;base64"), UrlNotAllowed),
        ("data of no base64", url("data:image/png;base64,!!!!"), UrlNotAllowed),
        ("data of nothing", url("data:,"), UnsupportedFormat),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_input_has_its_code_and_the_next_good_one_is_read() {
    let good = data_url(&encode(&noise(), ImageFormat::Png));
    let loader = loader_with(Limits { document_bytes: 300_000, ..Limits::default() });
    let of_bytes =
        bytes_that_are_refused().into_iter().map(|(name, bytes, code)| Bad { name, url: data_url(&bytes), code });
    let of_urls = urls_that_are_refused().into_iter().map(|(name, url, code)| Bad { name, url, code });
    let table: Vec<Bad> = of_bytes.chain(of_urls).collect();
    assert!(table.len() >= 40);
    for bad in table {
        let result = loader.load(&[good.clone(), bad.url]).await;
        let error = result.err().unwrap_or_else(|| panic!("{} was read", bad.name));
        assert_eq!(error.code, bad.code, "{}: {error}", bad.name);
        assert!(error.message.starts_with("image_urls[1]"), "{}: {error}", bad.name);
        assert!(!error.message.contains("secret"), "{}: {error}", bad.name);
        assert_eq!(loader.load(std::slice::from_ref(&good)).await.unwrap().len(), 1, "after {}", bad.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_that_unpacks_to_much_is_refused_by_its_header_or_bounded() {
    // 90 megabytes of zeros in 90 kilobytes: more than its header's 64 x 64 pixels, which are all that is unpacked.
    let bomb = png_claiming(64, 64, &vec![0; 90_000_000]);
    assert!(bomb.len() < 200_000);
    let result = loader_with(Limits::default()).load(&[data_url(&bomb)]).await;
    assert!(result.is_ok_and(|pages| pages[0].image.dimensions() == (64, 64)));
}
