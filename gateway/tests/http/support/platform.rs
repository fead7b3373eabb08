//! A platform that answers each call as a test says, and remembers the calls.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A call that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The operation: `runsync`, `status-sync`, `status`, `cancel`, `health`.
    pub(crate) verb: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
    /// How many calls of this operation came before.
    pub(crate) nth: usize,
}

/// What to do with a call.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// This status and JSON.
    Json(u16, Value),
    /// This status, these header lines and this text.
    Text(u16, &'static str, String),
    /// Exactly these bytes, then the end of the connection.
    Raw(&'static str),
    /// The reply after a pause.
    After(Duration, Box<Reply>),
    /// Nothing, ever.
    Hang,
}

type Script = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A running platform. Ends when it is dropped.
pub(crate) struct Platform {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    _server: JoinSet<()>,
}

/// A finished job.
pub(crate) fn completed(output: Value) -> Reply {
    Reply::Json(200, json!({"id": "sync-1-u1", "status": "COMPLETED", "output": output}))
}

/// A job that waits.
pub(crate) fn in_queue() -> Reply {
    Reply::Json(200, json!({"id": "sync-1-u1", "status": "IN_QUEUE"}))
}

impl Platform {
    /// Starts one with this script.
    pub(crate) async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Platform {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut server = JoinSet::new();
        server.spawn(accept(listener, Arc::new(script), Arc::clone(&seen)));
        Platform { port, seen, _server: server }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v2", self.port)
    }

    /// All calls so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Number of calls of this operation so far.
    pub(crate) fn count(&self, verb: &str) -> usize {
        self.seen().iter().filter(|call| call.verb == verb).count()
    }

    /// Waits for the next call of this operation that is number `nth`, from 0.
    pub(crate) async fn call(&self, verb: &str, nth: usize) -> Seen {
        for _ in 0..500 {
            if let Some(call) = self.seen().into_iter().find(|call| call.verb == verb && call.nth == nth) {
                return call;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "no call {verb} number {nth}; there were {:?}",
            self.seen().iter().map(|c| &c.target).collect::<Vec<_>>()
        );
    }
}

async fn accept(listener: TcpListener, script: Arc<Script>, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
    }
}

/// One call per connection, which keeps every fault by itself.
async fn serve(mut stream: TcpStream, script: Arc<Script>, seen: Arc<Mutex<Vec<Seen>>>) {
    let Some((head, body)) = read_request(&mut stream).await else { return };
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let verb = target.split(['/', '?']).nth(3).unwrap_or_default().to_owned();
    let call = {
        let mut seen = seen.lock().unwrap();
        let nth = seen.iter().filter(|call| call.verb == verb).count();
        seen.push(Seen { verb, target, head, body, at: Instant::now(), nth });
        seen.last().cloned().unwrap()
    };
    reply(&mut stream, script(&call)).await;
}

async fn reply(stream: &mut TcpStream, mut reply: Reply) {
    while let Reply::After(pause, next) = reply {
        tokio::time::sleep(pause).await;
        reply = *next;
    }
    let text = match reply {
        Reply::Json(status, body) => respond(status, "Content-Type: application/json\r\n", &body.to_string()),
        Reply::Text(status, headers, body) => respond(status, headers, &body),
        Reply::Raw(bytes) => bytes.to_owned(),
        Reply::Hang | Reply::After(..) => {
            // Holds the connection until the other side gives up.
            let _ = stream.read(&mut [0; 16]).await;
            return;
        }
    };
    // The gateway may have given up; that is what some tests are about.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn respond(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        (stream.read_buf(&mut bytes).await.ok()? > 0).then_some(())?;
    };
    let body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = body;
    while body.len() < length {
        (stream.read_buf(&mut body).await.ok()? > 0).then_some(())?;
    }
    Some((head, String::from_utf8(body).ok()?))
}
