//! Which derivation is to blame for a failed build, and what it has to say.
//!
//! Nix gives no verdict per derivation, only texts. So the texts choose among the derivations that ran, and nothing
//! else hangs on them: that the build failed is known from Nix's exit status.

use std::path::PathBuf;

use crate::progress::BuildLog;

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Culprit {
    pub(crate) derivation: Option<PathBuf>,
    pub(crate) reason: String,
    pub(crate) log: Vec<String>,
}

/// The first error that names a derivation that was started. Dependents never start, so they are not taken for it; and
/// a builder that fakes an error can name no other than one that ran.
pub(crate) fn find(log: &BuildLog) -> Culprit {
    let named_and = |is_candidate: &dyn Fn(&str) -> bool| {
        log.errors().iter().find_map(|error| {
            let derivation = derivations_in(error).find(|derivation| is_candidate(derivation))?;
            Some((derivation, error))
        })
    };
    let started = named_and(&|derivation| log.tail_of(derivation).is_some());
    // One that cannot even start, such as for a missing system feature.
    match started.or_else(|| named_and(&|_| true)) {
        Some((derivation, error)) => Culprit {
            reason: reason_in(error, derivation),
            log: log.tail_of(derivation).unwrap_or_default(),
            derivation: Some(derivation.into()),
        },
        None => Culprit {
            derivation: None,
            reason: first_reason(log),
            log: Vec::new(),
        },
    }
}

fn first_reason(log: &BuildLog) -> String {
    let errors = log.errors();
    // Nix gives warnings the level of errors, too.
    let error = errors.iter().find(|error| error.starts_with("error:"));
    let text = error
        .or(errors.first())
        .cloned()
        .unwrap_or_else(|| log.plain().join("\n"));
    match text.strip_prefix("error:").unwrap_or(&text).trim() {
        "" => "Nix gives no reason".to_owned(),
        reason => reason.to_owned(),
    }
}

fn derivations_in(error: &str) -> impl Iterator<Item = &str> {
    error
        .split('\'')
        .filter(|quoted| quoted.starts_with('/') && quoted.ends_with(".drv"))
}

/// The short form of an error that names `derivation`: how the builder ended, if it says so, else its first line.
fn reason_in(error: &str, derivation: &str) -> String {
    let text = error.strip_prefix("error:").unwrap_or(error).trim();
    // From Nix 2.29 on.
    if let Some((_, reason)) = text.split_once("Reason: ") {
        return first_line(reason).trim_end_matches('.').to_owned();
    }
    let before = format!("builder for '{derivation}' ");
    let line = first_line(text);
    match line.strip_prefix(&before) {
        Some(rest) => format!("builder {}", rest.split([';', ',']).next().unwrap_or(rest)),
        None => line.to_owned(),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internal_json::parse_line;
    use crate::progress::name_of;
    use std::path::Path;

    fn replay(sample: &str) -> BuildLog {
        let path = format!(
            "{}/tests/samples/{sample}.jsonl",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut log = BuildLog::default();
        for line in std::fs::read(path).unwrap().split(|byte| *byte == b'\n') {
            log.take(parse_line(line), &mut |_| {});
        }
        log
    }

    #[test]
    fn the_derivation_that_failed_itself_is_found() {
        let samples = ["build-bad", "nixstore-bad", "build-keepgoing", "daemon-bad"];
        for version in ["nix28", "nix226", "nix234"] {
            for sample in samples {
                let sample = format!("{version}-{sample}");
                if sample == "nix226-daemon-bad" {
                    continue;
                }
                let culprit = find(&replay(&sample));
                let name = culprit
                    .derivation
                    .as_deref()
                    .and_then(Path::to_str)
                    .map(name_of);
                assert_eq!(name.as_deref(), Some("bad"), "{sample}");
                assert_eq!(
                    culprit.reason, "builder failed with exit code 3",
                    "{sample}"
                );
                assert_eq!(
                    culprit.log,
                    ["about to fail", "boom: assertion failed"],
                    "{sample}"
                );
            }
        }
    }

    #[test]
    fn a_builder_cannot_blame_another() {
        let log = replay("nix234-spoof");
        assert_eq!(
            find(&log).reason,
            "builder for /nix/store/fake.drv failed with exit code 1"
        );
        assert_eq!(find(&log).derivation, None);
    }

    #[test]
    fn without_a_culprit_the_first_error_stands() {
        let mut log = BuildLog::default();
        for line in [
            "@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"warning: nearly full\"}",
            "@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"error: disk full\"}",
            "bye",
        ] {
            log.take(parse_line(line.as_bytes()), &mut |_| {});
        }
        assert_eq!(find(&log).reason, "disk full");
        assert_eq!(find(&BuildLog::default()).reason, "Nix gives no reason");
    }
}
