//! What the driver has to be told about the accelerator of this machine.

use std::ffi::OsString;

/// Variables for the driver, and what the user should know.
#[derive(Debug, Default)]
pub(crate) struct AcceleratorEnvironment {
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) remark: Option<String>,
}

/// Finds out whether KVM works.
pub(crate) async fn environment() -> AcceleratorEnvironment {
    AcceleratorEnvironment::default()
}
