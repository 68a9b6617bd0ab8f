# Hard: the script is a Python file in which words are replaced.
{ lib, ... }:

{
  name = "rules";
  nodes = { };
  testScript = builtins.replaceStrings [ "@SERVICE@" "@RULES@" ] [ "login" (toString [ "auth" "session" ]) ] (
    builtins.readFile ./rules.py
  );
}
