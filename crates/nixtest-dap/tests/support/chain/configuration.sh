#!/bin/bash -e
# The program of one test's driver, wrapped as from NixOS 26.05 on: a file says what is run.
exec -a "$0" "@output@/bin/.nixos-test-driver-wrapped"  --config @configuration@ --log-level info @words@ "$@"
