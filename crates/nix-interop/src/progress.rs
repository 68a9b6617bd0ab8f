//! What a build is doing, put together from Nix's records. Pure: it takes records and gives events.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};

use crate::internal_json::{Activity, ActivityResult, Counts, Message, Record, expected};
use crate::sanitize::{cut, strip};

/// Lines of a derivation's log that a failure shows.
pub(crate) const TAIL_LINES: usize = 20;
/// Bytes of a line that are kept of it.
const TAIL_LINE_LIMIT: usize = 4 << 10;

/// What happens during a build. Nix can report tens of thousands of these per second: coalesce before showing them.
/// Log lines keep their colours and control sequences, see [`crate::sanitize`]; other texts have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEvent {
    /// What has to be built. Missing when there is nothing, and in versions that do not tell.
    Planned {
        /// In an order in which they can be built.
        derivations: Vec<PathBuf>,
    },
    /// A build begins.
    Started {
        /// The `.drv`.
        derivation: PathBuf,
        /// Its name, without hash and `.drv`.
        name: String,
    },
    /// A build writes a line.
    Log {
        /// The `.drv`.
        derivation: PathBuf,
        /// Its name.
        name: String,
        /// The line, as the builder wrote it.
        line: String,
    },
    /// A build enters a phase, such as `buildPhase`.
    Phase {
        /// The `.drv`.
        derivation: PathBuf,
        /// Its name.
        name: String,
        /// The phase.
        phase: String,
    },
    /// A build is over. Nix does not say here whether it succeeded, failed or was cancelled.
    Finished {
        /// The `.drv`.
        derivation: PathBuf,
        /// Its name.
        name: String,
    },
    /// The numbers changed.
    Progress(Progress),
    /// Nix says something at the level of a notice or above.
    Message(String),
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Builds; without a plan, `expected` grows until all dependencies have been looked at.
    pub builds: Counts,
    /// Store paths to copy from a cache or another store.
    pub copies: Counts,
    /// Bytes that have been downloaded.
    pub downloaded: u64,
    /// Bytes to download, as far as known.
    pub to_download: u64,
}

/// Follows the records of one process.
#[derive(Debug, Default)]
pub(crate) struct BuildLog {
    activities: HashMap<u64, Followed>,
    builds: BTreeMap<String, BuildState>,
    plan: Option<Vec<PathBuf>>,
    planned: Option<u64>,
    progress: Progress,
    errors: Vec<String>,
    plain: Vec<String>,
}

#[derive(Debug)]
enum Followed {
    Build { derivation: String },
    Builds,
    CopyPaths,
    Realise,
    Transfer { bytes: u64 },
}

#[derive(Debug, Default)]
struct BuildState {
    /// A remote build has two activities, one inside the other.
    activities: usize,
    tail: VecDeque<String>,
}

impl BuildLog {
    pub(crate) fn take(&mut self, record: Record, on_event: &mut dyn FnMut(BuildEvent)) {
        match record {
            Record::Start { id, activity, .. } => self.start(id, activity, on_event),
            Record::Stop { id } => self.stop(id, on_event),
            Record::Result { id, result } => self.result(id, result, on_event),
            Record::Message(message) => self.message(message, on_event),
            Record::Plain(line) => {
                let line = strip(&line).into_owned();
                if self.plain.len() < TAIL_LINES {
                    self.plain.push(line.clone());
                }
                on_event(BuildEvent::Message(line));
            }
            Record::Other(_) => {}
        }
    }

    fn start(&mut self, id: u64, activity: Activity, on_event: &mut dyn FnMut(BuildEvent)) {
        let followed = match activity {
            Activity::Build { derivation, .. } => {
                let state = self.builds.entry(derivation.clone()).or_default();
                state.activities += 1;
                if state.activities == 1 {
                    on_event(BuildEvent::Started {
                        name: name_of(&derivation),
                        derivation: (&derivation).into(),
                    });
                }
                Followed::Build { derivation }
            }
            Activity::Builds => {
                if let Some(derivations) = self.plan.take() {
                    self.planned = u64::try_from(derivations.len()).ok();
                    on_event(BuildEvent::Planned { derivations });
                }
                Followed::Builds
            }
            Activity::CopyPaths => Followed::CopyPaths,
            Activity::Realise => Followed::Realise,
            Activity::FileTransfer { .. } => Followed::Transfer { bytes: 0 },
            _ => return,
        };
        self.activities.insert(id, followed);
    }

    fn stop(&mut self, id: u64, on_event: &mut dyn FnMut(BuildEvent)) {
        let Some(Followed::Build { derivation }) = self.activities.remove(&id) else {
            return;
        };
        let Some(state) = self.builds.get_mut(&derivation) else {
            return;
        };
        state.activities = state.activities.saturating_sub(1);
        if state.activities == 0 {
            on_event(BuildEvent::Finished {
                name: name_of(&derivation),
                derivation: derivation.into(),
            });
        }
    }

    fn result(&mut self, id: u64, result: ActivityResult, on_event: &mut dyn FnMut(BuildEvent)) {
        let Some(followed) = self.activities.get_mut(&id) else {
            return;
        };
        let before = self.progress;
        match (followed, result) {
            (Followed::Build { derivation }, ActivityResult::BuildLogLine(line)) => {
                let derivation = derivation.clone();
                if let Some(state) = self.builds.get_mut(&derivation) {
                    state.remember(&line);
                }
                on_event(BuildEvent::Log {
                    name: name_of(&derivation),
                    derivation: derivation.into(),
                    line,
                });
            }
            (Followed::Build { derivation }, ActivityResult::SetPhase(phase)) => {
                on_event(BuildEvent::Phase {
                    name: name_of(derivation),
                    derivation: (&*derivation).into(),
                    phase: strip(&phase).into_owned(),
                })
            }
            (Followed::Builds, ActivityResult::Progress(counts)) => {
                // Nix counts up while it looks around, and 2.34 counts one too many.
                let expected = self.planned.unwrap_or(counts.expected);
                self.progress.builds = Counts { expected, ..counts };
            }
            (Followed::CopyPaths, ActivityResult::Progress(counts)) => {
                self.progress.copies = counts
            }
            (Followed::Transfer { bytes }, ActivityResult::Progress(counts)) => {
                self.progress.downloaded += counts.done.saturating_sub(*bytes);
                *bytes = counts.done.max(*bytes);
            }
            (
                Followed::Realise,
                ActivityResult::SetExpected {
                    activity: expected::FILE_TRANSFER,
                    amount,
                },
            ) => {
                self.progress.to_download = amount;
            }
            _ => {}
        }
        if self.progress != before {
            on_event(BuildEvent::Progress(self.progress));
        }
    }

    fn message(&mut self, message: Message, on_event: &mut dyn FnMut(BuildEvent)) {
        let text = strip(&message.text).into_owned();
        match message.level {
            0 if self.errors.len() < TAIL_LINES => self.errors.push(text.clone()),
            3 => return self.plan(&text),
            4.. => return,
            _ => {}
        }
        on_event(BuildEvent::Message(text));
    }

    /// The plan is a headline for people and then a path per line; one headline for builds, one for downloads.
    fn plan(&mut self, line: &str) {
        match (line.strip_prefix("  "), &mut self.plan) {
            (Some(path), Some(plan)) if path.ends_with(".drv") => plan.push(path.into()),
            _ if line.ends_with("will be built:") => self.plan = Some(Vec::new()),
            _ => {}
        }
    }

    /// The errors, in the order in which Nix gave them.
    pub(crate) fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Lines that were no records.
    pub(crate) fn plain(&self) -> &[String] {
        &self.plain
    }

    /// The end of a derivation's log; nothing if it was not started.
    pub(crate) fn tail_of(&self, derivation: &str) -> Option<Vec<String>> {
        let tail = &self.builds.get(derivation)?.tail;
        Some(tail.iter().cloned().collect())
    }
}

impl BuildState {
    fn remember(&mut self, line: &str) {
        if self.tail.len() == TAIL_LINES {
            self.tail.pop_front();
        }
        let clean = strip(line);
        self.tail.push_back(cut(&clean, TAIL_LINE_LIMIT).to_owned());
    }
}

/// `vm-test-run-x` of `/nix/store/…-vm-test-run-x.drv`.
pub(crate) fn name_of(derivation: &str) -> String {
    let file = Path::new(derivation)
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let name = file.split_once('-').map_or(file.as_ref(), |(_, name)| name);
    strip(name.strip_suffix(".drv").unwrap_or(name)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internal_json::parse_line;

    fn replay(sample: &str) -> (BuildLog, Vec<BuildEvent>) {
        let path = format!(
            "{}/tests/samples/{sample}.jsonl",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut log = BuildLog::default();
        let mut events = Vec::new();
        for line in std::fs::read(path)
            .unwrap()
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            log.take(parse_line(line), &mut |event| events.push(event));
        }
        (log, events)
    }

    fn summary(events: &[BuildEvent]) -> String {
        let mut summary = String::new();
        for event in events {
            let line = match event {
                BuildEvent::Planned { derivations } => format!("planned {}", derivations.len()),
                BuildEvent::Started { name, .. } => format!("started {name}"),
                BuildEvent::Finished { name, .. } => format!("finished {name}"),
                BuildEvent::Log { name, line, .. } => format!("{name}: {}", strip(line)),
                BuildEvent::Message(text) => {
                    format!("message {}", text.lines().next().unwrap_or_default())
                }
                BuildEvent::Phase { .. } | BuildEvent::Progress(_) => continue,
            };
            summary.push_str(&line);
            summary.push('\n');
        }
        summary
    }

    #[test]
    fn a_build_is_followed_from_plan_to_end() {
        let (_, events) = replay("nix234-nixstore-good");
        expect_test::expect![[r#"
            planned 4
            started a
            a: building a
            finished a
            started b
            started c
            b: b line 1
            c: c line 1
            b: b line 2
            c: c line 2
            c: c line 3
            b: b line 3
            finished c
            b: red ü
            finished b
            started good
            good: good
            finished good
            message warning: you did not specify '--add-root'; the result might be removed by the garbage collector
        "#]]
        .assert_eq(&summary(&events));
    }

    #[test]
    fn numbers_reach_their_goal() {
        for sample in [
            "nix28-nixstore-good",
            "nix226-nixstore-good",
            "nix234-nixstore-good",
        ] {
            let (log, _) = replay(sample);
            assert_eq!(
                log.progress.builds,
                Counts {
                    done: 4,
                    expected: 4,
                    running: 0,
                    failed: 0
                },
                "{sample}"
            );
        }
        for sample in ["nix28-substitute", "nix226-substitute", "nix234-substitute"] {
            let (log, _) = replay(sample);
            assert_eq!(
                log.progress.copies,
                Counts {
                    done: 1,
                    expected: 1,
                    running: 0,
                    failed: 0
                },
                "{sample}"
            );
            assert!(log.progress.to_download > 100, "{sample}");
        }
    }

    #[test]
    fn downloads_are_summed_up() {
        let mut log = BuildLog::default();
        let mut last = None;
        for id in [1, 2] {
            log.start(
                id,
                Activity::FileTransfer { url: String::new() },
                &mut |_| {},
            );
        }
        for (id, done) in [(1, 10), (2, 5), (1, 30), (1, 30), (2, 8)] {
            let counts = Counts {
                done,
                ..Counts::default()
            };
            log.result(id, ActivityResult::Progress(counts), &mut |event| {
                last = Some(event)
            });
        }
        let Some(BuildEvent::Progress(progress)) = last else {
            panic!("no progress")
        };
        assert_eq!(progress.downloaded, 38);
    }

    #[test]
    fn a_remote_build_starts_and_finishes_once() {
        let (log, events) = replay("nix28-remotebuilder-bad");
        expect_test::expect![[r#"
            planned 2
            started dep
            dep: dep log
            finished dep
            started rbad
            rbad: failing remotely
            message error: build of '/nix/store/99zvhpkim19wz40hic5yhd90srx2791z-rbad.drv' on 'ssh-ng://builder.example' failed: Cannot build '/nix/store/99zvhpkim19wz40hic5yhd90srx2791z-rbad.drv'.
            finished rbad
            message error: builder for '/nix/store/99zvhpkim19wz40hic5yhd90srx2791z-rbad.drv' failed with exit code 1
        "#]]
        .assert_eq(&summary(&events));
        assert_eq!(crate::culprit::find(&log).log, ["failing remotely"]);
    }
}
