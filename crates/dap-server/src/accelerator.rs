//! What the driver has to be told about the accelerator of this machine.
//!
//! Start scripts ask QEMU for KVM and fall back to emulation when there is none. A KVM that is there and does not work is not
//! noticed by them: QEMU aborts or the machine hangs. So it is tried beforehand, and kept out where it fails.

use std::env;
use std::ffi::{OsStr, OsString};

use machines::accelerator::{Accelerator, ProbeError, probe};
use tokio_util::sync::CancellationToken;

use crate::qemu_options::{QEMU_OPTIONS, joined};

/// Of several `-machine` options QEMU merges the settings, and the last wins.
const EMULATION: &str = "-machine accel=tcg";

/// Variables for the driver, and what the user should know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AcceleratorEnvironment {
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) remark: Option<String>,
}

/// Finds out whether KVM works. Without an answer nothing is changed: the driver may bring a QEMU that we do not know.
pub(crate) async fn environment(cancellation: &CancellationToken) -> AcceleratorEnvironment {
    let options = env::var_os(QEMU_OPTIONS).unwrap_or_default();
    match probe(cancellation).await {
        Ok(accelerator) => environment_for(accelerator, &options),
        Err(error @ (ProbeError::QemuMissing(_) | ProbeError::Start { .. })) => {
            tracing::info!("KVM was not tried: {error}");
            AcceleratorEnvironment::default()
        }
        Err(ProbeError::Cancelled) => AcceleratorEnvironment::default(),
    }
}

/// What follows from the answer and from the options that the user has set.
fn environment_for(accelerator: Accelerator, options: &OsStr) -> AcceleratorEnvironment {
    let Accelerator::Tcg { reason } = accelerator else {
        return AcceleratorEnvironment::default();
    };
    let remark = Some(format!(
        "Machines run under emulation, which is slow: {reason}"
    ));
    if options.to_string_lossy().contains("accel=") {
        // Whoever chose an accelerator shall have it.
        return AcceleratorEnvironment {
            environment: Vec::new(),
            remark: None,
        };
    }
    AcceleratorEnvironment {
        environment: vec![(OsString::from(QEMU_OPTIONS), joined(options, EMULATION))],
        remark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken() -> Accelerator {
        Accelerator::Tcg {
            reason: "it is broken".to_owned(),
        }
    }

    #[test]
    fn a_kvm_that_works_changes_nothing() {
        assert_eq!(
            environment_for(Accelerator::Kvm, OsStr::new("-m 1G")),
            AcceleratorEnvironment::default()
        );
    }

    #[test]
    fn a_kvm_that_does_not_work_is_kept_out_and_the_users_options_stay() {
        let environment = environment_for(broken(), OsStr::new("-m 1G"));
        let expected = (
            OsString::from("QEMU_OPTS"),
            OsString::from("-m 1G -machine accel=tcg"),
        );
        assert_eq!(environment.environment, [expected]);
        assert!(environment.remark.unwrap().contains("it is broken"));
    }

    #[test]
    fn an_accelerator_that_the_user_chose_stays() {
        assert_eq!(
            environment_for(broken(), OsStr::new("-machine accel=kvm")),
            AcceleratorEnvironment::default()
        );
    }
}
