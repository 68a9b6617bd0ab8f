"""One run of a script: from its text to its end, in the driver's own `exec`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import ends, exceptions, frames, leaving, output, stepping, values
from .link import Json
from .program import Program
from .script import Script, invalid

if TYPE_CHECKING:
    from .session import Session


class Runner:
    """Runs scripts for a session, one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, text: str, names: dict[str, Any], machines: list[str]) -> None:
        """Run the script as the driver's own `exec` would: same names, same exceptions, same traceback."""
        session = self._session
        if session.is_forsaken:
            exec(text, names)
            return
        if session.is_running:
            return self._run_inside(text, names)
        script = self._compile(text)
        is_new = session.script is None or session.script.text != text
        if is_new:
            self._load(script, machines)
        script = session.loaded()
        session.globals, session.supplied = names, dict(names)
        session.interrupts.install()
        session.is_running = True
        session.is_unwinding = False
        outcome: Json = {"outcome": "passed"}
        outer = session.subtests.begin_run()
        try:
            if is_new:
                session.configuration.wait()
            self._before_statement()
            self._begin()
            program = session.begin()
            self._statements(program)
            while ends.at_last_statement(session, program):
                self._statements(program)
            session.subtests.fail_late()
        except BaseException as error:
            error.__traceback__ = frames.without_agent(error.__traceback__)
            outcome = self._outcome(error, script)
            raise
        finally:
            session.subtests.end_run(outer)
            self._end(outcome)

    def _run_inside(self, text: str, names: dict[str, Any]) -> None:
        """The whole script once more, while a run of it stands at a stop, or by the script itself."""
        session = self._session
        script = session.loaded()
        if text != script.text:
            session.say("the driver has another script by now; inside of a run it runs undebugged")
            exec(text, names)
            return
        outer = session.globals, session.supplied, session.program
        outer_subtests = session.subtests.begin_run()
        session.globals, session.supplied = names, dict(names)
        outcome: Json = {"outcome": "passed"}
        try:
            self._statements(session.begin())
            session.subtests.fail_late()
        except BaseException as error:
            error.__traceback__ = frames.without_agent(error.__traceback__)
            outcome = self._outcome(error, script)
            raise
        finally:
            session.globals, session.supplied, session.program = outer
            session.subtests.end_run(outer_subtests)
            output.show_last_line()
            session.link.event("nixtest/scriptEnded", outcome | {"isInside": True})

    def _compile(self, text: str) -> Script:
        try:
            return Script(text)
        except Exception as error:
            self._session.link.event("nixtest/scriptInvalid", invalid(text, error))
            raise

    def _load(self, script: Script, machines: list[str]) -> None:
        session = self._session
        with session.lock:
            session.script = script
            session.machine_names = machines
            session.configuration.clear()
            session.stop_on_entry = False
            if not session.link.alive or session.is_ending:
                session.configuration.set()
            session.interest.codes.clear()
            session.interest.one_line_loops.clear()
            session.watch(script)
            session.breakpoints.load(script)
            session.functions.load(session)
        session.changed()
        session.link.event("nixtest/script", script.announcement() | {"machines": machines})

    def _begin(self) -> None:
        session = self._session
        session.counts.begin()
        session.last_commands.forget()
        session.data.begin(session)
        thread = session.thread_here()
        if session.stop_on_entry:
            session.stop_on_entry = False
            thread.step = stepping.entry()
        session.changed()
        session.tracing.start()

    def _statements(self, program: Program) -> None:
        session = self._session
        thread = session.thread_here()
        while (statement := program.take()) is not None:
            self._before_statement()
            thread.arrival = program.arrival()
            session.changed()
            session.tracing.adopt(statement.codes)
            if session.wants_fresh_globals:
                self._begin_anew()
            try:
                program.is_executing = True
                exec(statement.code, session.globals)
            except BaseException as error:
                program.is_executing = False
                if not leaving.arrived(session, program):
                    ends.at_exception(session, session.loaded(), error)
                    if not program.is_redirected():
                        raise
                    thread.last_error = None
            else:
                program.is_executing = False
                # Somebody swallowed it. It is obeyed all the same, only later.
                leaving.arrived(session, program)

    def _begin_anew(self) -> None:
        """The script begins again in the same driver, with the variables that a driver gives it."""
        session = self._session
        session.wants_fresh_globals = False
        if session.fresh_globals is not None:
            session.globals = session.fresh_globals()
            session.supplied = dict(session.globals)
        session.subtests.begin_run()
        session.link.event("nixtest/rerun", {})

    def _before_statement(self) -> None:
        """Between statements the agent is in control: an end that was asked for happens here."""
        session = self._session
        if session.is_ending and not session.ends_already():
            session.unwind()

    def _outcome(self, error: BaseException, script: Script) -> Json:
        if self._session.is_ending:
            return {"outcome": "terminated"}
        if exceptions.is_ordinary_exit(error):
            return {"outcome": "passed"}
        renderer = values.Renderer(self._session.interrupts)
        shown = exceptions.to_show(error, script)
        return {"outcome": "failed", "exception": exceptions.ended_with(shown, script, renderer)}

    def _end(self, outcome: Json) -> None:
        session = self._session
        session.is_running = False
        session.program = None
        session.tracing.stop()
        for thread in session.threads.values():
            thread.last_left = thread.last_shown = None
            thread.step = thread.last_error = thread.leave = thread.arrival = None
        session.pause_wanted = None
        session.changed()
        output.show_last_line()
        session.link.event("nixtest/scriptEnded", outcome)
        session.interrupts.uninstall()
