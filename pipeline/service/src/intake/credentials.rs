//! Who may send: names, scopes and secrets. Secrets are kept as digests only and compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// A credential.
#[derive(Debug)]
pub(crate) struct Credential {
    /// The name it has in records.
    pub(crate) name: String,
    /// The source whose messages it sends.
    pub(crate) source: String,
    /// The provider it is limited to.
    pub(crate) provider: Option<String>,
    /// Records a minute.
    pub(crate) quota_per_minute: Option<u32>,
    /// What it proves itself with.
    pub(crate) secret: Secret,
}

/// The digest of what an `Authorization` header must say.
#[derive(PartialEq, Eq)]
pub(crate) struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

impl Secret {
    /// A bearer token (RFC 6750).
    pub(crate) fn bearer(token: &str) -> Self {
        Self::of("bearer", token.as_bytes())
    }

    /// A user and a password (RFC 7617).
    pub(crate) fn basic(user: &str, password: &str) -> Self {
        Self::of("basic", format!("{user}:{password}").as_bytes())
    }

    fn of(scheme: &str, said: &[u8]) -> Self {
        Self(Sha256::new().chain_update(scheme).chain_update([0]).chain_update(said).finalize().into())
    }

    /// What a header claims; `None` for another scheme.
    fn claimed(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            Some(Self::of("bearer", rest.as_bytes()))
        } else if scheme.eq_ignore_ascii_case("basic") {
            Some(Self::of("basic", &STANDARD.decode(rest).ok()?))
        } else {
            None
        }
    }
}

/// The place of the credential that an `Authorization` header proves. Takes the same time whichever it is.
pub(super) fn find(credentials: &[Credential], header: &str) -> Option<usize> {
    let claimed = Secret::claimed(header)?;
    let (mut found, mut place) = (Choice::from(0), 0_u64);
    for (number, credential) in credentials.iter().enumerate() {
        let is_it = credential.secret.0.ct_eq(&claimed.0);
        place.conditional_assign(&(number as u64), is_it);
        found |= is_it;
    }
    bool::from(found).then(|| usize::try_from(place).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(name: &str, secret: Secret) -> Credential {
        Credential { name: name.to_owned(), source: "lms".to_owned(), provider: None, quota_per_minute: None, secret }
    }

    #[test]
    fn a_header_proves_one_credential_or_none() {
        let credentials = [credential("a", Secret::bearer("a-long-bearer-token")), credential("b", Secret::basic("ann", "a:long:password"))];
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(find(&credentials, "Bearer a-long-bearer-token"), Some(0));
        assert_eq!(find(&credentials, "bearer  a-long-bearer-token "), Some(0));
        assert_eq!(find(&credentials, &basic("ann:a:long:password")), Some(1));
        for header in ["", "Bearer", "Bearer ", "Bearer a-long-bearer-toke", "Basic !", "Digest x", &basic("ann:"), "Bearer ann:a:long:password"] {
            assert_eq!(find(&credentials, header), None, "{header}");
        }
        assert_eq!(find(&[], "Bearer a-long-bearer-token"), None);
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert!(!format!("{:?}", credential("a", Secret::bearer("hidden-token-hidden"))).contains("hidden"));
    }
}
