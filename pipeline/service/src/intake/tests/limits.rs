//! Quotas, room, time, outages and the end.

use super::client::{self, Request};
use super::{STATEMENT, running, settings};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const POST: &str = "POST /xapi/statements";
const MIB: usize = 1024 * 1024;

fn reads_end(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).is_ok()
}

#[test]
fn a_quota_is_for_one_credential_and_ends_with_time() {
    let running = running(settings());
    let limited = Request::statements(POST, STATEMENT).with("authorization", "Bearer the-token-of-the-limited-one");
    assert_eq!([(); 3].map(|()| running.ask(&limited).status), [200, 200, 429]);
    let refused = running.ask(&limited);
    assert_eq!(refused.header("retry-after"), Some("30"));
    assert_eq!(running.ask(&Request::statements(POST, STATEMENT)).status, 200, "another credential");
    running.clock.advance(Duration::from_secs(30));
    assert_eq!(running.ask(&limited).status, 200);
}

#[test]
fn without_room_the_client_is_told_to_wait() {
    let mut settings = settings();
    settings.in_flight_kib_max = 4 * 1024;
    let running = running(settings);
    let address = running.intake.as_ref().expect("runs").address;
    let large = Request::statements(POST, vec![b' '; 4 * MIB]);
    let small = Request::statements(POST, STATEMENT);
    // A slow one needs all room: when its head is read while a small one is answered, it is the slow one that is told to wait.
    let hold = |_| {
        let mut slow = client::connect(address);
        slow.write_all(large.head().as_bytes()).expect("writes");
        let waited = (0..50).map(|_| running.ask(&small)).find(|answer| answer.status == 503)?;
        Some((slow, waited))
    };
    let (slow, waited) = (0..50).find_map(hold).expect("a slow one takes all room");
    assert_eq!(waited.header("retry-after"), Some("1"));
    assert_eq!(running.ask(&Request::new("GET /health", "")).status, 200);
    drop(slow);
    assert!((0..500).any(|_| running.ask(&small).status == 200), "room comes back when the slow one is gone");
}

#[test]
fn what_is_too_large_is_refused_before_and_after_it_is_expanded() {
    let running = running(settings());
    assert_eq!(running.ask(&Request::statements(POST, vec![b' '; 4 * MIB + 1])).status, 413);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 64 * MIB]).expect("memory");
    let bomb = Request::statements(POST, bomb.finish().expect("memory")).with("content-encoding", "gzip");
    assert!(bomb.body.len() < MIB);
    assert_eq!(running.ask(&bomb).status, 413);
    let without_length = format!(
        "{POST} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ntransfer-encoding: chunked\r\n{}\r\n",
        bomb.headers.iter().filter(|(name, _)| name != "content-encoding").map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>()
    );
    let mut stream = client::connect(running.intake.as_ref().expect("runs").address);
    stream.write_all(without_length.as_bytes()).expect("writes");
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; MIB], b"\r\n"].concat();
    // The answer may come, and the connection end, before all are sent.
    (0..6).try_for_each(|_| stream.write_all(&chunk)).ok();
    assert_eq!(client::answer(stream).status, 413);
    let head = format!("GET /health HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "a".repeat(MIB));
    let mut stream = client::connect(running.intake.as_ref().expect("runs").address);
    stream.write_all(head.as_bytes()).ok();
    assert_eq!(client::answer(stream).status, 431);
}

#[test]
fn a_slow_client_is_cut_off() {
    let mut settings = settings();
    settings.read_timeout = Duration::from_secs(1);
    let running = running(settings);
    let address = running.intake.as_ref().expect("runs").address;
    let head = Request::statements(POST, vec![b' '; 1000]).head();

    let mut silent = client::connect(address);
    let mut within_head = client::connect(address);
    within_head.write_all(&head.as_bytes()[..40]).expect("writes");
    let mut within_body = client::connect(address);
    within_body.write_all(head.as_bytes()).expect("writes");
    within_body.write_all(b"[").expect("writes");
    assert_eq!(client::answer(within_body).status, 408);
    assert!(reads_end(&mut within_head), "the head has a time of its own");
    assert!(reads_end(&mut silent), "silence has an end");
}

#[test]
fn nothing_is_acknowledged_that_is_not_safe() {
    let running = running(settings());
    running.inbox.break_down();
    let answer = running.ask(&Request::statements(POST, STATEMENT));
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert!(running.ask(&Request::statements(POST, STATEMENT)).status == 503, "it is not remembered as written");
}

#[test]
fn a_request_that_has_begun_is_answered_before_the_end() {
    let mut running = running(settings());
    let address = running.intake.as_ref().expect("runs").address;
    let request = Request::statements(POST, STATEMENT);
    let mut begun = client::connect(address);
    begun.write_all(request.head().as_bytes()).expect("writes");
    begun.write_all(&request.body[..10]).expect("writes");
    // Its answer to another request says that the intake has taken the first connection.
    assert_eq!(running.ask(&Request::new("GET /health", "")).status, 200);
    let ending = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| running.stop());
        while TcpStream::connect(address).is_ok() {
            std::thread::yield_now();
        }
        begun.write_all(&request.body[10..]).expect("writes");
        let answer = client::answer(begun);
        stopping.join().expect("stops");
        answer
    });
    assert_eq!(ending.status, 200);
    assert_eq!(running.written().len(), 1);
}
