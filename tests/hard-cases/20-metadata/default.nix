# Hard: a function indents the Python that a caller gives, so that columns shift and lines stay.
{ makeTest, pkgs, lib }:

let
  inherit (import ./common.nix { inherit makeTest pkgs lib; }) makeMetadataTest;
in
{
  init = makeMetadataTest {
    name = "metadata-init";
    userData = ''
      { config = "from the user"; }
    '';
    script = ''
      seen = []
      for word in ["key", "host"]:
          seen.append(word)  # @stop x2 init

      assert len(seen) == 2, """
          text in a text
      """
      print("initialised")  # @stop init
    '';
  };

  config = makeMetadataTest {
    name = "metadata-config";
    userData = null;
    script = "print('one line')  # of a plain string\nprint('another')"; # @stop x2 config
  };
}
