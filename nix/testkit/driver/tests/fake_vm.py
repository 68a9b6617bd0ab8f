#!/usr/bin/env python3
"""Stands for a machine's start script and for QEMU: the same sockets and a root shell, no virtual machine.

It takes the options that drivers of all releases append and ignores those it does not know. The guest's shell is the
host's bash in an empty environment, with the functions below for programs that a host has not. In the working
directory, which is the machine's state directory, it writes down what it is told: `monitor.log` has the commands of
the monitor, `qmp.log` those of QMP, `serial.log` what was typed at the serial console, `shell.log` what bash was told,
`backdoor.log` the lines that came for the shell, `start.log` the arguments and the variables of the start.

The environment of the driver sets the scene:

FAKE_VM        words that ask for misbehaviour:
               dies          ends before any socket is there
               dies-booting  ends before the banner
               dies-asked    ends when the shell gets its first command
               silent        never gets a shell
               stutters      sends noise first, and the banner in pieces
               lossy         drops what the guest prints while nobody reads, as a virtio console does
               stubborn      ignores SIGTERM
FAKE_VM_GUEST  a file of bash functions that stand for more programs of the guest

The guest's programs know the state directory as $STATE. A unit of systemd is a file in $STATE/units with its
ActiveState; one without a file is inactive. A job is pending while $STATE/jobs exists. QEMU takes as many seconds for
a command as the file $STATE/slow says, and its monitor refuses each with the text in $STATE/refuses.
"""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

GUEST = r"""
if [[ -n ${BASH_EXECUTION_STRING-} ]]; then printf '%s\n' "$BASH_EXECUTION_STRING" >>"$STATE/shell.log"; fi
poweroff() { kill -TERM "$FAKE_VM_PID"; }
reboot() { kill -USR1 "$FAKE_VM_PID"; }
su() { AS_USER=$2 bash -c "${!#}"; }
nc() {
  local kind=SOCK_STREAM
  if [[ "$*" != *' -'*'U '* ]]; then (exec 3<>"/dev/tcp/${*: -2:1}/${!#}") && return; return 1; fi
  if [[ "$*" == *' -u'* ]]; then kind=SOCK_DGRAM; fi
  python3 -c "import socket, sys; socket.socket(socket.AF_UNIX, socket.$kind).connect(sys.argv[1])" "${!#}"
}
systemctl() {
  local word verb='' unit='' property=''
  for word in "$@"; do
    case $word in
      --property=*) property=${word#*=} ;;
      -*) ;;
      *) if [[ -z $verb ]]; then verb=$word; else unit=$word; fi ;;
    esac
  done
  mkdir -p "$STATE/units"
  case $verb in
    list-jobs) if [[ -e $STATE/jobs ]]; then echo '1 a.service start running'; else echo 'No jobs running.'; fi ;;
    start) echo active >"$STATE/units/$unit" ;;
    stop) rm -f "$STATE/units/$unit" ;;
    poweroff | reboot) "$verb" ;;
    show)
      if [[ $unit == unknown* ]]; then return 4; fi
      printf '%s\n' "Id=$unit" "ActiveState=$(cat "$STATE/units/$unit" 2>/dev/null || echo inactive)" \
        "Environment=A=1 B=2" "User=${AS_USER-}" | grep "^${property:-.*}=" || :
      ;;
    *) echo "systemctl $*" ;;
  esac
}
"""
DIES_ASKED = """
bash() { kill -QUIT "$FAKE_VM_PID"; }
timeout() { bash; }
"""

behaviour = os.environ.get("FAKE_VM", "").split()
shells: "list[subprocess.Popen[bytes]]" = []
shell_is_there = threading.Event()


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def value(text: str) -> str:
    """The beginning of an option up to its first comma; a doubled one is part of it."""
    return text.replace(",,", "\0").split(",")[0].replace("\0", ",")


def say(text: str) -> None:
    print(text, end="\r\n", flush=True)


def note(file: str, line: str) -> None:
    with Path(file).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


def end_shells() -> None:
    shell_is_there.clear()
    # Two threads may end the machine at once: none may find the list empty before the shells are gone.
    for shell in list(shells):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    shells.clear()


def leave(status: int) -> None:
    """End like QEMU does: the guest with all its processes is gone at once."""
    end_shells()
    os._exit(status)


def restart(*_: object) -> None:
    """What QEMU does when the guest reboots."""
    if "-no-reboot" in sys.argv:
        leave(0)
    end_shells()


def abort(*_: object) -> None:
    say("fake: fatal: out of luck")
    leave(134)


def serve_qmp(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    stream = connection.makefile("rw")
    stream.write('{"QMP": {"version": {}, "capabilities": []}}\r\n')
    stream.flush()
    for number, line in enumerate(stream, 1):
        note("qmp.log", line.strip())
        linger()
        request = json.loads(line)
        answer: dict[str, object] = {"return": {}}
        if request["execute"] == "query-status":
            answer = {"return": {"status": "running", "running": True}}
        if request["execute"] == "screendump":
            draw_screen(request["arguments"]["filename"])
        if request["execute"] == "no-such-command":
            answer = {"error": {"class": "CommandNotFound", "desc": "there is none"}}
        stream.write(json.dumps({"event": "FAKE", "data": {"number": number}}) + "\r\n")
        stream.write(json.dumps(answer) + "\r\n")
        stream.flush()
        if request["execute"] == "quit":
            leave(0)


def linger() -> None:
    with contextlib.suppress(FileNotFoundError):
        time.sleep(float(Path("slow").read_text()))


def draw_screen(file: str) -> None:
    """Two pixels, the first of which looks like white space to a careless reader of this format."""
    Path(file).write_bytes(b"P6\n2 1\n255\n\x20\x00\x00\x00\x00\xff")


def serve_monitor(connection: socket.socket) -> None:
    connection.sendall(b"QEMU 0.0 monitor\r\n(qemu) ")
    for raw in connection.makefile("rb"):
        command = raw.decode().strip()
        note("monitor.log", command)
        linger()
        word, _, rest = command.partition(" ")
        if word == "quit":
            leave(0)
        if word == "screendump":
            draw_screen(rest)
        answer = f"answer to {command}\r\n" if word == "info" else ""
        if word == "sendkey" and "any" in rest:
            answer = f"unknown key: '{rest}'\r\n"
        if Path("refuses").exists():
            answer = Path("refuses").read_text() + "\r\n"
        # QEMU's line editor draws each key as it is typed.
        echo = "".join(f"{character}\x1b[K" for character in command)
        connection.sendall(f"{echo}\r\n{answer}(qemu) ".encode())
        if command == "sendkey ctrl-alt-delete":
            os.kill(os.getpid(), signal.SIGUSR1)


def serve_serial() -> None:
    for line in sys.stdin:
        note("serial.log", line.rstrip("\n"))
        say(f"typed: {line.rstrip()}")


def connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def start_shell(connection: socket.socket) -> "subprocess.Popen[bytes]":
    functions = Path("functions").resolve()
    more = os.environ.get("FAKE_VM_GUEST")
    functions.write_text(
        GUEST + (DIES_ASKED if "dies-asked" in behaviour else "") + (Path(more).read_text() if more else "")
    )
    environment = {
        "PATH": os.environ["PATH"],
        "BASH_ENV": str(functions),
        "STATE": str(Path.cwd()),
        "SHARED_DIR": os.environ.get("SHARED_DIR", ""),
        "FAKE_VM_PID": str(os.getpid()),
    }
    lossy = "lossy" in behaviour
    shell = subprocess.Popen(
        ["bash", "--norc"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if lossy else connection.fileno(),
        env=environment,
        start_new_session=True,
    )
    shells.append(shell)
    shell_is_there.set()
    if lossy:
        threading.Thread(target=pump_what_fits, args=(shell, connection), daemon=True).start()
    return shell


def pump_what_fits(shell: "subprocess.Popen[bytes]", connection: socket.socket) -> None:
    assert shell.stdout is not None
    while output := os.read(shell.stdout.fileno(), 4096):
        with contextlib.suppress(BlockingIOError):
            connection.send(output, socket.MSG_DONTWAIT)


def feed_shell(connection: socket.socket) -> None:
    """Hand each line that the driver sends to the shell that runs; the driver's end is the guest's."""
    with contextlib.suppress(ConnectionResetError):
        for raw in connection.makefile("rb"):
            note("backdoor.log", raw.decode(errors="replace").rstrip("\n"))
            shell_is_there.wait()
            with contextlib.suppress(BrokenPipeError, IndexError):
                stdin = shells[-1].stdin
                assert stdin is not None
                stdin.write(raw)
                stdin.flush()
    leave(0)


def boot(connection: socket.socket) -> None:
    time.sleep(0.02)
    if "dies-booting" in behaviour:
        time.sleep(0.3)
        say("Kernel panic: no init found")
        leave(1)
    if "silent" in behaviour:
        say("Please enter the passphrase for disk root:")
        while True:
            signal.pause()
    say("connecting to host...")
    if "stutters" in behaviour:
        connection.sendall(b"\x00\xffhvc0: ready\nSpawning back")
        time.sleep(0.1)
        connection.sendall(b"door root shell...\n")
    else:
        connection.sendall(b"Spawning backdoor root shell...\n")


def end_with_the_shell_around() -> None:
    """Where drivers of NixOS run, the shell that starts a machine becomes the machine; not every host's does."""
    parent = os.getppid()
    if Path(f"/proc/{parent}/comm").read_text().strip() in ("sh", "dash", "bash"):
        select.select([os.pidfd_open(parent)], [], [])
        leave(0)


def note_start() -> None:
    note("start.log", " ".join(sys.argv[1:]))
    for name in sorted(os.environ):
        if re.match("TMPDIR|SHARED_DIR|USE_TMPDIR|QEMU_|NIX_EFI_VARS", name):
            note("start.log", f"{name}={os.environ[name]}")


def main() -> None:
    note_start()
    say("\x1bc\x1b[2Jfirmware speaks")
    if "dies" in behaviour:
        print("fake: no such accelerator", file=sys.stderr)
        leave(3)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave(0))
    if "stubborn" in behaviour:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, restart)
    signal.signal(signal.SIGQUIT, abort)
    qmp = Path(value(option("-qmp").removeprefix("unix:")))
    qmp.unlink(missing_ok=True)  # As QEMU does.
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(qmp))
    listening.listen(1)
    threading.Thread(target=serve_qmp, args=(listening,), daemon=True).start()
    monitor = connected(value(option("-monitor").removeprefix("unix:")))
    threading.Thread(target=serve_monitor, args=(monitor,), daemon=True).start()
    threading.Thread(target=serve_serial, daemon=True).start()
    threading.Thread(target=end_with_the_shell_around, daemon=True).start()
    chardev = "socket,id=shell,path="
    shell_path = next(word.removeprefix(chardev) for word in sys.argv if word.startswith(chardev))
    connection = connected(value(shell_path))
    threading.Thread(target=feed_shell, args=(connection,), daemon=True).start()
    while True:
        boot(connection)
        shell = start_shell(connection)
        shell.wait()
        if shell in shells:
            # Nobody asked for it: the end of the shell is that of the guest.
            leave(0)


try:
    main()
except (BrokenPipeError, ConnectionResetError):
    # The driver has ended meanwhile.
    leave(0)
