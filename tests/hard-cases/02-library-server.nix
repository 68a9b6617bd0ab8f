# Hard: lines with a prefix as in the first case, and a script of the server that is made for each shelf before them.
{ makeTest, pkgs, lib }:

let
  tests = {
    reading = {
      shelves = [ ];
      script = ''
        log("ready")  # @stop reading
      '';
    };
    lending = {
      shelves = [ "fiction" "maps" ];
      script = ''
        log("ready")
        log("lent: " + str(  # @stop lending
          len(shelves)
        ))
      '';
    };
  };

  shelfScript =
    { shelves, ... }:
    lib.concatImapStrings (number: shelf: ''
      shelves.append("${shelf}")  # @stop x2 lending
      assert len(shelves) == ${toString number}, shelves
    '') shelves;
in
lib.mapAttrs (
  name: test:
  makeTest {
    name = "library-${name}";
    nodes.server = { };
    testScript = ''
      shelves = []
      ${shelfScript test}
      ${lib.concatStringsSep "\n" (
        map (
          line:
          if line == "" || lib.elem (lib.substring 0 1 line) [ " " ")" "#" ] then line else "server.${line}"
        ) (lib.splitString "\n" (lib.removeSuffix "\n" test.script))
      )}
      print("closing")  # @stop
    '';
  }
) tests
