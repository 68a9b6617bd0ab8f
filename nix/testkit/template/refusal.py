"""Why a machine is started without a template."""


class Refusal(Exception):
    """The machine boots normally. The words complete "the machine boots normally: …"; they are shown to the user."""


class LastingRefusal(Refusal):
    """What QEMU itself said about this machine: it would say the same the next time, so it is not asked again."""
