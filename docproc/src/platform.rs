//! `docproc platform`: the local platform as a server of its own, for workers and gateways that are started by hand or run on
//! other machines.

use std::net::{IpAddr, SocketAddr};

use runpod::platform::{Keys, Options, serve, worker_env};
use service::Secret;

use crate::failure::{Failure, print};

/// The key that clients of the local platform present, as they present that of their account to RunPod.
pub(crate) const PLATFORM_KEY: &str = "local-runpod-key";

/// Serves until SIGTERM or Ctrl-C.
pub(crate) async fn run(host: IpAddr, port: u16, key: Secret) -> Result<(), Failure> {
    if !host.is_loopback() && key.expose() == PLATFORM_KEY {
        return Err(Failure::usage("--key is required when --host is not this machine alone"));
    }
    let stop = service::server::termination().map_err(Failure::new)?;
    let listener = service::server::bind(SocketAddr::new(host, port)).await.map_err(Failure::new)?;
    let base = format!("http://{}/v2", listener.local_addr().map_err(Failure::new)?);
    let keys = || Some(Keys::new([key.expose()]));
    let options = Options { client_keys: keys(), worker_keys: keys(), ..Options::default() };
    print(variables(&base, &options.endpoints, key.expose()))?;
    serve(listener, options, stop).await.map_err(Failure::new)
}

/// What points a gateway and workers at the platform, as shell lines.
fn variables(base: &str, endpoints: &[String], key: &str) -> String {
    let mut text = format!(
        "# gateway\nexport RUNPOD_ENDPOINT_BASE_URL='{base}'\nexport RUNPOD_API_KEY='{key}'\n\
         export RUNPOD_CLASSIFY_ENDPOINT=classify\nexport RUNPOD_EXTRACT_ENDPOINT=extract\n"
    );
    for endpoint in endpoints {
        text.push_str(&format!("\n# {endpoint} worker; each has a RUNPOD_POD_ID of its own\n"));
        for (name, value) in worker_env(base, endpoint, &format!("{endpoint}-1"), key) {
            text.push_str(&format!("export {name}='{value}'\n"));
        }
    }
    text
}
