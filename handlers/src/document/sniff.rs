//! Which format bytes are, judged by the bytes: the declared type of a URL or an answer is often wrong.

use image::ImageFormat;

/// A format that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One image.
    Image(ImageFormat),
    /// One or more images.
    Tiff,
    /// Pages to be rendered.
    Pdf,
}

/// Bytes at the start of a file in which a PDF's marker may stand; Acrobat's own tolerance.
const PDF_MARKER_WINDOW: usize = 1024;

/// Finds the format, or what the bytes look like instead, for the message.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Format, &'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Image(ImageFormat::Png)),
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Image(ImageFormat::Jpeg)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::Image(ImageFormat::WebP)),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Format::Image(ImageFormat::Gif)),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(Format::Tiff),
        // The four bytes after the length are reserved and zero; without them any text that starts with "BM" would do.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Ok(Format::Image(ImageFormat::Bmp)),
        _ if has_pdf_marker(bytes) => Ok(Format::Pdf),
        _ => Err(looks_like(bytes)),
    }
}

fn has_pdf_marker(bytes: &[u8]) -> bool {
    let window = bytes.get(..PDF_MARKER_WINDOW).unwrap_or(bytes);
    window.windows(5).any(|w| w == b"%PDF-")
}

fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "empty",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => "an HEIF image or a video",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', ..] => "an AVIF image",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "a video",
        [b'P', b'K', 3, 4, ..] => "a ZIP archive or an office document",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "an old office document",
        [0, 0, 0, 0x0c, b'j', b'P', ..] => "a JPEG 2000 image",
        [0x1f, 0x8b, ..] => "gzip data",
        [b'%', b'!', b'P', b'S', ..] => "PostScript",
        _ if bytes.trim_ascii_start().starts_with(b"<") => "HTML or XML",
        _ if bytes.trim_ascii_start().starts_with(b"{") => "JSON",
        _ => "of no known format",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_known_by_its_first_bytes() {
        for (bytes, format) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Format::Image(ImageFormat::Png)),
            (b"\xff\xd8\xff\xe0", Format::Image(ImageFormat::Jpeg)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Format::Image(ImageFormat::WebP)),
            (b"GIF89a", Format::Image(ImageFormat::Gif)),
            (b"BM\x10\0\0\0\0\0\0\0", Format::Image(ImageFormat::Bmp)),
            (b"II*\0", Format::Tiff),
            (b"MM\0*", Format::Tiff),
            (b"MM\0+", Format::Tiff),
            (b"%PDF-1.7", Format::Pdf),
            (b"\xef\xbb\xbf\n%PDF-1.4", Format::Pdf),
        ] {
            assert_eq!(sniff(bytes), Ok(format));
        }
    }

    #[test]
    fn what_is_not_read_here_is_named_when_it_is_common() {
        assert_eq!(sniff(b""), Err("empty"));
        assert_eq!(sniff(b"  <!DOCTYPE html>"), Err("HTML or XML"));
        assert_eq!(sniff(b"\0\0\0\x18ftypheic"), Err("an HEIF image or a video"));
        assert_eq!(sniff(b"PK\x03\x04"), Err("a ZIP archive or an office document"));
        assert_eq!(sniff(b"BMW is a car"), Err("of no known format"));
        let mut late = vec![b' '; PDF_MARKER_WINDOW];
        late.extend_from_slice(b"%PDF-1.4");
        assert_eq!(sniff(&late), Err("of no known format"));
    }
}
