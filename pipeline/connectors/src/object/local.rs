//! What a local warehouse does with whole directories: they appear by one rename and vanish by one rename.
//!
//! Order of [`expose`]: make a building site that is ours alone (`mkdir` refuses a second owner), hard-link the files,
//! sync the directories, rename the site to its name, sync its parent, then clear away sites that dead owners left. A
//! crash before the rename leaves a site that nobody reads; a crash after it leaves the finished directory.

use crate::limits::BUILDING_SITES_MAX;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use teachback_engine::port::{Actor, PortError};

const PUBLISHING: &str = "_teachback/publishing";
const REMOVING: &str = "_teachback/removing";

pub(super) fn create_root(root: &Path) -> Result<(), PortError> {
    if root.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root).map_err(|cause| PortError {
        actor: Actor::User,
        message: format!("the warehouse directory {} cannot be made; choose one that you may write to", root.display()),
        cause: Some(Box::new(cause)),
    })
}

pub(super) fn expose(root: &Path, files: &[(String, String)], to: &str) -> Result<(), PortError> {
    let target = root.join(to);
    if target.exists() {
        return Ok(());
    }
    let failed = |cause: io::Error| PortError::external(format!("{to} cannot be published"), cause);
    let sites = root.join(PUBLISHING);
    let flat = flattened(to);
    let site = create_site(&sites, &flat).map_err(failed)?;
    if let Err(cause) = files.iter().try_for_each(|(path, name)| link(&root.join(path), &site, name)).and_then(|()| sync(&site)) {
        ignore_missing(fs::remove_dir_all(&site)).map_err(failed)?;
        return if target.exists() { Ok(()) } else { Err(failed(cause)) };
    }
    if let Some(parent) = target.parent() {
        create_synced(root, parent).map_err(failed)?;
        match fs::rename(&site, &target) {
            Ok(()) => sync(parent).map_err(failed)?,
            Err(_) if target.exists() => {}
            Err(cause) => return Err(failed(cause)),
        }
    }
    clear_sites(&sites, &flat).map_err(failed)
}

pub(super) fn delete_folder(root: &Path, folder: &str) -> Result<(), PortError> {
    let failed = |cause: io::Error| PortError::external(format!("{folder} cannot be removed"), cause);
    let removing = root.join(REMOVING);
    let doomed = root.join(folder);
    if doomed.exists() {
        fs::create_dir_all(&removing).map_err(failed)?;
        let flat = flattened(folder);
        let place = (0..BUILDING_SITES_MAX).map(|number| removing.join(format!("{flat}.{number}"))).find(|place| !place.exists());
        match fs::rename(&doomed, place.unwrap_or_else(|| removing.join(&flat))) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(failed(cause)),
            Ok(()) | Err(_) => {}
        }
        if let Some(parent) = doomed.parent() {
            sync(parent).map_err(failed)?;
        }
    }
    ignore_missing(fs::remove_dir_all(&removing)).map_err(failed)
}

fn flattened(path: &str) -> String {
    path.replace('/', "__")
}

/// A fresh directory that no other process builds in.
fn create_site(sites: &Path, flat: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(sites)?;
    for number in 0..BUILDING_SITES_MAX {
        let site = sites.join(format!("{flat}.{number}"));
        match fs::create_dir(&site) {
            Ok(()) => return Ok(site),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, format!("{BUILDING_SITES_MAX} unfinished directories in {PUBLISHING}; remove them")))
}

/// Links a file under a name, which may have folders, below the site.
fn link(file: &Path, site: &Path, name: &str) -> io::Result<()> {
    let place = site.join(name);
    let folder = place.parent().unwrap_or(site);
    create_synced(site, folder)?;
    fs::hard_link(file, &place)?;
    if folder == site { Ok(()) } else { sync(folder) }
}

/// Makes a directory below the root and syncs each directory that got a new entry.
fn create_synced(root: &Path, directory: &Path) -> io::Result<()> {
    if directory.is_dir() || directory == root {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        create_synced(root, parent)?;
        match fs::create_dir(directory) {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(cause),
            Ok(()) | Err(_) => sync(parent)?,
        }
    }
    Ok(())
}

fn clear_sites(sites: &Path, flat: &str) -> io::Result<()> {
    for entry in fs::read_dir(sites)? {
        let entry = entry?;
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(flat)).and_then(|rest| rest.strip_prefix('.'));
        if rest.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
            ignore_missing(fs::remove_dir_all(entry.path()))?;
        }
    }
    Ok(())
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Puts a directory's entries on disk.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
