//! Files made from the Rust code. Each generator is a function that gives paths and contents; writing and comparing is done here.

mod events;
mod schema;
mod tables;

use crate::Failure;
use crate::files::workspace_root;
use std::fs;
use std::path::Path;

/// A file to be made: its path below the workspace root, and what it holds.
struct Made {
    path: String,
    text: String,
}

/// Folders in which every file with this ending is generated, so that one no generator makes any more is stale.
const GENERATED: &[(&str, &str)] = &[(events::FOLDER, events::SUFFIX), (tables::FOLDER, tables::SUFFIX)];

/// Everything that is generated. A new generator is one more line here, and one in [`GENERATED`].
fn all() -> Result<Vec<Made>, Failure> {
    let mut made = events::schemas()?;
    made.extend(tables::pages());
    Ok(made)
}

/// Writes every generated file and removes stale ones.
pub(crate) fn write() -> Result<(), Failure> {
    let root = workspace_root()?;
    let made = all()?;
    for file in &made {
        let path = root.join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::write(&path, &file.text).map_err(|error| format!("{}: {error}", file.path))?;
        println!("wrote {}", file.path);
    }
    for path in stale(&root, &made)? {
        fs::remove_file(root.join(&path)).map_err(|error| format!("{path}: {error}"))?;
        println!("removed {path}");
    }
    Ok(())
}

/// Fails when a generated file is missing, differs or is stale.
pub(crate) fn check() -> Result<(), Failure> {
    let differing = differences(&workspace_root()?)?;
    if differing.is_empty() {
        return Ok(());
    }
    Err(format!("run `cargo xtask generate`; these files are not what the code makes:\n  {}", differing.join("\n  ")).into())
}

fn differences(root: &Path) -> Result<Vec<String>, Failure> {
    let made = all()?;
    let mut differing = stale(root, &made)?;
    let changed = made.iter().filter(|file| !fs::read_to_string(root.join(&file.path)).is_ok_and(|text| text == file.text));
    differing.extend(changed.map(|file| file.path.clone()));
    differing.sort();
    Ok(differing)
}

fn stale(root: &Path, made: &[Made]) -> Result<Vec<String>, Failure> {
    let mut stale = Vec::new();
    for (folder, suffix) in GENERATED {
        let entries = match fs::read_dir(root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("{folder}: {error}").into()),
        };
        for entry in entries {
            let name = entry.map_err(|error| format!("{folder}: {error}"))?.file_name();
            let path = format!("{folder}/{}", name.to_string_lossy());
            if path.ends_with(suffix) && !made.iter().any(|file| file.path == path) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_what_the_code_makes() {
        let differing = differences(&workspace_root().expect("a workspace")).expect("readable files");
        assert_eq!(differing, Vec::<String>::new(), "run `cargo xtask generate`");
    }

    #[test]
    fn making_twice_gives_the_same_bytes() {
        let texts = || all().expect("schemas").into_iter().map(|file| (file.path, file.text)).collect::<Vec<_>>();
        assert_eq!(texts(), texts());
    }
}
