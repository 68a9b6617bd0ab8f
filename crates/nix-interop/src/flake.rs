//! Flake references as text, and the way from a flake's copy in the store back to the files the user edits.

use std::path::{Component, Path, PathBuf};

/// `reference` with a relative path made absolute. A bare word is a name in the flake registry and stays.
pub(crate) fn resolve(reference: &str, directory: &Path) -> String {
    if is_path(reference) {
        let (path, query) = split_query(reference);
        let absolute = normalize(&directory.join(path));
        return format!("{}{query}", absolute.to_string_lossy());
    }
    let Some((scheme @ ("path" | "git+file"), rest)) = reference.split_once(':') else {
        return reference.to_owned();
    };
    if rest.starts_with('/') {
        return reference.to_owned();
    }
    let (path, query) = split_query(rest);
    let absolute = normalize(&directory.join(percent_decode(path)));
    let slashes = if scheme == "git+file" { "//" } else { "" };
    let path = percent_encode(&absolute.to_string_lossy(), b"/._-~");
    format!("{scheme}:{slashes}{path}{query}")
}

/// How to name a flake on Nix's command line: the directory to start Nix in, if that matters, and the reference.
///
/// Nix 2.8 takes no blank and no letter beyond ASCII in a path, and does not decode `path:` URLs; but as a working
/// directory, any path will do. It means the same: a plain path outside of a repository is a `path:` URL.
pub(crate) fn for_command_line(reference: &str) -> (Option<PathBuf>, String) {
    let encoded = reference
        .strip_prefix("path:/")
        .filter(|rest| rest.contains('%'));
    let (directory, query) = match encoded {
        Some(_) => {
            let (path, query) = split_query(&reference["path:".len()..]);
            (PathBuf::from(percent_decode(path)), query)
        }
        None => {
            let (path, query) = split_path_query(reference);
            (PathBuf::from(path), query)
        }
    };
    let is_plain = is_path(reference);
    let is_in_repository = || {
        directory
            .ancestors()
            .any(|ancestor| ancestor.join(".git").exists())
    };
    if directory.is_dir() && (is_plain || encoded.is_some() && !is_in_repository()) {
        let reference = format!(".{query}");
        return (Some(directory), reference);
    }
    (None, reference.to_owned())
}

/// The text before the first `?`, and the rest with the `?`.
fn split_query(text: &str) -> (&str, &str) {
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// As [`split_query`], for a plain absolute path, which may hold a `?` itself.
fn split_path_query(text: &str) -> (&str, &str) {
    match text.rfind('?') {
        Some(mark) if !Path::new(text).exists() => text.split_at(mark),
        _ => (text, ""),
    }
}

fn is_path(reference: &str) -> bool {
    reference.starts_with(['.', '/'])
}

/// Without `.` and `..`; links are not followed, as Nix does not follow them for flakes.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// The directory that holds the `flake.nix` of a local reference; nothing for remote ones and for fixed revisions.
pub(crate) fn local_directory(reference: &str) -> Option<PathBuf> {
    let url = reference
        .strip_prefix("path:")
        .or_else(|| reference.strip_prefix("git+file:"));
    let (mut directory, query) = match url {
        Some(rest) => {
            let (path, query) = split_query(rest);
            let path = path.strip_prefix("//").unwrap_or(path);
            (PathBuf::from(percent_decode(path)), query)
        }
        None if is_path(reference) => {
            let (path, query) = split_path_query(reference);
            // Nix looks upwards from a plain path.
            let has_flake = |directory: &&Path| directory.join("flake.nix").is_file();
            let found = Path::new(path).ancestors().find(has_flake);
            (found.unwrap_or(Path::new(path)).to_owned(), query)
        }
        None => return None,
    };
    let parameters = query.trim_start_matches('?').split('&');
    for (name, value) in parameters.filter_map(|parameter| parameter.split_once('=')) {
        match name {
            "dir" => directory.push(percent_decode(value)),
            "rev" | "ref" => return None,
            _ => {}
        }
    }
    directory.is_dir().then_some(directory)
}

/// A flake's source in the store and in the working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkingTree {
    /// The copy, such as `/nix/store/…-source`.
    copy: PathBuf,
    /// What was copied.
    original: PathBuf,
}

impl WorkingTree {
    /// Learns where the copy is from the first `flake.nix` that Nix reads, which is that of the flake itself.
    pub(crate) fn from_flake_file(flake_file: &Path, directory: &Path) -> Option<Self> {
        let copy = flake_file
            .ancestors()
            .find(|ancestor| is_store_object(ancestor))?;
        let inside = flake_file.parent()?.strip_prefix(copy).ok()?;
        let mut original = directory.to_owned();
        for component in inside.components().rev() {
            if original.file_name() != Some(component.as_os_str()) {
                return None;
            }
            original.pop();
        }
        Some(Self {
            copy: copy.to_owned(),
            original,
        })
    }

    /// The file in the working tree that `path` is a copy of, if it is there.
    pub(crate) fn original(&self, path: &Path) -> Option<PathBuf> {
        let original = self.original.join(path.strip_prefix(&self.copy).ok()?);
        original.exists().then_some(original)
    }
}

/// Is this the top of something in a store, whatever the store's directory: `<32 characters of base 32>-<name>`?
pub(crate) fn is_store_object(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.split_once('-'))
        .is_some_and(|(hash, name)| {
            let is_base32 =
                |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z') && !b"eotu".contains(&byte);
            hash.len() == 32 && hash.bytes().all(is_base32) && !name.is_empty()
        })
}

/// Everything but ASCII letters, digits and the bytes in `keep` becomes `%XX`.
pub(crate) fn percent_encode(text: &str, keep: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || keep.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let code = text.get(index + 1..index + 3).filter(|_| *byte == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                decoded.push(code);
                index += 3;
            }
            None => {
                decoded.push(*byte);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_references_become_absolute() {
        let resolve = |reference| resolve(reference, Path::new("/home/me/my project"));
        assert_eq!(resolve("."), "/home/me/my project");
        assert_eq!(resolve("./sub/../other"), "/home/me/my project/other");
        assert_eq!(resolve(".?dir=sub"), "/home/me/my project?dir=sub");
        assert_eq!(resolve("path:./sub"), "path:/home/me/my%20project/sub");
        assert_eq!(resolve("path:../a%20b?dir=c"), "path:/home/me/a%20b?dir=c");
        assert_eq!(resolve("git+file:."), "git+file:///home/me/my%20project");
        assert_eq!(resolve("/abs/x"), "/abs/x");
        assert_eq!(resolve("path:/abs/x"), "path:/abs/x");
        assert_eq!(resolve("nixpkgs"), "nixpkgs");
        assert_eq!(
            resolve("github:NixOS/nixpkgs/master"),
            "github:NixOS/nixpkgs/master"
        );
    }

    #[test]
    fn directories_with_any_name_can_be_given_to_nix() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a b#c?d%e");
        std::fs::create_dir(&directory).unwrap();
        let here = |query: &str| (Some(directory.clone()), format!(".{query}"));

        for reference in [".", "path:."] {
            assert_eq!(for_command_line(&resolve(reference, &directory)), here(""));
        }
        assert_eq!(
            for_command_line(&resolve(".?dir=sub", &directory)),
            here("?dir=sub")
        );
        for reference in [
            "nixpkgs",
            "github:a/b?dir=c",
            "path:/abs",
            "/does/not/exist?dir=x",
        ] {
            assert_eq!(for_command_line(reference), (None, reference.to_owned()));
        }
        std::fs::create_dir(parent.path().join(".git")).unwrap();
        let url = resolve("path:.", &directory);
        assert_eq!(for_command_line(&url), (None, url.clone()));
    }

    #[test]
    fn store_objects_are_known_by_their_name() {
        assert!(is_store_object(Path::new(
            "/x/store/61hcyi1a2a51m6992yvymzglask2fc0p-source"
        )));
        assert!(!is_store_object(Path::new(
            "/x/store/61hcyi1a2a51m6992yvymzglask2fc0p"
        )));
        assert!(!is_store_object(Path::new(
            "/x/store/e1hcyi1a2a51m6992yvymzglask2fc0p-source"
        )));
        assert!(!is_store_object(Path::new("/x/my-source")));
    }

    #[test]
    fn a_copy_leads_back_to_the_working_tree() {
        let directory = tempfile::tempdir().unwrap();
        let sub = directory.path().join("sub");
        std::fs::create_dir(&sub).unwrap();
        std::fs::write(sub.join("flake.nix"), "{ }").unwrap();
        std::fs::write(directory.path().join("test.nix"), "{ }").unwrap();
        let copy = Path::new("/x/store/61hcyi1a2a51m6992yvymzglask2fc0p-source");

        let tree = WorkingTree::from_flake_file(&copy.join("sub/flake.nix"), &sub).unwrap();
        assert_eq!(
            tree.original(&copy.join("test.nix")),
            Some(directory.path().join("test.nix"))
        );
        assert_eq!(tree.original(&copy.join("gone.nix")), None);
        assert_eq!(tree.original(Path::new("/elsewhere/test.nix")), None);
        assert_eq!(
            WorkingTree::from_flake_file(&copy.join("other/flake.nix"), &sub),
            None
        );
    }

    #[test]
    fn only_local_references_have_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let sub = directory.path().join("a b");
        std::fs::create_dir(&sub).unwrap();
        std::fs::write(directory.path().join("flake.nix"), "{ }").unwrap();
        let top = directory.path().to_str().unwrap();

        assert_eq!(
            local_directory(&format!("{top}/a b")),
            Some(directory.path().into())
        );
        assert_eq!(local_directory(&format!("path:{top}?dir=a%20b")), Some(sub));
        assert_eq!(
            local_directory(&format!("git+file://{top}")),
            Some(directory.path().into())
        );
        assert_eq!(local_directory(&format!("git+file://{top}?ref=main")), None);
        assert_eq!(local_directory("github:a/b"), None);
        assert_eq!(local_directory("nixpkgs"), None);
    }
}
