//! The gateway, the real local platform and the real worker loop, with a handler that needs no model.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use runpod::platform::{Options, worker_env};
use runpod::{Handler, Job, JobContext, JobError, Settings};
use serde_json::json;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Gateway, config, get, post, post_request};

/// Does what the prompt says, and counts the jobs that were dropped before their end.
#[derive(Clone, Default)]
struct Obedient {
    begun: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

struct Unfinished(Arc<AtomicUsize>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Handler for Obedient {
    async fn run(&self, job: Job, _: JobContext) -> Result<Box<RawValue>, JobError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let request: contract::ExtractRequest = serde_json::from_str(job.input.get()).unwrap();
        match request.prompt.as_deref() {
            Some("fail") => Err(JobError::new("too_many_pages", "21 pages, limit is 20")),
            Some("panic") => panic!("a secret of the document"),
            Some("hang") => {
                let _unfinished = Unfinished(Arc::clone(&self.dropped));
                std::future::pending().await
            }
            Some("slow") => {
                tokio::time::sleep(Duration::from_millis(1500)).await;
                Ok(RawValue::from_string(r#"{ "slow" : 1.50 }"#.to_owned()).unwrap())
            }
            _ => Ok(RawValue::from_string(json!({"urls": request.image_urls.len()}).to_string()).unwrap()),
        }
    }
}

struct House {
    gateway: Gateway,
    handler: Obedient,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl House {
    async fn build(timeout: Duration) -> House {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v2", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let options = Options { endpoints: vec!["c1".into(), "e1".into()], ..Options::default() };
        let until = stop.clone().cancelled_owned();
        let platform = tokio::spawn(async move { runpod::platform::serve(listener, options, until).await.unwrap() });
        let handler = Obedient::default();
        let mut variables = worker_env(&base, "e1", "worker-1", "worker-key");
        variables.push(("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS".into(), "true".into()));
        let settings = Settings::from_env(variables).unwrap();
        let worker = tokio::spawn({
            let (handler, stop) = (handler.clone(), stop.clone());
            async move { runpod::serve(settings, async move { Ok(handler) }, stop).await.unwrap() }
        });
        let mut config = config(&base);
        config.timeout = timeout;
        House { gateway: Gateway::with(config).await, handler, stop, tasks: vec![platform, worker] }
    }

    async fn ask(&self, prompt: &str) -> crate::support::Answer {
        post(self.gateway.address, "/v1/extract", &body(prompt)).await
    }

    async fn leave(self) {
        self.gateway.stopped().await;
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }

    /// Waits until the platform has stopped a job at the worker.
    async fn dropped(&self) -> Duration {
        let started = Instant::now();
        while self.handler.dropped.load(Ordering::SeqCst) == 0 {
            assert!(started.elapsed() < Duration::from_secs(10), "the job runs on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        started.elapsed()
    }
}

fn body(prompt: &str) -> String {
    json!({"image_urls": ["https://example.com/a.png"], "prompt": prompt}).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_failures_of_a_worker_reach_the_caller() {
    let house = House::build(Duration::from_secs(10)).await;
    let quick = house.ask("").await;
    assert_eq!((quick.status, quick.json()), (200, json!({"urls": 1})));
    let slow = house.ask("slow").await;
    assert_eq!((slow.status, slow.json()), (200, json!({"slow": 1.5})));
    let refused = house.ask("fail").await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "too_many_pages"));
    let panicked = house.ask("panic").await;
    assert_eq!((panicked.status, panicked.code().as_str()), (502, "worker_failed"));
    assert!(!panicked.body.contains("secret"));
    let health = get(house.gateway.address, "/health").await.json();
    assert_eq!(health["endpoints"]["extract"]["workers"]["idle"], 1, "{health}");
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_past_the_deadline_is_stopped_at_the_worker() {
    let house = House::build(Duration::from_secs(2)).await;
    let answer = house.ask("hang").await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "deadline_exceeded"));
    let took = house.dropped().await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(house.ask("").await.status, 200);
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_a_lost_caller_is_stopped_at_the_worker() {
    let house = House::build(Duration::from_secs(30)).await;
    let mut caller = TcpStream::connect(house.gateway.address).await.unwrap();
    caller.write_all(post_request("/v1/extract", &body("hang")).as_bytes()).await.unwrap();
    // Past the first wait, so that the gateway knows the job's id.
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert_eq!(house.handler.begun.load(Ordering::SeqCst), 1);
    drop(caller);
    let took = house.dropped().await;
    assert!(took < Duration::from_millis(500), "{took:?}");
    house.leave().await;
}
