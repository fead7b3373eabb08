//! A client and a worker in a few words.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use runpod::platform::{Options, Platform};
use serde_json::Value;

/// A platform without a socket, with its clock kept.
#[derive(Clone)]
pub(crate) struct Local {
    platform: Platform,
    _clock: Arc<Clock>,
}

struct Clock(tokio::task::JoinHandle<()>);

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Status and JSON of an answer; the text too, where the order of keys matters.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }
}

impl Local {
    pub(crate) fn new(options: Options) -> Local {
        let platform = Platform::new(options).unwrap();
        let keeper = platform.clone();
        let clock = tokio::spawn(async move { keeper.keep_time().await });
        Local { platform, _clock: Arc::new(Clock(clock)) }
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let response = self.platform.call(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(format!("/v2/classify/{path}")).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        let body = Full::from(body.to_owned());
        self.send(Request::post(format!("/v2/classify/{path}")).body(body).unwrap()).await
    }

    /// Submits a job; its id.
    pub(crate) async fn run(&self, body: &str) -> String {
        let answer = self.post("run", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.field("id")
    }

    pub(crate) async fn take(&self, worker: &str) -> Answer {
        self.get(&format!("job-take/{worker}?gpu=a&job_in_progress=0")).await
    }

    pub(crate) async fn done(&self, worker: &str, id: &str, body: &str) -> Answer {
        self.post(&format!("job-done/{worker}/{id}?gpu=a&isStream=false"), body).await
    }

    pub(crate) async fn ping(&self, worker: &str, jobs: &str) -> Answer {
        let jobs = if jobs.is_empty() { String::new() } else { format!("&job_id={jobs}") };
        self.get(&format!("ping/{worker}?gpu=a{jobs}&runpod_version=1.12.0")).await
    }

    pub(crate) async fn status(&self, id: &str) -> Answer {
        self.get(&format!("status/{id}")).await
    }
}
