# Hard: a long script with generated repetitions, by functions that give Python, some of it on one line with other text.
import ./make-test-python.nix (
  { pkgs, lib, ... }:
  let
    inherit (lib) concatMapStrings concatMapStringsSep concatStringsSep genList;

    units = [ "simple" "socket" "timer" ];
    generations = genList (n: n + 1) 3;

    # A statement.
    expectIn = text: what: ''assert "${what}" in ${text}, ${text}'';
    # Statements.
    expectAll = text: whats: concatMapStringsSep "\n" (expectIn text) whats;
    # A function with its body.
    switcher = name: extra: ''
      def switch_to_${name}(*words):
          done = ["${name}", *words]
          ${extra}
          return " ".join(done)  # @stop x5
    '';
  in
  {
    name = "switch";
    nodes = { };
    testScript = ''
      log_of = []

      ${switcher "configuration" ''log_of.append("configuration")  # @stop x3''}
      ${switcher "specialisation" "pass"}
      ${concatMapStrings (unit: ''
        with subtest("${unit} units"):
            out = switch_to_configuration("${unit}", "restart")  # @stop x3
            ${expectIn "out" unit}

      '') units}
      with subtest("two at once"):
          out = switch_to_specialisation("a", "b")  # @stop
          ${expectIn "out" "a b"}

      out = switch_to_specialisation("${concatStringsSep " " units}")
      ${expectAll "out" units}

      ${concatMapStringsSep "\n" (n: ''log_of.append(${toString n})  # @stop x3'') generations}
      ${lib.optionalString (units == [ ]) ''
        raise Exception("nothing to switch")
      ''}
      if len(log_of) > 100:
          print("${toString (lib.length units)} units and too much of a log")
      elif "${toString generations}" == "1 2 3":
          print("all of them")  # @stop
      assert len(log_of) == 6  # @stop
    '';
  }
)
