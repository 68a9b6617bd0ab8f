"""Names of machines as names in a script."""

import re


def pythonize_name(name: str) -> str:
    """The name as a Python identifier: each character that cannot be part of one there becomes `_`."""
    return re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", name)
