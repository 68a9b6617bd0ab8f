//! A running machine seen from the host.
//!
//! So far: which accelerator really works here ([`accelerator`]), QEMU's control protocol ([`qmp`], [`shared_qmp`]), and
//! shells in the guest ([`shell`]). Nothing here knows of test scripts or of the driver; it is given a QEMU or a socket.

pub mod accelerator;
pub mod qmp;
pub mod shared_qmp;
pub mod shell;
