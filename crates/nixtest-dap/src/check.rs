//! `nixtest-dap check`: says what is wrong with a recorded conversation.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use dap_monitor::Report;

use crate::arguments::CheckArguments;

/// The exit codes.
const VIOLATIONS: u8 = 1;
const UNREADABLE: u8 = 2;

/// Checks the recording that the arguments name and prints what was found.
pub(crate) fn run(arguments: &CheckArguments) -> ExitCode {
    let name = arguments.recording.display();
    let bytes = if arguments.recording.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(&arguments.recording)
    };
    let report = match bytes {
        Ok(bytes) => {
            Report::of(&String::from_utf8_lossy(&bytes)).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    match report {
        Ok(report) => {
            let text = if arguments.json {
                format!("{:#}", report.to_json())
            } else {
                report.to_string()
            };
            let _nobody_reads_it = writeln!(io::stdout(), "{text}");
            ExitCode::from(if report.is_clean() { 0 } else { VIOLATIONS })
        }
        Err(problem) => {
            tracing::error!("{name} cannot be read as a recording: {problem}");
            ExitCode::from(UNREADABLE)
        }
    }
}
