//! `POST /v1/classify` and `POST /v1/extract`: key, rate, form, body, contract, and then the job. Each step costs more than the
//! one before, and a caller who fails early is answered before the body is read.

use std::time::Duration;

use contract::ErrorCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use hyper::body::{Body, Incoming};
use service::BodyError;
use tokio::time::Instant;

use crate::access::Access;
use crate::answer::{self, Answer, Failure};
use crate::app::Parts;
use crate::job::Input;
use crate::limit::Allowance;
use crate::{Service, validate};

/// When a full gateway is worth another try: most answers take about this long.
const FULL_RETRY: Duration = Duration::from_secs(1);

pub(super) async fn answer(app: &Parts, service: Service, request: Request<Incoming>, access: &mut Access) -> Answer {
    let (key, caller) = match identify(app, request.headers()) {
        Ok(known) => known,
        Err(failure) => return super::failure(&failure, access),
    };
    access.caller = Some(caller);
    let mut allowance = None;
    let mut answer = match serve(app, service, key, request, access, &mut allowance).await {
        Ok(answer) => answer,
        Err(failure) => super::failure(&failure, access),
    };
    if let Some(allowance) = allowance {
        allowance.write(answer.headers_mut());
    }
    answer
}

/// The caller's key by index and fingerprint.
fn identify(app: &Parts, headers: &HeaderMap) -> Result<(usize, String), Failure> {
    let mut presented = headers.get_all("x-api-key").iter();
    let (Some(key), None) = (presented.next(), presented.next()) else {
        return Err(Failure::new(ErrorCode::Unauthorized, "one X-API-Key header is needed"));
    };
    match app.keys.find(key.as_bytes()) {
        Some(key) => Ok((key.index, key.fingerprint.to_owned())),
        None => Err(Failure::new(ErrorCode::Unauthorized, "the key is not known")),
    }
}

async fn serve(
    app: &Parts,
    service: Service,
    key: usize,
    request: Request<Incoming>,
    access: &mut Access,
    allowance: &mut Option<Allowance>,
) -> Result<Answer, Failure> {
    let checked = app.rates.check(key);
    *allowance = Some(checked.unwrap_or_else(|exceeded| exceeded.allowance));
    if let Err(exceeded) = checked {
        let failure = Failure::new(ErrorCode::RateLimited, "this key sent too many requests");
        return Err(failure.retry_after(exceeded.retry_after));
    }
    check_form(request.headers())?;
    let _slot = app
        .slots
        .try_acquire()
        .map_err(|_| Failure::new(ErrorCode::Unavailable, "the gateway is full").retry_after(FULL_RETRY))?;
    let deadline = Instant::now() + app.timeout;
    let body = request.into_body();
    let room = app
        .room_for(body.size_hint().exact())
        .ok_or_else(|| Failure::new(ErrorCode::Unavailable, "no room for the body now").retry_after(FULL_RETRY))?;
    let body = service::body::collect(body, &app.limits.body).await.map_err(|e| body_failure(&e))?;
    access.body_bytes = body.len();
    validate::check(service, &body)?;
    let outcome = app.upstream(service).run(Input { body, room }, deadline).await;
    access.facts = outcome.facts;
    Ok(answer::json(StatusCode::OK, outcome.result?))
}

fn check_form(headers: &HeaderMap) -> Result<(), Failure> {
    let unsupported = |what: &str| Failure::new(ErrorCode::UnsupportedMediaType, what);
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let json = matches!((types.next(), types.next()), (Some(only), None) if is_json(only));
    if !json {
        return Err(unsupported("the Content-Type must be application/json"));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(unsupported("a compressed body is not taken"))
        }
        _ => Ok(()),
    }
}

/// `application/json`, with no charset or that of JSON.
fn is_json(value: &HeaderValue) -> bool {
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|t| t.eq_ignore_ascii_case("application/json"));
    is_type
        && parts.filter_map(|p| p.split_once('=')).all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

fn body_failure(error: &BodyError) -> Failure {
    let code = match error {
        BodyError::TooLarge { .. } => ErrorCode::BodyTooLarge,
        BodyError::TooSlow => ErrorCode::RequestTimeout,
        BodyError::Cut => ErrorCode::BadRequest,
    };
    Failure::new(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_with_or_without_its_own_charset_and_nothing_else_is() {
        for (text, taken) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"; x=y", true),
            ("application/json; charset=latin1", false),
            ("application/jsonp", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is_json(&HeaderValue::from_static(text)), taken, "{text}");
        }
    }
}
