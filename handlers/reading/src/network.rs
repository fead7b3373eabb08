//! The seam to the runtime that executes the networks, and its one implementation on ONNX Runtime.
//!
//! Nothing outside this file names `ort`.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use ort::environment::Environment;
use ort::ep::CPU;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::TensorRef;

use crate::reader::ReadError;

/// Batch, channels, height, width.
pub(crate) type Shape = [usize; 4];

/// A network with one input and one output, both of 32-bit floats.
pub(crate) trait Network: Send + Sync {
    /// Runs it and shows the output's shape and values, which live only during the call: a recogniser's output is tens
    /// of megabytes.
    fn run(&self, shape: Shape, input: &[f32], look: &mut dyn FnMut(&[i64], &[f32])) -> Result<(), ReadError>;
}

/// How a network is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) library: &'a Path,
    /// Copies that can run at the same time; each has its own weights.
    pub(crate) copies: usize,
    /// Threads inside one run.
    pub(crate) threads: usize,
}

/// A network on ONNX Runtime.
pub(crate) struct OnnxNetwork {
    sessions: Vec<Mutex<Session>>,
}

impl OnnxNetwork {
    pub(crate) fn load(model: &Path, how: Load<'_>) -> Result<Self, ReadError> {
        let failed =
            |error: &dyn std::fmt::Display| ReadError::Model { path: model.to_path_buf(), reason: error.to_string() };
        let sessions = (0..how.copies.max(1))
            .map(|_| {
                let mut builder = configure(&environment(how.library)?, how.threads).map_err(|e| failed(&e))?;
                builder.commit_from_file(model).map(Mutex::new).map_err(|e| failed(&e))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { sessions })
    }

    /// A text that the model file carries beside the network.
    pub(crate) fn metadata(&self, key: &str) -> Option<String> {
        self.session().metadata().ok()?.custom(key)
    }

    /// A session that is free now, else the first to become free.
    fn session(&self) -> MutexGuard<'_, Session> {
        for session in &self.sessions {
            match session.try_lock() {
                Ok(free) => return free,
                // A panic between two runs leaves nothing half done in the session.
                Err(TryLockError::Poisoned(free)) => return free.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let turn = rayon::current_thread_index().unwrap_or(0) % self.sessions.len();
        self.sessions[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network for OnnxNetwork {
    fn run(&self, shape: Shape, input: &[f32], look: &mut dyn FnMut(&[i64], &[f32])) -> Result<(), ReadError> {
        let run_error = |error: ort::Error| ReadError::Run(error.to_string());
        let tensor = TensorRef::from_array_view((shape, input)).map_err(run_error)?;
        let mut session = self.session();
        let outputs = session.run(ort::inputs![tensor]).map_err(run_error)?;
        let (shape, values) = outputs[0].try_extract_tensor::<f32>().map_err(run_error)?;
        look(shape, values);
        Ok(())
    }
}

fn configure(environment: &Environment, threads: usize) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        // Waiting threads sleep: other pages and other processes share the cores.
        .with_intra_op_spinning(false)?
        // Every page has other shapes: patterns would never repeat, and an arena would keep the largest page for good.
        .with_memory_pattern(false)?
        .with_execution_providers([CPU::default().with_arena_allocator(false).build()])?)
}

/// The process's one environment. ONNX Runtime allows a single one, so it lives until the process ends.
fn environment(library: &Path) -> Result<Environment, ReadError> {
    static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*slot {
        return Ok(environment.clone());
    }
    let failed = |reason: String| ReadError::Library { path: library.to_path_buf(), reason };
    let built = ort::init_from(library)
        .map_err(|e| failed(e.to_string()))?
        .with_name("reading")
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(e.to_string()))?;
    Ok(slot.insert(built).clone())
}
