"""Units of systemd; the fake guest's `systemctl` has as much of it as is asked for."""

import unittest

from test_driver.errors import RequestedAssertionFailed
from tests.machine_support import MachineTest


class UnitTest(MachineTest):
    def setUp(self) -> None:
        super().setUp()
        self.write_guest_file("units/good.service", "active")
        self.write_guest_file("units/bad.service", "failed")
        self.write_guest_file("units/slow.service", "activating")

    def settle(self, unit: str, state: str) -> None:
        """Let a unit, for which a job is pending, reach a state in a while, as nobody's doing."""
        self.write_guest_file("jobs")
        self.machine.execute(f"(sleep 0.3; echo {state} >$STATE/units/{unit}; rm $STATE/jobs) >&2 &")

    def assert_fails(self, message: str, unit: str, user: str | None = None) -> None:
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.wait_for_unit(unit, user)
        self.assertEqual(str(raised.exception), message)

    def test_active_unit_is_not_waited_for(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        self.machine.wait_for_unit("good.service")
        self.assertEqual(self.logger.lines, ["> waiting for unit good.service", "< waiting for unit good.service"])
        self.assertEqual(self.commands(), ['systemctl --no-pager show "good.service" --property="ActiveState"'])

    def test_inactive_unit_is_waited_for_while_jobs_are_pending(self) -> None:
        self.settle("later.service", "active")
        self.machine.wait_for_unit("later.service")
        self.assertIn("systemctl list-jobs --full 2>&1", self.commands())

    def test_unit_that_becomes_active_just_when_the_jobs_are_done(self) -> None:
        # Asking for jobs is what makes it active here.
        (self.directory / "guest-functions").write_text(
            'eval "$(declare -f systemctl | sed s/systemctl/real_systemctl/)"\n'
            'systemctl() { real_systemctl "$@"; [[ $1 != list-jobs ]] || real_systemctl start later.service; }\n'
        )
        self.machine.wait_for_unit("later.service")

    def test_failed_unit_ends_the_wait_at_once(self) -> None:
        self.assert_fails('unit "bad.service" reached state "failed"', "bad.service")

    def test_unit_that_fails_during_the_wait_ends_it(self) -> None:
        self.settle("later.service", "failed")
        self.assert_fails('unit "later.service" reached state "failed"', "later.service")

    def test_inactive_unit_without_jobs_ends_the_wait_at_once(self) -> None:
        message = 'unit "no.service" is inactive and there are no pending jobs'
        self.assert_fails(message, "no.service")
        self.assert_fails(message, "no.service", user="alice")

    def test_wait_ends_when_its_time_is_over(self) -> None:
        with self.assertRaisesRegex(RequestedAssertionFailed, r"^action timed out after .* \(timeout=0.2\)$"):
            self.machine.wait_for_unit("slow.service", timeout=0.2)

    def test_user_means_their_own_systemd(self) -> None:
        self.machine.connect()
        self.logger.lines.clear()
        self.machine.wait_for_unit("good.service", "alice")
        self.assertEqual(self.logger.lines[0], "> waiting for unit good.service with user alice")
        show = 'systemctl --user --no-pager show "good.service" --property="ActiveState"'
        inner = f"XDG_RUNTIME_DIR=/run/user/$(id -u) {show}"
        self.assertEqual(self.commands(), [f"su -l alice --shell /bin/sh -c '{inner}'", inner])

    def test_words_for_systemctl_may_hold_quotes(self) -> None:
        expected = "systemctl set-environment A='b c'\n"
        self.assertEqual(self.machine.systemctl("set-environment \"A='b c'\""), (0, expected))
        expected = "systemctl --user set-environment A='b c'\n"
        self.assertEqual(self.machine.systemctl("set-environment \"A='b c'\"", "alice"), (0, expected))

    def test_jobs_start_and_stop_units(self) -> None:
        self.assertEqual(self.machine.start_job("no.service"), (0, ""))
        self.machine.require_unit_state("no.service")
        self.assertEqual(self.machine.stop_job("no.service", user="alice"), (0, ""))
        self.machine.require_unit_state("no.service", "inactive")

    def test_state_that_is_required_and_not_there_is_named(self) -> None:
        self.machine.connect()
        with self.assertRaises(RequestedAssertionFailed) as raised:
            self.machine.require_unit_state("bad.service")
        self.assertEqual(
            str(raised.exception), "Expected unit 'bad.service' to be in state 'active' but it is in state 'failed'"
        )
        self.assertEqual(self.logger.lines[-1], "> checking if unit 'bad.service' has reached state 'active'")

    def test_properties_are_read_one_by_one_and_all_at_once(self) -> None:
        self.assertEqual(self.machine.get_unit_property("good.service", "Environment"), "A=1 B=2")
        self.assertEqual(self.machine.get_unit_property("good.service", "User", "alice"), "alice")
        self.assertEqual(
            self.machine.get_unit_info("good.service"),
            {"Id": "good.service", "ActiveState": "active", "Environment": "A=1 B=2", "User": ""},
        )

    def test_systemctl_that_fails_is_a_failed_assertion(self) -> None:
        for ask, message in (
            (
                lambda: self.machine.get_unit_info("unknown.service"),
                'retrieving systemctl info for unit "unknown.service" failed with exit code 4',
            ),
            (
                lambda: self.machine.get_unit_info("unknown.service", "alice"),
                'retrieving systemctl info for unit "unknown.service" under user "alice" failed with exit code 4',
            ),
            (
                lambda: self.machine.get_unit_property("unknown.service", "Id"),
                'retrieving systemctl property "Id" for unit "unknown.service" failed with exit code 4',
            ),
            (
                lambda: self.machine.get_unit_property("good.service", "Nonsense"),
                'systemctl shows no property "Nonsense" for unit "good.service", but: ',
            ),
        ):
            with self.subTest(message), self.assertRaises(RequestedAssertionFailed) as raised:
                ask()
            self.assertEqual(str(raised.exception), message)


if __name__ == "__main__":
    unittest.main()
