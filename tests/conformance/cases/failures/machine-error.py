# A machine's trouble is reported with the frames of the driver.
# versions: 25.05..
from test_driver.errors import MachineError


def check():
    raise MachineError("no machine\nat all")


check()
