//! An isolated store under a temporary directory, and the fixtures copied beside it.

use std::fs;
use std::path::{Path, PathBuf};

use nix_interop::{AttributePath, EvaluateError, EvaluateEvent, Evaluation, Nix, Source, Variant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Nix with a store of its own. The store is gone when this is dropped.
pub(crate) struct Lab {
    pub(crate) nix: Nix,
    pub(crate) root: PathBuf,
    _directory: TempDir,
}

impl Lab {
    /// Nothing, and a word about it, where there is no Nix. The fixtures lie in `<root>/<project>`.
    pub(crate) async fn new(project: &str) -> Option<Self> {
        let nix = match Nix::find().await {
            Ok(nix) => nix,
            Err(error) => {
                eprintln!("skipped: {error}");
                return None;
            }
        };
        let directory = TempDir::with_prefix("nix-interop-").unwrap();
        let root = directory.path().canonicalize().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/installed/fixtures");
        copy(&fixtures, &root.join(project));
        let mut nix = nix.with_environment(
            "NIX_CONFIG",
            "sandbox = false\nbuild-users-group =\nsubstituters =\n\
             experimental-features = nix-command flakes\nfilter-syscalls = false",
        );
        for (name, path) in [
            ("NIX_STORE_DIR", "store"),
            ("NIX_STATE_DIR", "state"),
            ("NIX_LOG_DIR", "log"),
            ("HOME", "home"),
            ("XDG_CACHE_HOME", "cache"),
            ("NIX_USER_CONF_FILES", "no.conf"),
        ] {
            nix = nix.with_environment(name, root.join(path));
        }
        fs::create_dir(root.join("home")).unwrap();
        Some(Self {
            nix,
            root,
            _directory: directory,
        })
    }

    pub(crate) fn file(&self, project: &str, names: &[&str]) -> Source {
        Source::File {
            file: self.root.join(project).join("tests.nix"),
            attribute: AttributePath(names.iter().map(|&name| name.into()).collect()),
        }
    }

    pub(crate) async fn evaluate(&self, source: &Source) -> Result<Evaluation, EvaluateError> {
        self.evaluate_with_events(source).await.0
    }

    pub(crate) async fn evaluate_with_events(
        &self,
        source: &Source,
    ) -> (Result<Evaluation, EvaluateError>, Vec<EvaluateEvent>) {
        let mut events = Vec::new();
        let cancel = CancellationToken::new();
        let result = self
            .nix
            .evaluate(
                source,
                Variant::Regular,
                |event| events.push(event),
                &cancel,
            )
            .await;
        (result, events)
    }

    /// The error's text, with the temporary directory as `$ROOT`.
    pub(crate) async fn error(&self, source: &Source) -> String {
        let error = self.evaluate(source).await.expect_err("it evaluates");
        error
            .to_string()
            .replace(self.root.to_str().unwrap(), "$ROOT")
            .replace(&system(), "$SYSTEM")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            fs::write(target, text.replace("x86_64-linux", &system())).unwrap();
        }
    }
}

/// What Nix calls this kind of machine, unless its configuration says otherwise.
pub(crate) fn system() -> String {
    let os = std::env::consts::OS.replace("macos", "darwin");
    format!("{}-{os}", std::env::consts::ARCH)
}
