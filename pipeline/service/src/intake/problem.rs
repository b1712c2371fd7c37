//! [`Problem`]: why a request was not taken, and the answer that says so. No value of a message is in it.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::borrow::Cow;

/// Why a request was not taken. Nothing of it was written, unless it says 503.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// For people.
    pub(super) reason: Cow<'static, str>,
    /// JSON Pointer to what is wrong.
    pub(super) pointer: Option<String>,
    pub(super) retry_after_seconds: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, reason: reason.into(), pointer: None, retry_after_seconds: None }
    }

    /// 400.
    pub(super) fn bad(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    /// 413.
    pub(super) fn too_large(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, reason)
    }

    /// 503, for now.
    pub(super) fn unavailable(reason: &'static str, retry_after_seconds: u64) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, reason).again_after(retry_after_seconds)
    }

    /// The same, with the place of it.
    pub(super) fn at(self, pointer: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), ..self }
    }

    /// The same, with the time to wait before another try.
    pub(super) fn again_after(self, seconds: u64) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }
}

/// An answer of JSON.
pub(super) fn answer(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut error = json!({ "reason": self.reason });
        if let Some(pointer) = self.pointer {
            error["pointer"] = pointer.into();
        }
        let mut response = answer(self.status, json!({ "error": error }).to_string());
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"teachback\", Bearer"));
        }
        response
    }
}
