//! Who may call: keys compared in constant time, before any body is read.

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use subtle::{Choice, ConstantTimeEq as _};

use super::options::Keys;
use super::problem::Problem;

/// Clients send `Bearer KEY` or the bare key, workers the bare key; both forms are taken from both.
pub(super) fn check(keys: Option<&Keys>, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(Keys(keys)) = keys else { return Ok(()) };
    let Some(given) = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes) else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "no token provided"));
    };
    let given = given.strip_prefix(b"Bearer ").unwrap_or(given);
    // No early exit: the time tells nothing about which key it was.
    let known = keys.iter().fold(Choice::from(0), |known, key| known | key.as_bytes().ct_eq(given));
    if bool::from(known) { Ok(()) } else { Err(Problem::new(StatusCode::UNAUTHORIZED, "invalid api key")) }
}
