#!@python@
import sys, site

sys.argv[0] = "@application@/bin/nixos-test-driver"
site.addsitedir("@package@")
# Found only where the `sitecustomize` of this Python has run.
import only_by_nix_pythonpath
from test_driver import main

if __name__ == "__main__":
    sys.exit(main())
