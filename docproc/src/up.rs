//! `docproc up`: the whole service on this machine. The local platform runs in this process; both workers and the gateway are
//! processes of their own ([`crate::program`]) that speak with it over loopback, as they do with RunPod.

mod process;
mod supervisor;
mod variables;

use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use reading::Models;
use runpod::platform::{self, Keys, Options, Timing};
use service::Secret;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::Gateway;
use crate::failure::{Failure, note, print};
use crate::platform::PLATFORM_KEY;
use crate::program::Program;
use supervisor::Supervised;
use variables::Wiring;

/// The gateway's key unless `GATEWAY_API_KEY` is set.
pub(crate) const GATEWAY_KEY: &str = "local-dev-key";
/// The gateway's port unless it is given or `PORT` is set.
const GATEWAY_PORT: u16 = 8000;
/// Pings come every second. A busy machine may delay some; this many missed ones are a worker that is gone.
const LOST_AFTER: Duration = Duration::from_secs(15);
/// A worker loads its models in about a second; an overloaded machine takes its time.
const READY_WITHIN: Duration = Duration::from_secs(120);
const READY_POLL: Duration = Duration::from_millis(250);

/// Where the service listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    /// The gateway's; 0 takes a free one.
    pub(crate) gateway: u16,
    /// The platform's; 0 takes a free one.
    pub(crate) platform: u16,
}

/// The command: starts all, says how to use it, ends at SIGTERM or Ctrl-C.
pub(crate) async fn run(port: Option<u16>, platform_port: u16) -> Result<(), Failure> {
    let mut own: Vec<_> = std::env::vars().collect();
    // The programs write into pipes and can't see that a person reads what comes out of them.
    if std::io::stderr().is_terminal() && variable(&own, "LOG_FORMAT").is_none() {
        own.push(("LOG_FORMAT".to_owned(), "text".to_owned()));
    }
    let port = match (port, variable(&own, "PORT")) {
        (Some(port), _) => port,
        (None, Some(port)) => port.parse().map_err(|_| Failure::usage("PORT is no port"))?,
        (None, None) => GATEWAY_PORT,
    };
    let mut stop = std::pin::pin!(service::server::termination().map_err(Failure::new)?);
    let mut service = tokio::select! {
        started = Service::start(Ports { gateway: port, platform: platform_port }, own) => started?,
        () = &mut stop => return Ok(()),
    };
    let served = async {
        service.ready().await?;
        // Whoever reads the first lines and closes the pipe does not ask the service to end.
        if let Err(unread) = print(service.welcome()) {
            note(unread.message);
        }
        Err(service.hopeless().await)
    };
    let outcome = tokio::select! {
        outcome = served => outcome,
        () = &mut stop => Ok(()),
    };
    note("ending: gateway, workers, platform");
    let again = service::server::termination().map_err(Failure::new)?;
    let ended = tokio::select! {
        ended = service.end() => ended,
        () = again => Err(Failure::new("asked twice to end: the rest was cut")),
    };
    outcome.and(ended)
}

/// The running service.
pub(crate) struct Service {
    /// The gateway as its callers reach it.
    pub(crate) gateway: Gateway,
    platform: String,
    gateway_process: Supervised,
    workers: [Supervised; 2],
    hopeless: UnboundedReceiver<Failure>,
    platform_stop: CancellationToken,
    platform_task: JoinHandle<bool>,
}

impl Service {
    /// Fetches the models if they are missing, binds the ports, starts everything.
    pub(crate) async fn start(ports: Ports, own: Vec<(String, String)>) -> Result<Service, Failure> {
        let host = variable(&own, "HOST").map_or(Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)), str::parse);
        let host: IpAddr = host.map_err(|_| Failure::usage("HOST is no IP address"))?;
        let keys = match variable(&own, "GATEWAY_API_KEY") {
            Some(keys) => keys.to_owned(),
            None if host.is_loopback() => GATEWAY_KEY.to_owned(),
            None => return Err(Failure::usage("GATEWAY_API_KEY is required when HOST is not this machine alone")),
        };
        let gateway = free_address(SocketAddr::new(host, ports.gateway), "--port").await?;
        let listener = bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), ports.platform), "--platform-port").await?;
        let platform = format!("http://{}/v2", listener.local_addr().map_err(Failure::new)?);
        models().await?;

        let wiring = Wiring {
            own,
            platform: platform.clone(),
            platform_key: Secret::new(PLATFORM_KEY),
            worker_key: Secret::new(uuid::Uuid::new_v4().to_string()),
            gateway_keys: Secret::new(&*keys),
            gateway,
        };
        let platform_stop = CancellationToken::new();
        let (tell, hopeless) = mpsc::unbounded_channel();
        let served = platform::serve(listener, options(&wiring), platform_stop.clone().cancelled_owned());
        let platform_task = tokio::spawn(watched(served, tell.clone()));
        let start = |program| {
            let wiring = wiring.clone();
            Supervised::start(program, move |nth| wiring.of(program, nth), tell.clone())
        };
        let first_key = keys.split(',').next().unwrap_or_default();
        Ok(Service {
            gateway: Gateway::new(&format!("http://{}", reachable(gateway)), Secret::new(first_key))?,
            platform,
            workers: [Program::Classify, Program::Extract].map(start),
            gateway_process: start(Program::Gateway),
            hopeless,
            platform_stop,
            platform_task,
        })
    }

    /// Waits until the gateway answers and both endpoints have a worker.
    pub(crate) async fn ready(&mut self) -> Result<(), Failure> {
        let start = Instant::now();
        loop {
            if self.gateway.has_workers().await {
                return Ok(());
            }
            if start.elapsed() > READY_WITHIN {
                return Err(Failure::new(format!(
                    "not ready within {} s, see the lines above",
                    READY_WITHIN.as_secs()
                )));
            }
            let pause = tokio::time::timeout(READY_POLL, self.hopeless.recv()).await;
            if let Ok(Some(failure)) = pause {
                return Err(failure);
            }
        }
    }

    /// Waits for a failure that no restart can mend.
    async fn hopeless(&mut self) -> Failure {
        match self.hopeless.recv().await {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// Ends everything in the order in which it depends on each other: the gateway finishes its callers' requests, then the
    /// workers their jobs, then the platform.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        let gateway = self.gateway_process.end().await;
        let [classify, extract] = self.workers.map(Supervised::end);
        let (classify, extract) = tokio::join!(classify, extract);
        self.platform_stop.cancel();
        let platform = match self.platform_task.await {
            Ok(true) => Ok(()),
            _ => Err(Failure::new("the platform did not end in order")),
        };
        gateway.and(classify).and(extract).and(platform)
    }

    fn welcome(&self) -> String {
        let (url, key, platform) = (&self.gateway.url, self.gateway.key.expose(), &self.platform);
        format!(
            r#"docproc is ready.

  gateway      {url}
  X-API-Key    {key}
  platform     {platform}
  endpoints    classify, extract
  RunPod key   {PLATFORM_KEY}

Try it from the repository's folder:

  printf '{{"image_urls":["data:image/jpeg;base64,%s"]}}' "$(base64 < samples/pages/w2_photo.jpg | tr -d '\n')" |
    curl -sS {url}/v1/extract -H 'X-API-Key: {key}' -H 'Content-Type: application/json' --data-binary @-

Ctrl-C ends it."#
        )
    }
}

/// A variable that is set and not empty.
fn variable<'a>(own: &'a [(String, String)], name: &str) -> Option<&'a str> {
    own.iter().find(|(n, v)| n == name && !v.trim().is_empty()).map(|(_, v)| v.trim())
}

/// True if the platform ended because it was told to.
async fn watched(serving: impl Future<Output = std::io::Result<()>>, tell: UnboundedSender<Failure>) -> bool {
    let Err(error) = serving.await else { return true };
    // Nobody listens any more only when everything ends anyway.
    let _unheard = tell.send(Failure::new(format!("the platform can't work: {error}")));
    false
}

fn options(wiring: &Wiring) -> Options {
    let keys = |key: &Secret| Some(Keys::new([key.expose()]));
    Options {
        client_keys: keys(&wiring.platform_key),
        worker_keys: keys(&wiring.worker_key),
        timing: Timing { lost_after: LOST_AFTER, ..Timing::default() },
        ..Options::default()
    }
}

/// Makes sure that the models are there, so that the two workers don't fetch them side by side.
async fn models() -> Result<(), Failure> {
    let found = tokio::task::spawn_blocking(|| Models::find_or_pull(note)).await;
    found.map_err(Failure::new)?.map(|_| ()).map_err(Failure::new)
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    let bound = service::server::bind(address).await;
    bound.map_err(|error| Failure::new(format!("{error}; another port: {option} PORT, or {option} 0 for a free one")))
}

/// The address that another process will listen on, once it is known that nobody does.
async fn free_address(address: SocketAddr, option: &str) -> Result<SocketAddr, Failure> {
    bind(address, option).await?.local_addr().map_err(Failure::new)
}

/// An address by which this machine reaches a server that listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}
