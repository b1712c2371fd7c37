//! [`FileInbox`]: raw records as NDJSON files, for a service without Kafka.
//!
//! One file a source, day of receipt, credential and family, so that `teachback import xapi` and `teachback run --input`
//! read them as they are. The line is the message; the time of receipt is written in as what each standard has for it:
//! `stored` in a statement, `recordedtime` in a CloudEvent. A message that has one already keeps its own. An event that a restarted
//! intake takes once more has another one then, which measure counts as a conflict; the first is the one that counts.
//!
//! A line is whole or not there: what a crash left of one at the end of a file is cut off before the next is written.

use super::{Family, Inbox, Sender};
use crate::limits::INBOX_FILES_KNOWN_MAX;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use teachback_engine::port::{Actor, PortError};

/// Bytes read at once in looking for the end of the last whole line.
const TAIL_BYTES: u64 = 64 * 1024;

/// Appends records to files and syncs them.
#[derive(Debug)]
pub struct FileInbox {
    directory: PathBuf,
    /// Files that this process has written to, with the length up to which they are whole.
    whole: Mutex<HashMap<PathBuf, u64>>,
}

impl FileInbox {
    /// An inbox in a directory, which is made when it is not there.
    ///
    /// # Errors
    /// [`Actor::User`] when it cannot be made.
    pub fn new(directory: &Path) -> Result<Self, PortError> {
        fs::create_dir_all(directory).map_err(|cause| PortError {
            actor: Actor::User,
            message: format!("the inbox {} cannot be made; check `directory` in [intake]", directory.display()),
            cause: Some(Box::new(cause)),
        })?;
        Ok(Self { directory: directory.to_owned(), whole: Mutex::default() })
    }

    fn append(path: &Path, whole: &mut HashMap<PathBuf, u64>, lines: &[u8]) -> std::io::Result<()> {
        let known = whole.get(path).copied();
        if known.is_none()
            && let Some(folder) = path.parent()
        {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let from = match known {
            Some(length) => length,
            None => whole_lines(&mut file)?,
        };
        // Also what an earlier write could not finish.
        file.set_len(from)?;
        file.seek(SeekFrom::Start(from))?;
        file.write_all(lines)?;
        file.sync_data()?;
        if known.is_none() {
            // The names of a new file and of its folder must outlive a power cut as well.
            for folder in path.ancestors().skip(1).take(2) {
                File::open(folder)?.sync_all()?;
            }
            if whole.len() >= INBOX_FILES_KNOWN_MAX {
                // Mostly yesterday's; one that is written again is looked through once more.
                whole.clear();
            }
        }
        whole.insert(path.to_owned(), from + lines.len() as u64);
        Ok(())
    }
}

impl Inbox for FileInbox {
    fn write(&self, family: Family, sender: &Sender<'_>, records: &[Vec<u8>]) -> Result<(), PortError> {
        let name = format!("{}.{}.{}.ndjson", sender.received.day(), sender.credential, family.name());
        let path = self.directory.join(sender.source).join(name);
        let mut lines = Vec::new();
        for record in records {
            write_line(&mut lines, family, sender, record);
        }
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        Self::append(&path, &mut whole, &lines).map_err(|cause| PortError::external(format!("writing {} failed", path.display()), cause))
    }
}

/// Length up to the end of the last whole line.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    while end > 0 {
        let start = end.saturating_sub(TAIL_BYTES);
        let mut tail = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut tail)?;
        if let Some(place) = tail.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + place as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The message on one line. A line break in JSON stands between tokens only, where a space says the same.
fn write_line(lines: &mut Vec<u8>, family: Family, sender: &Sender<'_>, record: &[u8]) {
    let member = match family {
        Family::Xapi => "stored",
        Family::Events => "recordedtime",
    };
    let parsed: Option<Value> = serde_json::from_slice(record).ok();
    let lacks_time = parsed.as_ref().and_then(Value::as_object).is_some_and(|members| !members.is_empty() && !members.contains_key(member));
    let body = record.trim_ascii();
    let rest = match body.strip_prefix(b"{") {
        Some(rest) if lacks_time => {
            lines.extend_from_slice(format!("{{\"{member}\":\"{}\",", sender.received).as_bytes());
            rest
        }
        Some(_) | None => body,
    };
    lines.extend(rest.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::inbox as suite;
    use crate::inbox::Kept;
    use std::sync::Arc;
    use teachback_core::time::EventTime;

    /// The lines of every file, as what the names of file and folder say of them.
    fn kept(directory: &Path) -> Vec<Kept> {
        let inside = |folder: &Path| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>();
        let mut kept = Vec::new();
        for file in inside(directory).iter().flat_map(|source| inside(source)) {
            let part = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
            let (name, source) = (part(&file), part(file.parent().expect("a folder")));
            let [_day, credential, family, "ndjson"] = name.split('.').collect::<Vec<_>>()[..] else { panic!("{name}") };
            let family = Family::ALL.into_iter().find(|known| known.name() == family).expect("a family");
            let text = fs::read(&file).expect("a file");
            let lines = text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").expect("a whole line"));
            kept.extend(lines.map(|line| Kept { family, source: source.clone(), credential: credential.to_owned(), body: line.to_vec() }));
        }
        kept
    }

    #[test]
    fn the_file_inbox_behaves_as_an_inbox() {
        let directory = tempfile::tempdir().expect("a directory");
        let open = || FileInbox::new(directory.path()).expect("an inbox");
        suite::behaves_as_an_inbox(&mut || Arc::new(open()), &mut || kept(directory.path()));
    }

    fn sender() -> Sender<'static> {
        let received = EventTime::parse("2026-11-21T10:00:00Z").expect("a time");
        Sender { source: "lms", credential: "moodle", provider: None, received }
    }

    #[test]
    fn a_record_is_one_line_with_its_time_of_receipt() {
        let directory = tempfile::tempdir().expect("a directory");
        let inbox = FileInbox::new(directory.path()).expect("an inbox");
        inbox.write(Family::Xapi, &sender(), &[b"{\r\n \"id\": \"1\"}".to_vec(), b"{\"stored\":\"then\"}".to_vec()]).expect("writes");
        inbox.write(Family::Xapi, &sender(), &[b"{\"id\":\"2\"}".to_vec()]).expect("writes");
        inbox.write(Family::Events, &sender(), &[b"{\"id\":\"3\"}".to_vec()]).expect("writes");
        let file = |family: &str| fs::read_to_string(directory.path().join(format!("lms/2026-11-21.moodle.{family}.ndjson"))).expect("a file");
        assert_eq!(
            file("xapi"),
            "{\"stored\":\"2026-11-21T10:00:00Z\",   \"id\": \"1\"}\n{\"stored\":\"then\"}\n{\"stored\":\"2026-11-21T10:00:00Z\",\"id\":\"2\"}\n"
        );
        assert_eq!(file("events"), "{\"recordedtime\":\"2026-11-21T10:00:00Z\",\"id\":\"3\"}\n");
    }

    #[test]
    fn what_a_crash_left_of_a_line_is_cut_off() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("lms/2026-11-21.moodle.xapi.ndjson");
        fs::create_dir(directory.path().join("lms")).expect("a folder");
        for (left, kept) in [("{\"whole\":1}\n{\"half", "{\"whole\":1}\n"), ("{\"half", ""), ("{\"whole\":1}\n", "{\"whole\":1}\n")] {
            fs::write(&path, left).expect("writes");
            let inbox = FileInbox::new(directory.path()).expect("an inbox");
            inbox.write(Family::Xapi, &sender(), &[b"{\"stored\":\"x\"}".to_vec()]).expect("writes");
            assert_eq!(fs::read_to_string(&path).expect("a file"), format!("{kept}{{\"stored\":\"x\"}}\n"));
        }
    }
}
