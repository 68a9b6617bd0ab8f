//! Copies of files in the Nix store. Flakes are evaluated from theirs, so that is what Nix's messages name and what an editor
//! has open when one is followed; people work in the original.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{canonical, read};

/// A file inside an object of a Nix store.
#[derive(Debug)]
pub(super) struct StoreCopy {
    /// Where it is in the object: `tests/a.nix` of `/nix/store/…-source/tests/a.nix`.
    inside: PathBuf,
    text: Arc<str>,
}

impl StoreCopy {
    /// `None` when the file is in no store, or cannot be read.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let inside = inside_store(path)?;
        let text = read(path)?;
        Some(Self { inside, text })
    }

    /// Whether it was made from a file with this path and text: where it is called the same inside and says the same, lines
    /// mean the same.
    pub(super) fn is_of(&self, original: &Path, text: &str) -> bool {
        original.ends_with(&self.inside) && *self.text == *text
    }
}

/// Files without links, and without the copies of those among them that are in no store. A test has one place.
pub(super) fn without_copies(files: &[PathBuf]) -> Vec<PathBuf> {
    let files: Vec<_> = files.iter().map(|file| canonical(file)).collect();
    let has_original = |file: &PathBuf| {
        let Some(copy) = StoreCopy::of(file) else {
            return false;
        };
        files
            .iter()
            .filter(|original| original.ends_with(&copy.inside) && inside_store(original).is_none())
            .any(|original| read(original).is_some_and(|text| copy.is_of(original, &text)))
    };
    files
        .iter()
        .filter(|file| !has_original(file))
        .cloned()
        .collect()
}

/// The path of a file inside the object of a Nix store that holds it.
fn inside_store(path: &Path) -> Option<PathBuf> {
    let is_object = |name: &str| {
        let is_base32 =
            |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z') && !b"eotu".contains(&byte);
        name.split_once('-')
            .is_some_and(|(hash, _)| hash.len() == 32 && hash.bytes().all(is_base32))
    };
    let mut components = path.components();
    components.find(|component| component.as_os_str().to_str().is_some_and(is_object))?;
    let inside = components.as_path();
    (!inside.as_os_str().is_empty()).then(|| inside.to_owned())
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_counts_only_where_its_original_is_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let place = canonical(directory.path());
        let [own, copy, stale] = [
            "test.nix",
            "61hcyi1a2a51m6992yvymzglask2fc0p-source/test.nix",
            "71hcyi1a2a51m6992yvymzglask2fc0p-source/test.nix",
        ]
        .map(|name| place.join(name));
        for (file, text) in [(&own, "{ }"), (&copy, "{ }"), (&stale, "{ a = 1; }")] {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        assert_eq!(
            without_copies(&[copy.clone(), stale.clone(), own.clone()]),
            [stale, own]
        );
        assert_eq!(without_copies(std::slice::from_ref(&copy)), [copy]);
    }

    #[test]
    fn the_path_inside_a_store_object_is_what_follows_it() {
        let inside = |path: &str| inside_store(Path::new(path));
        assert_eq!(
            inside("/nix/store/61hcyi1a2a51m6992yvymzglask2fc0p-source/tests/a.nix"),
            Some(PathBuf::from("tests/a.nix"))
        );
        assert_eq!(
            inside("/nix/store/61hcyi1a2a51m6992yvymzglask2fc0p-a.nix"),
            None
        );
        assert_eq!(inside("/home/me/my-source/a.nix"), None);
    }
}
