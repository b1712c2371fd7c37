//! The warehouse on `object_store`: a local directory, or memory for tests.
//!
//! A local file is written to a staging file, synced, then linked or renamed to its name, and its directory is synced
//! (`LocalFileSystem::with_fsync`), so what a call has returned survives a crash. Names such as
//! `as_of=2026-11-21T00:00:00Z` lie on disk as they are. [`Store::expose`] and [`Store::delete_folder`] need directories,
//! which object stores do not know; for a local warehouse they are done on the file system.
//!
//! `object_store` is asynchronous. Its local store does its work on the calling thread when no tokio runtime is current,
//! and its memory store never waits, so each call runs to its end under `block_on`. Calls must not come from an async task.

mod local;

use bytes::Bytes;
use futures::StreamExt;
use futures::executor::block_on;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use teachback_engine::port::{Actor, Created, Entry, PortError, Store};

/// A file that stays in the warehouse: creating it a second time must be refused.
const SELF_TEST: &str = "_teachback/create-self-test";

/// A [`Store`] over an `object_store`.
pub struct ObjectStoreAdapter {
    objects: Arc<dyn ObjectStore>,
    root: Option<PathBuf>,
}

impl fmt::Debug for ObjectStoreAdapter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ObjectStoreAdapter({})", self.objects)
    }
}

impl ObjectStoreAdapter {
    /// A warehouse in a local directory, which is made (readable by its owner only) if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be made, or the file system does not refuse to create the same file twice.
    pub fn local(root: &Path) -> Result<Self, PortError> {
        local::create_root(root)?;
        let store = Self::local_existing(root)?;
        store.test_create()?;
        Ok(store)
    }

    /// A warehouse in a local directory that must be there already, for commands that only read; nothing is written.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn local_existing(root: &Path) -> Result<Self, PortError> {
        let shown = root.display();
        let no_directory = |cause: std::io::Error| PortError {
            actor: Actor::User,
            message: format!("there is no warehouse at {shown}; give the directory that an earlier run wrote to"),
            cause: Some(Box::new(cause)),
        };
        let absolute = root.canonicalize().map_err(no_directory)?;
        if absolute.to_str().is_none() {
            return Err(PortError::new(Actor::User, format!("the warehouse path {shown} is not UTF-8; choose another directory")));
        }
        let objects =
            LocalFileSystem::new_with_prefix(&absolute).map_err(|cause| PortError::external(format!("the warehouse {shown} cannot be opened"), cause))?;
        Ok(Self { objects: Arc::new(objects.with_fsync(true)), root: Some(absolute) })
    }

    /// A warehouse in memory, gone with the value.
    #[must_use]
    pub fn memory() -> Self {
        Self { objects: Arc::new(InMemory::new()), root: None }
    }

    /// Creating a file twice must be refused the second time: commits rest on it. The file stays, so that two processes
    /// starting at once do not disturb each other's test.
    fn test_create(&self) -> Result<(), PortError> {
        let text = Bytes::from_static(b"teachback tests here that a file is not created twice\n");
        self.create(SELF_TEST, text.clone())?;
        match self.create(SELF_TEST, text)? {
            Created::Exists => Ok(()),
            Created::New => Err(PortError::new(
                Actor::User,
                format!("the file system of {} lets a file be created twice, so two owners could not be told apart; use another one", self.objects),
            )),
        }
    }

    fn put_with(&self, path: &str, bytes: Bytes, mode: PutMode) -> Result<Created, PortError> {
        let location = object_path(path)?;
        let options = PutOptions { mode, ..PutOptions::default() };
        match block_on(self.objects.put_opts(&location, PutPayload::from_bytes(bytes), options)) {
            Ok(_) => Ok(Created::New),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Created::Exists),
            Err(cause) => Err(PortError::external(format!("{path} cannot be written; check space and rights of the warehouse"), cause)),
        }
    }
}

fn object_path(path: &str) -> Result<ObjectPath, PortError> {
    ObjectPath::parse(path).map_err(|cause| PortError {
        actor: Actor::Damage,
        message: format!("`{path}` is no path inside a warehouse"),
        cause: Some(Box::new(cause)),
    })
}

impl Store for ObjectStoreAdapter {
    fn put(&self, path: &str, bytes: Bytes) -> Result<(), PortError> {
        self.put_with(path, bytes, PutMode::Overwrite).map(|_| ())
    }

    fn create(&self, path: &str, bytes: Bytes) -> Result<Created, PortError> {
        self.put_with(path, bytes, PutMode::Create)
    }

    fn get(&self, path: &str) -> Result<Option<Bytes>, PortError> {
        let location = object_path(path)?;
        let read = block_on(async { self.objects.get(&location).await?.bytes().await });
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(PortError::external(format!("{path} cannot be read"), cause)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, PortError> {
        let prefix = object_path(folder)?;
        let mut entries = block_on(async {
            let mut entries = Vec::new();
            let mut found = self.objects.list(Some(&prefix));
            while let Some(object) = found.next().await {
                let object = object?;
                entries.push(Entry { path: object.location.into(), size: object.size });
            }
            Ok(entries)
        })
        .map_err(|cause: object_store::Error| PortError::external(format!("{folder} cannot be listed"), cause))?;
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(entries)
    }

    fn delete(&self, path: &str) -> Result<(), PortError> {
        let location = object_path(path)?;
        match block_on(self.objects.delete(&location)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(PortError::external(format!("{path} cannot be removed"), cause)),
        }
    }

    fn expose(&self, files: &[(String, String)], to: &str) -> Result<(), PortError> {
        let folder = object_path(to)?;
        if files.is_empty() {
            return Err(PortError::new(Actor::Damage, format!("{to} cannot be published: it has no files")));
        }
        let mut pairs = Vec::with_capacity(files.len());
        for (path, name) in files {
            pairs.push((object_path(path)?, object_path(&format!("{folder}/{name}"))?));
        }
        if let Some(root) = &self.root {
            return local::expose(root, files, to);
        }
        if !self.list(to)?.is_empty() {
            return Ok(());
        }
        let all_there = pairs.iter().try_for_each(|(path, _)| block_on(self.objects.head(path)).map(|_| ()));
        let copied = all_there.and_then(|()| pairs.iter().try_for_each(|(path, target)| block_on(self.objects.copy(path, target))));
        copied.map_err(|cause| PortError::external(format!("{to} cannot be published"), cause))
    }

    fn delete_folder(&self, folder: &str) -> Result<(), PortError> {
        if let Some(root) = &self.root {
            object_path(folder)?;
            return local::delete_folder(root, folder);
        }
        self.list(folder)?.iter().try_for_each(|entry| self.delete(&entry.path))
    }

    fn address(&self, path: &str) -> String {
        match &self.root {
            Some(root) => root.join(path).to_string_lossy().into_owned(),
            None => format!("memory:///{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::store as suite;

    #[test]
    fn the_memory_store_behaves_as_a_store() {
        suite::behaves_as_a_store(&ObjectStoreAdapter::memory());
    }

    #[test]
    fn the_local_store_behaves_as_a_store() {
        let folder = tempfile::tempdir().expect("a folder");
        suite::behaves_as_a_store(&ObjectStoreAdapter::local(&folder.path().join("a/warehouse")).expect("opens"));
    }

    #[test]
    fn names_lie_on_disk_as_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = ObjectStoreAdapter::local(folder.path()).expect("opens");
        let path = "tables/dropout/as_of=2026-11-21T00:00:00Z/shard-03.parquet";
        store.put(path, Bytes::from_static(b"x")).expect("puts");
        assert!(folder.path().join(path).is_file());
        assert_eq!(Path::new(&store.address(path)), folder.path().canonicalize().expect("is there").join(path));
        assert_eq!(store.list("tables").expect("lists"), vec![Entry { path: path.to_owned(), size: 1 }]);
    }

    #[test]
    fn exposing_links_whole_directories_and_leaves_no_building_site() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = ObjectStoreAdapter::local(folder.path()).expect("opens");
        store.put("staged/x/a.parquet", Bytes::from_static(b"a")).expect("puts");
        std::fs::create_dir_all(folder.path().join("_teachback/publishing/tables__t__x.0")).expect("a dead owner's rest");
        store.expose(&[("staged/x/a.parquet".to_owned(), "a.parquet".to_owned())], "tables/t/x").expect("exposes");
        assert!(folder.path().join("tables/t/x/a.parquet").is_file());
        assert_eq!(std::fs::read_dir(folder.path().join("_teachback/publishing")).expect("is there").count(), 0);
    }

    #[test]
    fn readers_do_not_make_a_warehouse() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = ObjectStoreAdapter::local_existing(&folder.path().join("nothing")).expect_err("is not there");
        assert_eq!(error.actor, Actor::User);
        assert!(!folder.path().join("nothing").exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_a_new_warehouse() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("warehouse");
        ObjectStoreAdapter::local(&root).expect("opens");
        assert_eq!(std::fs::metadata(&root).expect("is there").permissions().mode() & 0o777, 0o700);
    }
}
