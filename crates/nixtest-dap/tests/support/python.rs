//! An interpreter as nixpkgs installs it: in a place of its own, with a `sitecustomize` of its own.
//!
//! It is a real one, copied, whose library is made of links into the original's, so that nothing else changes.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SITECUSTOMIZE: &str = include_str!("chain/sitecustomize.py");

/// What an interpreter says of itself.
const ASK: &str = "\
import json, os, site, sys, sysconfig
print(json.dumps({
    'program': os.path.realpath(getattr(sys, '_base_executable', sys.executable)),
    'library': sysconfig.get_path('stdlib'),
    'name': '%s/python%d.%d' % (sys.platlibdir, *sys.version_info[:2]),
    'packages': site.getsitepackages() if sys.prefix != sys.base_prefix else [],
}))";

/// Where the parts of an interpreter lie, and the name of its library below the place it is installed in.
struct Original {
    program: PathBuf,
    library: PathBuf,
    name: String,
    packages: Vec<PathBuf>,
}

impl Original {
    fn ask(python: &str) -> Self {
        let asked = Command::new(python).args(["-c", ASK]).output().unwrap();
        let complaint = String::from_utf8_lossy(&asked.stderr);
        let said: Value = serde_json::from_slice(&asked.stdout).expect(&complaint);
        let text = |name: &str| said[name].as_str().unwrap();
        let packages = said["packages"].as_array().unwrap().iter();
        Self {
            program: text("program").into(),
            library: text("library").into(),
            name: text("name").into(),
            packages: packages.map(|path| path.as_str().unwrap().into()).collect(),
        }
    }
}

/// An interpreter.
#[derive(Debug, Clone)]
pub struct Python {
    /// The copy.
    pub program: PathBuf,
    /// Where the packages of the virtual environment lie that the original belongs to.
    pub packages: Vec<PathBuf>,
}

impl Python {
    /// A copy of `original`, which is made once and kept with what cargo builds.
    pub fn new(original: &str) -> Self {
        let original = Original::ask(original);
        let mut hasher = DefaultHasher::new();
        let changed = fs::metadata(&original.program).unwrap().modified().unwrap();
        (&original.program, changed, SITECUSTOMIZE).hash(&mut hasher);
        let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let home = home.join(format!("python-{:016x}", hasher.finish()));
        if !home.exists() {
            copy(&original, &home);
        }
        Self {
            program: home.join("bin/python3"),
            packages: original.packages,
        }
    }
}

/// Makes it beside and renames it: other tests look for it at the same time.
fn copy(original: &Original, home: &Path) {
    let new = tempfile::tempdir_in(home.parent().unwrap()).unwrap();
    let library = new.path().join(&original.name);
    fs::create_dir_all(&library).unwrap();
    fs::create_dir(new.path().join("bin")).unwrap();
    fs::copy(&original.program, new.path().join("bin/python3")).unwrap();
    for entry in fs::read_dir(&original.library).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let is_of_the_system = ["sitecustomize.py", "site-packages", "dist-packages"]
            .iter()
            .any(|left_out| name == *left_out);
        if !is_of_the_system && name != "__pycache__" {
            symlink(entry.path(), library.join(name)).unwrap();
        }
    }
    fs::write(library.join("sitecustomize.py"), SITECUSTOMIZE).unwrap();
    let _somebody_was_faster = fs::rename(new.path(), home);
    assert!(home.join("bin/python3").is_file());
}
