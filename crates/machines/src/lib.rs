//! A running machine seen from the host.
//!
//! So far: which accelerator really works here ([`accelerator`]), and QEMU's control protocol ([`qmp`]). Nothing here
//! knows of test scripts or of the driver; it is given a QEMU or a socket.

pub mod accelerator;
pub mod qmp;
