//! `cargo xtask tidy`: the rules of the house that no other tool knows.

use crate::Failure;
use crate::files::{tracked, workspace_root};
use std::fs;

/// Longest source file, its inline tests aside.
const SOURCE_LINES_MAX: usize = 700;
/// What the pure domain may not name in its manifest.
const IMPURE_CRATES: &[&str] = &["tokio", "rdkafka", "parquet", "arrow", "object_store"];
const CORE_MANIFEST: &str = "pipeline/core/Cargo.toml";
const DECISIONS: &str = "pipeline/docs/decisions/";
/// Folders of one machine; a tracked file that names a path in one works nowhere else.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "work"];

/// Checks every tracked text file; the error lists all that is wrong.
pub(crate) fn run() -> Result<(), Failure> {
    let root = workspace_root()?;
    let mut faults = Vec::new();
    for path in tracked(&root)? {
        let bytes = fs::read(root.join(&path)).map_err(|error| format!("{path}: {error}"))?;
        faults.extend(name_fault(&path));
        if let Ok(text) = String::from_utf8(bytes) {
            faults.extend(text_faults(&path, &text));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("not tidy:\n  {}", faults.join("\n  ")).into()) }
}

fn name_fault(path: &str) -> Option<String> {
    let name = path.strip_prefix(DECISIONS)?;
    (!is_dated(name)).then(|| format!("{path}: a decision is named YYYY-MM-DD-<what>.md"))
}

fn is_dated(name: &str) -> bool {
    let shape: String = name.chars().take(11).map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    shape == "0000-00-00-" && name.len() > "0000-00-00-.md".len() && name.ends_with(".md") && !name.contains('/')
}

fn text_faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if path.ends_with(".rs") {
        if !text.starts_with("//!") {
            faults.push(format!("{path}: a source file opens with `//!` and what it is for"));
        }
        let lines = lines_before_tests(text);
        if lines > SOURCE_LINES_MAX {
            faults.push(format!("{path}: {lines} lines without its tests; split it by responsibility ({SOURCE_LINES_MAX} at most)"));
        }
    }
    if path == CORE_MANIFEST {
        let named = IMPURE_CRATES.iter().filter(|name| manifest_names(text, name));
        faults.extend(named.map(|name| format!("{path}: names {name}, but core does no I/O")));
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(folder) = MACHINE_FOLDERS.iter().find(|folder| names_machine_path(line, folder)) {
            faults.push(format!("{path}:{}: an absolute path below /{folder}", number + 1));
        }
    }
    faults
}

/// Lines up to the inline test module, which stands last in a file.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {"));
    tests.unwrap_or(lines.len())
}

fn manifest_names(text: &str, name: &str) -> bool {
    let code = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    code.flat_map(|line| line.split(|char: char| !(char.is_ascii_alphanumeric() || char == '_' || char == '-'))).any(|word| word == name)
}

/// Whether the line names a path that starts with `/<folder>/`, not one that only has it in its middle.
fn names_machine_path(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|char| !(char.is_alphanumeric() || "._-~*}$>)/".contains(char)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undocumented_or_overlong_source_file_is_found() {
        assert_eq!(text_faults("a.rs", "//! Fine.\n"), Vec::<String>::new());
        assert_eq!(text_faults("a.rs", "fn main() {}\n").len(), 1);
        let long = format!("//! Long.\n{}", "\n".repeat(SOURCE_LINES_MAX));
        assert_eq!(text_faults("a.rs", &long).len(), 1);
        let long_tests = format!("//! Short.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(SOURCE_LINES_MAX));
        assert_eq!(text_faults("a.rs", &long_tests), Vec::<String>::new());
    }

    #[test]
    fn a_driver_in_the_manifest_of_core_is_found() {
        assert_eq!(text_faults(CORE_MANIFEST, "[dependencies]\nserde = \"1\" # not tokio\n"), Vec::<String>::new());
        assert_eq!(text_faults(CORE_MANIFEST, "tokio.workspace = true\n").len(), 1);
        assert_eq!(text_faults(CORE_MANIFEST, "columns = { package = \"arrow\" }\n").len(), 1);
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_path_within_an_address_is_not() {
        let named = format!("see /{}/ann/notes", "home");
        assert_eq!(text_faults("README.md", &named).len(), 1);
        assert_eq!(text_faults("README.md", "see https://example.org/home/page and ../work/x"), Vec::<String>::new());
    }

    #[test]
    fn a_decision_is_named_by_its_date() {
        assert_eq!(name_fault("pipeline/docs/decisions/2026-01-05-keys.md"), None);
        assert_eq!(name_fault("pipeline/docs/other.md"), None);
        assert!(name_fault("pipeline/docs/decisions/0001-keys.md").is_some());
        assert!(name_fault("pipeline/docs/decisions/2026-01-05-.md").is_some());
    }
}
