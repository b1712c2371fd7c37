//! Waiting for a condition with a deadline: the only place that sleeps.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// How long to rest between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until `look` gives something.
///
/// # Panics
/// When it has given nothing by the deadline.
pub fn until<T>(what: &str, deadline: Duration, look: impl FnMut() -> Option<T>) -> T {
    within(deadline, look).unwrap_or_else(|| panic!("waited {deadline:?} for {what}"))
}

/// Looks again and again; `None` when `look` has given nothing by the deadline.
pub fn within<T>(deadline: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() >= deadline {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Waits for a process to end; `None` when it is still running at the deadline.
pub fn exit_of(child: &mut Child, deadline: Duration) -> Option<ExitStatus> {
    within(deadline, || child.try_wait().unwrap())
}
