//! PDF files to pages, rendered in a process of their own: a PDF is a program, and some of them never end, take all memory or make
//! the renderer panic. The parent side is [`parent`], the child side [`child`], and [`wire`] is what they say to each other.

mod child;
mod lines;
mod parent;
mod text;
mod wire;

pub use child::child_main;
pub(crate) use parent::{RenderedPage, render};
pub use text::TextLayer;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// First argument that makes a worker binary the child: `main` hands over to [`child_main`] before anything else.
pub const CHILD_ARGUMENT: &str = "__render-pdf";

/// How the child is started.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Renderer {
    /// The program that is running now, with [`CHILD_ARGUMENT`].
    ///
    /// # Errors
    /// When the operating system can't say which program that is.
    pub fn this_program() -> io::Result<Renderer> {
        Ok(Renderer::program(std::env::current_exe()?))
    }

    /// A program that hands over to [`child_main`] on [`CHILD_ARGUMENT`].
    pub fn program(program: PathBuf) -> Renderer {
        Renderer { program, arguments: vec![CHILD_ARGUMENT.into()] }
    }
}
