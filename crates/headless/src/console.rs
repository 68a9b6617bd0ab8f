//! What a run looks like to the person who watches it.
//!
//! Results go to standard output, so that they can be kept apart from the log of script, driver and machines on standard
//! error. Whatever is shown has lost its control sequences: it may come from a guest, a build or a file name.

use std::io::{IsTerminal, Write};

use dap_server::sanitize;
use recording::{Evaluation, Stop, Variable};

/// The longest value that is shown whole, in characters.
const LONGEST_VALUE: usize = 200;

/// The most variables that are shown at a stop.
const MOST_VARIABLES: usize = 20;

/// Where a run is shown.
pub(crate) struct Console {
    out: Box<dyn Write + Send>,
    log: Box<dyn Write + Send>,
    /// Whether results are shown on a terminal that renders colours.
    has_colours: bool,
    /// Whether the log is.
    pub(crate) log_has_colours: bool,
}

impl Console {
    /// Standard output and standard error of the process, coloured on a terminal unless `NO_COLOR` is set.
    pub(crate) fn standard() -> Self {
        let wants_colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            out: Box::new(std::io::stdout()),
            log: Box::new(std::io::stderr()),
            has_colours: wants_colours && std::io::stdout().is_terminal(),
            log_has_colours: wants_colours && std::io::stderr().is_terminal(),
        }
    }

    /// A part of the log, with the line ends it came with.
    pub(crate) fn log(&mut self, text: &str) {
        let clean = match self.log_has_colours {
            true => sanitize::strip_except_colors(text),
            false => sanitize::strip(text),
        };
        // Nobody is left to be told when the stream of the log is closed; the exit code still tells.
        let _closed = self
            .log
            .write_all(clean.as_bytes())
            .and_then(|()| self.log.flush());
    }

    /// A result.
    pub(crate) fn say(&mut self, text: &str) {
        let clean = sanitize::strip(text);
        let _closed = writeln!(self.out, "{clean}").and_then(|()| self.out.flush());
    }

    /// A stop, with everything that was seen.
    pub(crate) fn stop(&mut self, stop: &Stop, stack: &[String]) {
        let title = sanitize::strip(&render_title(stop)).into_owned();
        let title = if self.has_colours {
            format!("\u{1b}[1m{title}\u{1b}[0m")
        } else {
            title
        };
        let _closed = writeln!(self.out, "{title}");
        self.say(&render_stop(stop, stack));
    }
}

/// Where and why, in one line.
fn render_title(stop: &Stop) -> String {
    let file = stop.file.as_ref().map_or_else(
        || "the generated test script".to_owned(),
        |file| file.display().to_string(),
    );
    format!("stopped at {file}:{} ({})", stop.line, stop.reason)
}

/// What was seen, in lines.
fn render_stop(stop: &Stop, stack: &[String]) -> String {
    let mut lines = Vec::new();
    if let Some(text) = &stop.text {
        lines.extend(text.lines().map(|line| format!("  {line}")));
    }
    if let Some(source_line) = &stop.source_line {
        lines.push(format!("  {:>5} | {source_line}", stop.line));
    }
    section(&mut lines, "stack", stack.iter().cloned());
    let shown = stop
        .variables
        .iter()
        .take(MOST_VARIABLES)
        .map(render_variable);
    let hidden = stop.variables.len().saturating_sub(MOST_VARIABLES);
    let rest = (hidden > 0).then(|| format!("… and {hidden} more"));
    section(&mut lines, "variables", shown.chain(rest));
    section(
        &mut lines,
        "evaluated",
        stop.evaluations.iter().map(render_evaluation),
    );
    lines.join("\n")
}

fn section(lines: &mut Vec<String>, title: &str, entries: impl Iterator<Item = String>) {
    for (index, entry) in entries.enumerate() {
        if index == 0 {
            lines.push(format!("  {title}"));
        }
        lines.push(format!("    {entry}"));
    }
}

fn render_variable(variable: &Variable) -> String {
    format!("{} = {}", variable.name, shorten(&variable.value))
}

fn render_evaluation(evaluation: &Evaluation) -> String {
    let sign = if evaluation.succeeded { "=" } else { "failed:" };
    format!(
        "{} {sign} {}",
        evaluation.expression,
        shorten(&evaluation.result)
    )
}

fn shorten(text: &str) -> String {
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_reads_like_this() {
        let stop = Stop {
            reason: "breakpoint".to_owned(),
            text: None,
            file: Some("/project/hello.nix".into()),
            line: 14,
            function: "check".to_owned(),
            source_line: Some("machine.succeed(command)".to_owned()),
            variables: vec![Variable {
                name: "command".to_owned(),
                value: "'uname'".to_owned(),
                type_name: None,
            }],
            evaluations: vec![
                Evaluation {
                    expression: "1 + 1".to_owned(),
                    result: "2".to_owned(),
                    succeeded: true,
                },
                Evaluation {
                    expression: "nope".to_owned(),
                    result: "NameError: nope".to_owned(),
                    succeeded: false,
                },
            ],
        };
        let stack = [
            "check  hello.nix:14".to_owned(),
            "testScript  hello.nix:20".to_owned(),
        ];
        let shown = format!("{}\n{}", render_title(&stop), render_stop(&stop, &stack));
        expect_test::expect![[r#"
            stopped at /project/hello.nix:14 (breakpoint)
                 14 | machine.succeed(command)
              stack
                check  hello.nix:14
                testScript  hello.nix:20
              variables
                command = 'uname'
              evaluated
                1 + 1 = 2
                nope failed: NameError: nope"#]]
        .assert_eq(&shown);
    }

    #[test]
    fn nothing_that_is_shown_can_command_the_terminal() {
        let shown: std::sync::Arc<std::sync::Mutex<Vec<u8>>> = std::sync::Arc::default();
        let mut console = Console {
            out: Box::new(Shared(shown.clone())),
            log: Box::new(Shared(shown.clone())),
            has_colours: true,
            log_has_colours: true,
        };
        let evil = "a\u{1b}]0;title\u{7}b\u{1b}[2J";
        let stop = Stop {
            reason: evil.to_owned(),
            text: Some(evil.to_owned()),
            file: Some(evil.into()),
            line: 1,
            function: evil.to_owned(),
            source_line: Some(evil.to_owned()),
            variables: vec![Variable {
                name: evil.to_owned(),
                value: evil.to_owned(),
                type_name: None,
            }],
            evaluations: Vec::new(),
        };
        console.stop(&stop, &[evil.to_owned()]);
        console.say(evil);
        console.log(evil);
        let shown = String::from_utf8(shown.lock().unwrap().clone()).unwrap();
        let shown = shown.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }

    struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let short = shorten(&"ä".repeat(LONGEST_VALUE + 1));
        assert_eq!(short.chars().count(), LONGEST_VALUE + 1);
        assert!(short.ends_with('…'));
    }
}
