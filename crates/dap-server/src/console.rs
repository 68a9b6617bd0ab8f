//! The commands of the debug console: words with a colon in front, which no Python begins with.
//!
//! Everything else that is typed there is Python and goes to the agent.

use dap_protocol::{RequestMessage, types};
use serde_json::json;

use crate::agent::Pending;
use crate::errors::RequestError;
use crate::phase::When;
use crate::session::Session;
use crate::terminal::AskedBy;

/// A command of the console.
#[derive(Debug)]
pub(crate) struct ConsoleCommand {
    /// The word, with its colon.
    pub(crate) word: &'static str,
    /// What may follow, for people.
    pub(crate) arguments: &'static str,
    /// What it does, in one line.
    pub(crate) help: &'static str,
    /// When it makes sense.
    pub(crate) when: When,
    /// Serves the request; the text is what follows the word.
    serve: fn(&mut Session, RequestMessage, &str),
}

/// Every command, in the order in which `:help` lists them.
pub(crate) const COMMANDS: &[ConsoleCommand] = &[
    ConsoleCommand {
        word: ":help",
        arguments: "",
        help: "list these commands",
        when: When::Initialized,
        serve: Session::console_help,
    },
    ConsoleCommand {
        word: ":continue",
        arguments: "",
        help: "let the script run",
        when: When::Stopped,
        serve: Session::console_continue,
    },
    ConsoleCommand {
        word: ":next",
        arguments: "",
        help: "run one line",
        when: When::Stopped,
        serve: Session::console_next,
    },
    ConsoleCommand {
        word: ":step",
        arguments: "",
        help: "step into the function that is called",
        when: When::Stopped,
        serve: Session::console_step,
    },
    ConsoleCommand {
        word: ":out",
        arguments: "",
        help: "run until the function returns",
        when: When::Stopped,
        serve: Session::console_out,
    },
    ConsoleCommand {
        word: ":pause",
        arguments: "",
        help: "stop the script where it is",
        when: When::Live,
        serve: Session::console_pause,
    },
    ConsoleCommand {
        word: ":interrupt",
        arguments: "",
        help: "end what the console runs",
        when: When::Live,
        serve: Session::console_interrupt,
    },
    ConsoleCommand {
        word: ":goto",
        arguments: "[FILE:]LINE",
        help: "go on at another line; what is between does not run",
        when: When::Stopped,
        serve: Session::console_goto,
    },
    ConsoleCommand {
        word: ":reload",
        arguments: "",
        help: "read the test script again and go on with it; nothing is booted",
        when: When::Live,
        serve: Session::console_reload,
    },
    ConsoleCommand {
        word: ":skip",
        arguments: "",
        help: "go to the next top-level statement, past the rest of this one",
        when: When::Stopped,
        serve: Session::console_skip,
    },
    ConsoleCommand {
        word: ":shell",
        arguments: "MACHINE",
        help: "open a terminal with a shell in a machine; with one machine its name may be left out",
        when: When::Live,
        serve: Session::console_shell,
    },
    ConsoleCommand {
        word: ":wait",
        arguments: "[HOW]",
        help: "what the script waits for; `:wait cancel`, `:wait skip` or `:wait succeed` ends it",
        when: When::Live,
        serve: Session::console_wait,
    },
    ConsoleCommand {
        word: ":subtests",
        arguments: "",
        help: "show the results of the subtests so far",
        when: When::Initialized,
        serve: Session::console_subtests,
    },
    ConsoleCommand {
        word: ":subtest",
        arguments: "NAME",
        help: "run a subtest once more, with the variables as they are",
        when: When::Stopped,
        serve: Session::console_subtest,
    },
    ConsoleCommand {
        word: ":next-subtest",
        arguments: "",
        help: "at a failure in a subtest: keep it for the end, and go on after the subtest",
        when: When::Stopped,
        serve: Session::console_next_subtest,
    },
    ConsoleCommand {
        word: ":rerun",
        arguments: "",
        help: "run the script again from its first statement, with the machines as they are",
        when: When::Stopped,
        serve: Session::console_rerun,
    },
    ConsoleCommand {
        word: ":restart",
        arguments: "",
        help: "end the driver and its machines, and launch the test anew",
        when: When::Launched,
        serve: Session::console_restart,
    },
];

/// The command that an `evaluate` request is, if it is one.
pub(crate) fn command_of(
    arguments: &types::EvaluateArguments,
) -> Option<Result<(&'static ConsoleCommand, &str), RequestError>> {
    let is_console = matches!(
        arguments.context,
        None | Some(types::EvaluateArgumentsContext::Repl)
    );
    let text = arguments.expression.trim();
    if !is_console || !text.starts_with(':') {
        return None;
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let command = COMMANDS.iter().find(|command| command.word == word);
    let found = command.map(|command| (command, rest.trim()));
    Some(found.ok_or_else(|| RequestError::unknown_console_command(word)))
}

impl Session {
    /// What is typed is a command of the console, or Python.
    pub(crate) fn evaluate(
        &mut self,
        request: RequestMessage,
        arguments: types::EvaluateArguments,
    ) {
        match command_of(&arguments) {
            None => self.forward(request, Pending::Forwarded),
            Some(Ok((command, rest))) => (command.serve)(self, request, rest),
            Some(Err(error)) => self.refuse(&request, &error),
        }
    }

    fn console_help(&mut self, request: RequestMessage, _: &str) {
        let lines: Vec<String> = COMMANDS
            .iter()
            .map(|command| {
                let usage = format!("{} {}", command.word, command.arguments);
                format!("{usage:<16} {}", command.help)
            })
            .collect();
        let result = format!(
            "{}\nEverything else is Python and runs in the test script.",
            lines.join("\n")
        );
        let body = json!({ "result": result, "variablesReference": 0 });
        self.outgoing.respond_raw(&request, Ok(Some(body)));
    }

    fn console_shell(&mut self, request: RequestMessage, rest: &str) {
        let machine = match (rest, self.guests.names.as_slice()) {
            ("", [only]) => only.clone(),
            ("", names) => {
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                return self.refuse(&request, &RequestError::no_machine_named(&names));
            }
            (machine, _) => machine.to_owned(),
        };
        self.open_shell_in(request, machine, AskedBy::Console);
    }
}
