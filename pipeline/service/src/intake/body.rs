//! The body of a request: read in bounded room and time, expanded, and its statements taken out of a multipart one.

use super::limits::BODY_BYTES_MAX;
use super::problem::Problem;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use flate2::read::MultiGzDecoder;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;
use std::time::Duration;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
}

impl Encoding {
    /// What a `Content-Encoding` header says; `None` for one that is not read.
    pub(super) fn of(header: Option<&str>) -> Option<Self> {
        let name = header.unwrap_or("identity").trim();
        if name.eq_ignore_ascii_case("identity") {
            Some(Self::Identity)
        } else {
            (name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip")).then_some(Self::Gzip)
        }
    }
}

/// Reads a body.
///
/// # Errors
/// 408 when it has not come within `time`, 413 when it is too large, 400 when its connection breaks.
pub(super) async fn read(mut body: Body, time: Duration) -> Result<Vec<u8>, Problem> {
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let frame = frame.map_err(|_| Problem::bad("the body broke off"))?;
            let data: &Bytes = match frame.data_ref() {
                Some(data) => data,
                None => continue,
            };
            if bytes.len() + data.len() > BODY_BYTES_MAX {
                return Err(too_large());
            }
            bytes.extend_from_slice(data);
        }
        Ok(bytes)
    };
    let late = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    tokio::time::timeout(time, reading).await.map_err(late)?
}

/// A body beyond the limit.
pub(super) fn too_large() -> Problem {
    Problem::too_large(format!("the body is larger than {BODY_BYTES_MAX} bytes"))
}

/// Expands a body.
///
/// # Errors
/// 413 when it is too large after expansion, 400 when it is not gzip.
pub(super) fn expand(body: Vec<u8>, encoding: Encoding) -> Result<Vec<u8>, Problem> {
    match encoding {
        Encoding::Identity => Ok(body),
        Encoding::Gzip => {
            let mut expanded = Vec::new();
            let bounded = MultiGzDecoder::new(body.as_slice()).take(BODY_BYTES_MAX as u64 + 1).read_to_end(&mut expanded);
            bounded.map_err(|_| Problem::bad("the body is not gzip"))?;
            if expanded.len() > BODY_BYTES_MAX { Err(too_large()) } else { Ok(expanded) }
        }
    }
}

/// The boundary that a `multipart/mixed` content type names.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1);
    let named = parameters.filter_map(|parameter| parameter.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    named.map(|(_, value)| value.trim().trim_matches('"')).filter(|boundary| !boundary.is_empty() && boundary.len() <= 70)
}

/// The first part of a multipart body (RFC 2046 §5.1): by xAPI its statements. The others are attachments; they are not read.
///
/// # Errors
/// 400 when it has no such part, or one of another type than JSON.
pub(super) fn first_part<'b>(body: &'b [u8], boundary: &str) -> Result<&'b [u8], Problem> {
    let broken = || Problem::bad("the multipart body has no whole first part");
    let delimiter = format!("--{boundary}");
    let opening = if body.starts_with(delimiter.as_bytes()) {
        delimiter.len()
    } else {
        let after_line = format!("\n{delimiter}");
        find(body, after_line.as_bytes()).ok_or_else(broken)? + after_line.len()
    };
    let part = &body[opening..];
    // What is left of the line of the delimiter: blanks only.
    let line_end = part.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
    if !part[..line_end].trim_ascii().is_empty() {
        return Err(broken());
    }
    let part = &part[line_end + 1..];
    let end = find(part, format!("\n{delimiter}").as_bytes()).ok_or_else(broken)?;
    let part = part[..end].strip_suffix(b"\r").unwrap_or(&part[..end]);
    let (mut head, mut rest) = (Vec::new(), part);
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let line = rest[..end].trim_ascii();
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        head.push(String::from_utf8_lossy(line).to_ascii_lowercase());
    }
    let content_type = head.iter().find_map(|line| line.strip_prefix("content-type:"));
    if content_type.is_some_and(|content_type| content_type.trim().starts_with("application/json")) {
        Ok(rest)
    } else {
        Err(Problem::bad("the first part of the multipart body is not application/json"))
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn gzip_is_expanded_up_to_the_limit() {
        assert_eq!(expand(gzip(b"[]"), Encoding::Gzip), Ok(b"[]".to_vec()));
        assert_eq!(expand(gzip(&vec![b' '; BODY_BYTES_MAX]), Encoding::Gzip).map(|body| body.len()), Ok(BODY_BYTES_MAX));
        let bomb = gzip(&vec![b' '; BODY_BYTES_MAX * 10]);
        assert!(bomb.len() < BODY_BYTES_MAX / 50);
        assert_eq!(expand(bomb, Encoding::Gzip).expect_err("too large").status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(expand(b"[]".to_vec(), Encoding::Gzip).expect_err("no gzip").status, StatusCode::BAD_REQUEST);
        assert_eq!(Encoding::of(Some("br")), None);
    }

    #[test]
    fn the_statements_of_a_multipart_body_are_its_first_part() {
        let attachment = "--b\r\nContent-Type: application/octet-stream\r\nX-Experience-API-Hash: x\r\n\r\n[9]\r\n--b--\r\n";
        for preamble in ["", "preamble\r\n"] {
            let body = format!("{preamble}--b\r\nContent-Type: application/json\r\n\r\n[1,\r\n2]\r\n{attachment}");
            assert_eq!(first_part(body.as_bytes(), "b"), Ok(&b"[1,\r\n2]"[..]));
        }
        assert!(first_part(attachment.as_bytes(), "b").is_err(), "no JSON");
        assert!(first_part(b"--b\r\nContent-Type: application/json\r\n\r\n[1]", "b").is_err(), "no end");
        assert_eq!(boundary("multipart/mixed; charset=x; Boundary=\"b c\""), Some("b c"));
        assert_eq!(boundary("multipart/mixed"), None);
    }

    proptest! {
        #[test]
        fn no_multipart_bytes_make_it_panic(body in "(--b|\r\n|\n|content-type:application/json|x){0,12}") {
            let _found_or_not = first_part(body.as_bytes(), "b").is_ok();
        }
    }
}
