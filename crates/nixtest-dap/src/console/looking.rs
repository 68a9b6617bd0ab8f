//! Looking around at a stop without an editor: where it is, the frames, the variables, the threads.

use dap_protocol::{ResponseMessage, requests, types};

use super::{Asked, Console};

/// What was asked for.
pub(super) enum Look {
    Scopes,
    Variables,
    Threads,
}

/// What an editor shows beside its console and a terminal does not. `:help` of the session lists the rest.
const HELP: &str = "\
:where           the frames, with the selected one marked
:up, :down       select the frame in which Python is evaluated
:locals          the variables of the selected frame
:threads         the threads of the script
:quit            leave; the session goes on (also Ctrl-D)
";

impl Console {
    /// Serves a word of the console's own; returns whether it is one.
    pub(super) fn look(&mut self, word: &str) -> bool {
        match word {
            ":help" => {
                self.input.show(HELP);
                // The session adds its own.
                return false;
            }
            ":threads" => self.ask::<requests::Threads>(&(), Asked::Look(Look::Threads)),
            ":where" | ":up" | ":down" | ":locals" if self.frames.is_empty() => {
                self.has_failed = true;
                self.input
                    .show("the test script is running; :pause stops it\n");
            }
            ":where" => self.show_frames(),
            ":up" => self.select(self.selected + 1),
            ":down" => self.select(self.selected.wrapping_sub(1)),
            ":locals" => {
                let frame_id = self.frames[self.selected].id;
                let arguments = types::ScopesArguments { frame_id };
                self.ask::<requests::Scopes>(&arguments, Asked::Look(Look::Scopes));
            }
            _ => return false,
        }
        true
    }

    pub(super) fn announce(&mut self, stopped: &types::StoppedEvent) {
        let reason = stopped
            .description
            .clone()
            .or_else(|| {
                serde_json::to_value(&stopped.reason)
                    .ok()?
                    .as_str()
                    .map(str::to_owned)
            })
            .unwrap_or_default();
        let place = self.frames.first().map(place).unwrap_or_default();
        let text = stopped
            .text
            .as_ref()
            .map(|text| format!(": {}", text.trim_end()))
            .unwrap_or_default();
        self.input
            .show(&format!("stopped ({reason}) at {place}{text}\n"));
        if let Some(line) = self.frames.first().and_then(source_line) {
            self.input.show(&format!("  {line}\n"));
        }
    }

    fn show_frames(&mut self) {
        let rows: Vec<String> = self
            .frames
            .iter()
            .enumerate()
            .map(|(index, frame)| {
                let mark = if index == self.selected { ">" } else { " " };
                format!("{mark} {} ({})\n", place(frame), frame.name)
            })
            .collect();
        self.input.show(&rows.concat());
    }

    fn select(&mut self, index: usize) {
        match self.frames.get(index) {
            Some(frame) => {
                let text = format!("{} ({})\n", place(frame), frame.name);
                self.selected = index;
                self.input.show(&text);
            }
            None => self.input.show("there is no further frame\n"),
        }
    }

    pub(super) fn show_look(&mut self, look: Look, response: &ResponseMessage) {
        if let Some(error) = response.error() {
            self.has_failed = true;
            return self.input.show(&format!("{}\n", error.text()));
        }
        self.has_failed = false;
        match look {
            Look::Scopes => {
                let scopes = response.parse::<requests::Scopes>().map(|body| body.scopes);
                if let Some(scope) = scopes.ok().and_then(|scopes| scopes.into_iter().next()) {
                    let arguments = types::VariablesArguments {
                        variables_reference: scope.variables_reference,
                        ..types::VariablesArguments::default()
                    };
                    self.ask::<requests::Variables>(&arguments, Asked::Look(Look::Variables));
                }
            }
            Look::Variables => {
                let variables = response.parse::<requests::Variables>();
                for variable in variables.map(|body| body.variables).unwrap_or_default() {
                    self.input
                        .show(&format!("{} = {}\n", variable.name, variable.value));
                }
            }
            Look::Threads => {
                let threads = response.parse::<requests::Threads>();
                for thread in threads.map(|body| body.threads).unwrap_or_default() {
                    self.input.show(&format!("{} {}\n", thread.id, thread.name));
                }
            }
        }
    }
}

fn place(frame: &types::StackFrame) -> String {
    let source = frame.source.as_ref();
    let name = source.and_then(|source| source.path.clone().or(source.name.clone()));
    format!("{}:{}", name.unwrap_or_default(), frame.line)
}

/// The line of a file, which is of the same machine.
fn source_line(frame: &types::StackFrame) -> Option<String> {
    let text = std::fs::read_to_string(frame.source.as_ref()?.path.as_ref()?).ok()?;
    let index = usize::try_from(frame.line).ok()?.checked_sub(1)?;
    let line = text.lines().nth(index)?;
    Some(dap_server::sanitize::strip(line.trim()).into_owned())
}
