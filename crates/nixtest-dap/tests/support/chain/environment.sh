#!/bin/bash -e
# The program of one test's driver, wrapped as up to NixOS 25.11: the environment says what is run.
export startScripts='@start_scripts@'
export testScript='@test_script@'
export globalTimeout='600'
export vlans='@vlans@'
exec -a "$0" '@output@/bin/.nixos-test-driver-wrapped' @words@ "$@"
