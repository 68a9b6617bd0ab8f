# The names and scripts of all tests of cases.json, by their attribute paths.
{
  testkit ? import ../../nix/testkit { },
}:

let
  tests = import ./default.nix { testing = import ./testing.nix { inherit testkit; }; };
  at = path: builtins.foldl' (set: name: set.${name}) tests (testkit.lib.splitString "." path);
  cases = builtins.fromJSON (builtins.readFile ./cases.json);
in
builtins.listToAttrs (
  map (case: {
    name = case.test;
    value = {
      inherit ((at case.test).config) name;
      script = (at case.test).config.testScriptString;
    };
  }) cases
)
