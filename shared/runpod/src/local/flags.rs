//! The command line of a worker: the SDK's flags, and no complaint about others, which belong to the program.

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) log_level: Option<String>,
    pub(crate) serve_api: bool,
    pub(crate) api_host: Option<String>,
    pub(crate) api_port: Option<u16>,
    pub(crate) test_input: Option<String>,
}

impl Flags {
    /// Reads `--flag value` and `--flag=value`.
    ///
    /// # Errors
    /// A flag of ours without a usable value.
    pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            let mut value = || inline.clone().or_else(|| args.next()).ok_or_else(|| format!("{name} needs a value"));
            match name {
                "--rp_serve_api" => flags.serve_api = true,
                "--rp_log_level" => flags.log_level = Some(value()?),
                "--rp_api_host" => flags.api_host = Some(value()?),
                "--rp_api_port" => {
                    let port = value()?;
                    flags.api_port = Some(port.parse().map_err(|_| format!("--rp_api_port: {port} is not a port"))?);
                }
                "--test_input" => flags.test_input = Some(value()?),
                _ => {}
            }
        }
        Ok(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::Flags;

    fn parse(args: &[&str]) -> Result<Flags, String> {
        Flags::parse(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn flags_take_their_value_with_or_without_an_equals_sign() {
        let flags = parse(&["--rp_serve_api", "--rp_api_port=9000", "--rp_api_host", "0.0.0.0"]).expect("good flags");
        assert!(flags.serve_api);
        assert_eq!((flags.api_port, flags.api_host.as_deref()), (Some(9000), Some("0.0.0.0")));
        let flags = parse(&["--test_input", r#"{"input": {"a": "b=c"}}"#]).expect("good flags");
        assert_eq!(flags.test_input.as_deref(), Some(r#"{"input": {"a": "b=c"}}"#));
    }

    #[test]
    fn flags_of_the_program_are_left_alone() {
        assert_eq!(parse(&["--generator", "x", "-v"]), Ok(Flags::default()));
    }

    #[test]
    fn a_missing_or_unusable_value_is_refused() {
        assert!(parse(&["--test_input"]).is_err());
        assert!(parse(&["--rp_api_port", "70000"]).is_err());
    }
}
