//! The program: arguments, logging, standard streams, signals. What it does is done elsewhere.

mod arguments;
mod check;
mod console;
mod detaching;
mod sessions;
mod shell;
mod wait;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use dap_monitor::Recorder;
use dap_protocol::Connection;
use dap_server::Environment;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::arguments::{
    Arguments, AttachArguments, Command, DapArguments, HeadlessArguments, SessionsAction,
};

/// The variable that says what is logged to standard error, in the syntax of `tracing`: `debug`, `dap_server=trace` …
const LOG_VARIABLE: &str = "NIXTEST_DAP_LOG";

/// How long tasks may go on when everything is said. A thread that reads standard input cannot be interrupted.
const PATIENCE_AT_THE_END: Duration = Duration::from_millis(100);

/// The exit code when the user gives up waiting, as of a program that is ended by SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_logging();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::from(4)
        }
    }
}

fn start_logging() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    // Standard output is the wire. The time of day helps nobody in an editor's log.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        // The reaper is no tokio program: it forks no threads before it has set itself up.
        Command::Reap(arguments) => {
            let code = debuggee::run_reaper(&arguments.into_options())?;
            // Exit codes above 255 do not exist; 128 + signal always fits.
            Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
        }
        Command::Dap(arguments) => in_runtime(|interrupted| dap(arguments, interrupted)),
        Command::Console(arguments) => {
            // It has its own idea of Ctrl-C.
            in_runtime(|_| async { Ok(console::run(arguments).await) })
        }
        Command::Attach(arguments) => in_runtime(|interrupted| attach(arguments, interrupted)),
        Command::Headless(arguments) => in_runtime(|interrupted| headless(arguments, interrupted)),
        Command::Shell(arguments) => {
            in_runtime(|interrupted| async { Ok(shell::run(arguments, interrupted).await) })
        }
        Command::Sessions(arguments) => in_runtime(|interrupted| async move {
            // A session that does not answer is waited for.
            let served = async {
                match arguments.action {
                    None => sessions::list(arguments.json).await,
                    Some(SessionsAction::End { session }) => {
                        sessions::end(&session).await.map_err(anyhow::Error::msg)
                    }
                }
            };
            match interrupted.run_until_cancelled(served).await {
                Some(served) => served.map(|()| ExitCode::SUCCESS),
                None => Ok(ExitCode::from(INTERRUPTED)),
            }
        }),
        Command::Check(arguments) => Ok(check::run(&arguments)),
        Command::Wait(arguments) => in_runtime(|interrupted| async move {
            let told = interrupted.run_until_cancelled(wait::run(&arguments)).await;
            Ok(told.unwrap_or(ExitCode::from(INTERRUPTED)))
        }),
        Command::Lsp => in_runtime(|interrupted| async move {
            // Editors end a server that does not end by itself with a signal.
            interrupted
                .run_until_cancelled(language_server::serve_stdio())
                .await;
            Ok(ExitCode::SUCCESS)
        }),
    }
}

/// Runs `main` with a token that is cancelled when the process is told to go.
fn in_runtime<F>(main: impl FnOnce(CancellationToken) -> F) -> anyhow::Result<ExitCode>
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let interrupted = CancellationToken::new();
    let code = runtime.block_on(async {
        watch_signals(interrupted.clone())?;
        main(interrupted).await
    });
    runtime.shutdown_timeout(PATIENCE_AT_THE_END);
    code
}

/// Started once; ends with the process.
fn watch_signals(interrupted: CancellationToken) -> anyhow::Result<()> {
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ] {
        let mut signals = signal(kind).context("cannot listen for signals")?;
        let interrupted = interrupted.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if !detaching::is_spared() {
                    interrupted.cancel();
                }
            }
        });
    }
    Ok(())
}

/// How the adapter reaches the reaper: this very program.
fn environment() -> anyhow::Result<Environment> {
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    debuggee::clear_strays();
    Ok(Environment {
        reaper: vec![program.clone().into_os_string(), OsString::from("reap")],
        shell: vec![program.into_os_string(), OsString::from("shell")],
        session: None,
        before_detaching: || {},
        let_go: || {},
    })
}

/// Speaks with one client on the standard streams. The process outlives a client that leaves its session to itself.
async fn dap_on_stdio(
    connection: Connection,
    environment: Environment,
    interrupted: CancellationToken,
) {
    let environment = Environment {
        before_detaching: detaching::spare,
        let_go: detaching::let_go,
        ..environment
    };
    dap_server::serve(connection, environment, interrupted).await;
}

async fn attach(
    arguments: AttachArguments,
    interrupted: CancellationToken,
) -> anyhow::Result<ExitCode> {
    let environment = Environment {
        session: arguments.session,
        ..environment()?
    };
    dap_on_stdio(Connection::stdio(), environment, interrupted).await;
    Ok(ExitCode::SUCCESS)
}

async fn dap(arguments: DapArguments, interrupted: CancellationToken) -> anyhow::Result<ExitCode> {
    let environment = environment()?;
    match arguments.listen {
        None => {
            let connection = match &arguments.record {
                None => Connection::stdio(),
                Some(file) => {
                    let recorder = Recorder::create(file)
                        .with_context(|| format!("cannot record to {}", file.display()))?;
                    Connection::stdio_heard_by(Arc::new(recorder))
                }
            };
            dap_on_stdio(connection, environment, interrupted).await;
        }
        Some(address) => {
            dap_server::listen(address, environment, interrupted, announce).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells whoever started us where to connect. Here standard output is not the wire.
fn announce(address: &str) {
    use std::io::Write;
    let mut stdout = std::io::stdout();
    let _nobody_reads_it = writeln!(stdout, "listening on {address}").and_then(|()| stdout.flush());
}

async fn headless(
    arguments: HeadlessArguments,
    interrupted: CancellationToken,
) -> anyhow::Result<ExitCode> {
    let options = match arguments.into_options() {
        Ok(options) => options,
        Err(error) => error.exit(),
    };
    Ok(headless::run(&options, environment()?, interrupted)
        .await
        .into())
}
