"""Units of systemd in a machine: waiting for them, asking about them, starting and stopping them."""

import shlex

from test_driver.duration import Duration
from test_driver.errors import RequestedAssertionFailed
from test_driver.machine.commands import DEFAULT_TIMEOUT, Commands
from test_driver.retry import retry


class Units(Commands):
    """A machine with systemd. Methods with a `user` mean that user's own systemd when it is given.

    The machine's shell reads names of units as text in double quotes, so they may contain its variables.
    """

    def systemctl(self, q: str, user: str | None = None) -> tuple[int, str]:
        """Run `systemctl` with the words `q`, which the machine's shell splits; returns `(status, output)`.

        With `user`, run `systemctl --user` as that user, whose systemd must run: log in, or allow lingering.
        """
        if user is None:
            return self.execute(f"systemctl {q}")
        command = f"XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user {q}"
        return self.execute(f"su -l {shlex.quote(user)} --shell /bin/sh -c {shlex.quote(command)}")

    def wait_for_unit(self, unit: str, user: str | None = None, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until a unit is active; asks once a second. With `user`, a unit of that user's systemd.

        Raises RequestedAssertionFailed at once if the unit has failed, or is inactive while systemd has nothing left
        to do; otherwise when `timeout` seconds (default 900) are over.
        """

        def is_active(_last_try: bool) -> bool:
            state = self.get_unit_property(unit, "ActiveState", user)
            if state == "failed":
                raise RequestedAssertionFailed(f'unit "{unit}" reached state "{state}"')
            if state == "inactive" and not self._has_jobs(user):
                # Its job may have ended well between the two questions.
                state = self.get_unit_info(unit, user)["ActiveState"]
                if state == "inactive":
                    raise RequestedAssertionFailed(f'unit "{unit}" is inactive and there are no pending jobs')
            return state == "active"

        with self.nested(f"waiting for unit {unit}" + ("" if user is None else f" with user {user}")):
            retry(is_active, timeout)

    def _has_jobs(self, user: str | None) -> bool:
        return "No jobs" not in self.systemctl("list-jobs --full 2>&1", user)[1]

    def get_unit_info(self, unit: str, user: str | None = None) -> dict[str, str]:
        """All that `systemctl show` knows about a unit: the values of its properties by their names.

        Raises RequestedAssertionFailed if systemctl fails; a unit that does not exist has properties, too.
        """
        lines = self._show(unit, "", f'info for unit "{unit}"', user).split("\n")
        return dict(line.split("=", 1) for line in lines if line.find("=") > 0)

    def get_unit_property(self, unit: str, property: str, user: str | None = None) -> str:
        """The value of one property of a unit, such as `ActiveState`.

        Raises RequestedAssertionFailed if systemctl fails or knows no such property.
        """
        what = f'property "{property}" for unit "{unit}"'
        output = self._show(unit, f' --property="{property}"', what, user)
        name, is_there, value = output.partition("=")
        if name != property or not is_there:
            raise RequestedAssertionFailed(f"systemctl shows no {what}, but: {output}")
        return value.rstrip("\n")

    def _show(self, unit: str, options: str, what: str, user: str | None) -> str:
        status, output = self.systemctl(f'--no-pager show "{unit}"{options}', user)
        if status != 0:
            whose = "" if user is None else f' under user "{user}"'
            raise RequestedAssertionFailed(f"retrieving systemctl {what}{whose} failed with exit code {status}")
        return output

    def require_unit_state(self, unit: str, require_state: str = "active") -> None:
        """Raise RequestedAssertionFailed unless the ActiveState of a unit is `require_state` right now."""
        with self.nested(f"checking if unit '{unit}' has reached state '{require_state}'"):
            state = self.get_unit_property(unit, "ActiveState")
            if state != require_state:
                raise RequestedAssertionFailed(
                    f"Expected unit '{unit}' to be in state '{require_state}' but it is in state '{state}'"
                )

    def start_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        """Start a unit by `systemctl start`, and wait for that; returns `(status, output)`."""
        return self.systemctl(f"start {jobname}", user)

    def stop_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        """Stop a unit by `systemctl stop`, and wait for that; returns `(status, output)`."""
        return self.systemctl(f"stop {jobname}", user)
