#!@python@
"""The program of all tests' drivers, below its shell wrapper: finds the packages it was built with."""

import site
import sys

sys.argv[0] = "@application@/bin/nixos-test-driver"
site.addsitedir("@package@")
# Found only where the `sitecustomize` of this Python has run.
import only_by_nix_pythonpath  # noqa: E402, F401
from test_driver import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
