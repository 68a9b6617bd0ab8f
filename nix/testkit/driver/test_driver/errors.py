"""What can go wrong in a test, by who is to blame."""


class RequestedAssertionFailed(AssertionError):
    """The test found what it was looking for: a command, a wait or an assertion of the script did not hold."""


class MachineError(RuntimeError):
    """The driver or a virtual machine failed, so the script could not go on; the test itself proved nothing."""
