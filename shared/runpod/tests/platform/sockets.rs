//! Over real connections: the endpoint client, shutdown, lost connections, webhooks, faults.

use std::future::pending;
use std::time::{Duration, Instant};

use bytes::Bytes;
use runpod::client::{Endpoint, Envelope, JobStatus, envelope, http_client};
use runpod::platform::{Fault, Faults, Keys, Options, Timing, WorkerRoute, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A served platform; dropping `stop` shuts it down.
struct Served {
    base: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
    http: reqwest::Client,
}

impl Served {
    async fn new(options: Options) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v2", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            stopped.await.ok();
        };
        let task = tokio::spawn(serve(listener, options, shutdown));
        let http = http_client(&base).unwrap();
        Served { base, stop, task, http }
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::new(&self.base, "classify", "key", self.http.clone()).unwrap()
    }

    async fn take(&self) -> serde_json::Value {
        let answer = self.http.get(format!("{}/classify/job-take/w1?gpu=a", self.base)).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
    }

    async fn done(&self, id: &str, body: &'static str) -> Result<reqwest::Response, reqwest::Error> {
        self.http.post(format!("{}/classify/job-done/w1/{id}?gpu=a", self.base)).body(body).send().await
    }
}

fn job() -> Envelope {
    envelope(Bytes::from_static(br#"{"a":1}"#), None)
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn the_client_runs_follows_and_cancels_jobs() {
    let served = Served::new(Options { client_keys: Some(Keys::new(["key"])), ..Options::default() }).await;
    let endpoint = served.endpoint();
    let id = endpoint.run(&job()).await.unwrap().id;
    assert_eq!(served.take().await["id"], id.as_str());
    served.done(&id, r#"{"output":{"b" : 2}}"#).await.unwrap();
    let done = endpoint.status_sync(&id, SECOND).await.unwrap();
    assert_eq!((done.status, done.output.unwrap().get()), (JobStatus::Completed, r#"{"b" : 2}"#));

    let (client, job) = (endpoint.clone(), job());
    let sync = tokio::spawn(async move { client.runsync(&job, 10 * SECOND, 20 * SECOND).await });
    let id = served.take().await["id"].as_str().unwrap().to_owned();
    served.done(&id, r#"{"error":"no"}"#).await.unwrap();
    let failed = sync.await.unwrap().unwrap();
    assert_eq!((failed.status, failed.error.unwrap()), (JobStatus::Failed, "no".into()));
    assert_eq!(endpoint.retry(&id).await.unwrap().status, JobStatus::InQueue);
    assert_eq!(endpoint.cancel(&id).await.unwrap().status, JobStatus::Cancelled);
    assert_eq!(endpoint.health().await.unwrap().jobs.completed, 1);
    assert_eq!(endpoint.purge_queue().await.unwrap().removed, 0);
    assert!(endpoint.status("unheard-of").await.unwrap_err().is_unknown_job());
}

#[tokio::test]
async fn the_client_tells_a_wrong_key_from_a_missing_server_from_a_silent_one() {
    let served = Served::new(Options { client_keys: Some(Keys::new(["another"])), ..Options::default() }).await;
    assert!(served.endpoint().run(&job()).await.unwrap_err().is_unauthorized());

    let closed = Endpoint::new("http://127.0.0.1:1/v2", "classify", "key", served.http.clone()).unwrap();
    assert!(closed.run(&job()).await.unwrap_err().may_resubmit());

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v2", silent.local_addr().unwrap());
    let silent_endpoint = Endpoint::new(&base, "classify", "key", served.http.clone()).unwrap();
    let error = silent_endpoint.runsync(&job(), SECOND, SECOND / 4).await.unwrap_err();
    assert!(error.is_timeout() && !error.may_resubmit(), "{error}");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_no_job_and_may_be_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v2", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut some = [0; 4096];
        connection.read_exact(&mut some).await.unwrap();
    });
    let endpoint = Endpoint::new(&base, "classify", "key", http_client(&base).unwrap()).unwrap();
    // Far more than the socket buffers take while nobody reads.
    let large = Bytes::from(format!("\"{}\"", "x".repeat(64 << 20)));
    let error = endpoint.run(&envelope(large, None)).await.unwrap_err();
    server.await.unwrap();
    assert!(error.may_resubmit(), "{error:?}");
}

#[tokio::test]
async fn a_taker_that_went_away_does_not_swallow_a_job() {
    let served = Served::new(Options::default()).await;
    let address = served.base.trim_start_matches("http://").trim_end_matches("/v2").to_owned();
    let mut gone = TcpStream::connect(address).await.unwrap();
    gone.write_all(b"GET /v2/classify/job-take/gone?gpu=a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(SECOND / 10).await;
    drop(gone);
    tokio::time::sleep(SECOND / 10).await;
    let id = served.endpoint().run(&job()).await.unwrap().id;
    let taken = tokio::time::timeout(SECOND, served.take()).await.unwrap();
    assert_eq!(taken["id"], id.as_str());
}

#[tokio::test]
async fn shutdown_ends_long_polls_at_once() {
    let served = Served::new(Options::default()).await;
    let http = served.http.clone();
    let url = format!("{}/classify/job-take/w1?gpu=a", served.base);
    let poll = tokio::spawn(async move { http.get(url).send().await.unwrap().status() });
    let (endpoint, job) = (served.endpoint(), job());
    tokio::time::sleep(SECOND / 10).await;
    drop(served.stop);
    let start = Instant::now();
    served.task.await.unwrap().unwrap();
    assert_eq!(poll.await.unwrap(), 204);
    assert!(start.elapsed() < SECOND);
    assert!(endpoint.run(&job).await.unwrap_err().no_job_exists());
}

#[tokio::test]
async fn a_webhook_is_tried_three_times_with_the_whole_job() {
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let webhook = format!("http://{}/hook", receiver.local_addr().unwrap());
    let timing = Timing { webhook_pause: SECOND / 20, ..Timing::default() };
    let served = Served::new(Options { timing, ..Options::default() }).await;
    let body = format!(r#"{{"input":{{"x":1}},"webhook":"{webhook}"}}"#);
    let answer = served.http.post(format!("{}/classify/run", served.base)).body(body).send().await.unwrap();
    let id = serde_json::from_slice::<serde_json::Value>(&answer.bytes().await.unwrap()).unwrap()["id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(served.take().await["webhook"], webhook.as_str());
    served.done(id, r#"{"output":{"y":2}}"#).await.unwrap();
    for status in ["500 No", "404 No", "200 OK"] {
        let (mut connection, _) = receiver.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            connection.read_buf(&mut request).await.unwrap();
        }
        let text = String::from_utf8(request).unwrap();
        let (head, job) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hook ") && head.contains("content-type: application/json"));
        let job: serde_json::Value = serde_json::from_str(job).unwrap();
        assert_eq!((&job["input"]["x"], &job["output"]["y"]), (&1.into(), &2.into()));
        assert_eq!((&job["status"], &job["webhook"]), (&"COMPLETED".into(), &webhook.as_str().into()));
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        connection.write_all(answer.as_bytes()).await.unwrap();
    }
    let another = tokio::time::timeout(SECOND / 4, receiver.accept()).await;
    assert!(another.is_err(), "a fourth delivery");
}

#[tokio::test]
async fn faults_strike_in_order_and_then_no_more() {
    let faults = Faults::default();
    faults.add(WorkerRoute::Take, Fault::Status(500), 1);
    faults.add(WorkerRoute::Take, Fault::Empty, 2);
    faults.add(WorkerRoute::Take, Fault::Duplicate, 1);
    faults.add(WorkerRoute::Done, Fault::Cut, 1);
    faults.add(WorkerRoute::Done, Fault::CutAnswer, 1);
    faults.add(WorkerRoute::Ping, Fault::Delay(SECOND / 5), 1);
    let served = Served::new(Options { faults: Some(faults.clone()), ..Options::default() }).await;
    let id = served.endpoint().run(&job()).await.unwrap().id;
    let take = || async {
        let url = format!("{}/classify/job-take/w1?gpu=a", served.base);
        served.http.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!([take().await, take().await, take().await], [500, 204, 204]);
    assert_eq!(served.take().await["id"], id.as_str());
    assert_eq!(served.take().await["id"], id.as_str());

    served.done(&id, r#"{"output":1}"#).await.unwrap_err();
    assert_eq!(served.endpoint().status(&id).await.unwrap().status, JobStatus::InProgress);
    served.done(&id, r#"{"output":1}"#).await.unwrap_err();
    assert_eq!(served.endpoint().status(&id).await.unwrap().status, JobStatus::Completed);

    let start = Instant::now();
    served.http.get(format!("{}/classify/ping/w1?gpu=a", served.base)).send().await.unwrap();
    assert!(start.elapsed() >= SECOND / 5);
    for route in [WorkerRoute::Take, WorkerRoute::Done, WorkerRoute::Ping] {
        assert_eq!(faults.left(route), 0);
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_gets_its_answer_instead_of_a_broken_connection() {
    let served = Served::new(Options { max_run_body: 1 << 20, ..Options::default() }).await;
    let large = Bytes::from(format!("\"{}\"", "x".repeat(3 << 20)));
    let error = served.endpoint().run(&envelope(large, None)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 400);
}

/// A future that never ends is a shutdown that never comes.
#[tokio::test]
async fn a_platform_without_shutdown_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = serve(listener, Options::default(), pending());
    assert!(tokio::time::timeout(SECOND / 10, served).await.is_err());
}
