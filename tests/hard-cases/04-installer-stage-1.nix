# Hard: the file that is opened says no line of Python; it picks tests of another file and calls that with other arguments.
{ makeTest, pkgs, lib }:

{
  simple = import ./03-installer.nix {
    inherit makeTest pkgs lib;
    initSystem = "stage1";
    selected = "simple";
  };
}
