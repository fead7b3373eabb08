//! A small HTTP server whose answers are wrong in every way that a stranger's may be, and a resolver that lies.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::encode;

/// Where the test's server listens; stands for a host of the public internet.
pub(crate) const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Stands for a neighbour that must not be reached. The same server answers there.
pub(crate) const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Serves until the test ends, on every loopback address.
pub(crate) async fn start() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move { answer(stream, port).await });
        }
    });
    port
}

/// The page that `/page` serves.
pub(crate) fn page() -> Vec<u8> {
    encode(&DynamicImage::ImageRgb8(RgbImage::new(30, 20)), ImageFormat::Png)
}

async fn answer(mut stream: TcpStream, port: u16) -> Option<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    let request = String::from_utf8(request).ok()?;
    let path = request.split([' ', '?']).nth(1)?.to_owned();
    let page = page();
    let write = match path.as_str() {
        "/page" => response("200 OK", &format!("Content-Length: {}", page.len()), &page),
        "/until-close" => response("200 OK", "Connection: close", &page),
        "/short" => response("200 OK", "Content-Length: 100000", &page),
        "/declares-too-much" => response("200 OK", "Content-Length: 100000000", &page),
        "/sends-too-much" => response("200 OK", "Connection: close", &vec![0; 300_000]),
        "/missing" => response("404 Not Found", "Content-Length: 0", b""),
        "/broken" => response("500 Internal Server Error", "Content-Length: 0", b""),
        "/nothing" => response("204 No Content", "", b""),
        "/empty" => response("200 OK", "Content-Length: 0", b""),
        "/gzip" => response("200 OK", "Content-Encoding: gzip\r\nConnection: close", &page),
        "/garbage" => b"this is no HTTP\r\n\r\n".to_vec(),
        "/to-page" => redirect("/page"),
        "/to-inside" => redirect(&format!("http://{INSIDE}:{port}/page")),
        "/to-inside-name" => redirect(&format!("http://inside.example:{port}/page")),
        "/to-file" => redirect("file:///etc/passwd"),
        "/to-credentials" => redirect(&format!("http://user:secret@{OUTSIDE}:{port}/page")),
        "/to-nowhere" => response("302 Found", "Content-Length: 0", b""),
        "/loop" => redirect("/loop"),
        "/slow-head" => return sleep().await,
        "/slow-body" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await.ok()?;
            return sleep().await;
        }
        "/drip" => return drip(stream).await,
        _ => chain(&path)?,
    };
    stream.write_all(&write).await.ok()?;
    stream.shutdown().await.ok()
}

/// `/hops/3` leads to `/hops/2` and so on to the page.
fn chain(path: &str) -> Option<Vec<u8>> {
    let left: u32 = path.strip_prefix("/hops/")?.parse().ok()?;
    Some(redirect(&if left > 1 { format!("/hops/{}", left - 1) } else { "/page".to_owned() }))
}

fn redirect(to: &str) -> Vec<u8> {
    response("302 Found", &format!("Location: {to}\r\nContent-Length: 0"), b"")
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let blank = if headers.is_empty() { "\r\n" } else { "\r\n\r\n" };
    [format!("HTTP/1.1 {status}\r\n{headers}{blank}").as_bytes(), body].concat()
}

/// A body that never pauses long enough to be idle, and never ends.
async fn drip(mut stream: TcpStream) -> Option<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await.ok()?;
    loop {
        stream.write_all(b".").await.ok()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn sleep() -> Option<()> {
    tokio::time::sleep(Duration::from_secs(60)).await;
    None
}

/// `outside.example` is outside, `inside.example` inside, `both.example` both, all else unknown.
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found: &[Ipv4Addr] = match name.as_str() {
            "outside.example" => &[OUTSIDE],
            "inside.example" => &[INSIDE],
            "both.example" => &[OUTSIDE, INSIDE],
            _ => &[],
        };
        let found: Vec<SocketAddr> = found.iter().map(|&ip| (IpAddr::V4(ip), 0).into()).collect();
        Box::pin(async move {
            if found.is_empty() { Err("no such host".into()) } else { Ok(Box::new(found.into_iter()) as Addrs) }
        })
    }
}
