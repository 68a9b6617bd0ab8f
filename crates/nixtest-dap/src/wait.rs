//! `nixtest-dap wait`: what the test script of a live session waits for, and the end of that.

use std::io::Write;
use std::process::ExitCode;

use debuggee::control::{self, ControlClient};

use crate::arguments::WaitArguments;
use crate::sessions;

/// Prints what is waited for, or what becomes of it. The exit code is 1 when there is nothing to end, or no session to ask.
pub(crate) async fn run(arguments: &WaitArguments) -> ExitCode {
    match ask(arguments).await {
        Ok(text) => {
            let mut stdout = std::io::stdout();
            let text = dap_server::sanitize::strip(&text);
            let _nobody_reads_it = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let reason = dap_server::sanitize::strip(&reason);
            let _nobody_reads_it = writeln!(std::io::stderr(), "nixtest-dap: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn ask(arguments: &WaitArguments) -> Result<String, String> {
    let directory = sessions::find(arguments.session.as_deref(), None).await?;
    let mut client = ControlClient::connect(&directory)
        .await
        .map_err(|error| error.to_string())?;
    let how = arguments.how();
    let answer = client
        .request::<control::Wait>(&control::WaitArguments { how })
        .await
        .map_err(|error| error.to_string())?;
    Ok(answer.text)
}
