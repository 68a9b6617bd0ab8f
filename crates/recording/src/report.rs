//! The report of one run. Its JSON form is read by other people's programs: fields are added, never changed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The version of the JSON form, raised when a field changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything worth knowing about one run of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// [`SCHEMA_VERSION`] of the program that wrote it.
    pub schema_version: u32,
    /// What was run, in the words of the person who asked for it.
    pub target: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The exit code of the driver; none when it was never started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver_exit_code: Option<i64>,
    /// From the request to the end, in seconds.
    pub duration_seconds: f64,
    /// Every stop, in the order of time.
    pub stops: Vec<Stop>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The script ran to its end.
    Passed,
    /// The script failed.
    Failed,
    /// There was nothing to run: the evaluation or the build failed.
    NotBuilt,
    /// The tool failed or was interrupted.
    Aborted,
}

/// Why a run did not pass; also the body of the event `nixtest/failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Where it failed.
    pub kind: FailureKind,
    /// One sentence.
    pub message: String,
    /// What else is known: the trace of an evaluation, the end of a log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// The part of the work that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// Nix could not evaluate the test.
    Evaluation,
    /// A derivation could not be built.
    Build,
    /// The driver could not be started, or ended before the script began.
    Launch,
    /// The script is no Python, or failed.
    Script,
    /// The tool itself.
    Internal,
}

/// What was seen at one stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    /// Why the script stood, in the words of DAP: `breakpoint`, `exception`, `entry` …
    pub reason: String,
    /// What the debugger said beside the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The file; none where the position lies in the generated script alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The line, counted from 1.
    pub line: i64,
    /// The function, innermost of the stack.
    pub function: String,
    /// The text of the line, without its indentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<String>,
    /// The variables of the innermost frame's own scope.
    pub variables: Vec<Variable>,
    /// What was asked for at each stop.
    pub evaluations: Vec<Evaluation>,
}

/// A variable and its value as the debugger shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value in short.
    pub value: String,
    /// The type, where it is known.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
}

/// An expression and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The expression.
    pub expression: String,
    /// Its value, or the error's text.
    pub result: String,
    /// Whether it could be evaluated.
    pub succeeded: bool,
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {path}: {source}; name a file in a directory you can write")]
pub struct ReportError {
    path: PathBuf,
    source: io::Error,
}

/// Whether a report can be written to `path`, so that a run of an hour need not end in vain.
///
/// # Errors
/// [`ReportError`] when it cannot.
pub fn check_writable(path: &Path) -> Result<(), ReportError> {
    let unfinished = unfinished(path);
    File::create(&unfinished)
        .and_then(|_| std::fs::remove_file(&unfinished))
        .map_err(|source| ReportError {
            path: path.to_owned(),
            source,
        })
}

/// Where a report is written before it is whole.
fn unfinished(path: &Path) -> PathBuf {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.tmp", std::process::id()));
    PathBuf::from(unfinished)
}

impl RunReport {
    /// Writes the report as JSON to `path`, which is replaced as a whole or not at all.
    ///
    /// # Errors
    /// [`ReportError`] when the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        self.write_whole(path).map_err(|source| ReportError {
            path: path.to_owned(),
            source,
        })
    }

    fn write_whole(&self, path: &Path) -> io::Result<()> {
        let unfinished = unfinished(path);
        let written = (|| {
            let mut file = BufWriter::new(File::create(&unfinished)?);
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
            std::fs::rename(&unfinished, path)
        })();
        if written.is_err() {
            let _was_never_there = std::fs::remove_file(&unfinished);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> RunReport {
        RunReport {
            schema_version: SCHEMA_VERSION,
            target: "hello".to_owned(),
            outcome: Outcome::Failed,
            failure: Some(Failure {
                kind: FailureKind::Script,
                message: "it broke".to_owned(),
                details: None,
            }),
            driver_exit_code: Some(1),
            duration_seconds: 1.5,
            stops: vec![Stop {
                reason: "breakpoint".to_owned(),
                text: None,
                file: Some(PathBuf::from("/project/hello.nix")),
                line: 7,
                function: "testScript".to_owned(),
                source_line: Some("machine.start()".to_owned()),
                variables: vec![Variable {
                    name: "x".to_owned(),
                    value: "1".to_owned(),
                    type_name: Some("int".to_owned()),
                }],
                evaluations: vec![Evaluation {
                    expression: "x".to_owned(),
                    result: "1".to_owned(),
                    succeeded: true,
                }],
            }],
        }
    }

    #[test]
    fn a_report_reads_like_this() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        report().write(&path).unwrap();
        expect_test::expect![[r#"
            {
              "schemaVersion": 1,
              "target": "hello",
              "outcome": "failed",
              "failure": {
                "kind": "script",
                "message": "it broke"
              },
              "driverExitCode": 1,
              "durationSeconds": 1.5,
              "stops": [
                {
                  "reason": "breakpoint",
                  "file": "/project/hello.nix",
                  "line": 7,
                  "function": "testScript",
                  "sourceLine": "machine.start()",
                  "variables": [
                    {
                      "name": "x",
                      "value": "1",
                      "type": "int"
                    }
                  ],
                  "evaluations": [
                    {
                      "expression": "x",
                      "result": "1",
                      "succeeded": true
                    }
                  ]
                }
              ]
            }
        "#]]
        .assert_eq(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            1,
            "nothing unfinished is left"
        );
    }

    #[test]
    fn a_report_survives_the_way_there_and_back() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&text).unwrap(), report());
    }

    #[test]
    fn a_report_that_cannot_be_written_names_its_path() {
        let path = Path::new("/nonexistent/report.json");
        assert!(check_writable(path).is_err());
        let error = report().write(path).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot write the report /nonexistent/report.json"),
            "{error}"
        );
    }
}
