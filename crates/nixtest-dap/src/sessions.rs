//! `nixtest-dap sessions`: the live sessions of this user, for people and for programs; and the one that somebody means.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use debuggee::control::{
    ControlClient, ControlError, End, SessionDescription, SessionState, machine_called,
};
use serde_json::json;

/// How long a test may take to end.
const PATIENCE_WITH_THE_END: Duration = Duration::from_secs(30);

/// Prints the live sessions, the oldest first.
pub(crate) async fn list(as_json: bool) -> anyhow::Result<()> {
    let sessions = debuggee::sessions().await;
    let text = match (as_json, sessions.as_slice()) {
        (true, sessions) => serde_json::to_string_pretty(&json!({ "sessions": sessions }))?,
        (false, []) => "There is no live session.".to_owned(),
        (false, sessions) => table(sessions),
    };
    let mut stdout = std::io::stdout();
    let _nobody_reads_it = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    Ok(())
}

/// Ends a session; returns when its test has ended.
pub(crate) async fn end(id: &str) -> Result<(), String> {
    let directory = find(Some(id), None).await?;
    let ending = async {
        let mut session = ControlClient::connect(&directory).await?;
        session
            .request_within::<End>(&(), PATIENCE_WITH_THE_END)
            .await
    };
    ending
        .await
        .map_err(|error: ControlError| error.to_string())
}

/// The directory of the session that is meant: the one that is named by its directory, its identifier or the beginning of that;
/// without a name the only one, or the only one that has the machine.
///
/// # Errors
/// The sentence for the user when none or several could be meant.
pub(crate) async fn find(wanted: Option<&str>, machine: Option<&str>) -> Result<PathBuf, String> {
    match wanted {
        Some(directory) if directory.contains('/') => Ok(PathBuf::from(directory)),
        wanted => choose(wanted, machine, &debuggee::sessions().await),
    }
}

fn choose(
    wanted: Option<&str>,
    machine: Option<&str>,
    sessions: &[SessionDescription],
) -> Result<PathBuf, String> {
    if sessions.is_empty() {
        return Err(
            "there is no live session; start one in the editor or by 'nixtest-dap headless'"
                .to_owned(),
        );
    }
    let named = wanted.unwrap_or_default();
    let meant: Vec<_> = sessions
        .iter()
        .filter(|session| session.id.starts_with(named))
        .collect();
    match (meant.as_slice(), wanted) {
        ([only], _) => Ok(only.directory.clone()),
        ([], _) => Err(format!(
            "there is no live session {named}; there are:\n{}",
            table(sessions)
        )),
        (_, Some(named)) => Err(format!(
            "there are several sessions whose name begins with {named}; name more of it:\n{}",
            table(sessions)
        )),
        (_, None) => match meant
            .iter()
            .filter(|session| machine.is_some_and(|machine| has(session, machine)))
            .collect::<Vec<_>>()
            .as_slice()
        {
            [only] => Ok(only.directory.clone()),
            _ => Err(format!(
                "there are several sessions; name one by its ID:\n{}",
                table(sessions)
            )),
        },
    }
}

/// Whether a session may have a machine of that name.
fn has(session: &SessionDescription, machine: &str) -> bool {
    let names = session.machines.iter().map(|machine| machine.name.as_str());
    machine_called(machine, names).is_some()
        // Its machines are not known.
        || session.machines.is_empty()
}

/// Columns for people.
fn table(sessions: &[SessionDescription]) -> String {
    let heads = ["ID", "TEST", "STATE", "AGE", "MACHINES", "DIRECTORY"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(heads)
        .chain(sessions.iter().map(|session| {
            let machines: Vec<_> = session
                .machines
                .iter()
                .map(|machine| format!("{} ({})", machine.name, machine.state))
                .collect();
            [
                session.id.clone(),
                or_dash(&session.test),
                match session.waiting_seconds {
                    Some(seconds) => format!("{}, waiting {}", state(session.state), age(seconds)),
                    None => state(session.state).to_owned(),
                },
                age(session.age_seconds),
                or_dash(&machines.join(", ")),
                session.directory.display().to_string(),
            ]
        }))
        .collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

fn or_dash(text: &str) -> String {
    match text {
        "" => "-".to_owned(),
        text => dap_server::sanitize::strip(text).into_owned(),
    }
}

fn state(state: SessionState) -> &'static str {
    match state {
        SessionState::Preparing => "preparing",
        SessionState::Running => "running",
        SessionState::Stopped => "stopped",
        SessionState::Ended => "ended",
        SessionState::Unknown => "does not answer",
    }
}

fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use debuggee::control::MachineDescription;

    use super::*;

    fn session(id: &str) -> SessionDescription {
        let machine = |name: &str, state: &str| MachineDescription {
            name: name.to_owned(),
            kind: "vm".to_owned(),
            state: state.to_owned(),
        };
        SessionDescription {
            id: id.to_owned(),
            test: "hello".to_owned(),
            state: SessionState::Stopped,
            age_seconds: 125,
            directory: Path::new("/run").join(id),
            machines: vec![machine("web", "up"), machine("db", "off")],
            working_directory: PathBuf::from("/project"),
            waiting_seconds: None,
        }
    }

    #[test]
    fn sessions_are_shown_in_columns() {
        let preparing = SessionDescription {
            test: String::new(),
            state: SessionState::Preparing,
            age_seconds: 3,
            machines: Vec::new(),
            ..session("00000001")
        };
        expect_test::expect![[r"
            ID        TEST   STATE      AGE    MACHINES            DIRECTORY
            deadbeef  hello  stopped    2 min  web (up), db (off)  /run/deadbeef
            00000001  -      preparing  3 s    -                   /run/00000001"]]
        .assert_eq(&table(&[session("deadbeef"), preparing]));
    }

    #[test]
    fn the_session_that_is_meant_is_found() {
        let both = || vec![session("deadbeef"), session("deafcafe")];
        let found = |wanted, sessions: Vec<_>| choose(wanted, Some("web"), &sessions);
        assert_eq!(found(None, vec![session("1")]), Ok("/run/1".into()));
        assert_eq!(found(Some("deaf"), both()), Ok("/run/deafcafe".into()));
        let problem = |wanted, sessions: Vec<_>| {
            let text = choose(wanted, Some("web"), &sessions).unwrap_err();
            text.lines().next().unwrap_or_default().to_owned()
        };
        assert_eq!(
            problem(None, Vec::new()),
            "there is no live session; start one in the editor or by 'nixtest-dap headless'"
        );
        assert_eq!(
            problem(None, both()),
            "there are several sessions; name one by its ID:"
        );
        assert_eq!(
            problem(Some("dea"), both()),
            "there are several sessions whose name begins with dea; name more of it:"
        );
        assert_eq!(
            problem(Some("x"), both()),
            "there is no live session x; there are:"
        );
    }

    #[test]
    fn the_only_session_that_has_the_machine_is_meant() {
        let mut other = session("deafcafe");
        other.machines.remove(0);
        let both = [session("deadbeef"), other.clone()];
        assert_eq!(choose(None, Some("web"), &both), Ok("/run/deadbeef".into()));
        assert!(choose(None, Some("db"), &both).is_err());
        assert!(choose(None, Some("nobody"), &both).is_err());
        // It might have the machine.
        other.machines.clear();
        let both = [session("deadbeef"), other];
        assert!(choose(None, Some("web"), &both).is_err());
    }
}
