//! What the tests of route share: configuration files and the command.

use integration_tests::broker::Broker;
use integration_tests::service::{Home, Outcome};
use std::fmt::Write as _;

/// One of the `[[sources]]`.
pub(crate) struct Door<'a> {
    pub(crate) name: &'a str,
    pub(crate) format: &'a str,
    pub(crate) topic: &'a str,
    /// Further lines.
    pub(crate) more: &'a str,
}

/// Writes a configuration file and gives its path. Route's group is `route-<name>`; `more` are further lines of `[route]`.
pub(crate) fn write_config(home: &Home, name: &str, broker: &Broker, topic: &str, doors: &[Door<'_>], more: &str) -> String {
    let mut text = format!("[kafka]\nbrokers = \"{}\"\ntopic = \"{topic}\"\n[route]\ngroup = \"route-{name}\"\n{more}\n", broker.bootstrap());
    for door in doors {
        write!(text, "[[sources]]\nname = \"{}\"\nformat = \"{}\"\ntopics = [\"{}\"]\n{}\n", door.name, door.format, door.topic, door.more).unwrap();
    }
    let path = home.path(&format!("{name}.toml"));
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Routes what is there.
pub(crate) fn route_to_end(home: &Home, config: &str) -> Outcome {
    home.run(["route", "--config", config, "--until-end"]).ok()
}
