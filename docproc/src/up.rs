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
use tokio::sync::mpsc::{self, UnboundedReceiver};
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
pub(crate) async fn run(ports: Ports) -> Result<(), Failure> {
    let mut own: Vec<_> = std::env::vars().collect();
    // The programs write into pipes and can't see that a person reads what comes out of them.
    if std::io::stderr().is_terminal() && !own.iter().any(|(name, _)| name == "LOG_FORMAT") {
        own.push(("LOG_FORMAT".to_owned(), "text".to_owned()));
    }
    let mut stop = std::pin::pin!(service::server::termination().map_err(Failure::new)?);
    let mut service = Service::start(ports, own).await?;
    let ready = tokio::select! {
        ready = service.ready() => ready.and_then(|()| print(service.welcome())),
        () = &mut stop => return service.end().await,
    };
    let outcome = match ready {
        Err(failure) => Err(failure),
        Ok(()) => tokio::select! {
            failure = service.hopeless() => Err(failure),
            () = &mut stop => Ok(()),
        },
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
    platform_task: JoinHandle<std::io::Result<()>>,
}

impl Service {
    /// Fetches the models if they are missing, binds the ports, starts everything.
    pub(crate) async fn start(ports: Ports, own: Vec<(String, String)>) -> Result<Service, Failure> {
        let variable = |name: &str| own.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone());
        let host = variable("HOST").map_or(Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)), |host| host.parse());
        let host: IpAddr = host.map_err(|_| Failure::usage("HOST is no IP address"))?;
        let gateway = free_address(SocketAddr::new(host, ports.gateway), "--port").await?;
        let listener = bind(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), ports.platform), "--platform-port").await?;
        let platform = format!("http://{}/v2", listener.local_addr().map_err(Failure::new)?);
        models().await?;

        let keys = variable("GATEWAY_API_KEY").unwrap_or_else(|| GATEWAY_KEY.to_owned());
        let wiring = Wiring {
            own,
            platform: platform.clone(),
            platform_key: Secret::new(PLATFORM_KEY),
            worker_key: Secret::new(uuid::Uuid::new_v4().to_string()),
            gateway_keys: Secret::new(&*keys),
            gateway,
        };
        let platform_stop = CancellationToken::new();
        let served = platform::serve(listener, options(&wiring), platform_stop.clone().cancelled_owned());
        let platform_task = tokio::spawn(served);
        let (tell, hopeless) = mpsc::unbounded_channel();
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
            Ok(Ok(())) => Ok(()),
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
