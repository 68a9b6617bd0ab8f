# Hard: see default.nix; this is the function.
{ makeTest, pkgs, lib }:

let
  indentLines = text: lib.concatLines (map (line: "    " + line) (lib.splitString "\n" text));
in
{
  makeMetadataTest =
    {
      name,
      userData,
      script,
    }:
    makeTest {
      inherit name;
      nodes = { };
      testScript = ''
        data = "${if userData == null then "" else "${lib.removeSuffix "\n" (lib.replaceStrings [ "\"" ] [ "'" ] userData)}"}"
        try:
            print("begin")  # @stop
      ''
      + indentLines script
      + ''
        finally:
            print("end", len(data))  # @stop
      '';
    };
}
