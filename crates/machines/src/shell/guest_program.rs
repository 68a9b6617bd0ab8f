//! The command that starts the guest's half of a shell.
//!
//! It is one line for a shell that has to be bash, which the driver needs as well. What it starts is [`PROGRAM`].

use super::Terminal;

/// The guest's half, for any POSIX shell.
const PROGRAM: &str = include_str!("guest.sh");

/// Where a kernel lists its ports. It is there before the first of them.
const CLASS: &str = "/sys/class/virtio-ports";

/// What `TERM` is when that of the user is no name of a terminal.
const UNKNOWN_TERMINAL: &str = "dumb";

/// The longest name of a terminal that is passed on.
const LONGEST_NAME: usize = 64;

/// The command for the shell whose ports begin with `id`. Without a terminal the shell reads commands from a pipe.
pub(super) fn command(id: &str, secret: &str, terminal: Option<&Terminal>) -> String {
    let program: Vec<&str> = PROGRAM
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let (kind, rows, columns, name) = match terminal {
        Some(terminal) => (
            "terminal",
            terminal.rows,
            terminal.columns,
            terminal_name(&terminal.name),
        ),
        None => ("lines", 0, 0, UNKNOWN_TERMINAL),
    };
    // With job control a program in the background does not ignore Ctrl-C, nor does what it starts. In a variable the program
    // does not fill the lists of processes.
    format!(
        "command -v setsid > /dev/null || {{ echo 'there is no program setsid in it'; exit 127; }}; \
         test -d {CLASS} || {{ echo 'it has no {CLASS}, for which its kernel needs virtio_console'; exit 127; }}; set -m; \
         program={} setsid sh -c 'eval \"$program\"' nixtest-shell {id} {secret} {kind} {rows} {columns} {name} \
         < /dev/null > /dev/null 2>&1 &",
        quoted(&program.join("\n")),
    )
}

/// The name if it is one; it becomes a word of a command.
fn terminal_name(name: &str) -> &str {
    let is_name = !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-._".contains(character))
        && !name.starts_with('-');
    if is_name { name } else { UNKNOWN_TERMINAL }
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_named_only_by_a_name() {
        assert_eq!(terminal_name("xterm-256color"), "xterm-256color");
        for odd in ["", "a b", "$(reboot)", "-x", "'", "ä", &"x".repeat(65)] {
            assert_eq!(terminal_name(odd), "dumb", "{odd}");
        }
    }

    #[test]
    fn the_command_carries_the_program_without_its_comments() {
        let terminal = Terminal {
            rows: 24,
            columns: 80,
            name: "vt100".to_owned(),
        };
        let command = command("shell1", "5ec2e7", Some(&terminal));
        let mut lines = command.lines().map(str::trim_start);
        assert!(!lines.any(|line| line.starts_with('#')), "{command}");
        assert!(
            command.ends_with(
                "'eval \"$program\"' nixtest-shell shell1 5ec2e7 terminal 24 80 vt100 < /dev/null > /dev/null 2>&1 &"
            ),
            "{command}"
        );
    }

    /// The shells that guests have; those that are not here are passed over.
    #[test]
    fn the_program_is_one_for_every_shell() {
        for shell in [&["bash"][..], &["dash"], &["busybox", "ash"]] {
            let checked = std::process::Command::new(shell[0])
                .args(&shell[1..])
                .args(["-n", "-c", PROGRAM])
                .output();
            if let Ok(output) = checked {
                assert!(output.status.success(), "{shell:?}: {output:?}");
            }
        }
    }
}
