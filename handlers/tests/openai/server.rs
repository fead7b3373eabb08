//! A small model server whose answers are written down beforehand.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One answer: a head, then steps, then the connection is closed.
#[derive(Clone)]
pub(crate) struct Reply {
    head: String,
    steps: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    /// Sends this every few milliseconds until the client closes the connection.
    Forever(Vec<u8>),
}

/// What happened at the server.
#[derive(Default)]
pub(crate) struct Seen {
    /// The bodies of the requests.
    pub(crate) requests: Vec<Value>,
    /// When a client closed a connection on which more was to come.
    pub(crate) closed: Option<Instant>,
    in_flight: usize,
    /// Most requests at a time.
    pub(crate) most_in_flight: usize,
}

/// The server; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    /// Gives these answers in order, the last one again and again.
    pub(crate) async fn start(replies: Vec<Reply>) -> Server {
        Server::start_at(0, replies).await
    }

    /// The same at a port of the test's choice.
    pub(crate) async fn start_at(port: u16, replies: Vec<Reply>) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, replies) = (Arc::clone(&shared), replies.clone());
                tokio::spawn(async move { answer(stream, &seen, &replies).await });
            }
        });
        Server { port, seen, accepting }
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    pub(crate) fn requests(&self) -> Vec<Value> {
        self.seen(|seen| seen.requests.clone())
    }
}

async fn answer(stream: TcpStream, seen: &Mutex<Seen>, replies: &[Reply]) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?.to_ascii_lowercase();
    if head.starts_with("get /v1/models") {
        let models = json!({"object": "list", "data": [{"id": "tiny"}, {"id": "other"}]});
        return send(&mut stream, &Reply::json(&models)).await;
    }
    let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let reply = {
        let mut seen = seen.lock().unwrap();
        let number = seen.requests.len();
        seen.requests.push(serde_json::from_slice(&body).ok()?);
        seen.in_flight += 1;
        seen.most_in_flight = seen.most_in_flight.max(seen.in_flight);
        replies.get(number).or(replies.last())?.clone()
    };
    let whole = send(&mut stream, &reply).await;
    let mut seen = seen.lock().unwrap();
    seen.in_flight -= 1;
    if whole.is_none() {
        seen.closed = Some(Instant::now());
    }
    Some(())
}

/// `None` when the client closed the connection before the end.
async fn send(stream: &mut BufReader<TcpStream>, reply: &Reply) -> Option<()> {
    stream.write_all(reply.head.as_bytes()).await.ok()?;
    for step in &reply.steps {
        match step {
            Step::Send(bytes) => stream.write_all(bytes).await.ok()?,
            Step::Wait(time) => pause(stream, *time).await?,
            Step::Forever(bytes) => loop {
                stream.write_all(bytes).await.ok()?;
                pause(stream, Duration::from_millis(2)).await?;
            },
        }
    }
    stream.shutdown().await.ok()
}

async fn pause(stream: &mut BufReader<TcpStream>, time: Duration) -> Option<()> {
    // A client that waits sends nothing, so all that can be read is the end.
    tokio::time::timeout(time, stream.read_u8()).await.is_err().then_some(())
}

impl Reply {
    fn new(status: &str, headers: &str) -> Reply {
        Reply { head: format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n"), steps: Vec::new() }
    }

    pub(crate) fn json(body: &Value) -> Reply {
        Reply::new("200 OK", "Content-Type: application/json\r\n").send(body.to_string())
    }

    /// A refusal whose body quotes the page, as some servers' do.
    pub(crate) fn status(status: &str) -> Reply {
        Reply::refusal(status, "bad input: SECRET-OF-THE-PAGE")
    }

    /// A refusal in these words.
    pub(crate) fn refusal(status: &str, said: &str) -> Reply {
        Reply::new(status, "Retry-After: 0\r\n").send(json!({"detail": said}).to_string())
    }

    /// The begin of a stream.
    pub(crate) fn stream() -> Reply {
        Reply::new("200 OK", "Content-Type: text/event-stream\r\n")
            .event(&json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}))
    }

    pub(crate) fn send(mut self, bytes: impl Into<Vec<u8>>) -> Reply {
        self.steps.push(Step::Send(bytes.into()));
        self
    }

    pub(crate) fn wait(mut self, time: Duration) -> Reply {
        self.steps.push(Step::Wait(time));
        self
    }

    pub(crate) fn event(self, event: &Value) -> Reply {
        self.send(format!("data: {event}\n\n"))
    }

    /// Text without its tokens.
    pub(crate) fn text(self, text: &str) -> Reply {
        self.event(&part(text))
    }

    /// Text again and again.
    pub(crate) fn text_forever(mut self, text: &str) -> Reply {
        self.steps.push(Step::Forever(format!("data: {}\n\n", part(text)).into_bytes()));
        self
    }

    /// A token with its log-probability and the alternatives.
    pub(crate) fn token(self, text: &str, logprob: f64, top: &[(&str, f64)]) -> Reply {
        let top: Vec<Value> = top.iter().map(|(token, p)| json!({"token": token, "logprob": p.ln()})).collect();
        let token = json!({"token": text, "logprob": logprob, "bytes": text.as_bytes(), "top_logprobs": top});
        self.event(&json!({"choices": [{"index": 0, "delta": {"content": text}, "logprobs": {"content": [token]}}]}))
    }

    /// The end of a stream.
    pub(crate) fn finish(self, reason: &str) -> Reply {
        self.event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})).send("data: [DONE]\n\n")
    }
}

fn part(text: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}}]})
}
