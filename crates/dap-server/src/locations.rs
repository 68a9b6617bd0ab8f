//! Questions about places that change nothing: where a breakpoint can be set, and what stands where in the other text.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use dap_protocol::{Request, types};
use serde::{Deserialize, Serialize};

use crate::errors::RequestError;
use crate::script::{ClientPlace, Script, SourceKey};
use crate::session::Session;

/// A position in a file as positions in the generated script, or the other way round.
#[derive(Debug)]
pub(crate) enum TranslatePosition {}

/// Arguments of [`TranslatePosition`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TranslatePositionArguments {
    source: types::Source,
    line: i64,
    /// Without it the line as a whole is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<i64>,
}

/// Body of the response to [`TranslatePosition`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct TranslatePositionResponse {
    positions: Vec<Translated>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Translated {
    source: types::Source,
    line: i64,
    column: i64,
}

impl Request for TranslatePosition {
    type Arguments = TranslatePositionArguments;
    type Response = TranslatePositionResponse;
    const COMMAND: &'static str = "nixtest/translatePosition";
}

impl Script {
    /// The lines of a source at which a breakpoint stays where it is set, ascending. The column is that of the statement,
    /// where it stands on that line of that source.
    fn locations(&self, source: &SourceKey, lines: RangeInclusive<i64>) -> Vec<(i64, Option<i64>)> {
        let Some(path) = source.real_path() else {
            let statements = self.statements.iter();
            return statements
                .map(|(&line, &column)| self.generated_place(line.into(), column.into()))
                .filter(|place| lines.contains(&place.line))
                .map(|place| (place.line, Some(place.column)))
                .collect();
        };
        let Some(file) = self.mapped(path) else {
            return Vec::new();
        };
        let mut found = BTreeMap::new();
        for (line, script_lines) in file.lines_now() {
            let line = i64::from(line);
            let statements = script_lines.iter().filter_map(|script_line| {
                let column = self.statements.get(script_line)?;
                Some(self.place((*script_line).into(), (*column).into()))
            });
            if !lines.contains(&line) {
                continue;
            }
            let is_here = |place: &ClientPlace| {
                place.line == line && place.source.real_path() == Some(file.path())
            };
            for place in statements {
                let column = is_here(&place).then_some(place.column);
                let known = found.entry(line).or_insert(column);
                *known = known.or(column);
            }
        }
        found.into_iter().collect()
    }
}

impl Session {
    /// Where breakpoints can be set. Nowhere, as far as anybody knows, while there is no script.
    pub(crate) fn breakpoint_locations(
        &mut self,
        arguments: types::BreakpointLocationsArguments,
    ) -> Result<types::BreakpointLocationsResponse, RequestError> {
        let source = self.source_or_error("breakpointLocations", &arguments.source)?;
        let Some(script) = &self.script else {
            return Ok(types::BreakpointLocationsResponse::default());
        };
        let first = self.client.line_from_client(arguments.line);
        let last = arguments
            .end_line
            .map_or(first, |line| self.client.line_from_client(line));
        let from = arguments
            .column
            .map_or(0, |column| self.client.column_from_client(column));
        let to = arguments
            .end_column
            .map_or(i64::MAX, |column| self.client.column_from_client(column));
        let is_asked_for = |&(line, column): &(i64, Option<i64>)| {
            let column = column.unwrap_or(1);
            (line, column) >= (first, from) && (line, column) <= (last, to)
        };
        let locations = script.locations(&source, first..=last);
        let breakpoints = locations
            .into_iter()
            .filter(is_asked_for)
            .map(|(line, column)| types::BreakpointLocation {
                line: self.client.line_to_client(line),
                column: column.map(|column| self.client.column_to_client(column)),
                end_line: None,
                end_column: None,
            })
            .collect();
        Ok(types::BreakpointLocationsResponse { breakpoints })
    }

    pub(crate) fn translate_position(
        &mut self,
        arguments: TranslatePositionArguments,
    ) -> Result<TranslatePositionResponse, RequestError> {
        let source = self.source_or_error(TranslatePosition::COMMAND, &arguments.source)?;
        let line = self.client.line_from_client(arguments.line);
        let column = arguments
            .column
            .map(|column| self.client.column_from_client(column));
        let found = match &self.script {
            Some(script) => script.translate(&source, line, column),
            None => Err("the test script is not known yet".to_owned()),
        };
        let places = match found {
            Ok(places) => places,
            Err(reason) => {
                return Ok(TranslatePositionResponse {
                    reason: Some(reason),
                    ..TranslatePositionResponse::default()
                });
            }
        };
        let positions = places
            .into_iter()
            .map(|place| {
                let named = place.source.real_path();
                let named = named.and_then(|file| self.ledger.as_named(file));
                Translated {
                    source: self.source_to_client(named.unwrap_or(&place.source)),
                    line: self.client.line_to_client(place.line),
                    column: self.client.column_to_client(place.column),
                }
            })
            .collect();
        Ok(TranslatePositionResponse {
            positions,
            reason: None,
        })
    }

    fn source_or_error(
        &self,
        command: &str,
        source: &types::Source,
    ) -> Result<SourceKey, RequestError> {
        self.source_key(source).ok_or_else(|| {
            let problem = "the source has neither a path nor a reference";
            RequestError::arguments(command, problem)
        })
    }
}
