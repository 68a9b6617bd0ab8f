//! The ledger of line breakpoints: what the client asked for, and what the agent made of it.
//!
//! A breakpoint on one line of a file becomes any number of breakpoints on lines of the script, which all hit. The client
//! sees one, with one id that never changes; to the agent all of them have this id, because their hits are counted together.
//! The agent always gets the whole list, because for it there is one source: the script.

use std::path::Path;

use dap_protocol::types;
use serde::Serialize;

use crate::script::{ClientPlace, Script, SourceKey};

/// One breakpoint as the client asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The line in its file, counted from 1.
    pub(crate) line: i64,
    pub(crate) terms: Terms,
}

/// When and how a breakpoint takes effect, as the agent reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Terms {
    /// An expression that must be true for a hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<String>,
    /// Which hits count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hit_condition: Option<String>,
    /// A hit writes this and does not stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_message: Option<String>,
}

impl Terms {
    /// Clients send empty texts for none.
    pub(crate) fn new(condition: Option<&String>, hit_condition: Option<&String>) -> Self {
        let said = |text: Option<&String>| text.filter(|text| !text.trim().is_empty()).cloned();
        Self {
            condition: said(condition),
            hit_condition: said(hit_condition),
            log_message: None,
        }
    }

    pub(crate) fn of(asked: &types::SourceBreakpoint) -> Self {
        let message = asked.log_message.as_ref();
        Self {
            log_message: message.filter(|text| !text.trim().is_empty()).cloned(),
            ..Self::new(asked.condition.as_ref(), asked.hit_condition.as_ref())
        }
    }
}

/// What has become of a breakpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placement {
    /// The script is not known yet.
    Pending,
    /// It will hit, at this line of its file.
    Placed {
        /// The line, counted from 1; lower in the file than the wanted one where that holds no code.
        line: i64,
        /// The column of the statement, where it stands on that line.
        column: Option<i64>,
    },
    /// It cannot hit, for this reason.
    Refused {
        /// A sentence for the user.
        reason: String,
    },
}

/// One breakpoint of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breakpoint {
    pub(crate) id: i64,
    pub(crate) wanted: Wanted,
    pub(crate) placement: Placement,
    /// The lines of the script that the wanted line meant when it was asked for. Its file may be edited after that.
    script_lines: Option<Vec<i64>>,
    /// Whether the client has heard of this placement.
    is_told: bool,
}

/// What the agent answered for one breakpoint of its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) verified: bool,
    /// The line of the script.
    pub(crate) line: Option<i64>,
    /// The column there, in characters.
    pub(crate) column: Option<i64>,
    pub(crate) message: Option<String>,
}

/// The whole list for the agent at one moment. Requests may overtake answers, so each list has a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    number: u64,
    pub(crate) breakpoints: Vec<Planned>,
}

/// One breakpoint of the list for the agent, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// The breakpoint of the ledger it belongs to.
    pub(crate) owner: i64,
    /// The line of the script, counted from 1.
    pub(crate) script_line: i64,
    pub(crate) terms: Terms,
}

/// Everything the client asked for, by source.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    last_id: i64,
    last_plan: u64,
    sources: Vec<(SourceKey, Vec<Breakpoint>)>,
}

impl Ledger {
    /// Replaces the breakpoints of one source. A breakpoint that was there before on the same line on the same terms
    /// keeps its id.
    pub(crate) fn replace(&mut self, source: SourceKey, wanted: Vec<Wanted>) {
        let mut before = match self.sources.iter().position(|(key, _)| *key == source) {
            Some(index) => self.sources.remove(index).1,
            None => Vec::new(),
        };
        let breakpoints: Vec<_> = wanted
            .into_iter()
            .map(|wanted| {
                match before
                    .iter()
                    .position(|breakpoint| breakpoint.wanted == wanted)
                {
                    // The line is one of the file as it is now.
                    Some(index) => Breakpoint {
                        script_lines: None,
                        ..before.swap_remove(index)
                    },
                    None => Breakpoint {
                        id: self.next_id(),
                        wanted,
                        placement: Placement::Pending,
                        script_lines: None,
                        is_told: true,
                    },
                }
            })
            .collect();
        if !breakpoints.is_empty() {
            self.sources.push((source, breakpoints));
        }
    }

    /// An id for a breakpoint of any kind.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The breakpoints of one source, in the order the client gave them.
    pub(crate) fn of(&self, source: &SourceKey) -> &[Breakpoint] {
        self.sources
            .iter()
            .find(|(key, _)| key == source)
            .map_or(&[], |(_, breakpoints)| breakpoints)
    }

    /// Every breakpoint with its source.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&SourceKey, &Breakpoint)> {
        self.sources.iter().flat_map(|(source, breakpoints)| {
            breakpoints
                .iter()
                .map(move |breakpoint| (source, breakpoint))
        })
    }

    /// The files in which there are breakpoints.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.sources
            .iter()
            .filter_map(|(source, _)| source.real_path())
    }

    /// The file as the client names it, if it has breakpoints in it.
    pub(crate) fn as_named(&self, file: &Path) -> Option<&SourceKey> {
        self.sources
            .iter()
            .map(|(source, _)| source)
            .find(|source| source.real_path() == Some(file))
    }

    /// Another script comes: each breakpoint means the line that the client has named last.
    pub(crate) fn forget_script(&mut self) {
        for (_, breakpoints) in &mut self.sources {
            for breakpoint in breakpoints {
                breakpoint.script_lines = None;
            }
        }
    }

    /// Another text of the script has taken the place of `before`: each breakpoint means what it meant, where that stands
    /// now, and otherwise the line that the client has named last.
    pub(crate) fn follow(&mut self, before: &Script, after: &Script) {
        for (source, breakpoints) in &mut self.sources {
            for breakpoint in breakpoints {
                let lines = breakpoint.script_lines.take().unwrap_or_default();
                // A line of the generated script is known by where it was written.
                let now = lines.iter().find_map(|&line| match source {
                    SourceKey::Generated => Some(before.place(line, 1)),
                    _ => before
                        .place_in(source, line, 1)
                        .map(|(line, column)| ClientPlace {
                            source: source.clone(),
                            line,
                            column,
                        }),
                });
                breakpoint.script_lines =
                    now.and_then(|place| after.lines_for(&place.source, place.line).ok());
            }
        }
    }

    /// The list for the agent; what has no place in the script is refused here and now.
    pub(crate) fn plan(&mut self, script: &Script) -> Plan {
        let mut plan = Vec::new();
        for (source, breakpoints) in &mut self.sources {
            for breakpoint in breakpoints {
                let lines = match breakpoint.script_lines.take() {
                    Some(lines) => Ok(lines),
                    None => script.lines_for(source, breakpoint.wanted.line),
                };
                match lines {
                    Ok(lines) => {
                        plan.extend(lines.iter().map(|&script_line| Planned {
                            owner: breakpoint.id,
                            script_line,
                            terms: breakpoint.wanted.terms.clone(),
                        }));
                        breakpoint.script_lines = Some(lines);
                    }
                    Err(reason) => {
                        let refused = Placement::Refused { reason };
                        if breakpoint.placement != refused {
                            breakpoint.placement = refused;
                            breakpoint.is_told = false;
                        }
                    }
                }
            }
        }
        self.last_plan += 1;
        Plan {
            number: self.last_plan,
            breakpoints: plan,
        }
    }

    /// Takes down what the agent answered to a plan, unless a newer one is on its way. Returns the ids whose placement has
    /// changed.
    pub(crate) fn record(
        &mut self,
        plan: &Plan,
        answers: &[Answered],
        script: &Script,
    ) -> Vec<i64> {
        if plan.number != self.last_plan {
            return Vec::new();
        }
        let mut changed = Vec::new();
        for (source, breakpoints) in &mut self.sources {
            for breakpoint in breakpoints {
                let placement = placement(source, breakpoint, plan, answers, script);
                if placement != breakpoint.placement || !breakpoint.is_told {
                    breakpoint.placement = placement;
                    breakpoint.is_told = true;
                    changed.push(breakpoint.id);
                }
            }
        }
        changed
    }

    /// Whether there is a line breakpoint with this id.
    pub(crate) fn holds(&self, id: i64) -> bool {
        self.all().any(|(_, breakpoint)| breakpoint.id == id)
    }
}

/// What became of a breakpoint by one plan: it is placed when any of its lines is; its first refusal counts only when none
/// is.
pub(crate) fn placement(
    source: &SourceKey,
    breakpoint: &Breakpoint,
    plan: &Plan,
    answers: &[Answered],
    script: &Script,
) -> Placement {
    let planned = plan.breakpoints.iter().zip(answers);
    let own = planned.filter(|(planned, _)| planned.owner == breakpoint.id);
    let mut refusal = None;
    for (_, answered) in own {
        if answered.verified {
            let moved = answered
                .line
                .and_then(|line| script.place_in(source, line, answered.column.unwrap_or(1)));
            let (line, column) = moved.unwrap_or((breakpoint.wanted.line, 1));
            return Placement::Placed {
                line,
                column: answered.column.and(moved).map(|_| column),
            };
        }
        let reason = answered.message.clone();
        refusal.get_or_insert(reason.unwrap_or_else(|| "there is no code to stop at".to_owned()));
    }
    match refusal {
        Some(reason) => Placement::Refused { reason },
        // Not in the plan: it was refused when the plan was made, and keeps its reason.
        None => breakpoint.placement.clone(),
    }
}
