"""Completions: what is offered for a text, and that nothing of the user's runs for it."""

from __future__ import annotations

from adapter import DriverSession, Stopped
from cases import AgentTest, each_back_end

SCRIPT = """
    from functools import wraps

    class Trap:
        hits = []
        def __init__(self, size=1, *, colour="red"):
            self.size = size
            self._hidden = 1
        @property
        def computed(self):
            self.hits.append("property")
            return self
        def __getattr__(self, name):
            self.hits.append(name)
            raise AttributeError(name)
        def grow(self, by, /, factor=2, *, limit=None):
            pass

    class Keys(dict):
        def __getitem__(self, key):
            Trap.hits.append(key)
            return 1

    trap = Trap()
    traps = [trap]
    settings = {"first": {"inner": trap}, "second key": 2, 3: 4, "it's": 5}
    keys = Keys(a=trap)

    def documented(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    @documented
    def wait(seconds, message=None):
        pass

    def work(local_number):
        local_text = ""
        return local_text  # @here

    work(1)
    assert Trap.hits == [], Trap.hits
"""


@each_back_end
class Completing(AgentTest):
    def start(self, session: DriverSession) -> Stopped:
        session.start("here")
        return session.stopped()

    def labels(self, session: DriverSession, before: str) -> list[str]:
        return [target["label"] for target in session.request("completions", {"before": before})["targets"]]

    def test_names_of_the_frame_come_before_those_of_the_script_and_of_python(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.start(session)
            self.assertEqual(self.labels(session, "lo"), ["local_number", "local_text", "locals"])
            self.assertEqual(self.labels(session, "x = tra"), ["trap", "traps"])
            self.assertEqual(self.labels(session, "wai"), ["wait"])
            self.assertEqual(self.labels(session, "whi"), ["while"])
            self.assertEqual(self.labels(session, "isin"), ["isinstance"])
            self.assertEqual(self.labels(session, "clie"), ["client"])
            everything = self.labels(session, "")
            self.assertEqual(everything[:2], ["local_number", "local_text"])
            self.assertNotIn("while", everything)
            details = session.request("completions", {"before": "client"})["targets"]
            self.assertEqual(
                details,
                [{"label": "client", "type": "variable", "detail": "machine", "typed": 6, "sortText": "0000"}],
            )

    def test_attributes_are_found_without_running_anything(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.start(session)
            self.assertEqual(self.labels(session, "trap."), ["computed", "grow", "hits", "size"])
            self.assertEqual(self.labels(session, "trap._"), ["_hidden"])
            self.assertIn("__init__", self.labels(session, "trap.__in"))
            self.assertEqual(self.labels(session, "traps[0].gr"), ["grow"])
            self.assertEqual(self.labels(session, "settings['first'][\"inner\"].si"), ["size"])
            self.assertEqual(self.labels(session, "Trap.hi"), ["hits"])
            self.assertIn("append", self.labels(session, "print(trap.hits.app"))
            for silent in ("trap.computed.", "trap.missing.", "keys['a'].", "traps[7].", "wait().", "1.", "nothing."):
                self.assertEqual(self.labels(session, silent), [], silent)
            session.go()
            session.finish_passed()

    def test_keys_of_a_dictionary_are_closed(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.start(session)
            targets = session.request("completions", {"before": "settings['"})["targets"]
            self.assertEqual([target["text"] for target in targets], ["first']", "second key']"])
            targets = session.request("completions", {"before": 'x = settings["se'})["targets"]
            self.assertEqual([(each["text"], each["typed"]) for each in targets], [('second key"]', 2)])
            self.assertEqual(self.labels(session, "settings['first']['"), ["inner"])
            self.assertEqual(self.labels(session, "keys['"), [])

    def test_a_call_offers_its_keyword_arguments_first(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.start(session)
            self.assertEqual(self.labels(session, "wait(")[:2], ["seconds=", "message="])
            self.assertEqual(self.labels(session, "wait(1, mess"), ["message="])
            self.assertEqual(self.labels(session, "wait(message=1, sec"), ["seconds="])
            self.assertNotIn("message=", self.labels(session, "wait(message=1, m"))
            self.assertEqual(self.labels(session, "trap.grow(1, fa"), ["factor="])
            self.assertEqual(self.labels(session, "Trap(colo"), ["colour="])
            self.assertEqual(self.labels(session, "client.succeed(timeo"), ["timeout="])
            self.assertNotIn("seconds=", self.labels(session, "wait([se"))

    def test_strings_and_comments_offer_nothing(self) -> None:
        with self.run_driver(SCRIPT) as session:
            self.start(session)
            for silent in ("'tra", 'print("tra', "# tra", "'''\ntra", "x = 'it\\'s tra"):
                self.assertEqual(self.labels(session, silent), [], silent)
            self.assertEqual(self.labels(session, "'a' + tra"), ["trap", "traps"])
            self.assertEqual(self.labels(session, "# note\ntra"), ["trap", "traps"])
            self.assertIn("before the cursor", session.refused("completions", {"before": 3}))

    def test_a_running_script_offers_its_globals(self) -> None:
        script = "import threading\ngo = threading.Event()\nprint('runs')\ngo.wait()  # @wait\n"
        with self.run_driver(script) as session:
            session.start("wait")
            session.stopped()
            session.go()
            self.assertEqual(self.labels(session, "thr"), ["threading"])
            self.assertEqual(self.labels(session, "go.is_"), ["is_set"])
            session.request("terminate")
            self.assertEqual(session.ended(), {"outcome": "terminated"})
