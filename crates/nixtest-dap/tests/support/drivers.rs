//! Test drivers behind the wrappers that Nix makes: the testkit's, and one that is not ours where the environment names it.
//!
//! `NIXTEST_UPSTREAM_DRIVER` names a directory that holds the package `test_driver`, `NIXTEST_UPSTREAM_PYTHON` an interpreter
//! that can import what the package needs. Neither Nix nor QEMU takes part: the wrappers are written out here, a directory stands
//! for the store, and the testkit's fake stands for a machine.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::Fixture;

use super::python::Python;
use super::{Project, repository};

/// How a driver is told what to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// By variables of the environment, up to NixOS 25.11.
    Environment,
    /// By a file, from 26.05 on.
    Configuration,
}

/// A driver, not yet of any test.
#[derive(Debug, Clone)]
pub struct Driver {
    /// Holds the package `test_driver`.
    package: PathBuf,
    python: Python,
    pub flavour: Flavour,
    pub is_testkit: bool,
}

/// What a test is made of beside its script.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    pub machines: &'a [&'a str],
    pub vlans: &'a [u32],
    /// More words in the wrapper.
    pub words: &'a str,
    /// Part of the name of the project's directory.
    pub place: &'a str,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            machines: &["machine"],
            vlans: &[],
            words: "",
            place: "fixture",
        }
    }
}

impl Driver {
    /// The driver of NixOS that the environment names, if it names one.
    pub fn of_nixos() -> Option<Self> {
        std::env::var_os("NIXTEST_UPSTREAM_DRIVER")
            .map(PathBuf::from)
            .map(Self::upstream)
    }

    /// The testkit's driver in both flavours, then [`Driver::of_nixos`].
    pub fn all() -> Vec<Self> {
        let testkit = |flavour| Self {
            package: repository().join("nix/testkit/driver"),
            python: Python::new("python3"),
            flavour,
            is_testkit: true,
        };
        let mut drivers = vec![
            testkit(Flavour::Configuration),
            testkit(Flavour::Environment),
        ];
        drivers.extend(Self::of_nixos());
        drivers
    }

    /// As [`Driver::all`], for tests to which it is all the same how a driver is told what to run.
    pub fn each() -> impl Iterator<Item = Self> {
        let is_told_again =
            |driver: &Self| driver.is_testkit && driver.flavour == Flavour::Environment;
        Self::all()
            .into_iter()
            .filter(move |driver| !is_told_again(driver))
    }

    fn upstream(package: PathBuf) -> Self {
        assert!(
            package.join("test_driver/driver.py").is_file(),
            "{} holds no package test_driver; name the directory above it in NIXTEST_UPSTREAM_DRIVER",
            package.display()
        );
        let python = std::env::var("NIXTEST_UPSTREAM_PYTHON");
        let mut driver = Self {
            package,
            python: Python::new(python.as_deref().unwrap_or("python3")),
            flavour: Flavour::Environment,
            is_testkit: false,
        };
        if driver.contains("__init__.py", "\"--config\"") {
            driver.flavour = Flavour::Configuration;
        }
        driver
    }

    /// Whether a file of the package contains a text.
    pub fn contains(&self, file: &str, text: &str) -> bool {
        fs::read_to_string(self.package.join("test_driver").join(file))
            .is_ok_and(|contents| contents.contains(text))
    }

    /// Since 25.05 failed assertions have a type of their own, and the script has `t`.
    pub fn has_assertions(&self) -> bool {
        self.contains("errors.py", "RequestedAssertionFailed")
    }

    /// Since 25.11 the script has `debug`.
    pub fn has_debug(&self) -> bool {
        self.contains("driver.py", "debug=self.debug") || self.is_testkit
    }

    /// Since 26.05 the name `machine` of an only machine that is called otherwise warns.
    pub fn has_deprecated_alias(&self) -> bool {
        self.contains("driver.py", "MachineDeprecationWrapper") || self.is_testkit
    }

    /// Since 26.05 a machine that dies before it is there is noticed.
    pub fn notices_early_deaths(&self) -> bool {
        self.flavour == Flavour::Configuration || self.is_testkit
    }

    /// A project whose script runs in this driver.
    pub fn project(&self, script: &str) -> Project {
        self.project_with(&Setup::default(), script)
    }

    /// A project with machines and networks of its own. The driver's standard error goes to `stderr.txt`.
    pub fn project_with(&self, setup: &Setup<'_>, script: &str) -> Project {
        let store = TempDir::with_prefix("store-").unwrap();
        // Programs report real paths.
        let path = store.path().canonicalize().unwrap();
        let mut project = Project::named(setup.place, script);
        let output = path.join("61hcyi1a2a51m6992yvymzglask2fc0p-nixos-test-driver-sample");
        let test_script = output.join("test-script");
        let start_scripts = machines(&path, setup.machines);
        let configuration = path.join("driverConfiguration.json");
        write(&test_script, script);
        write(
            &configuration,
            &configuration_of(setup, &start_scripts, &test_script).to_string(),
        );
        let vlans = setup.vlans.iter().map(ToString::to_string);
        let wrapper = match self.flavour {
            Flavour::Environment => include_str!("chain/environment.sh"),
            Flavour::Configuration => include_str!("chain/configuration.sh"),
        };
        let wrapper = fill(
            wrapper,
            &[
                ("output", &display(&output)),
                ("start_scripts", &start_scripts.join(" ")),
                ("test_script", &display(&test_script)),
                ("vlans", &vlans.collect::<Vec<_>>().join(" ")),
                ("configuration", &display(&configuration)),
                ("words", setup.words),
            ],
        );
        program(&output.join("bin/nixos-test-driver"), &wrapper);
        let application = self.application(&path, &project.fixture);
        symlink(application, output.join("bin/.nixos-test-driver-wrapped")).unwrap();
        project.driver = output;
        project.store = Some(store);
        project
    }

    /// The program of all tests' drivers.
    fn application(&self, store: &Path, fixture: &Fixture) -> PathBuf {
        let application = store.join("nixos-test-driver");
        let (tools, dependency) = (store.join("tools"), store.join("dependency"));
        fs::create_dir(&tools).unwrap();
        write(&dependency.join("only_by_nix_pythonpath.py"), "");
        let packages: Vec<_> = [dependency]
            .iter()
            .chain(&self.python.packages)
            .map(|path| display(path))
            .collect();
        let values = [
            ("application", &*display(&application)),
            ("tools", &*display(&tools)),
            ("packages", &*packages.join(":")),
            ("package", &*display(&self.package)),
            ("python", &*display(&self.python.program)),
            ("executable", &*display(&tools.join("python3"))),
            ("prefix", &*display(&application)),
            ("log", &*display(&fixture.path("stderr.txt"))),
        ];
        let inner = application.join("bin/.nixos-test-driver-wrapped");
        program(&inner, &fill(include_str!("chain/application.py"), &values));
        let outer = application.join("bin/nixos-test-driver");
        program(&outer, &fill(include_str!("chain/application.sh"), &values));
        outer
    }
}

/// What the driver does without us: to be run, or looked at, by the test.
pub fn alone(project: &Project, arguments: &[&str]) -> Command {
    let place = project.fixture.path("alone");
    fs::create_dir_all(&place).unwrap();
    let mut command = Command::new(project.driver.join("bin/nixos-test-driver"));
    command
        .args(arguments)
        .arg("-o")
        .arg(&place)
        .env("XDG_RUNTIME_DIR", &place)
        .env("TMPDIR", &place)
        // As in [`super::spawned`].
        .env_remove("PYTHONUNBUFFERED")
        .current_dir(project.fixture.directory());
    command
}

/// A start script for each machine, all of them the fake.
fn machines(store: &Path, names: &[&str]) -> Vec<String> {
    let fake = repository().join("nix/testkit/driver/tests/fake_vm.py");
    let fake = fs::read_to_string(fake).unwrap();
    let start = |name: &&str| {
        let path = store.join(format!("vms/bin/run-{name}-vm"));
        program(&path, &fake);
        display(&path)
    };
    names.iter().map(start).collect()
}

fn configuration_of(setup: &Setup<'_>, start_scripts: &[String], test_script: &Path) -> Value {
    let machines = setup.machines.iter().zip(start_scripts);
    let vms: serde_json::Map<_, _> = machines
        .map(|(name, start)| {
            let vm = json!({ "name": name, "start_script": start });
            ((*name).to_owned(), vm)
        })
        .collect();
    json!({
        "vms": vms,
        "containers": {},
        "vlans": setup.vlans,
        "global_timeout": 600,
        "enable_ssh_backdoor": false,
        "test_script": test_script,
    })
}

/// A template with its `@names@` replaced.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("@{name}@"), value)
        })
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn program(path: &Path, text: &str) {
    write(path, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
