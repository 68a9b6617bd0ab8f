"""All that a script can do with a machine of any kind."""

from test_driver.machine.files import Files
from test_driver.machine.units import Units


class BaseMachine(Units, Files):
    """A machine of the test. It is started by the first command it gets, or by `start`."""
