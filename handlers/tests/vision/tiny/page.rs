//! Pages drawn by arithmetic, as the README here describes them: the references were recorded on these. Tests and `docproc gpu-check`
//! compile this one file in.

use std::sync::Arc;

use handlers::engine::vision::Picture;
use image::{Rgb, RgbImage};

/// Blocks of 32 pixels, each of its own colour, with a fainter grain of 4 pixels over them.
pub(crate) fn page(seed: u32, (width, height): (u32, u32)) -> Picture {
    Arc::new(RgbImage::from_fn(width, height, |x, y| {
        let (block, grain) = (noise(seed, x / 32, y / 32), noise(seed.wrapping_add(1_000_000), x / 4, y / 4));
        Rgb(std::array::from_fn(|i| ((3 * u16::from(block[i]) + u16::from(grain[i])) / 4) as u8))
    }))
}

fn noise(seed: u32, x: u32, y: u32) -> [u8; 3] {
    let mut value = seed
        .wrapping_mul(0x9E37_79B1)
        .wrapping_add(x.wrapping_mul(0x85EB_CA77))
        .wrapping_add(y.wrapping_mul(0xC2B2_AE3D));
    value ^= value >> 15;
    value = value.wrapping_mul(0x2C1B_3C6D);
    value ^= value >> 12;
    value = value.wrapping_mul(0x297A_2D39);
    value ^= value >> 15;
    let [red, green, blue, _] = value.to_le_bytes();
    [red, green, blue]
}
