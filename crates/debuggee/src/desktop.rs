//! What a graphical session has to be told when its programs get another `XDG_RUNTIME_DIR` than it made.
//!
//! Every session has a runtime directory of its own, because newer drivers keep their machines there and two of them would
//! meet. But desktops keep sockets there too, and QEMU looks for them when it opens a window or plays a sound. So what is
//! found through the directory by default is named here outright. It changes nothing that the user has set.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The variables that lead to the desktop's sockets wherever `XDG_RUNTIME_DIR` points.
pub(crate) fn environment() -> Vec<(OsString, OsString)> {
    let own = env::current_dir().unwrap_or_default();
    environment_of(&|name| env::var_os(name), &own)
}

/// As [`environment`], for the variables that `variable` gives and paths that are relative to `directory`.
fn environment_of(
    variable: &dyn Fn(&str) -> Option<OsString>,
    directory: &Path,
) -> Vec<(OsString, OsString)> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let mut changes = Vec::new();
    let mut change = |name: &str, value: OsString| changes.push((OsString::from(name), value));

    // Whatever the runtime directory: the driver starts elsewhere than we do.
    if let Some(file) = set("XAUTHORITY").filter(|file| Path::new(file).is_relative()) {
        change("XAUTHORITY", directory.join(file).into_os_string());
    }
    let Some(runtime) = set("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
    else {
        return changes;
    };
    let unless_set = |name, socket: &str| {
        let path = runtime.join(socket);
        (set(name).is_none() && path.exists()).then_some(path)
    };
    if let Some(name) = set("WAYLAND_DISPLAY").filter(|name| Path::new(name).is_relative()) {
        change("WAYLAND_DISPLAY", runtime.join(name).into_os_string());
    }
    if let Some(bus) = unless_set("DBUS_SESSION_BUS_ADDRESS", "bus") {
        change("DBUS_SESSION_BUS_ADDRESS", bus_address(&bus));
    }
    if let Some(socket) = unless_set("PULSE_SERVER", "pulse/native") {
        let mut server = OsString::from("unix:");
        server.push(socket);
        change("PULSE_SERVER", server);
    }
    let remote = set("PIPEWIRE_REMOTE").unwrap_or_else(|| "pipewire-0".into());
    if unless_set("PIPEWIRE_RUNTIME_DIR", &remote.to_string_lossy()).is_some() {
        change("PIPEWIRE_RUNTIME_DIR", runtime.clone().into_os_string());
    }
    changes
}

/// The address of a bus in the form of D-Bus, which takes few characters as they are.
fn bus_address(path: &Path) -> OsString {
    let mut address = b"unix:path=".to_vec();
    for &byte in OsStr::as_bytes(path.as_os_str()) {
        if byte.is_ascii_alphanumeric() || b"-_/.\\*".contains(&byte) {
            address.push(byte);
        } else {
            address.extend_from_slice(format!("%{byte:02x}").as_bytes());
        }
    }
    OsString::from_vec(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// What becomes of `variables`, `$RUN` standing for a runtime directory that holds `sockets`.
    fn changes(sockets: &[&str], variables: &[(&str, &str)]) -> Vec<(String, String)> {
        let runtime = tempfile::tempdir().unwrap();
        let path = runtime.path().to_str().unwrap().to_owned();
        for socket in sockets {
            let socket = runtime.path().join(socket);
            fs::create_dir_all(socket.parent().unwrap()).unwrap();
            fs::write(socket, "").unwrap();
        }
        let variable = |name: &str| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some(OsString::from(value.replace("$RUN", &path)))
        };
        let found = environment_of(&variable, Path::new("/project"));
        let text = |value: OsString| value.into_string().unwrap().replace(&path, "$RUN");
        found
            .into_iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    const RUNTIME: (&str, &str) = ("XDG_RUNTIME_DIR", "$RUN");

    #[test]
    fn what_lies_in_the_runtime_directory_is_named_outright() {
        let sockets = ["wayland-1", "bus", "pulse/native", "pipewire-0"];
        let found = changes(&sockets, &[RUNTIME, ("WAYLAND_DISPLAY", "wayland-1")]);
        let expected = [
            ("WAYLAND_DISPLAY", "$RUN/wayland-1"),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=$RUN/bus"),
            ("PULSE_SERVER", "unix:$RUN/pulse/native"),
            ("PIPEWIRE_RUNTIME_DIR", "$RUN"),
        ];
        assert_eq!(found, pairs(&expected));
    }

    #[test]
    fn what_the_user_has_set_stays() {
        let sockets = ["bus", "pulse/native", "pipewire-0"];
        let set = [
            RUNTIME,
            ("WAYLAND_DISPLAY", "/elsewhere/wayland"),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/elsewhere/bus"),
            ("PULSE_SERVER", "tcp:host"),
            ("PIPEWIRE_RUNTIME_DIR", "/elsewhere"),
            ("XAUTHORITY", "$RUN/gdm/Xauthority"),
        ];
        assert_eq!(changes(&sockets, &set), []);
    }

    #[test]
    fn where_there_is_no_desktop_nothing_is_said() {
        assert_eq!(changes(&[], &[RUNTIME]), []);
        assert_eq!(changes(&["bus"], &[("XDG_RUNTIME_DIR", "relative")]), []);
        assert_eq!(changes(&[], &[("WAYLAND_DISPLAY", "wayland-0")]), []);
    }

    #[test]
    fn relative_names_of_other_kinds_become_absolute_too() {
        let set = [
            RUNTIME,
            ("PIPEWIRE_REMOTE", "other"),
            ("XAUTHORITY", "cookies"),
        ];
        let expected = [
            ("XAUTHORITY", "/project/cookies"),
            ("PIPEWIRE_RUNTIME_DIR", "$RUN"),
        ];
        assert_eq!(changes(&["other"], &set), pairs(&expected));
    }

    #[test]
    fn the_address_of_a_bus_is_escaped() {
        assert_eq!(
            bus_address(Path::new("/run/ü 1,2/bus")),
            "unix:path=/run/%c3%bc%201%2c2/bus"
        );
    }
}
