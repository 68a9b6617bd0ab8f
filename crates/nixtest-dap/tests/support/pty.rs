//! The program in a terminal, as a person has it: a pair of pseudo terminals, the test at the other end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// How long anything may take; no passing test waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A program that runs in a terminal of its own.
pub struct InTerminal {
    child: Child,
    master: File,
    /// Kept open, so that the terminal can be looked at when the program has gone.
    slave: OwnedFd,
    name: String,
    before: Termios,
    screen: Arc<Screen>,
    /// How much of the screen's text was waited for.
    read: usize,
}

#[derive(Default)]
struct Screen {
    text: Mutex<Vec<u8>>,
    changed: Condvar,
    is_left_alone: AtomicBool,
}

impl InTerminal {
    /// Starts a command in a terminal of 24 rows and 80 columns called `xterm`.
    pub fn start(command: &Command) -> Self {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(&name).unwrap();
        let before = tcgetattr(&slave).unwrap();
        let mut child = Command::new("setsid");
        child
            .arg("--ctty")
            .arg(command.get_program())
            .args(command.get_args())
            .env("TERM", "xterm")
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave.try_clone().unwrap());
        if let Some(directory) = command.get_current_dir() {
            child.current_dir(directory);
        }
        set_size(&slave, 24, 80);
        let child = child.spawn().unwrap();
        let screen = Arc::<Screen>::default();
        let mut reader = File::from(master.try_clone().unwrap());
        std::thread::spawn({
            let screen = Arc::clone(&screen);
            move || {
                let mut chunk = [0; 4096];
                while let Ok(count @ 1..) = reader.read(&mut chunk) {
                    screen.text.lock().unwrap().extend(&chunk[..count]);
                    screen.changed.notify_all();
                    while screen.is_left_alone.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            }
        });
        Self {
            child,
            master: master.into(),
            slave: slave.into(),
            name,
            before,
            screen,
            read: 0,
        }
    }

    /// Types something.
    pub fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.master.write_all(keys.as_ref()).unwrap();
    }

    /// Waits until `text` is shown behind what was waited for before.
    pub fn shows(&mut self, text: &str) {
        let started = Instant::now();
        let mut shown = self.screen.text.lock().unwrap();
        // Where it may begin: megabytes are not searched again for each piece that comes.
        let mut from = self.read;
        loop {
            if let Some(start) = find(&shown[from..], text.as_bytes()) {
                self.read = from + start + text.len();
                return;
            }
            from = from.max((shown.len() + 1).saturating_sub(text.len()));
            let Some(left) = DEADLINE.checked_sub(started.elapsed()) else {
                panic!(
                    "never showed {text:?}: {:?}",
                    String::from_utf8_lossy(&shown[self.read..])
                );
            };
            shown = self.screen.changed.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Everything that was shown.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.text.lock().unwrap()).into_owned()
    }

    /// How many bytes were shown.
    pub fn length(&self) -> usize {
        self.screen.text.lock().unwrap().len()
    }

    /// Makes the terminal as large; the program is signalled.
    pub fn resize(&self, rows: u16, columns: u16) {
        set_size(&self.slave, rows, columns);
    }

    /// Reads nothing any more, until the terminal takes not one byte more.
    pub fn fill(&self) {
        self.screen.is_left_alone.store(true, Ordering::Relaxed);
        let mut slave = File::options()
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_NOCTTY)
            .open(&self.name)
            .unwrap();
        // The reader takes one piece more, which it may be about to do.
        for _ in 0..20 {
            while slave.write_all(b"\0").is_ok() {}
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Makes the terminal what it was in the beginning, as a user's shell does when a program in it is stopped.
    pub fn restore(&self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        tcsetattr(&self.slave, OptionalActions::Now, &self.before).unwrap();
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.id()).unwrap());
        nix::sys::signal::kill(id, signal).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, by which the terminal must be what it was.
    pub fn ends(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert_eq!(modes(&tcgetattr(&self.slave).unwrap()), modes(&self.before));
                return status;
            }
            assert!(
                started.elapsed() < DEADLINE,
                "never ended: {}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether every key is passed on by the terminal as it is.
    pub fn is_raw(&self) -> bool {
        use rustix::termios::LocalModes;
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        !modes.intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }
}

impl Drop for InTerminal {
    fn drop(&mut self) {
        let _ended_is_fine = self.child.kill();
        let _ended_is_fine = self.child.wait();
    }
}

fn set_size(terminal: impl std::os::fd::AsFd, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

/// All settings of a terminal.
fn modes(terminal: &Termios) -> String {
    format!("{terminal:?}")
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
