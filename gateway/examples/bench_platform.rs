//! A platform that finishes every job at once, for `bench/gateway`: `bench_platform PORT [DELAY_MS]`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use service::{Handler, Refusal, ServerLimits};

#[derive(Clone)]
struct Finished {
    delay: Duration,
    answer: Bytes,
}

impl Handler for Finished {
    type Body = Full<Bytes>;

    async fn call(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let mut body = request.into_body();
        while body.frame().await.is_some() {}
        tokio::time::sleep(self.delay).await;
        Response::new(Full::new(self.answer.clone()))
    }

    fn refuse(&self, _: Refusal) -> Response<Full<Bytes>> {
        Response::new(Full::default())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().ok_or("usage: bench_platform PORT [DELAY_MS]")?.parse()?;
    let delay = Duration::from_millis(arguments.next().map_or(Ok(0), |text| text.parse())?);
    // 1 KB in all, as the goals say.
    let reasoning = "x".repeat(900);
    let answer = format!(r#"{{"id":"sync-1-u1","output":{{"reasoning":"{reasoning}"}},"status":"COMPLETED"}}"#);
    let listener = service::server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let shutdown = service::server::termination()?;
    service::serve(listener, Finished { delay, answer: answer.into() }, ServerLimits::default(), shutdown).await;
    Ok(())
}
