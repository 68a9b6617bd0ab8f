//! What two derivations have otherwise, read off their files in the store. It does not run Nix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Inputs that are looked into. A change of a package that everything needs changes everything; the first names tell enough.
const MOST_LOOKED_INTO: usize = 200;

/// How many characters of a store path's name are its hash, with the dash behind it.
const HASH: usize = 33;

/// The names of what `new` is made of and `old` is not, through all their inputs. What cannot be read is not looked into.
#[must_use]
pub fn changed_inputs(old: &Path, new: &Path) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut pending = vec![(old.to_owned(), new.to_owned())];
    let mut looked_into = BTreeSet::new();
    while let Some((old, new)) = pending.pop() {
        if old == new || looked_into.len() >= MOST_LOOKED_INTO || !looked_into.insert(new.clone()) {
            continue;
        }
        let (Some(old), Some(new)) = (inputs(&old), inputs(&new)) else {
            continue;
        };
        let by_name: BTreeMap<_, _> = old.iter().map(|path| (name(path), path)).collect();
        for path in new.difference(&old) {
            names.insert(name(path).to_owned());
            if let Some(before) = by_name.get(name(path)) {
                pending.push((before.into(), path.into()));
            }
        }
    }
    names.into_iter().collect()
}

/// The derivations and files that a derivation names as its inputs.
fn inputs(derivation: &Path) -> Option<BTreeSet<String>> {
    let text = std::fs::read_to_string(derivation).ok()?;
    let (_, after_outputs) = text.strip_prefix("Derive([")?.split_once("],[")?;
    // Store paths have no quotes or brackets in them; the lists end where the words for system and builder begin.
    let end = after_outputs.find("],\"")?;
    let paths = after_outputs.get(..end)?.split('"');
    Some(
        paths
            .filter(|path| path.starts_with('/'))
            .map(ToOwned::to_owned)
            .collect(),
    )
}

/// Without directory and hash.
fn name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = file.get(HASH..).unwrap_or(file);
    name.strip_suffix(".drv").unwrap_or(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_found_through_inputs() {
        let directory = tempfile::tempdir().unwrap();
        let path = |hash: char, name: &str| {
            let hash = hash.to_string().repeat(32);
            directory
                .path()
                .join(format!("{hash}-{name}"))
                .display()
                .to_string()
        };
        let write = |path: &str, inputs: &[&str], source: &str| {
            let inputs: Vec<_> = inputs
                .iter()
                .map(|input| format!("(\"{input}\",[\"out\"])"))
                .collect();
            let text = format!(
                "Derive([(\"out\",\"/nix/store/x\",\"\",\"\")],[{}],[\"{source}\"],\"x86_64-linux\",\"/bin/sh\",[\"-c\",\"[]\"],[(\"a\",\"b\")])",
                inputs.join(",")
            );
            std::fs::write(path, text).unwrap();
        };
        let (vm, shell) = (path('v', "nixos-vm.drv"), path('s', "bash.drv"));
        let (new_vm, new_script) = (path('w', "nixos-vm.drv"), path('t', "test-script"));
        write(&vm, &[&shell], &path('1', "init"));
        write(&new_vm, &[&shell], &path('2', "init"));
        let (old, new) = (path('o', "driver.drv"), path('n', "driver.drv"));
        write(&old, &[&vm, &shell], &path('u', "test-script"));
        write(&new, &[&new_vm, &shell], &new_script);
        let changed = changed_inputs(Path::new(&old), Path::new(&new));
        assert_eq!(changed, ["init", "nixos-vm", "test-script"]);
        assert!(changed_inputs(Path::new(&old), Path::new(&old)).is_empty());
        assert!(changed_inputs(Path::new("/nowhere"), Path::new(&new)).is_empty());
    }
}
