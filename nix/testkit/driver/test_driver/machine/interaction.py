"""A person at a machine's root shell, line by line."""

import codecs
import select
import socket
import sys
import threading

MARK = "--the user has left--"


def interact(shell: socket.socket) -> bool:
    """Bring standard input to the shell, and what it prints to standard output.

    Returns True when the shell has done all that came before the end of the input, False if the machine has ended.
    """
    stop, done = threading.Event(), threading.Event()
    # Ends with the machine, at the mark, or when it is told to.
    printer = threading.Thread(target=print_from, args=(shell, stop, done), name="shell-output", daemon=True)
    printer.start()
    try:
        while line := sys.stdin.readline():
            shell.sendall(line.encode())
        shell.sendall(f"echo '{MARK}'\n".encode())
        printer.join()
    except BrokenPipeError:
        # The machine has ended, perhaps because it was told to; the next command will say so.
        pass
    finally:
        stop.set()
        printer.join()
    return done.is_set()


def print_from(shell: socket.socket, stop: threading.Event, done: threading.Event) -> None:
    """Print what comes, up to the mark; then it is done."""
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    end = f"{MARK}\n"
    held_back = ""
    while not stop.is_set():
        if not select.select([shell], [], [], 0.1)[0]:
            continue
        chunk = shell.recv(65536)
        if not chunk:
            break
        held_back += decode(chunk)
        if held_back.endswith(end):
            held_back = held_back.removesuffix(end)
            done.set()
            break
        # What may be the beginning of the mark has to wait for the rest.
        kept = next(size for size in range(len(end) - 1, -1, -1) if held_back.endswith(end[:size]))
        sys.stdout.write(held_back[: len(held_back) - kept])
        sys.stdout.flush()
        held_back = held_back[len(held_back) - kept :]
    sys.stdout.write(held_back)
    sys.stdout.flush()
