//! Where lines come from: a person at a terminal, with history and completion, or a pipe. And where text goes, which is shown above
//! a line that is being edited.

use std::fs;
use std::io::{BufRead, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::mpsc as waiting;
use std::thread;
use std::time::Duration;

use dap_protocol::types::CompletionItem;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, ExternalPrinter, Helper};
use tokio::sync::mpsc;

/// How long a person waits for completions.
const PATIENCE_WITH_COMPLETIONS: Duration = Duration::from_secs(2);

/// How many lines of history are kept.
const MOST_HISTORY: usize = 1000;

/// Ends what an editor of lines asks terminals for, and the line that was edited.
const LINE_MODE: &str = "\x1b[?2004l\r\n";

/// What is awaited.
#[derive(Debug, Clone, Copy)]
pub(super) enum Prompt {
    Statement,
    /// Another line of the same.
    More,
}

/// What somebody types.
pub(super) enum Typed {
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// A wish to know how the line may go on.
    Complete(Completions),
    /// Ctrl-D, or the end of the pipe.
    End,
}

/// A line that may go on somehow.
pub(super) struct Completions {
    pub(super) text: String,
    /// In UTF-16 code units, from 1.
    pub(super) column: i64,
    reply: waiting::Sender<Vec<CompletionItem>>,
}

impl Completions {
    pub(super) fn answer(self, targets: Vec<CompletionItem>) {
        let _nobody_waits_any_more = self.reply.send(targets);
    }
}

/// The lines and the screen.
pub(super) struct Input {
    prompts: waiting::Sender<Prompt>,
    typed: mpsc::UnboundedReceiver<Typed>,
    /// Shows text above the line that is edited.
    printer: Option<Box<dyn ExternalPrinter + Send>>,
    /// How the terminal was: the session may end while a line is edited, by a thread that nobody can wake.
    before: Option<Termios>,
}

impl Drop for Input {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let stdin = std::io::stdin();
            let _terminal_is_gone = tcsetattr(&stdin, OptionalActions::Now, before);
            let mut stdout = std::io::stdout();
            let _as_above = stdout
                .write_all(LINE_MODE.as_bytes())
                .and_then(|()| stdout.flush());
        }
    }
}

impl Input {
    pub(super) fn start(is_terminal: bool, completes: bool) -> Self {
        let (prompts, wanted) = waiting::channel();
        let (typing, typed) = mpsc::unbounded_channel();
        let mut printer = None;
        let terminal = std::io::stdin();
        let before = is_terminal.then(|| tcgetattr(&terminal).ok()).flatten();
        match is_terminal.then(|| editor(typing.clone(), completes)) {
            Some(Ok(mut editor)) => {
                printer = editor.create_external_printer().ok().map(|printer| {
                    let printer: Box<dyn ExternalPrinter + Send> = Box::new(printer);
                    printer
                });
                // Ends with the process, or when nobody asks for lines any more.
                thread::spawn(move || edit(editor, &wanted, &typing));
            }
            Some(Err(_)) | None => {
                // As above.
                thread::spawn(move || read(&wanted, &typing));
            }
        }
        Self {
            prompts,
            typed,
            printer,
            before,
        }
    }

    /// Asks for a line.
    pub(super) fn ask(&self, prompt: Prompt) {
        let _input_has_ended = self.prompts.send(prompt);
    }

    pub(super) async fn next(&mut self) -> Option<Typed> {
        self.typed.recv().await
    }

    /// Shows text, whole lines of it.
    pub(super) fn show(&mut self, text: &str) {
        match &mut self.printer {
            Some(printer) => {
                let _terminal_is_gone = printer.print(text.to_owned());
            }
            None => {
                let mut stdout = std::io::stdout();
                let _nobody_reads_it = stdout
                    .write_all(text.as_bytes())
                    .and_then(|()| stdout.flush());
            }
        }
    }
}

/// Lines of a pipe.
fn read(wanted: &waiting::Receiver<Prompt>, typing: &mpsc::UnboundedSender<Typed>) {
    let mut lines = std::io::stdin().lock().lines();
    while let Ok(prompt) = wanted.recv() {
        let typed = match (lines.next(), prompt) {
            (Some(Ok(line)), _) => Typed::Line(line),
            // The end of the pipe is the end of a block.
            (_, Prompt::More) => Typed::Line(String::new()),
            (_, Prompt::Statement) => Typed::End,
        };
        if typing.send(typed).is_err() {
            return;
        }
    }
}

/// Lines of a person.
fn edit(
    mut editor: Editor<Completing, DefaultHistory>,
    wanted: &waiting::Receiver<Prompt>,
    typing: &mpsc::UnboundedSender<Typed>,
) {
    let history = history_file();
    while let Ok(prompt) = wanted.recv() {
        let prompt = match prompt {
            Prompt::Statement => ">>> ",
            Prompt::More => "... ",
        };
        let typed = match editor.readline(prompt) {
            Ok(line) => {
                if editor.add_history_entry(&line).unwrap_or(false)
                    && let Some(file) = &history
                {
                    let _history_is_a_convenience = editor.append_history(file);
                }
                Typed::Line(line)
            }
            Err(ReadlineError::Interrupted) => Typed::Interrupt,
            Err(_) => Typed::End,
        };
        if typing.send(typed).is_err() {
            return;
        }
    }
}

fn editor(
    typing: mpsc::UnboundedSender<Typed>,
    completes: bool,
) -> rustyline::Result<Editor<Completing, DefaultHistory>> {
    let configuration = rustyline::Config::builder()
        .max_history_size(MOST_HISTORY)?
        .completion_type(rustyline::CompletionType::List)
        .auto_add_history(false)
        .build();
    let mut editor = Editor::with_config(configuration)?;
    editor.set_helper(Some(Completing { typing, completes }));
    if let Some(file) = history_file() {
        let _there_is_none_yet = editor.load_history(&file);
    }
    Ok(editor)
}

/// In the state directory of the user, which is private. The file is made private by whoever writes it.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    let directory = state
        .filter(|path| path.is_absolute())
        .or_else(home)?
        .join("nixtest-dap");
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(&directory)
        .ok()?;
    Some(directory.join("console_history"))
}

/// Asks the session how a line may go on.
struct Completing {
    typing: mpsc::UnboundedSender<Typed>,
    completes: bool,
}

impl Helper for Completing {}
impl Highlighter for Completing {}
impl Validator for Completing {}

impl Hinter for Completing {
    type Hint = String;
}

impl Completer for Completing {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let nothing = Ok((position, Vec::new()));
        if !self.completes {
            return nothing;
        }
        let before = &line[..position];
        let (reply, answer) = waiting::channel();
        let wish = Completions {
            text: line.to_owned(),
            column: i64::try_from(before.encode_utf16().count()).map_or(1, |count| count + 1),
            reply,
        };
        let asked = self.typing.send(Typed::Complete(wish));
        let Ok(targets) = answer.recv_timeout(PATIENCE_WITH_COMPLETIONS) else {
            return nothing;
        };
        if asked.is_err() || targets.is_empty() {
            return nothing;
        }
        let is_of_a_word =
            |character: char| character.is_alphanumeric() || "_:".contains(character);
        let word = before
            .rfind(|character| !is_of_a_word(character))
            .map_or(0, |index| {
                index + before[index..].chars().next().map_or(1, char::len_utf8)
            });
        let from = |start: i64| {
            let mut units = 1;
            let index = before.char_indices().find(|(_, character)| {
                let is_there = units >= start;
                units += i64::try_from(character.len_utf16()).unwrap_or(1);
                is_there
            });
            index.map_or(before.len(), |(index, _)| index)
        };
        let start = targets
            .first()
            .and_then(|target| target.start)
            .map_or(word, from);
        let pairs = targets.into_iter().map(|target| Pair {
            replacement: target.text.unwrap_or_else(|| target.label.clone()),
            display: target.label,
        });
        Ok((start, pairs.collect()))
    }
}
