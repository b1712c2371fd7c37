//! Opening a warehouse: to write (made when it is not there) or to read; and reading its newest tables.

use crate::failure::{Failure, system};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use teachback_connectors::object::ObjectStoreAdapter;
use teachback_connectors::parquet;
use teachback_core::pseudonym::{Door, PseudonymKey};
use teachback_core::table::{Rows, TABLES, TableContract, contract};
use teachback_core::time::EventTime;
use teachback_engine::layout;
use teachback_engine::port::{Created, Store};
use teachback_engine::publisher::{Published, published};

/// What identifies a warehouse.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    id: String,
}

/// Opens a warehouse for writing, making it when it is not there.
pub(crate) fn open(directory: &Path) -> Result<Arc<dyn Store>, Failure> {
    Ok(Arc::new(ObjectStoreAdapter::local(directory)?))
}

/// Opens a warehouse that must be there.
pub(crate) fn open_existing(directory: &Path) -> Result<Arc<dyn Store>, Failure> {
    let store = ObjectStoreAdapter::local_existing(directory)?;
    Ok(Arc::new(store))
}

/// The door of a warehouse, whose identity is made on first use.
pub(crate) fn door(store: &dyn Store, key: &PseudonymKey) -> Result<Door, Failure> {
    if store.get(layout::WAREHOUSE)?.is_none() {
        let identity = Identity { id: attempt_id()? };
        let bytes = serde_json::to_vec(&identity).map_err(|error| Failure::new(error, "report this"))?;
        // When another instance was quicker its identity holds.
        let _made: Created = store.create(layout::WAREHOUSE, bytes.into())?;
    }
    let bytes = store.get(layout::WAREHOUSE)?.unwrap_or_default();
    let identity: Identity =
        serde_json::from_slice(&bytes).map_err(|error| Failure::new(format!("{} is damaged: {error}", layout::WAREHOUSE), "restore it from a backup"))?;
    Ok(Door::new(key, &identity.id))
}

/// 128 random bits, hexadecimal: tells this process's tries from others'.
pub(crate) fn attempt_id() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    #[expect(clippy::disallowed_methods, reason = "an identity must differ between processes; nothing published depends on it")]
    getrandom::fill(&mut bytes).map_err(|error| Failure::new(format!("the system gave no random bytes: {error}"), "try again"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The published table with this name, or the names there are.
pub(crate) fn table_contract(name: &str) -> Result<&'static TableContract, Failure> {
    contract(name).ok_or_else(|| {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        Failure::new(format!("there is no table `{name}`"), format!("the tables are {}", names.join(", ")))
    })
}

/// The newest rows of a table, sorted by key, and the time of their snapshot; `None` when it was never published.
pub(crate) fn newest(store: &dyn Store, table: &'static TableContract) -> Result<Option<(EventTime, Rows)>, Failure> {
    let published: BTreeMap<EventTime, Published> = published(store)?;
    let newest =
        published.into_values().rev().filter(|snapshot| !snapshot.deleted).find_map(|mut snapshot| Some((snapshot.as_of, snapshot.tables.remove(table.name)?)));
    let Some((as_of, files)) = newest else { return Ok(None) };
    let mut rows = Rows::new(table);
    for file in files {
        let bytes = store.get(&file.path)?.ok_or_else(|| Failure::new(format!("{} is missing", file.path), "run `teachback audit`"))?;
        rows.append(&parquet::read(table, bytes)?);
    }
    Ok(Some((as_of, rows.sorted_by_key())))
}

/// The newest rows of a table, or what to do to have some.
pub(crate) fn newest_or_fail(store: &dyn Store, table: &'static TableContract) -> Result<(EventTime, Rows), Failure> {
    newest(store, table)?.ok_or_else(|| {
        Failure::new(
            format!("`{}` was never published in this warehouse", table.name),
            "a run publishes at its end (--until-end), at each midnight of the log, and every few minutes in service",
        )
    })
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    std::fs::write(unfinished, bytes).and_then(|()| std::fs::rename(unfinished, path)).map_err(system(format!("writing {}", path.display())))
}
