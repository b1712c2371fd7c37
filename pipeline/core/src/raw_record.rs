//! The headers of a raw record: what the intake knows of a foreign message, and the route takes before what its topic says.

/// The name of the source that the record belongs to.
pub const SOURCE_HEADER: &str = "teachback-source";
/// When the record was received, RFC 3339.
pub const RECEIVED_HEADER: &str = "teachback-received";
/// The name of the credential it was sent with.
pub const CREDENTIAL_HEADER: &str = "teachback-credential";
/// The provider that the credential is limited to; absent where it is not.
pub const PROVIDER_HEADER: &str = "teachback-provider";
