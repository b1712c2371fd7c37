//! Paths and methods, and the way of a request through them.
//!
//! ```text
//!  who? ── quota? ── headers? ── room? ── body, in time ── expand ── check all ── seen before? ── write ── answer
//!  401      429        400        503       408, 413        413        400           409           503
//! ```
//!
//! Everything up to "write" refuses the request as a whole. The answer is given when the inbox says that all is safe.

use super::accepted::{Accepted, Shape};
use super::body::{self, Encoding};
use super::canonical::{Uuid, uuid4};
use super::cloud_events;
use super::credentials::{self, Credential};
use super::limits::{BODY_BYTES_MAX, OUTAGE_RETRY_SECONDS, OVERLOAD_RETRY_SECONDS, REQUEST_KIB_MIN};
use super::problem::{Problem, answer};
use super::quota::Quota;
use super::remembered::{Remembered, Seen};
use super::statements::{self, Method};
use super::tally::{Tally, count};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use teachback_connectors::inbox::{Family, Inbox, Sender};
use teachback_engine::port::Clock;
use teachback_formats::xapi::lrs::Version;
use tokio::sync::Semaphore;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The description of what is served here.
const OPENAPI: &str = include_str!("../../../../schemas/openapi.json");
/// What `GET /xapi/about` says.
const ABOUT: &str = r#"{"version":["1.0.3","2.0.0"],"extensions":{}}"#;
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-experience-api-version");

/// What all requests share.
pub(super) struct Desk {
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) credentials: Vec<Credential>,
    /// One for each credential that has one.
    pub(super) quotas: Vec<Option<Mutex<Quota>>>,
    /// KiB that bodies in the making may take.
    pub(super) room: Arc<Semaphore>,
    pub(super) remembered: Mutex<Remembered>,
    pub(super) tally: Tally,
    pub(super) read_timeout: Duration,
    pub(super) cors_origins: Vec<HeaderValue>,
}

/// Locks, also after another thread died with the lock: what these guard is whole after each step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The service.
pub(super) fn router(desk: Arc<Desk>) -> Router {
    let cors = (!desk.cors_origins.is_empty()).then(|| cors(&desk.cors_origins));
    let router = Router::new()
        .route("/health", get(async || answer(StatusCode::OK, r#"{"status":"ok"}"#)))
        .route("/openapi.json", get(async || answer(StatusCode::OK, OPENAPI)))
        .route("/xapi/about", get(async || of_xapi(Version::V2, answer(StatusCode::OK, ABOUT))))
        .route("/xapi/statements", post(post_statements).put(put_statement).fallback(no_reading))
        .route("/events", post(post_events))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing here; see /openapi.json"))
        .with_state(desk);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let origins = if origins.iter().any(|origin| origin == "*") { AllowOrigin::any() } else { AllowOrigin::list(origins.iter().cloned()) };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([axum::http::Method::GET, axum::http::Method::POST, axum::http::Method::PUT])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING, VERSION_HEADER])
        .expose_headers([VERSION_HEADER, axum::http::header::RETRY_AFTER])
        .max_age(Duration::from_secs(3600))
}

async fn no_reading() -> Response {
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "statements are taken here, not given: this is no whole LRS").into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, PUT"));
    of_xapi(Version::V2, response)
}

/// Adds the header that every xAPI answer has: the newest patch of the edition.
fn of_xapi(version: Version, mut response: Response) -> Response {
    let name = match version {
        Version::V1 => "1.0.3",
        Version::V2 => "2.0.0",
    };
    response.headers_mut().insert(VERSION_HEADER, HeaderValue::from_static(name));
    response
}

async fn post_statements(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let asked = statement_id(request.uri().query());
    let refused = asked.map(|_| Problem::bad("statementId goes with PUT; POST takes ids within statements"));
    take_statements(desk, request, refused, None).await
}

async fn put_statement(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let asked = statement_id(request.uri().query()).map(str::to_owned);
    let refused = asked.is_none().then(|| Problem::bad("PUT needs a statementId"));
    take_statements(desk, request, refused, asked).await
}

/// The `statementId` of a query. A UUID needs no escapes, so none are read.
fn statement_id(query: Option<&str>) -> Option<&str> {
    query?.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == "statementId").map(|(_, id)| id)
}

async fn take_statements(desk: Arc<Desk>, request: Request, refused: Option<Problem>, put: Option<String>) -> Response {
    let version = text(request.headers(), &VERSION_HEADER).and_then(Version::from_name);
    let content_type = text(request.headers(), &CONTENT_TYPE).unwrap_or_default().to_owned();
    let boundary = is_type(&content_type, "multipart/mixed").then(|| body::boundary(&content_type).map(str::to_owned));
    let checked = match (refused, version, &boundary) {
        (Some(problem), ..) => Err(problem),
        (None, None, _) => Err(Problem::bad("X-Experience-API-Version is missing or is neither 1.0.x nor 2.0.x")),
        (None, Some(_), Some(None)) => Err(Problem::bad("multipart/mixed without a boundary")),
        (None, Some(_), None) if !is_type(&content_type, "application/json") => {
            Err(Problem::bad("the content type is neither application/json nor multipart/mixed"))
        }
        (None, Some(version), _) => Ok(version),
    };
    let boundary = boundary.flatten();
    let is_put = put.is_some();
    let read = move |body: &[u8], credential: &Credential, _: &Sender<'_>| {
        let body = match &boundary {
            Some(boundary) => body::first_part(body, boundary)?,
            None => body,
        };
        let version = version.unwrap_or(Version::V1);
        let context = statements::Context { version, source: &credential.source, credential: &credential.name };
        let method = put.as_deref().map_or(Method::Post, Method::Put);
        statements::read(body, method, &context, random_id)
    };
    let response = match take(desk, request, Family::Xapi, checked.map(|_| ()), read).await {
        Ok(_) if is_put => StatusCode::NO_CONTENT.into_response(),
        Ok(ids) => answer(StatusCode::OK, serde_json::Value::from(ids).to_string()),
        Err(problem) => problem.into_response(),
    };
    of_xapi(version.unwrap_or(Version::V2), response)
}

async fn post_events(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let content_type = text(request.headers(), &CONTENT_TYPE).unwrap_or_default();
    let shape = if is_type(content_type, "application/cloudevents+json") {
        Ok(Shape::One)
    } else if is_type(content_type, "application/cloudevents-batch+json") {
        Ok(Shape::Many)
    } else {
        let reason = "the content type is neither application/cloudevents+json nor application/cloudevents-batch+json";
        Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason))
    };
    let (checked, shape) = (shape.clone().map(|_| ()), shape.unwrap_or(Shape::One));
    let read =
        move |body: &[u8], credential: &Credential, sender: &Sender<'_>| cloud_events::read(body, shape, credential.provider.as_deref(), sender.received);
    match take(desk, request, Family::Events, checked, read).await {
        Ok(ids) => answer(StatusCode::OK, serde_json::json!({ "accepted": ids.len() }).to_string()),
        Err(problem) => problem.into_response(),
    }
}

/// Takes a request as the figure above says; gives the ids of its records.
async fn take<R>(desk: Arc<Desk>, request: Request, family: Family, checked: Result<(), Problem>, read: R) -> Result<Vec<String>, Problem>
where
    R: FnOnce(&[u8], &Credential, &Sender<'_>) -> Result<Vec<Accepted>, Problem> + Send + 'static,
{
    let counted = desk.clone();
    let taken = take_in_order(desk, request, family, checked, read).await;
    if let Err(problem) = &taken {
        let tally = &counted.tally;
        let counter = match problem.status {
            StatusCode::UNAUTHORIZED => &tally.unauthorized,
            StatusCode::TOO_MANY_REQUESTS => &tally.over_quota,
            StatusCode::CONFLICT => &tally.conflicting,
            StatusCode::REQUEST_TIMEOUT => &tally.cut_off,
            StatusCode::SERVICE_UNAVAILABLE if problem.retry_after_seconds == Some(OVERLOAD_RETRY_SECONDS) => &tally.overloaded,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::INTERNAL_SERVER_ERROR => &tally.failed,
            _ => &tally.refused,
        };
        count(counter, 1);
    }
    taken
}

async fn take_in_order<R>(desk: Arc<Desk>, request: Request, family: Family, checked: Result<(), Problem>, read: R) -> Result<Vec<String>, Problem>
where
    R: FnOnce(&[u8], &Credential, &Sender<'_>) -> Result<Vec<Accepted>, Problem> + Send + 'static,
{
    let headers = request.headers();
    let place = text(headers, &AUTHORIZATION).and_then(|header| credentials::find(&desk.credentials, header));
    let place = place.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "credentials are missing or not known"))?;
    if let Some(quota) = desk.quotas.get(place).and_then(Option::as_ref) {
        let beyond = |seconds| Problem::new(StatusCode::TOO_MANY_REQUESTS, "the quota of these credentials is used up").again_after(seconds);
        lock(quota).admit(desk.clock.elapsed()).map_err(beyond)?;
    }
    checked?;
    let unknown = || Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content encoding is neither gzip nor identity");
    let encoding = Encoding::of(text(headers, &CONTENT_ENCODING)).ok_or_else(unknown)?;
    let kib = room_for(headers, encoding)?;
    let full = |_| Problem::unavailable("too many requests at once", OVERLOAD_RETRY_SECONDS);
    let room = desk.room.clone().try_acquire_many_owned(kib).map_err(full)?;
    let received = desk.clock.now();
    let body = body::read(request.into_body(), desk.read_timeout).await?;
    let work = move || {
        // Given back when the work is done, also when the client has gone meanwhile.
        let _room = room;
        let credential = desk.credentials.get(place).ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "credentials are not known"))?;
        let sender = Sender { source: &credential.source, credential: &credential.name, provider: credential.provider.as_deref(), received };
        let body = body::expand(body, encoding)?;
        let records = read(&body, credential, &sender)?;
        drop(body);
        if let Some(quota) = desk.quotas.get(place).and_then(Option::as_ref) {
            lock(quota).charge(records.len().saturating_sub(1));
        }
        write(&desk, family, &sender, records)
    };
    let died = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be handled");
    tokio::task::spawn_blocking(work).await.map_err(died)?
}

/// Writes what was not written before, and gives the ids of all.
fn write(desk: &Desk, family: Family, sender: &Sender<'_>, records: Vec<Accepted>) -> Result<Vec<String>, Problem> {
    let (mut ids, mut new, mut bodies) = (Vec::with_capacity(records.len()), Vec::new(), Vec::new());
    {
        let remembered = lock(&desk.remembered);
        for record in records {
            match remembered.look(&record.identity, &record.content) {
                Seen::New => {
                    new.push((record.identity, record.content));
                    bodies.push(record.bytes);
                }
                Seen::Repeat => count(&desk.tally.repeated, 1),
                Seen::Conflict => {
                    return Err(Problem::new(StatusCode::CONFLICT, "an id that was taken before with another content").at(format!("/{}/id", ids.len())));
                }
            }
            ids.push(record.id);
        }
    }
    if !bodies.is_empty() {
        desk.inbox.write(family, sender, &bodies).map_err(|error| {
            tracing::warn!(%error, cause = error.cause.as_deref().map(tracing::field::display), "records were not kept; the client is told to send them again");
            Problem::unavailable("the records are not safe yet; send them again", OUTAGE_RETRY_SECONDS)
        })?;
    }
    count(&desk.tally.written, new.len() as u64);
    let mut remembered = lock(&desk.remembered);
    for (identity, content) in new {
        remembered.keep(identity, content);
    }
    Ok(ids)
}

/// KiB that a request may come to take: what it says, or the most where it does not say.
fn room_for(headers: &HeaderMap, encoding: Encoding) -> Result<u32, Problem> {
    let announced = text(headers, &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
        return Err(body::too_large());
    }
    let bytes = match encoding {
        Encoding::Identity => announced.unwrap_or(BODY_BYTES_MAX),
        Encoding::Gzip => BODY_BYTES_MAX,
    };
    Ok(u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).max(REQUEST_KIB_MIN))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn is_type(content_type: &str, name: &str) -> bool {
    content_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(name))
}

#[expect(clippy::disallowed_methods, reason = "the id of a statement that has neither an id nor a time")]
fn random_id() -> Result<Uuid, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Problem::unavailable("no random bytes for an id", OUTAGE_RETRY_SECONDS))?;
    Ok(uuid4(bytes))
}
