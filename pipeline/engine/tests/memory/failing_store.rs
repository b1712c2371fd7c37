//! A store whose power fails after a number of effects.

use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use teachback_engine::port::{Actor, Created, Entry, PortError, Store};

/// Does what the store below does until its effects are used up; then every effect fails and does nothing. Reading goes on.
pub(crate) struct FailingStore {
    below: Arc<dyn Store>,
    effects_left: AtomicUsize,
}

impl FailingStore {
    pub(crate) fn after(effects: usize, below: Arc<dyn Store>) -> Self {
        Self { below, effects_left: AtomicUsize::new(effects) }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.effects_left.load(Ordering::SeqCst) == 0
    }

    fn effect(&self) -> Result<(), PortError> {
        let spent = self.effects_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        spent.map(|_| ()).map_err(|_| PortError::new(Actor::External, "the power failed"))
    }
}

impl Store for FailingStore {
    fn put(&self, path: &str, bytes: Bytes) -> Result<(), PortError> {
        self.effect()?;
        self.below.put(path, bytes)
    }

    fn create(&self, path: &str, bytes: Bytes) -> Result<Created, PortError> {
        self.effect()?;
        self.below.create(path, bytes)
    }

    fn get(&self, path: &str) -> Result<Option<Bytes>, PortError> {
        self.below.get(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, PortError> {
        self.below.list(folder)
    }

    fn delete(&self, path: &str) -> Result<(), PortError> {
        self.effect()?;
        self.below.delete(path)
    }

    fn expose(&self, files: &[(String, String)], to: &str) -> Result<(), PortError> {
        self.effect()?;
        self.below.expose(files, to)
    }

    fn delete_folder(&self, folder: &str) -> Result<(), PortError> {
        self.effect()?;
        self.below.delete_folder(folder)
    }

    fn address(&self, path: &str) -> String {
        self.below.address(path)
    }
}
