"""What is measured: each function leads one session of one debugger and returns seconds (or bytes) by row."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import scripts
from debuggers import Debugger, adapter, launch
from drivers import Project
from wire import Client, Message

Samples = dict[str, list[float]]

REPEATS = 20
"""How often a session does what is over within milliseconds."""


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def start_of_adapter(debugger: Debugger, directory: Path) -> Samples:
    with adapter(debugger, directory) as client:
        taken = time.perf_counter() - client.began
        # It may still be tidying up after its start.
        time.sleep(0.05)
        return {"adapter start": [taken], "memory": [float(client.resident_bytes())]}


def first_stop(debugger: Debugger, project: Project) -> Samples:
    bare = debugger.run(project).until_said
    with adapter(debugger, project.directory) as client:

        def start() -> None:
            launch(client, debugger, project, [], stop_on_entry=True)
            client.event("stopped")

        return {"first stop": [timed(start) - bare]}


def inspection(debugger: Debugger, project: Project) -> Samples:
    """A session that stops in a loop and steps on, looking at everything after each step."""
    samples: Samples = {}
    with adapter(debugger, project.directory) as client:
        launch(client, debugger, project, [project.line("inside")])
        thread = client.event("stopped")["threadId"]
        client.request("setBreakpoints", {"source": {"path": str(project.script)}, "breakpoints": []})
        frame = 0

        def look() -> None:
            nonlocal frame
            frame = client.request("stackTrace", {"threadId": thread})["stackFrames"][0]["id"]
            scope = client.request("scopes", {"frameId": frame})["scopes"][0]
            variables = client.request("variables", {"variablesReference": scope["variablesReference"]})["variables"]
            assert any(variable["name"] == "by_name" for variable in variables), variables

        def evaluate(context: str) -> Message:
            arguments = {"expression": "total + len(results)", "frameId": frame, "context": context}
            return client.request("evaluate", arguments)

        def step() -> None:
            client.request("next", {"threadId": thread})
            client.event("stopped")

        def sample(name: str, action: Callable[[], object]) -> None:
            samples.setdefault(name, []).append(timed(action))

        for _ in range(REPEATS):
            sample("look", look)
            sample("evaluate", lambda: evaluate("watch"))
            sample("console", lambda: evaluate("repl"))
            sample("step", step)
        look()
        page = {"filter": "indexed", "start": 5000, "count": 100}
        for _ in range(REPEATS):
            numbers = client.request("evaluate", {"expression": "numbers", "frameId": frame, "context": "watch"})
            wanted = {"variablesReference": numbers["variablesReference"], **page}
            sample("page", lambda wanted=wanted: client.request("variables", wanted))  # type: ignore[misc]
    return samples


def pauses(debugger: Debugger, project: Project, places: list[str]) -> Samples:
    """`places` are what the script says that it does, in turn."""
    samples: Samples = {}
    with adapter(debugger, project.directory) as client:
        launch(client, debugger, project, [])
        thread = 0
        for place in places:
            reach(client, place)
            if not thread:
                thread = client.request("threads")["threads"][0]["id"]
            # What is waited for has begun by then.
            time.sleep(0.05)

            def pause(thread: int = thread) -> None:
                client.request("pause", {"threadId": thread})
                client.event("stopped")

            samples[f"pause: {place}"] = [timed(pause)]
            client.request("continue", {"threadId": thread})
    return samples


def reach(client: Client, place: str) -> None:
    while client.printed(scripts.SAID) != place:
        pass


def printed(debugger: Debugger, project: Project, markers: list[str]) -> float:
    """What the script prints of itself, with breakpoints on the marked lines, none of which it reaches."""
    with adapter(debugger, project.directory) as client:
        launch(client, debugger, project, [project.line(marker) for marker in markers])
        return float(client.printed(scripts.SAID))


def printed_bare(debugger: Debugger, project: Project) -> float:
    """The same without a debugger."""
    found = re.search(scripts.SAID, debugger.run(project).printed)
    assert found is not None
    return float(found[1])
