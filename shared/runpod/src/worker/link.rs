//! What every part of one worker shares: settings, connection pool, list of jobs.

use super::http::Http;
use super::jobs::Jobs;
use super::settings::Settings;

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) settings: Settings,
    pub(crate) http: Http,
    pub(crate) jobs: Jobs,
}

impl Link {
    pub(crate) fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        let http = Http::new(settings.key.as_ref())?;
        Ok(Self { settings, http, jobs: Jobs::default() })
    }
}
