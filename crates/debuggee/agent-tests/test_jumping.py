"""Going to another line: from each statement of these scripts to each other, refused, or the script is there."""

from __future__ import annotations

import textwrap

from adapter import DriverSession
from cases import AgentTest, each_back_end

SCRIPTS = {
    "blocks": """
        log = []
        if not log:
            log.append(1)
        for turn in range(2):
            log.append(2)
            with subtest("inner"):
                log.append(3)
            for _ in range(2):
                log.append(4)
        try:
            log.append(5)
            raise ValueError
        except ValueError as error:
            log.append(6)
        finally:
            log.append(7)
        log.append(8)
    """,
    "function": """
        log = []
        def work(count):
            log.append(1)
            for turn in range(count):
                try:
                    log.append(2)
                    with subtest("in"):
                        log.append(3)
                    raise KeyError(turn)
                except KeyError:
                    log.append(4)
                finally:
                    log.append(5)
            return count
        work(2)
    """,
}
FINALLY = {"blocks": [7], "function": [5]}


@each_back_end
class EveryJump(AgentTest):
    def check(self, name: str) -> tuple[int, int]:
        """Each pair of lines is a run of its own, all in one driver. How many jumps were made, and how many refused."""
        reached = refused = 0
        script = textwrap.dedent(SCRIPTS[name]) + "done = 1  # @done\n"
        with self.run_driver(script, environment={"FAKE_DRIVER_RUNS": "100000"}) as session:
            lines: list[int] = session.start("done")["statementLines"]
            session.stopped()
            # At the very first line there is no `log` yet to see by what ran.
            for source in lines[1:]:
                for target in lines:
                    session.break_at(source, "done")
                    session.go()
                    stop = session.stopped()
                    if stop.line == source:
                        there = self.jump(session, name, source, target)
                        reached, refused = (reached + there, refused + (not there))
                    self.go_to_the_end(session)
        return reached, refused

    def jump(self, session: DriverSession, name: str, source: int, target: int) -> bool:
        pair = f"{source} to {target}"
        before = self.log(session)
        session.break_at("done")
        problem = self.go(session, target)
        if problem is not None:
            frames = session.request("stackTrace", {"threadId": 1})["stackFrames"]
            self.assertEqual(frames[0]["line"], source, f"{pair}: {problem}")
            return False
        there = session.stopped()
        self.assertEqual((there.reason, there.line), ("goto", target), pair)
        self.assertNotIn("description", there.event, pair)
        after = self.log(session)
        # What is left for another top-level statement is left as by an exception.
        ran = after[len(before) :]
        self.assertIn(ran, ([], FINALLY[name]), f"{pair} ran something")
        self.runs_on_from(session, target, after)
        return True

    def go(self, session: DriverSession, line: int) -> str | None:
        """Go to a line of the script; why not, if it is refused."""
        found = session.request("gotoTargets", {"lines": [line]})
        if not found["targets"]:
            return str(found["problems"])
        target = found["targets"][0]["id"]
        answer = session.response(session.send("goto", {"threadId": 1, "targetId": target}))
        return None if answer["success"] else str(answer["message"])

    def runs_on_from(self, session: DriverSession, target: int, before: list[int]) -> None:
        """The statement of the target is what runs next."""
        text = session.lines[target - 1].strip()
        session.go("next")
        if session.stopped().reason != "step" or not text.startswith("log.append("):
            return
        number = int(text.removeprefix("log.append(").removesuffix(")"))
        self.assertEqual(self.log(session), [*before, number], f"to {target}")

    def log(self, session: DriverSession) -> list[int]:
        found = session.evaluate("'-'.join(map(str, globals().get('log', ())))")
        return [int(each) for each in found.strip("'").split("-") if each]

    def go_to_the_end(self, session: DriverSession) -> None:
        """The last statement, from wherever the script stands."""
        session.break_at("done")
        while self.go(session, session.line("done")) is not None:
            session.go("next")
            session.stopped()
        session.stopped()

    def test_between_blocks(self) -> None:
        self.assertEqual(self.check("blocks"), (179, 93))

    def test_inside_a_function(self) -> None:
        self.assertEqual(self.check("function"), (125, 85))
