//! The accept loop over real sockets.

use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::*;

/// Answers `/panic` by panicking, `/slow` after 300 ms, and everything else at once.
#[derive(Clone)]
struct Echo;

impl Handler for Echo {
    type Body = Full<Bytes>;

    async fn call(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match request.uri().path() {
            "/panic" => panic!("as asked"),
            "/slow" => tokio::time::sleep(Duration::from_millis(300)).await,
            _ => {}
        }
        Response::new(Full::from("ok"))
    }

    fn refuse(&self, refusal: Refusal) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::default());
        *response.status_mut() = match refusal {
            Refusal::BadFraming(_) => http::StatusCode::BAD_REQUEST,
            Refusal::Panicked => http::StatusCode::INTERNAL_SERVER_ERROR,
        };
        response
    }
}

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    done: JoinHandle<Drained>,
}

async fn start(limits: ServerLimits) -> Server {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let done = tokio::spawn(serve(listener, Echo, limits, stop.clone().cancelled_owned()));
    Server { address, stop, done }
}

impl Server {
    /// Sends raw bytes and returns everything that comes back until the server closes.
    async fn send(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }
}

fn quick() -> ServerLimits {
    ServerLimits { head: Duration::from_millis(200), idle: Duration::from_millis(600), ..ServerLimits::default() }
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_server_lives_on() {
    let server = start(quick()).await;
    let answer = server
        .send("GET /panic HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(answer.contains("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn ambiguous_framing_is_a_400_and_closes_the_connection() {
    let server = start(quick()).await;
    for bad in [
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n",
    ] {
        let answer = server.send(bad).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{bad:?}: {answer}");
    }
}

#[tokio::test]
async fn nothing_is_read_after_a_chunked_request() {
    let server = start(quick()).await;
    let chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer = server.send(&format!("{chunked}GET / HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 1, "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_head_that_drips_is_cut_within_its_limit() {
    let server = start(quick()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let started = std::time::Instant::now();
    let dripped = async {
        for byte in "GET / HTTP/1.1\r\nHost: a-very-slow-client\r\n\r\n".bytes() {
            stream.write_all(&[byte]).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::io::Result::Ok(())
    };
    // Writing may fail first or last: what counts is that the server gave up early.
    let _ = dripped.await;
    let read = stream.read(&mut [0; 64]).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_idle_connection_outlives_the_head_limit_but_not_the_idle_limit() {
    let server = start(quick()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";
    for pause in [0, 400] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        stream.write_all(request).await.unwrap();
        let mut answer = [0; 512];
        let count = stream.read(&mut answer).await.unwrap();
        assert!(answer[..count].starts_with(b"HTTP/1.1 200"), "after {pause} ms");
    }
    let idle_since = std::time::Instant::now();
    assert!(matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)));
    assert!((500..2000).contains(&idle_since.elapsed().as_millis()), "{:?}", idle_since.elapsed());
}

#[tokio::test]
async fn one_connection_too_many_is_told_503() {
    let server = start(ServerLimits { max_connections: 1, ..quick() }).await;
    let held = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = server.send("").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After"), "{answer}");
    drop(held);
}

#[tokio::test]
async fn shutdown_finishes_what_is_in_flight_and_accepts_no_more() {
    let server = start(ServerLimits::default()).await;
    let (address, stop) = (server.address, server.stop.clone());
    let in_flight = server.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    let stopped = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.cancel();
        tokio::time::sleep(Duration::from_millis(50)).await;
        TcpStream::connect(address).await
    };
    let (answer, late) = tokio::join!(in_flight, stopped);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(late.is_err());
    assert_eq!(server.done.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn what_does_not_finish_within_the_drain_time_is_cut_and_counted() {
    let server = start(ServerLimits { drain: Duration::from_millis(50), ..ServerLimits::default() }).await;
    let stop = server.stop.clone();
    let in_flight = server.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    let stopped = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.cancel();
    };
    let (answer, ()) = tokio::join!(in_flight, stopped);
    assert_eq!(answer, "");
    assert_eq!(server.done.await.unwrap(), Drained { cut: 1 });
}
