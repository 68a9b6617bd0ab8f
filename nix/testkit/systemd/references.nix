# The store paths that a text mentions, as strings that depend on what the text depends on.
{ lib }:

text:
let
  pattern = "(${lib.escapeRegex builtins.storeDir}/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+)";
  found = lib.concatLists (lib.filter lib.isList (builtins.split pattern text));
  context = builtins.getContext text;
in
# The order of a script's lines shall make no difference to a machine.
map (path: builtins.appendContext path context) (lib.sort (a: b: a < b) (lib.unique found))
