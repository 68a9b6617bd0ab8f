"""Stands for the file of this name in nixpkgs' Python: what its wrappers say is done once, and no child sees it."""

import os
import site
import sys

for directory in os.environ.pop("NIX_PYTHONPATH", "").split(os.pathsep):
    if directory:
        site.addsitedir(directory)
sys.executable = os.environ.pop("NIX_PYTHONEXECUTABLE", sys.executable)
sys.prefix = sys.exec_prefix = os.environ.pop("NIX_PYTHONPREFIX", sys.prefix)
