# Hard: all of the script is in a file of its own, where its breakpoints belong.
{ lib, ... }:

{
  name = "logging";
  nodes = { };
  testScript = lib.readFile ./logging.py;
}
