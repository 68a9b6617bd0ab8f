//! What a run looks like to the person who watches it.
//!
//! Results go to standard output, so that they can be kept apart from the log of driver and machines on standard error. Text from the
//! adapter has lost its control sequences already.

use std::io::{IsTerminal, Write};

use recording::{Evaluation, Stop, Variable};

/// The longest value that is shown whole, in characters.
const LONGEST_VALUE: usize = 200;

/// The most variables that are shown at a stop.
const MOST_VARIABLES: usize = 20;

/// Where a run is shown.
pub(crate) struct Console {
    out: Box<dyn Write + Send>,
    log: Box<dyn Write + Send>,
    has_colours: bool,
}

impl Console {
    /// Standard output and standard error of the process, coloured on a terminal unless `NO_COLOR` is set.
    pub(crate) fn standard() -> Self {
        let has_colours = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            out: Box::new(std::io::stdout()),
            log: Box::new(std::io::stderr()),
            has_colours,
        }
    }

    /// A line of the log as it came.
    pub(crate) fn log(&mut self, text: &str) {
        // Nobody is left to be told when the stream of the log is closed; the exit code still tells.
        let _closed = self
            .log
            .write_all(text.as_bytes())
            .and_then(|()| self.log.flush());
    }

    /// A result.
    pub(crate) fn say(&mut self, text: &str) {
        let _closed = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// A stop, with everything that was seen.
    pub(crate) fn stop(&mut self, stop: &Stop, stack: &[String]) {
        let text = render_stop(stop, stack, |text| self.bold(text));
        self.say(&text);
    }

    fn bold(&self, text: &str) -> String {
        if self.has_colours {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A stop as text.
fn render_stop(stop: &Stop, stack: &[String], bold: impl Fn(&str) -> String) -> String {
    let file = stop.file.as_ref().map_or_else(
        || "the generated test script".to_owned(),
        |file| file.display().to_string(),
    );
    let mut lines = vec![bold(&format!(
        "stopped at {file}:{} ({})",
        stop.line, stop.reason
    ))];
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
        .assert_eq(&render_stop(&stop, &stack, str::to_owned));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let short = shorten(&"ä".repeat(LONGEST_VALUE + 1));
        assert_eq!(short.chars().count(), LONGEST_VALUE + 1);
        assert!(short.ends_with('…'));
    }
}
