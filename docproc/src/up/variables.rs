//! The environment of each program under `up`: that of `up` itself, with the local platform in the place of RunPod.

use runpod::platform::worker_env;
use service::Secret;

use crate::program::Program;

/// Variables of RunPod that `up` leaves as they are. All others speak of a real platform.
const KEPT: [&str; 4] = ["RUNPOD_TIMEOUT", "RUNPOD_MAX_RETRIES", "RUNPOD_LOG_LEVEL", "RUNPOD_DEBUG_LEVEL"];
/// Milliseconds between the pings of a worker. Loopback costs nothing, and a lost worker is noticed soon.
const PING_INTERVAL_MS: &str = "1000";

/// What the programs must know of each other.
#[derive(Clone, Debug)]
pub(super) struct Wiring {
    /// The environment of `up` itself.
    pub(super) own: Vec<(String, String)>,
    /// Base URL of the local platform.
    pub(super) platform: String,
    pub(super) platform_key: Secret,
    pub(super) worker_key: Secret,
    pub(super) gateway_keys: Secret,
    pub(super) gateway: std::net::SocketAddr,
}

impl Wiring {
    /// The variables of a program in its nth process. Each process of a worker has an id of its own, so that the platform never
    /// takes a new one for the one that held a job.
    pub(super) fn of(&self, program: Program, nth: u32) -> Vec<(String, String)> {
        let mut variables = self.inherited();
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        if program == Program::Gateway {
            set("GATEWAY_API_KEY", self.gateway_keys.expose().to_owned());
            set("RUNPOD_API_KEY", self.platform_key.expose().to_owned());
            set("RUNPOD_CLASSIFY_ENDPOINT", Program::Classify.name().to_owned());
            set("RUNPOD_EXTRACT_ENDPOINT", Program::Extract.name().to_owned());
            set("RUNPOD_ENDPOINT_BASE_URL", self.platform.clone());
            set("HOST", self.gateway.ip().to_string());
            set("PORT", self.gateway.port().to_string());
        } else {
            set("RUNPOD_PING_INTERVAL", PING_INTERVAL_MS.to_owned());
            // They ask for the memory and disk of RunPod's machines.
            set("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS", "true".to_owned());
            let id = format!("{}-{nth}", program.name());
            variables.extend(worker_env(&self.platform, program.name(), &id, self.worker_key.expose()));
        }
        variables
    }

    fn inherited(&self) -> Vec<(String, String)> {
        let wanted = |name: &str| KEPT.contains(&name) || !name.starts_with("RUNPOD_");
        self.own.iter().filter(|(name, _)| wanted(name)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(program: Program, nth: u32, own: &[(&str, &str)]) -> std::collections::HashMap<String, String> {
        let wiring = Wiring {
            own: own.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            platform: "http://127.0.0.1:8001/v2".to_owned(),
            platform_key: Secret::new("p"),
            worker_key: Secret::new("w"),
            gateway_keys: Secret::new("g"),
            gateway: ([127, 0, 0, 1], 8000).into(),
        };
        wiring.of(program, nth).into_iter().collect()
    }

    #[test]
    fn no_program_hears_of_a_real_platform_that_the_shell_is_set_up_for() {
        let real = [("RUNPOD_API_KEY", "real"), ("RUNPOD_WEBHOOK_GET_JOB", "https://real"), ("RUNPOD_POD_ID", "real")];
        for program in [Program::Classify, Program::Extract, Program::Gateway] {
            assert!(variables(program, 1, &real).values().all(|value| !value.contains("real")), "{program:?}");
        }
    }

    #[test]
    fn what_is_set_for_all_programs_reaches_each() {
        let own = [("LOG_LEVEL", "DEBUG"), ("MODELS_DIR", "/models"), ("RUNPOD_TIMEOUT", "300")];
        for program in [Program::Classify, Program::Gateway] {
            let variables = variables(program, 1, &own);
            assert!(own.iter().all(|(name, value)| variables[*name] == *value), "{program:?}");
        }
    }

    #[test]
    fn a_worker_that_is_started_again_is_another_worker_to_the_platform() {
        let id = |nth| variables(Program::Extract, nth, &[])["RUNPOD_POD_ID"].clone();
        assert_ne!(id(1), id(2));
    }
}
