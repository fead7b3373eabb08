//! A scripted platform: it answers each route of the worker API as the test says and writes down what it was asked.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How long a poll without an answer is held. Longer than any test, so that only the script ends a poll.
const HOLD: Duration = Duration::from_secs(60);

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) method: Method,
    /// `take`, `stop`, `done`, `stream` or `ping`.
    pub(crate) route: &'static str,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// What to answer.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status and body, after this time.
    Answer { after: Duration, status: u16, body: String },
    /// The head at once, the body after this time.
    SlowBody { after: Duration, body: String },
    /// No answer, the connection is cut.
    Cut,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer { after: Duration::ZERO, status, body: String::new() }
    }

    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self::Answer { after: Duration::ZERO, status: 200, body: body.into() }
    }

    pub(crate) fn job(id: &str) -> Self {
        Self::json(format!(r#"{{"id":"{id}","input":{{"n":1}}}}"#))
    }

    pub(crate) fn after(self, after: Duration) -> Self {
        match self {
            Self::Answer { status, body, .. } => Self::Answer { after, status, body },
            other => other,
        }
    }
}

#[derive(Default)]
struct Script {
    next: HashMap<&'static str, VecDeque<Reply>>,
    always: HashMap<&'static str, Reply>,
    seen: Vec<Seen>,
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Platform {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    changed: Arc<Notify>,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let platform = Self { address, script: Arc::default(), changed: Arc::default() };
        let server = platform.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a live connection");
                tokio::spawn(server.clone().connection(stream));
            }
        });
        platform
    }

    /// The environment of a worker of this platform.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let base = format!("http://{}/v2/ep1", self.address);
        [
            ("RUNPOD_WEBHOOK_GET_JOB", format!("{base}/job-take/$ID?gpu=NVIDIA+A40")),
            ("RUNPOD_WEBHOOK_POST_OUTPUT", format!("{base}/job-done/$RUNPOD_POD_ID/$ID?gpu=NVIDIA+A40")),
            ("RUNPOD_WEBHOOK_POST_STREAM", format!("{base}/job-stream/$RUNPOD_POD_ID/$ID?gpu=NVIDIA+A40")),
            ("RUNPOD_WEBHOOK_PING", format!("{base}/ping/$RUNPOD_POD_ID?gpu=NVIDIA+A40")),
            ("RUNPOD_AI_API_KEY", "KEY123".to_owned()),
            ("RUNPOD_POD_ID", "pod-1".to_owned()),
            ("RUNPOD_PING_INTERVAL", "100".to_owned()),
            ("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Answers the next request of this route so; several calls queue up.
    pub(crate) fn next(&self, route: &'static str, reply: Reply) -> &Self {
        self.script().next.entry(route).or_default().push_back(reply);
        self.changed.notify_waiters();
        self
    }

    /// Answers all requests of this route so, once nothing is queued.
    pub(crate) fn always(&self, route: &'static str, reply: Reply) -> &Self {
        self.script().always.insert(route, reply);
        self.changed.notify_waiters();
        self
    }

    pub(crate) fn seen(&self, route: &str) -> Vec<Seen> {
        self.script().seen.iter().filter(|seen| seen.route == route).cloned().collect()
    }

    /// Waits until this route was asked `count` times, and gives what was asked.
    pub(crate) async fn wait_for(&self, route: &str, count: usize) -> Vec<Seen> {
        self.wait_until(&format!("{count} requests to {route}"), |platform| platform.seen(route).len() >= count).await;
        self.seen(route)
    }

    pub(crate) async fn wait_until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let waited = tokio::time::timeout(Duration::from_secs(10), async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        assert!(waited.await.is_ok(), "never saw {what}; saw {:#?}", self.summary());
    }

    fn summary(&self) -> Vec<String> {
        self.script().seen.iter().map(|seen| format!("{} {} {}", seen.method, seen.path_and_query, seen.body)).collect()
    }

    async fn connection(self, stream: TcpStream) {
        let service = service_fn(move |request| {
            let platform = self.clone();
            async move { platform.answer(request).await }
        });
        // A cut connection is an error here and part of the script.
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, Infallible>>, &'static str> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| "the worker cut its request")?.to_bytes();
        let route = route(head.uri.path());
        self.script().seen.push(Seen {
            at: Instant::now(),
            method: head.method,
            route,
            path_and_query: head.uri.path_and_query().expect("a path").to_string(),
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        let (status, before, body, within) = match self.reply(route).await {
            Reply::Cut => return Err("cut by the script"),
            Reply::Answer { after, status, body } => (status, after, body, Duration::ZERO),
            Reply::SlowBody { after, body } => (200, Duration::ZERO, body, after),
        };
        pause(before).await;
        let body = stream::once(async move {
            pause(within).await;
            Ok(Frame::data(Bytes::from(body)))
        });
        let response = Response::builder().status(status).header("content-type", "application/json");
        Ok(response.body(BodyExt::boxed_unsync(StreamBody::new(body))).expect("a response"))
    }

    /// Polls wait for the script, everything else is well received.
    async fn reply(&self, route: &'static str) -> Reply {
        let polls = matches!(route, "take" | "stop");
        let reply = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(reply) = self.scripted(route) {
                    return reply;
                }
                if !polls {
                    return Reply::status(200);
                }
                changed.await;
            }
        };
        tokio::time::timeout(HOLD, reply).await.unwrap_or_else(|_| Reply::status(204))
    }

    fn scripted(&self, route: &'static str) -> Option<Reply> {
        let mut script = self.script();
        let queued = script.next.get_mut(route).and_then(VecDeque::pop_front);
        queued.or_else(|| script.always.get(route).cloned())
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().expect("no test fails inside the script")
    }
}

/// A sleep of no time would still last until the timer's next tick, a millisecond later.
async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn route(path: &str) -> &'static str {
    match path.split('/').nth(3) {
        Some("job-take" | "job-take-batch") => "take",
        Some("job-stop") => "stop",
        Some("job-done") => "done",
        Some("job-stream") => "stream",
        Some("ping") => "ping",
        _ => "unknown",
    }
}
