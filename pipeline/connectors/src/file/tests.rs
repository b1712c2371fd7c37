//! Tests of files as a log.

use super::{Archive, FileLog, FileMark, Names, spool};
use crate::conformance::source as suite;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use teachback_core::limits::MESSAGE_BYTES_MAX;
use teachback_engine::port::{Actor, Partition, PortError, Source};

/// What a source hands over: (offset, next, body).
type Got = (u64, u64, String);

fn read_all(source: &mut dyn Source) -> Vec<Got> {
    let mut got = Vec::new();
    loop {
        let polled = source
            .poll(2, Duration::ZERO, &mut |record| got.push((record.offset, record.next, String::from_utf8_lossy(record.body).into_owned())))
            .expect("reads");
        assert!(polled.records <= 2);
        if polled.caught_up {
            assert_eq!(polled.ended, [Partition(0)]);
            return got;
        }
    }
}

fn open(path: &Path, recorded: &[FileMark]) -> Result<FileLog, PortError> {
    FileLog::open(&[path.to_owned()], None, recorded)
}

fn bodies(path: &Path) -> Vec<String> {
    read_all(&mut open(path, &[]).expect("opens").source(0).expect("starts")).into_iter().map(|(_, _, body)| body).collect()
}

fn marks_of(path: &Path) -> Vec<FileMark> {
    let log = open(path, &[]).expect("opens");
    let mut source = log.source(0).expect("starts");
    read_all(&mut source);
    assert_eq!(source.marks(), log.marks());
    log.marks()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("writes");
    encoder.finish().expect("finishes")
}

#[test]
fn files_follow_each_other_in_byte_order_of_their_paths_whatever_their_compression() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("sub")).expect("makes");
    fs::write(at("b.ndjson"), "b1\r\n\n  \nb2").expect("writes");
    fs::write(at("a.jsonl.gz"), [gzip(b"a1\n"), gzip(b"a2\n")].concat()).expect("writes");
    fs::write(at("sub/c.json.zst"), [zstd::encode_all(&b"c1\n"[..], 1).expect("packs"), zstd::encode_all(&b"c2\n"[..], 1).expect("packs")].concat())
        .expect("writes");
    fs::write(at("B.ndjson"), "").expect("writes");
    fs::write(at("notes.txt"), "no").expect("writes");
    fs::write(at(".hidden.ndjson"), "no\n").expect("writes");
    let log = open(folder.path(), &[]).expect("opens");
    let all = read_all(&mut log.source(0).expect("starts"));
    let expected = [(0, 3, "a1"), (3, 6, "a2"), (6, 10, "b1"), (14, 16, "b2"), (16, 19, "c1"), (19, 22, "c2")];
    assert_eq!(all, expected.map(|(offset, next, body)| (offset, next, body.to_owned())));
    for (place, (_, next, _)) in all.iter().enumerate() {
        let rest = read_all(&mut log.source(*next).expect("starts"));
        assert_eq!(rest, all[place + 1..], "reading goes on after any record");
    }
    let lengths: Vec<u64> = marks_of(folder.path()).iter().map(|mark| mark.length).collect();
    assert_eq!(lengths, [6, 10, 6], "empty files have no mark");
    assert_eq!(log.source(23).expect_err("is too far").actor, Actor::Damage);
}

#[test]
fn a_line_that_is_too_long_is_handed_over_cut_and_passed_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson");
    let long = 3 * MESSAGE_BYTES_MAX + 17;
    fs::write(&path, format!("{}\n{}\n{}\r\nend\n", "x".repeat(long), "y".repeat(MESSAGE_BYTES_MAX), "z".repeat(MESSAGE_BYTES_MAX))).expect("writes");
    let all = read_all(&mut open(&path, &[]).expect("opens").source(0).expect("starts"));
    let lengths: Vec<usize> = all.iter().map(|(_, _, body)| body.len()).collect();
    assert_eq!(lengths, [MESSAGE_BYTES_MAX + 1, MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX, 3]);
    assert_eq!((all[0].1, all[1].0), (long as u64 + 1, long as u64 + 1));
}

#[test]
fn appending_at_the_end_is_fine() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.ndjson"), "1\n2\n").expect("writes");
    fs::write(at("b.ndjson"), "3\n").expect("writes");
    let marks = marks_of(folder.path());
    fs::write(at("b.ndjson"), "3\n4\n").expect("writes");
    fs::write(at("c.ndjson.gz"), gzip(b"5\n")).expect("writes");
    fs::write(at("aa.ndjson"), "").expect("writes");
    let log = open(folder.path(), &marks).expect("opens");
    assert_eq!(log.marks(), marks, "before anything is read, what was recorded holds");
    let rest = read_all(&mut log.source(6).expect("starts"));
    assert_eq!(rest, [(6, 8, "4".to_owned()), (8, 10, "5".to_owned())]);
    assert_eq!(log.marks(), marks_of(folder.path()));
}

#[test]
fn the_same_bytes_under_other_names_are_the_same_log() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.ndjson"), "1\n2\n").expect("writes");
    let marks = marks_of(folder.path());
    fs::write(folder.path().join("z.ndjson.gz"), gzip(b"1\n2\n3\n")).expect("writes");
    open(&folder.path().join("z.ndjson.gz"), &marks).expect("is the same log, appended");
}

#[test]
fn every_other_change_is_told_with_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| fs::write(at(name), text).expect("writes");
    let reset = || {
        for entry in fs::read_dir(folder.path()).expect("lists") {
            fs::remove_file(entry.expect("is there").path()).expect("removes");
        }
        write("a.ndjson", "1\n2\n");
        write("b.ndjson", "3\n4");
    };
    reset();
    let marks = marks_of(folder.path());
    let refusal = || {
        let error = open(folder.path(), &marks).expect_err("must be refused");
        assert_eq!(error.actor, Actor::Damage);
        error.message
    };
    let expect = |file: &str, words: &str| {
        let message = refusal();
        assert!(message.contains(file) && message.contains(words), "{message}");
        reset();
    };
    write("a.ndjson", "1\n9\n");
    expect("/a.ndjson", "have changed");
    write("a.ndjson", "1\n2\n9\n");
    expect("/a.ndjson", "has grown");
    write("a.ndjson", "1\n");
    expect("/a.ndjson", "2 of the bytes read before are missing");
    write("aa.ndjson", "9\n9");
    expect("/b.ndjson", "in its place lies");
    fs::remove_file(at("b.ndjson")).expect("removes");
    expect("/b.ndjson", "no longer among the input");
    write("b.ndjson", "3\n45\n");
    expect("/b.ndjson", "has been continued");
    write("b.ndjson", "3\n4\n5\n");
    open(folder.path(), &marks).expect("the newline came and then more");
}

#[test]
fn damaged_compression_stops_with_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson.gz");
    let whole = gzip("line\n".repeat(1000).as_bytes());
    fs::write(&path, &whole[..whole.len() / 2]).expect("writes");
    let mut source = open(&path, &[]).expect("opens").source(0).expect("starts");
    let error = (0..2000).find_map(|_| source.poll(1, Duration::ZERO, &mut |_| ()).err()).expect("is noticed");
    assert!(error.actor == Actor::Damage && error.message.contains("a.ndjson.gz"), "{}", error.message);
}

#[test]
fn standard_input_is_kept_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    spool(&mut &b"1\n2\n"[..], &kept).expect("keeps");
    let log = FileLog::open(&["-".into()], Some(&kept), &[]).expect("opens");
    assert_eq!(log.source(0).expect("starts").name(), "-");
    assert_eq!(read_all(&mut log.source(2).expect("starts")), [(2, 4, "2".to_owned())]);
}

#[test]
fn an_input_that_is_not_there_is_the_users_to_mend() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(open(&folder.path().join("none"), &[]).expect_err("is not there").actor, Actor::User);
    assert_eq!(open(folder.path(), &[]).expect_err("has no input").actor, Actor::User);
    fs::write(folder.path().join("plain.log"), "1\n").expect("writes");
    assert_eq!(bodies(&folder.path().join("plain.log")), ["1"], "a file that is named is read whatever its ending");
}

#[test]
fn a_file_behaves_as_a_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.ndjson");
    fs::write(&path, suite::BODIES.join("\n")).expect("writes");
    let log = open(&path, &[]).expect("opens");
    suite::behaves_as_a_bounded_source(&mut |from| Box::new(log.source(from.unwrap_or(0)).expect("starts")));
}

/// The lines of an archive as `file:line text`.
fn archive_lines(archive: &Archive) -> Vec<String> {
    let (mut lines, mut line, mut told) = (archive.lines(), Vec::new(), Vec::new());
    while let Some(place) = lines.read(&mut line).expect("reads") {
        told.push(format!("{}:{} {}", place.file, place.line, String::from_utf8_lossy(&line)));
    }
    assert_eq!(lines.bytes_read(), archive.bytes());
    told
}

#[test]
fn an_archive_reads_every_compression_and_tells_where_each_line_stood() {
    let dir = tempfile::tempdir().expect("a directory");
    let logs = dir.path().join("logs");
    fs::create_dir_all(logs.join("old")).expect("a folder");
    fs::write(logs.join("tracking.log"), "c1\n\nc2").expect("writes");
    fs::write(logs.join("old/tracking.log-20150101.gz"), [gzip(b"a1\r\n"), gzip(b"a2\n")].concat()).expect("writes");
    fs::write(logs.join("old/tracking.log-20150102.zst"), zstd::encode_all(&b"b1\n"[..], 1).expect("encodes")).expect("writes");
    fs::write(logs.join("notes.txt"), "not a log").expect("writes");
    let paths = [logs.clone(), logs.join("tracking.log")];
    let archive = Archive::find(&paths, Names::Logs).expect("finds");
    let expected = [
        "logs/old/tracking.log-20150101.gz:1 a1",
        "logs/old/tracking.log-20150101.gz:2 a2",
        "logs/old/tracking.log-20150102.zst:1 b1",
        "logs/tracking.log:1 c1",
        "logs/tracking.log:3 c2",
    ];
    assert_eq!(archive_lines(&archive), expected);
    let fingerprint = archive.fingerprint(&["a"]);
    assert_eq!(fingerprint, Archive::find(&paths, Names::Logs).expect("finds").fingerprint(&["a"]));
    assert_ne!(fingerprint, archive.fingerprint(&["b"]));
    fs::write(logs.join("tracking.log"), "c1\n\nc2\n").expect("writes");
    assert_ne!(fingerprint, Archive::find(&paths, Names::Logs).expect("finds").fingerprint(&["a"]));
}

#[test]
fn an_archive_that_is_not_there_or_cut_off_is_no_empty_one() {
    let dir = tempfile::tempdir().expect("a directory");
    for path in [dir.path().to_owned(), dir.path().join("none.log"), "-".into()] {
        assert_eq!(Archive::find(&[path], Names::Logs).expect_err("is refused").actor, Actor::User);
    }
    let cut = dir.path().join("cut.json.gz");
    let whole = gzip("{}\n".repeat(100_000).as_bytes());
    fs::write(&cut, &whole[..whole.len() / 2]).expect("writes");
    let archive = Archive::find(&[cut], Names::Lines).expect("finds");
    let (mut lines, mut line) = (archive.lines(), Vec::new());
    let error = loop {
        match lines.read(&mut line) {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cut file has no end"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.actor, Actor::Damage);
}

#[test]
fn whole_files_are_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("a.csv.gz"), gzip(b"course\nC1\n")).expect("writes");
    let archive = Archive::find(&[dir.path().to_owned()], Names::Tables).expect("finds");
    let read = |bytes_max| archive.whole(bytes_max).map(|file| file.map(|(_, content)| content)).collect::<Result<Vec<_>, _>>();
    assert_eq!(read(10).expect("reads"), [b"course\nC1\n".to_vec()]);
    assert_eq!(read(9).expect_err("is too long").actor, Actor::User);
}
