//! Every format that is read, made by the test itself: the right pixels, upright, on white, bounded.

use std::io::Cursor;

use contract::ErrorCode;
use handlers::document::Limits;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

use crate::support::{data_url, encode, load, load_page, loader, loader_with};

const RED: [u8; 3] = [200, 30, 30];
const WHITE: [u8; 3] = [255, 255, 255];

/// 40 x 20, the left half red, the right half white.
fn half_red() -> RgbImage {
    RgbImage::from_fn(40, 20, |x, _| Rgb(if x < 20 { RED } else { WHITE }))
}

fn close(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(&a, b)| a.abs_diff(b) <= 12)
}

/// Checks both halves a little inside, where a lossy format has settled.
fn assert_half_red(page: &RgbImage, name: &str) {
    assert_eq!(page.dimensions(), (40, 20), "{name}");
    assert!(close(page.get_pixel(4, 10).0, RED), "{name}: left is {:?}", page.get_pixel(4, 10));
    assert!(close(page.get_pixel(35, 10).0, WHITE), "{name}: right is {:?}", page.get_pixel(35, 10));
}

#[tokio::test]
async fn each_image_format_becomes_the_same_page() {
    for format in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Gif, ImageFormat::Bmp]
    {
        let bytes = encode(&DynamicImage::ImageRgb8(half_red()), format);
        let page = load_page(&bytes).await;
        assert_half_red(&page.image, &format!("{format:?}"));
        assert_eq!((page.document, page.number), (0, 1));
    }
}

#[tokio::test]
async fn what_is_transparent_is_white() {
    let clear = RgbaImage::from_fn(40, 20, |x, _| if x < 20 { Rgba([200, 30, 30, 255]) } else { Rgba([0, 0, 0, 0]) });
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Gif] {
        let page = load_page(&encode(&DynamicImage::ImageRgba8(clear.clone()), format)).await;
        assert_half_red(&page.image, &format!("{format:?}"));
    }
}

#[tokio::test]
async fn sixteen_bits_and_grey_keep_their_brightness() {
    let deep = ImageBuffer::<Rgb<u16>, Vec<u16>>::from_fn(40, 20, |x, _| {
        Rgb(if x < 20 { RED } else { WHITE }.map(|c| u16::from(c) * 257))
    });
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let page = load_page(&encode(&DynamicImage::ImageRgb16(deep.clone()), format)).await;
        assert_half_red(&page.image, &format!("{format:?} of 16 bits"));
    }
    let grey = GrayImage::from_pixel(20, 20, Luma([77]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::Bmp] {
        let page = load_page(&encode(&DynamicImage::ImageLuma8(grey.clone()), format)).await;
        assert!(close(page.image.get_pixel(10, 10).0, [77; 3]), "{format:?}");
    }
}

/// Puts an EXIF block with this orientation behind a JPEG's start marker.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let (start, rest) = jpeg.split_at(2);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [start, &[0xff, 0xe1], &length, &exif, rest].concat()
}

#[tokio::test]
async fn each_exif_orientation_is_undone() {
    // Red above black on the left, white on the right: no two orientations of it look alike.
    let mut upright = half_red();
    for (x, y) in (0..20).flat_map(|x| (10..20).map(move |y| (x, y))) {
        upright.put_pixel(x, y, Rgb([0; 3]));
    }
    let of = |image: RgbImage| DynamicImage::ImageRgb8(image);
    // What a camera stores so that the orientation's transform makes it upright again.
    let stored = [
        of(upright.clone()),
        of(upright.clone()).fliph(),
        of(upright.clone()).rotate180(),
        of(upright.clone()).flipv(),
        of(upright.clone()).fliph().rotate270(),
        of(upright.clone()).rotate270(),
        of(upright.clone()).fliph().rotate90(),
        of(upright.clone()).rotate90(),
    ];
    for (orientation, image) in (1..).zip(stored) {
        let jpeg = with_orientation(&encode(&image, ImageFormat::Jpeg), orientation);
        let page = load_page(&jpeg).await.image;
        assert_eq!(page.dimensions(), (40, 20), "orientation {orientation}");
        for (place, color) in [((4, 4), RED), ((4, 15), [0; 3]), ((35, 10), WHITE)] {
            let found = page.get_pixel(place.0, place.1).0;
            assert!(close(found, color), "orientation {orientation} at {place:?}: {found:?}");
        }
    }
}

/// 16 x 16 of full magenta and yellow, with the inverted inks that every program of the trade writes. The image crate can't write
/// this kind.
const CMYK_JPEG: &str = "data:image/jpeg;base64,/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpK\
    PjM2RjcsLUBXQUZMTlJTUjI+WmFaUGBKUVJP/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAAH/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/a\
    AA4EQwBNAFkASwAAPwCnJgmCnAAAAP/Z";

#[tokio::test]
async fn the_inks_of_a_jpeg_become_light() {
    let pages = loader().load(&[CMYK_JPEG.to_owned()]).await.unwrap();
    assert!(close(pages[0].image.get_pixel(8, 8).0, [255, 0, 0]), "{:?}", pages[0].image.get_pixel(8, 8));
}

fn tiff_of(sides: &[u32]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    for &side in sides {
        let pixels = vec![u8::try_from(side).unwrap(); (side * side) as usize];
        encoder.write_image::<colortype::Gray8>(side, side, &pixels).unwrap();
    }
    bytes.into_inner()
}

#[tokio::test]
async fn each_page_of_a_tiff_is_a_page() {
    let pages = load(&tiff_of(&[20, 30, 40])).await.unwrap();
    let found: Vec<(u32, u8, usize)> =
        pages.iter().map(|p| (p.image.width(), p.image.get_pixel(0, 0).0[0], p.number)).collect();
    assert_eq!(found, [(20, 20, 1), (30, 30, 2), (40, 40, 3)]);
}

#[tokio::test]
async fn the_palette_of_a_tiff_is_applied() {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    let mut image = encoder.new_image::<colortype::Gray8>(20, 20).unwrap();
    image.encoder().write_tag(Tag::PhotometricInterpretation, 3_u16).unwrap();
    let mut palette = vec![0_u16; 3 * 256];
    (palette[7], palette[256 + 7], palette[512 + 7]) = (0xc8c8, 0x1e1e, 0x1e1e);
    image.encoder().write_tag(Tag::ColorMap, palette.as_slice()).unwrap();
    image.write_data(&[7; 400]).unwrap();
    assert_eq!(load_page(bytes.get_ref()).await.image.get_pixel(3, 3).0, RED);
}

#[tokio::test]
async fn inks_of_a_tiff_become_light() {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = [0, 255, 255, 0].repeat(20 * 20);
    TiffEncoder::new(&mut bytes).unwrap().write_image::<colortype::CMYK8>(20, 20, &pixels).unwrap();
    assert_eq!(load_page(bytes.get_ref()).await.image.get_pixel(3, 3).0, [255, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_fifty_five_megapixels_is_read_and_scaled_down() {
    let mut jpeg = Vec::new();
    let paper = GrayImage::from_pixel(6494, 8403, Luma([250]));
    JpegEncoder::new_with_quality(&mut jpeg, 50).write_image(&paper, 6494, 8403, image::ExtendedColorType::L8).unwrap();
    // Unoptimised decoders are slow.
    let limits = Limits { decode_time: std::time::Duration::from_secs(60), ..Limits::default() };
    let pages = loader_with(limits).load(&[data_url(&jpeg)]).await.unwrap();
    assert_eq!(pages[0].image.dimensions(), (3931, 5087));
    assert!(close(pages[0].image.get_pixel(100, 100).0, [250; 3]));
}

#[tokio::test]
async fn documents_keep_their_order_and_pages_their_numbers() {
    let png = encode(&DynamicImage::ImageRgb8(half_red()), ImageFormat::Png);
    let urls = [data_url(&tiff_of(&[20, 30])), data_url(&png), data_url(&tiff_of(&[50]))];
    let pages = loader().load(&urls).await.unwrap();
    let found: Vec<(usize, usize, u32)> = pages.iter().map(|p| (p.document, p.number, p.image.width())).collect();
    assert_eq!(found, [(0, 1, 20), (0, 2, 30), (1, 1, 40), (2, 1, 50)]);
}

#[tokio::test]
async fn pages_are_counted_over_all_documents() {
    let limits = || Limits { pages: 4, ..Limits::default() };
    let [two, three] = [&[20, 20][..], &[20, 20, 20]].map(|sides| data_url(&tiff_of(sides)));
    assert_eq!(loader_with(limits()).load(&[two.clone(), two.clone()]).await.unwrap().len(), 4);
    let error = loader_with(limits()).load(&[two.clone(), three]).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::TooManyPages);
    assert!(error.message.contains("limit is 4 over all 2 documents"), "{error}");
    let many = vec![two; 5];
    assert_eq!(loader_with(limits()).load(&many).await.err().unwrap().code, ErrorCode::TooManyPages);
}
