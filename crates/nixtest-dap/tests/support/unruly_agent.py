"""A driver whose agent talks nonsense: answers twice, wrongly or never, tells what is not so, and cuts the link.

The file `seed` beside its directory says which nonsense.
"""

import json
import os
import random
import socket
import sys
from pathlib import Path
from typing import Any

chance = random.Random((Path(__file__).resolve().parents[1] / "seed").read_text())
if "--help" in sys.argv:
    sys.exit(0)
link = socket.socket(socket.AF_UNIX)
link.connect(os.environ["NIXTEST_DAP_AGENT"])
stream = link.makefile("rb")
STOPPED = {"reason": "breakpoint", "threadId": 1, "allThreadsStopped": True}


def say(message: dict[str, Any]) -> None:
    body = json.dumps({"seq": 1} | message).encode()
    link.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


def nonsense(depth: int = 0) -> Any:
    leaves: list[Any] = [None, True, -1, 2**63, 1e300, "", "x" * 1000, "\u001b[31m", [], {}]
    if depth > 3 or chance.random() < 0.5:
        return chance.choice(leaves)
    names = ["breakpoints", "stackFrames", "variables", "threads", "machines", "line", "id", "text", "source", "result"]
    if chance.random() < 0.5:
        return [nonsense(depth + 1) for _ in range(chance.randrange(3))]
    return {chance.choice(names): nonsense(depth + 1) for _ in range(chance.randrange(4))}


def event() -> None:
    names = [
        "stopped",
        "continued",
        "thread",
        "output",
        "invalidated",
        "nixtest/hello",
        "nixtest/script",
        "nixtest/scriptInvalid",
        "nixtest/scriptEnded",
        "nixtest/undebugged",
        "nixtest/guestCommand",
        "nixtest/command",
        "fly",
    ]
    proper: list[Any] = [
        STOPPED,
        {"text": "i = 1\n", "statementLines": [1, 2**32 - 1, 0], "machines": ["m"]},
        {"text": "(", "message": "no", "line": -(2**63)},
        {"output": "\u001b[31mx"},
    ]
    body = chance.choice(proper) if chance.random() < 0.5 else nonsense()
    say({"type": "event", "event": chance.choice(names), "body": body})


say({"type": "event", "event": "nixtest/hello", "body": {"protocol": 1, "python": "3", "tracing": "x"}})
say({"type": "event", "event": "nixtest/script", "body": {"text": "i = 1\nj = 2\n", "statementLines": [1, 2]}})
say({"type": "event", "event": "stopped", "body": STOPPED})
for _ in range(chance.randrange(5, 200)):
    header = stream.readline()
    if not header:
        break
    stream.readline()
    request = json.loads(stream.read(int(header.split(b":")[1])))
    for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 1, 2])):
        answer = {"type": "response", "request_seq": request.get("seq"), "command": request.get("command")}
        say(
            answer
            | {
                "success": chance.random() < 0.8,
                "body": nonsense(),
                "message": chance.choice([None, "no", 5, "\u0000"]),
            }
        )
    if chance.random() < 0.3:
        event()
    if chance.random() < 0.02:
        link.sendall(chance.choice([b"Content-Length: 3\r\n\r\n{]}", b"nonsense\r\n\r\n", b"Content-Length: 99"]))
end = chance.randrange(4)
if end == 0:
    link.close()
    sys.stdin.read()
elif end == 1:
    say({"type": "event", "event": "nixtest/scriptEnded", "body": nonsense()})
elif end == 2:
    os.abort()
sys.exit(chance.randrange(3))
