# Small functions on values, in the spirit of nixpkgs' `lib`: the testkit has no nixpkgs to take them from.
rec {
  inherit (builtins) attrNames concatStringsSep elem filter isAttrs isBool isFunction isInt isList isPath isString length;

  concatMapSep = separator: f: list: concatStringsSep separator (map f list);

  # Marks a value so that it wins over, or yields to, ordinary definitions of the same option. Named as in nixpkgs.
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkForce = mkOverride 50;
  mkDefault = mkOverride 1000;

  # Marks a definition that counts only when `condition` holds.
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };

  # Quotes a word for a POSIX shell.
  escapeShellArg = word: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] word}'";

  # What a value is, in words for an error message; of sets and lists no more than a glimpse.
  describe =
    value:
    let
      kind = builtins.typeOf value;
      names = attrNames value;
      glimpse = name: "${name} = ${if isAttrs value.${name} then "{ … }" else describe value.${name}};";
    in
    if kind == "set" then
      (if length names > 3 then "an attribute set of ${toString (length names)}" else "{ ${concatMapSep " " glimpse names} }")
    else if kind == "lambda" then "a function"
    else if kind == "list" then "a list"
    else if kind == "null" then "null"
    else if kind == "string" then "the string ${builtins.toJSON value}"
    else if kind == "path" then "the path ${toString value}"
    else "${kind} ${builtins.toJSON value}";
}
