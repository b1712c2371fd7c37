//! As much of an HTTP client as the tests need.

use super::TOKEN;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn new(line: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { line: line.to_owned(), headers: Vec::new(), body: body.into() }
    }

    /// Statements, with all headers that they need.
    pub(super) fn statements(line: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = Self::new(line, body).with("authorization", &format!("Bearer {TOKEN}"));
        request.with("content-type", "application/json").with("x-experience-api-version", "1.0.3")
    }

    /// Events, with all headers that they need.
    pub(super) fn events(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST /events", body).with("authorization", &format!("Bearer {TOKEN}")).with("content-type", content_type)
    }

    /// With a header in place of one of that name; an empty value removes it.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    pub(super) fn head(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("{} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", self.line, self.body.len())
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(super) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream
}

/// Reads up to the end of the connection.
pub(super) fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // What is refused before its body was read may end in a reset; what came before it counts.
    let ended = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}, {ended:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(super) fn ask(address: SocketAddr, request: &Request) -> Answer {
    let mut stream = connect(address);
    stream.write_all(request.head().as_bytes()).expect("writes the head");
    // A refusal may come while the body is on its way.
    stream.write_all(&request.body).ok();
    answer(stream)
}
