//! SIGTERM and Ctrl-C: asks the run to stop in order.

use crate::failure::{Failure, system};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// A flag that is raised when somebody asks the process to stop. From its return on no such request ends the process by itself.
pub(crate) fn on_request() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("starting the signal listener"))?;
    let (mut terminate, mut interrupt) = {
        let _context = runtime.enter();
        let listen = |kind| signal(kind).map_err(system("listening for signals"));
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?)
    };
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("asked to stop: committing what was read");
            raised.store(true, Ordering::Relaxed);
        });
    };
    std::thread::Builder::new().name("shutdown".to_owned()).spawn(wait).map_err(system("starting the signal listener"))?;
    Ok(flag)
}
