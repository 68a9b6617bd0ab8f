//! Positions of one text in the other, for people who go from the files to the generated script and back.

use std::path::Path;

use source_map::{FileId, Position};

use super::{COLUMNS, ClientPlace, GENERATED_NAME, Script, SourceKey};

impl Script {
    /// A position of one text in the other: from the generated script the place in a file, from a file all those in the
    /// generated script, ascending. Columns are the client's; without one the line is meant.
    ///
    /// # Errors
    /// A sentence for the user when there is none.
    pub(crate) fn translate(
        &self,
        source: &SourceKey,
        line: i64,
        column: Option<i64>,
    ) -> Result<Vec<ClientPlace>, String> {
        let Some(path) = source.real_path() else {
            let column = column.unwrap_or_else(|| self.first_column(line));
            let at = Position::new(
                u32::try_from(line).unwrap_or(u32::MAX),
                u32::try_from(column).unwrap_or(1),
            );
            let index = self.map.script();
            let at = index
                .offset(at, COLUMNS.nix)
                .map(|offset| index.position(offset, COLUMNS.script))
                .ok_or_else(|| format!("{GENERATED_NAME} has no line {line}"))?;
            let place = self.nix_place(at).ok_or_else(|| {
                format!("where line {line} of {GENERATED_NAME} comes from is not certain")
            })?;
            return Ok(vec![place]);
        };
        let lines = self.lines_for(source, line)?;
        let exact = column
            .map(|column| self.exact_places(path, line, column))
            .unwrap_or_default();
        if !exact.is_empty() {
            return Ok(exact);
        }
        let places = lines.into_iter();
        Ok(places
            .map(|line| {
                let column = self.first_column(line);
                self.generated_place(line, column)
            })
            .collect())
    }

    /// The characters of the generated script that came from one of a file.
    fn exact_places(&self, path: &Path, line: i64, column: i64) -> Vec<ClientPlace> {
        let Some((file, line)) = self
            .mapped(path)
            .and_then(|file| Some((file, file.line_then(u32::try_from(line).ok()?)?)))
        else {
            return Vec::new();
        };
        let position = Position::new(line, u32::try_from(column).unwrap_or(1));
        let found = match self.is_file {
            true => self
                .map
                .script()
                .offset(position, COLUMNS.nix)
                .map(|offset| self.map.script().position(offset, COLUMNS.script))
                .into_iter()
                .collect(),
            false => match self.file_id(file.path()) {
                Some(id) => self.map.script_positions(id, position, COLUMNS),
                None => Vec::new(),
            },
        };
        found
            .into_iter()
            .map(|at| self.generated_place(at.line.into(), at.column.into()))
            .collect()
    }

    fn file_id(&self, path: &Path) -> Option<FileId> {
        (0..)
            .map(FileId)
            .map_while(|id| Some((id, self.map.source(id)?)))
            .find(|(_, source)| source.path == path)
            .map(|(id, _)| id)
    }

    /// The column, in characters, of the first visible character of a line of the script.
    fn first_column(&self, line: i64) -> i64 {
        let text = self.line(line).unwrap_or_default();
        let blanks = text.len() - text.trim_start().len();
        i64::try_from(text[..blanks].chars().count()).unwrap_or(0) + 1
    }
}
