//! The `[intake]` section: as written, and checked into values that the intake can rely on.

use super::credentials::{Credential, Secret};
use super::limits::{BODY_BYTES_MAX, SECRET_BYTES_MIN};
use crate::duration;
use crate::failure::{Failure, system};
use axum::http::HeaderValue;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Settings as written; see `deploy/config/reference.toml` for what each means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IntakeSettings {
    listen: String,
    topic_prefix: String,
    topic_partitions: u32,
    directory: Option<PathBuf>,
    read_timeout: String,
    connections_max: usize,
    in_flight_mib_max: u32,
    cors_origins: Vec<String>,
    credentials: Vec<CredentialSettings>,
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            topic_prefix: "teachback".to_owned(),
            topic_partitions: 4,
            directory: None,
            read_timeout: "30s".to_owned(),
            connections_max: 1024,
            in_flight_mib_max: 32,
            cors_origins: Vec::new(),
            credentials: Vec::new(),
        }
    }
}

/// One of `[[intake.credentials]]`, as written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CredentialSettings {
    name: String,
    source: String,
    provider: Option<String>,
    token_file: Option<PathBuf>,
    token_env: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    password_env: Option<String>,
    quota_per_minute: Option<u32>,
}

/// Where raw records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Topics of this prefix, made with so many partitions where they are missing.
    Topics { prefix: String, partitions: u32 },
    /// Files below this directory.
    Files(PathBuf),
}

/// Settings that the intake can rely on.
#[derive(Debug)]
pub(crate) struct CheckedIntake {
    pub(crate) listen: SocketAddr,
    pub(crate) destination: Destination,
    pub(crate) read_timeout: Duration,
    pub(crate) connections_max: usize,
    pub(crate) in_flight_kib_max: u32,
    pub(crate) cors_origins: Vec<HeaderValue>,
    pub(crate) credentials: Vec<Credential>,
}

impl IntakeSettings {
    /// Checks everything and reads the secrets.
    pub(crate) fn checked(self) -> Result<CheckedIntake, Failure> {
        let wrong = |what: String, help: &str| Err(Failure::new(format!("[intake] {what}"), help));
        let Ok(listen) = self.listen.parse() else {
            return wrong(format!("listen = `{}` is no address", self.listen), "write an IP address and a port, e.g. 127.0.0.1:8080 or [::]:8080");
        };
        let Some(read_timeout) = duration::parse(&self.read_timeout) else {
            return wrong(format!("read_timeout = `{}` is no length of time", self.read_timeout), "write a whole number and s, m, h or d, e.g. 30s");
        };
        if !is_name(&self.topic_prefix) || self.topic_partitions == 0 {
            return wrong(
                "topic_prefix or topic_partitions cannot be used".to_owned(),
                "a prefix is 1 to 64 letters, digits, `.`, `_` and `-`; partitions are at least 1",
            );
        }
        let in_flight_kib_max = self.in_flight_mib_max.saturating_mul(1024);
        if (in_flight_kib_max as usize) < BODY_BYTES_MAX / 1024 || self.connections_max == 0 {
            return wrong("there is no room for any request".to_owned(), "connections_max is at least 1, in_flight_mib_max at least 4");
        }
        let origin = |origin: String| {
            HeaderValue::from_str(&origin)
                .map_err(|_| Failure::new("[intake] cors_origins holds what is no origin", "write it like https://player.example.org, or *"))
        };
        let cors_origins = self.cors_origins.into_iter().map(origin).collect::<Result<_, _>>()?;
        if self.credentials.is_empty() {
            return wrong("there are no credentials, so nobody could send".to_owned(), "add a section [[intake.credentials]]");
        }
        let mut credentials: Vec<Credential> = Vec::with_capacity(self.credentials.len());
        for written in self.credentials {
            let credential = written.checked()?;
            if credentials.iter().any(|other| other.name == credential.name) {
                return wrong(format!("two credentials are called `{}`", credential.name), "give each a name of its own");
            }
            if credentials.iter().any(|other| other.secret == credential.secret) {
                return wrong(format!("`{}` has the secret of another credential", credential.name), "give each a secret of its own");
            }
            credentials.push(credential);
        }
        let destination = match self.directory {
            Some(directory) => Destination::Files(directory),
            None => Destination::Topics { prefix: self.topic_prefix, partitions: self.topic_partitions },
        };
        Ok(CheckedIntake { listen, destination, read_timeout, connections_max: self.connections_max, in_flight_kib_max, cors_origins, credentials })
    }
}

impl CredentialSettings {
    fn checked(self) -> Result<Credential, Failure> {
        let Self { name, source, provider, token_file, token_env, user, password_file, password_env, quota_per_minute } = self;
        if !is_name(&name) || !is_name(&source) {
            return Err(Failure::new(
                format!("[[intake.credentials]] name = `{name}`, source = `{source}` cannot be used"),
                "both are 1 to 64 letters, digits, `.`, `_` and `-`, and begin with a letter or digit",
            ));
        }
        if quota_per_minute == Some(0) {
            return Err(Failure::new(format!("credential `{name}` has a quota of nothing"), "leave quota_per_minute out for no quota"));
        }
        let secret = match (user, secret_of(&name, token_file, token_env)?, secret_of(&name, password_file, password_env)?) {
            (None, Some(token), None) => Secret::bearer(&token),
            (Some(user), None, Some(_)) if user.contains(':') => {
                return Err(Failure::new(format!("the user of credential `{name}` holds a colon"), "HTTP Basic cannot carry it"));
            }
            (Some(user), None, Some(password)) => Secret::basic(&user, &password),
            _ => {
                return Err(Failure::new(
                    format!("credential `{name}` needs one secret"),
                    "give token_file or token_env; or user and password_file or password_env",
                ));
            }
        };
        Ok(Credential { name, source, provider, quota_per_minute, secret })
    }
}

/// A name that may stand in topics, headers and file names.
fn is_name(name: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(may_stand) && name.as_bytes()[0].is_ascii_alphanumeric()
}

/// The secret in a file or in a variable of the environment, without the line break at its end.
fn secret_of(name: &str, file: Option<PathBuf>, variable: Option<String>) -> Result<Option<String>, Failure> {
    let secret = match (file, variable) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Failure::new(format!("the secret of credential `{name}` is given twice"), "give a file or a variable")),
        (Some(file), None) => std::fs::read_to_string(&file).map_err(system(format!("reading the secret of credential `{name}` from {}", file.display())))?,
        (None, Some(variable)) => std::env::var(&variable)
            .map_err(|_| Failure::new(format!("the variable {variable} of credential `{name}` is not set"), "set it, or give a file"))?,
    };
    let secret = secret.trim_end_matches(['\r', '\n']).to_owned();
    if secret.len() < SECRET_BYTES_MIN {
        return Err(Failure::new(
            format!("the secret of credential `{name}` is shorter than {SECRET_BYTES_MIN} bytes"),
            "make one with `openssl rand -hex 32`",
        ));
    }
    Ok(Some(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(toml: &str) -> Result<CheckedIntake, String> {
        let settings: IntakeSettings = toml::from_str(toml).map_err(|error| error.to_string())?;
        settings.checked().map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn what_would_not_do_is_refused_with_its_reason() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("token");
        std::fs::write(&file, "0123456789abcdef0123\n").expect("writes");
        let credential = |name: &str, more: &str| format!("[[credentials]]\nname = \"{name}\"\nsource = \"lms\"\ntoken_file = \"{}\"\n{more}", file.display());
        let good = checked(&credential("a", "")).expect("is good");
        assert_eq!(good.destination, Destination::Topics { prefix: "teachback".to_owned(), partitions: 4 });
        for (toml, what) in [
            (String::new(), "no credentials"),
            (format!("listen = \"here\"\n{}", credential("a", "")), "no address"),
            (format!("in_flight_mib_max = 3\n{}", credential("a", "")), "no room"),
            (credential("../a", ""), "cannot be used"),
            (credential("a", "user = \"ann\""), "one secret"),
            (credential("a", "token_env = \"X\""), "twice"),
            (credential("a", "quota_per_minute = 0"), "quota of nothing"),
            (credential("a", "token = \"in the open\""), "unknown field"),
            (credential("a", "") + &credential("a", ""), "two credentials"),
            (credential("a", "") + &credential("b", ""), "secret of another"),
        ] {
            let said = checked(&toml).expect_err(&toml);
            assert!(said.contains(what) && !said.contains("0123456789abcdef"), "{toml}: {said}");
        }
        std::fs::write(&file, "short\n").expect("writes");
        assert!(checked(&credential("a", "")).expect_err("too short").contains("shorter"));
    }
}
