//! A test driver that is not ours, wrapped as Nix wraps it, in a project of its own.
//!
//! The environment names it. Neither Nix nor QEMU takes part: the testkit's fake stands for a machine.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use serde_json::json;

use super::{Project, repository};

/// A driver that is not ours.
pub struct Upstream {
    /// Holds the package `test_driver`.
    directory: PathBuf,
    python: String,
}

impl Upstream {
    /// The driver that the environment names; says so when there is none.
    pub fn find() -> Option<Self> {
        let Some(directory) = std::env::var_os("NIXTEST_UPSTREAM_DRIVER").map(PathBuf::from) else {
            println!(
                "skipped: NIXTEST_UPSTREAM_DRIVER names no directory with the package test_driver"
            );
            return None;
        };
        assert!(
            directory.join("test_driver/driver.py").is_file(),
            "{} holds no package test_driver; name the directory above it in NIXTEST_UPSTREAM_DRIVER",
            directory.display()
        );
        let python =
            std::env::var("NIXTEST_UPSTREAM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        Some(Self { directory, python })
    }

    /// Whether a file of the package contains a text.
    pub fn contains(&self, file: &str, text: &str) -> bool {
        fs::read_to_string(self.directory.join("test_driver").join(file))
            .is_ok_and(|contents| contents.contains(text))
    }

    /// Since 26.05 the driver is told everything in one JSON file, before that in environment variables.
    fn reads_configuration(&self) -> bool {
        self.contains("__init__.py", "\"--config\"")
    }

    /// Since 25.05 failed assertions have a type of their own, and the script has `t`.
    pub fn has_assertions(&self) -> bool {
        self.contains("errors.py", "RequestedAssertionFailed")
    }

    /// Since 25.11 the script has `debug`.
    pub fn has_debug(&self) -> bool {
        self.contains("driver.py", "debug=self.debug")
    }

    /// A project whose script runs in this driver, with one machine. The driver's standard error goes to a file.
    pub fn project(&self, machine: &str, script: &str) -> Project {
        let mut project = Project::new(script);
        let fixture = &mut project.fixture;
        let root = fixture.directory().display().to_string();
        let start = format!("vms/run-{machine}-vm");
        let fake =
            fs::read_to_string(repository().join("nix/testkit/driver/tests/fake_vm.py")).unwrap();
        fixture.write(&start, &fake);
        let configuration = json!({
            "vms": { machine: { "name": machine, "start_script": fixture.path(&start) } },
            "containers": {},
            "vlans": [],
            "global_timeout": 600,
            "enable_ssh_backdoor": false,
            "test_script": fixture.path("script.py"),
        });
        fixture.write("configuration.json", &configuration.to_string());
        let inner = format!("'{root}/driver/bin/.nixos-test-driver-wrapped'");
        let outer = if self.reads_configuration() {
            format!("exec {inner} --config '{root}/configuration.json' --log-level info \"$@\"\n")
        } else {
            format!(
                "export startScripts='{root}/{start}' testScript='{root}/script.py' globalTimeout=600 vlans=''\nexec {inner} \"$@\"\n"
            )
        };
        let package = self.directory.display();
        let application = format!("'{root}/application/bin/.nixos-test-driver-wrapped'");
        let python = &self.python;
        for (file, text) in [
            (
                "driver/bin/nixos-test-driver",
                format!("#!/bin/bash -e\n{outer}"),
            ),
            (
                "application/bin/nixos-test-driver",
                format!(
                    "#!/bin/bash -e\nexport PYTHONNOUSERSITE=true\nexec '{python}' {application} \"$@\" 2>'{root}/stderr.txt'\n"
                ),
            ),
            (
                "application/bin/.nixos-test-driver-wrapped",
                format!(
                    "import sys, site; sys.argv[0] = '{root}/driver/bin/nixos-test-driver'; site.addsitedir('{package}')\nfrom test_driver import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
                ),
            ),
        ] {
            fixture.write(file, &text);
        }
        for file in [
            &start,
            "driver/bin/nixos-test-driver",
            "application/bin/nixos-test-driver",
        ] {
            fs::set_permissions(fixture.path(file), fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink(
            fixture.path("application/bin/nixos-test-driver"),
            fixture.path("driver/bin/.nixos-test-driver-wrapped"),
        )
        .unwrap();
        project
    }
}
