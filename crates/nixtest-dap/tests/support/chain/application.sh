#!/bin/bash -e
# The program of all tests' drivers: it finds its tools, and its Python only the packages it was built with.
PATH='@tools@'${PATH:+:$PATH}
export PATH
export PYTHONNOUSERSITE='true'
export NIX_PYTHONPATH='@packages@' NIX_PYTHONEXECUTABLE='@executable@' NIX_PYTHONPREFIX='@prefix@'
# Not Nix's: a test reads the driver's standard error apart from its output.
exec 2>>'@log@'
exec -a "$0" '@application@/bin/.nixos-test-driver-wrapped' "$@"
