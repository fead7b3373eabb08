//! The vision model of a worker, wherever it runs.

use contract::Error;

#[cfg(feature = "mistralrs")]
use super::mistralrs::{LoadError, MistralRs, Task};
use super::openai::{OpenAi, Output};
#[cfg(feature = "mistralrs")]
use super::vision::Finish;
use super::vision::{Choice, Generated, Picture, Question, Transcript};
use crate::config::Vision;
use crate::role::Role;

/// The vision model of a worker.
pub enum VisionModel {
    /// In this process.
    #[cfg(feature = "mistralrs")]
    MistralRs(MistralRs),
    /// Behind an OpenAI-compatible server.
    OpenAi(Box<OpenAi>),
}

/// The model can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It can't be loaded.
    #[cfg(feature = "mistralrs")]
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Its server can't be reached or started.
    #[error("{}", .0.message)]
    Server(#[from] Error),
    /// This program was built without the engine.
    #[error("this program was built without its feature `mistralrs`")]
    NotBuilt,
}

impl VisionModel {
    /// Loads the model, or finds its server.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub async fn start(vision: Vision, role: Role) -> Result<VisionModel, ModelError> {
        match vision {
            #[cfg(feature = "mistralrs")]
            Vision::MistralRs(local) => {
                let task = match role {
                    Role::Classify => Task::Choose,
                    Role::Extract => Task::Write,
                };
                Ok(VisionModel::MistralRs(MistralRs::load(local, task).await?))
            }
            #[cfg(not(feature = "mistralrs"))]
            Vision::MistralRs(_) => {
                let _ = role;
                Err(ModelError::NotBuilt)
            }
            Vision::OpenAi(settings) => Ok(VisionModel::OpenAi(Box::new(OpenAi::start(settings).await?))),
        }
    }

    /// Whether it answers questions, or only writes down what a page says.
    pub fn output(&self) -> Output {
        match self {
            #[cfg(feature = "mistralrs")]
            VisionModel::MistralRs(_) => Output::Fields,
            VisionModel::OpenAi(server) => server.output(),
        }
    }

    /// Which of some codes fits each page, one question a page.
    ///
    /// # Errors
    /// What is wrong with a page, or what keeps the model from answering.
    pub async fn choose(&self, pages: &[Picture], instruction: &str, codes: &[char]) -> Result<Vec<Choice>, Error> {
        let mut choices = Vec::with_capacity(pages.len());
        for page in pages {
            choices.push(match self {
                #[cfg(feature = "mistralrs")]
                VisionModel::MistralRs(model) => model.choose(page, instruction, codes).await?,
                VisionModel::OpenAi(server) => server.choose(page, instruction, codes).await?,
            });
        }
        Ok(choices)
    }

    /// JSON of a schema about all pages.
    ///
    /// # Errors
    /// As [`VisionModel::choose`].
    pub async fn generate(&self, question: Question<'_>) -> Result<Generated, Error> {
        match self {
            #[cfg(feature = "mistralrs")]
            VisionModel::MistralRs(model) => model.generate(question).await,
            VisionModel::OpenAi(server) => server.generate(question).await,
        }
    }

    /// What the pages say.
    ///
    /// # Errors
    /// As [`VisionModel::choose`].
    pub async fn transcribe(&self, pages: &[Picture]) -> Result<Transcript, Error> {
        match self {
            #[cfg(feature = "mistralrs")]
            VisionModel::MistralRs(_) => Ok(Transcript { texts: Vec::new(), finish: Finish::Stop }),
            VisionModel::OpenAi(server) => server.transcribe(pages).await,
        }
    }
}
