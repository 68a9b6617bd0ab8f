"""Python imports this file at start-up, because the adapter puts its directory on PYTHONPATH.

It hands over to the agent when the environment names a link for it, and always loads the `sitecustomize` that it
hides. It does nothing else: whatever goes wrong with the agent, the driver must start as if we were not here.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_HERE = os.path.dirname(os.path.abspath(__file__))


def _start_agent(address: str) -> None:
    try:
        from nixtest_agent import bootstrap

        bootstrap.prepare(address, _HERE)
    except Exception:
        try:
            import traceback

            trouble = os.path.join(os.path.dirname(address), "agent-trouble.txt")
            with open(trouble, "a", encoding="utf-8", errors="replace") as file:
                traceback.print_exc(file=file)
        except Exception:
            return


def _leave_environment() -> str | None:
    """Remove what is ours from the environment at once, so that no child process inherits it."""
    if "NIXTEST_DAP_AGENT" not in os.environ:
        return None
    previous = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    remaining = [entry for entry in previous if os.path.abspath(entry or os.curdir) != _HERE]
    if any(remaining):
        os.environ["PYTHONPATH"] = os.pathsep.join(remaining)
    else:
        os.environ.pop("PYTHONPATH", None)
    return os.environ.pop("NIXTEST_DAP_AGENT")


def _load_hidden_sitecustomize() -> None:
    """Nixpkgs' Python finds its packages through a `sitecustomize` of its own; ours must not take its place."""
    elsewhere = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_address = _leave_environment()
if _address is not None:
    _start_agent(_address)
_load_hidden_sitecustomize()
