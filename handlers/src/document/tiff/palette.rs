//! TIFF files with a palette. The decoder refuses them, but reads the same data as grey: so the directories are marked as grey in
//! a copy, and the grey values, which are indices, are looked up in the palette here.

use std::borrow::Cow;

use super::DIRECTORIES_MAX;

const PHOTOMETRIC: u16 = 262;
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// The file with its palette images marked as grey. Files without any are not copied. Files with 64-bit offsets are left alone.
pub(super) fn as_grey(bytes: &[u8]) -> Cow<'_, [u8]> {
    let places = palette_marks(bytes);
    let mut marked = Cow::Borrowed(bytes);
    for place in places {
        let value = if is_big_endian(bytes) { BLACK_IS_ZERO.to_be_bytes() } else { BLACK_IS_ZERO.to_le_bytes() };
        if let Some(mark) = marked.to_mut().get_mut(place..place + 2) {
            mark.copy_from_slice(&value);
        }
    }
    marked
}

/// Where the file says "palette".
fn palette_marks(bytes: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let is_classic = matches!(bytes, [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..]);
    let mut directory = if is_classic { long(bytes, 4) } else { None };
    for _ in 0..DIRECTORIES_MAX {
        let Some(start) = directory.filter(|&start| start != 0) else { break };
        let Some(entries) = short(bytes, start) else { break };
        for entry in (0..usize::from(entries)).map(|i| start + 2 + 12 * i) {
            if short(bytes, entry) == Some(PHOTOMETRIC) && short(bytes, entry + 8) == Some(PALETTE) {
                places.push(entry + 8);
            }
        }
        directory = long(bytes, start + 2 + 12 * usize::from(entries));
    }
    places
}

fn is_big_endian(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'M')
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = *bytes.get(at..)?.first_chunk::<2>()?;
    Some(if is_big_endian(bytes) { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let four = *bytes.get(at..)?.first_chunk::<4>()?;
    let value = if is_big_endian(bytes) { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) };
    usize::try_from(value).ok()
}

/// Colours of indices that were spread over 0..255. A palette holds all reds, then all greens, then all blues, 16 bits each.
pub(super) fn look_up(spread: &[u8], depth: u8, palette: &[u16]) -> Vec<u8> {
    let colors = 1_usize << depth.min(8);
    let channel = |index: usize, c: usize| palette.get(c * colors + index).map_or(0, |value| value.to_be_bytes()[0]);
    spread
        .iter()
        .flat_map(|&value| {
            let index = usize::from(value) * (colors - 1) / 255;
            (0..3).map(move |c| channel(index, c))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_looked_up_at_any_depth() {
        let palette = [0, 0xffff, 0, 0x8000, 0, 0];
        assert_eq!(look_up(&[0, 255], 1, &palette), [0, 0, 0, 255, 128, 0]);
        let ramp: Vec<u16> = (0..3 * 256).map(|i| (i % 256) * 257).collect();
        assert_eq!(look_up(&[0, 100, 255], 8, &ramp), [0, 0, 0, 100, 100, 100, 255, 255, 255]);
    }

    #[test]
    fn a_directory_that_points_outside_or_at_itself_ends() {
        assert!(palette_marks(b"II*\0\xff\xff\xff\x7f").is_empty());
        let own = b"II*\0\x08\0\0\0\x01\0\x06\x01\x03\0\x01\0\0\0\x03\0\0\0\x08\0\0\0";
        assert_eq!(palette_marks(own), [18; DIRECTORIES_MAX]);
        assert!(matches!(as_grey(b"II*\0"), Cow::Borrowed(_)));
    }
}
