//! The Python agent, embedded in the binary and written into a session directory.
//!
//! It only carries the files; what they do is told in `agent/nixtest_agent/__init__.py`.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

static AGENT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/agent");

/// Writes the agent below `target`, which must exist. Byte code caches that a developer's Python left are not written.
pub(crate) fn write_agent(target: &Path) -> io::Result<()> {
    write_entries(&AGENT, target)
}

fn write_entries(directory: &Dir<'_>, target: &Path) -> io::Result<()> {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(below) if below.path().ends_with("__pycache__") => {}
            DirEntry::Dir(below) => {
                fs::create_dir_all(target.join(below.path()))?;
                write_entries(below, target)?;
            }
            DirEntry::File(file)
                if file
                    .path()
                    .extension()
                    .is_some_and(|extension| extension == "py") =>
            {
                fs::write(target.join(file.path()), file.contents())?;
            }
            DirEntry::File(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_is_written_with_its_entry_point() {
        let target = tempfile::tempdir().unwrap();
        write_agent(target.path()).unwrap();
        assert!(target.path().join("sitecustomize.py").is_file());
        assert!(target.path().join("nixtest_agent/__init__.py").is_file());
    }
}
