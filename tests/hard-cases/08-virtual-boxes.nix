# Hard: functions that are named and not applied (`mapAttrsToList (_: getAttr "testSubs")`), pieces of Python in the middle
# of values that hold much else, and the script of each test as the last argument of a curried function.
{ makeTest, pkgs, lib }:

let
  inherit (lib) concatStrings getAttr mapAttrsToList;

  createBox = name: machine: {
    machine = { memory = 256; } // machine;
    shares = [ "/mnt/${name}" ];
    testSubs = ''
      def ${name}_shares():
          shares = "${concatStrings [ "/mnt/" name ]}"
          return [shares]

      ${name}_memory = ${toString (machine.memory or 256)}  # @stop x2
    '';
  };

  boxes = lib.mapAttrs createBox {
    small = { };
    large.memory = 4096;
  };

  makeBoxTest =
    name: useExtensions: testScript:
    makeTest {
      name = "boxes-${name}";
      nodes = { };
      testScript = ''
        extensions = ${if useExtensions then "True" else "False"}  # @stop
        ${concatStrings (mapAttrsToList (_: getAttr "testSubs") boxes)}
        ${testScript}
        print("all boxes closed")  # @stop
      '';
    };
in
lib.mapAttrs (name: makeBoxTest name (name == "extended")) {
  simple = ''
    assert small_shares() == ["/mnt/small"]  # @stop simple
    assert large_memory > small_memory
  '';
  extended = ''
    with subtest("extensions"):
        assert extensions  # @stop extended
  '';
}
