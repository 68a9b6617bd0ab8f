# Hard: statements of Python are arguments of a Nix function, which gives them back or something else.
{ pkgs, lib, ... }:

let
  if32 = text: if pkgs.stdenv.hostPlatform.is32bit then text else "pass";
  if64 = text: if !pkgs.stdenv.hostPlatform.is32bit then text else "pass";
in
{
  name = "loader";
  nodes = { };
  testScript = ''
    said = []

    with subtest("a stub says what is missing"):
        ${if64 "said.append('64 bits')  # @stop"}
        ${if32 "said.append('32 bits')"}

    with subtest("the stub can be turned off"):
        ${if32 "raise Exception('no such stub')"}  # @stop
        ${if64 ''said.append("off")''}  # @stop

    assert len(said) == 2  # @stop
  '';
}
