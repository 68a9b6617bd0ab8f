# Functions on values, by the names that nixpkgs' `lib` gives them: the testkit has no nixpkgs to take them from.
# It has what tests and their modules commonly use. Test and node modules get it as `lib`.
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatStringsSep
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isFunction
    length
    listToAttrs
    mapAttrs
    stringLength
    substring
    ;

  # Marks on values, by which a definition says how it meets the other definitions of its option.
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = order: content: {
    _type = "order";
    inherit order content;
  };
in
rec {
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    catAttrs
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    functionArgs
    genList
    groupBy
    hasAttr
    head
    intersectAttrs
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    removeAttrs
    replaceStrings
    sort
    stringLength
    substring
    tail
    toJSON
    ;

  # How definitions meet. Smaller priorities win, and 100 is that of a definition without a mark; of the definitions
  # that are left, those of smaller order come first, and 1000 is that of a definition without a mark.
  inherit mkOverride mkOrder;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkDefault = mkOverride 1000;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };

  id = value: value;
  min = a: b: if a < b then a else b;
  max = a: b: if a < b then b else a;
  const = value: _: value;
  flip =
    f: a: b:
    f b a;
  pipe = foldl' (value: f: f value);

  getAttrFromPath = path: set: foldl' (value: name: value.${name}) set path;
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if isAttrs set && set ? ${head path} then
      attrByPath (builtins.tail path) default set.${head path}
    else
      default;

  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };

  range = first: last: if first > last then [ ] else genList (index: first + index) (last - first + 1);
  imap0 = f: list: genList (index: f index (elemAt list index)) (length list);
  imap1 = f: imap0 (index: f (index + 1));
  last = list: elemAt list (length list - 1);
  flatten = value: if builtins.isList value then builtins.concatMap flatten value else [ value ];
  unique = foldl' (found: value: if builtins.elem value found then found else found ++ [ value ]) [ ];
  remove = unwanted: filter (value: value != unwanted);
  reverseList = list: genList (index: elemAt list (length list - 1 - index)) (length list);
  findFirst =
    wanted: default: list:
    let
      found = filter wanted list;
    in
    if found == [ ] then default else head found;

  nameValuePair = name: value: { inherit name value; };
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  filterAttrs = wanted: set: removeAttrs set (filter (name: !wanted name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  concatMapAttrs = f: set: foldl' (all: more: all // more) { } (mapAttrsToList f set);
  recursiveUpdate =
    first: second:
    first
    // mapAttrs (
      name: value: if isAttrs value && isAttrs (first.${name} or null) then recursiveUpdate first.${name} value else value
    ) second;

  concatStrings = concatStringsSep "";
  concatLines = concatMapStrings (line: line + "\n");
  concatMapStrings = f: list: concatStrings (map f list);
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (mapAttrsToList f set);
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    stringLength text >= stringLength suffix
    && substring (stringLength text - stringLength suffix) (stringLength suffix) text == suffix;
  hasInfix = part: text: length (splitString part text) > 1;
  removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (stringLength text) text else text;
  removeSuffix =
    suffix: text: if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  splitString = separator: text: filter builtins.isString (builtins.split (escapeRegex separator) text);
  escapeRegex =
    let
      special = builtins.filter (character: character != "") (filter builtins.isString (builtins.split "" "\\[{()^$?*+|."));
    in
    builtins.replaceStrings special (map (character: "\\${character}") special);
  toUpper = builtins.replaceStrings (letters "abcdefghijklmnopqrstuvwxyz") (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  toLower = builtins.replaceStrings (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (letters "abcdefghijklmnopqrstuvwxyz");
  letters = text: genList (index: substring index 1 text) (stringLength text);
  boolToString = value: if value then "true" else "false";
  # As many zeros before the number as make it `width` long.
  fixedWidthNumber =
    width: number:
    let
      text = toString number;
    in
    concatStrings (genList (_: "0") (width - stringLength text)) + text;
  # The number in hexadecimal digits, without a prefix.
  toHexString =
    number:
    let
      digit = substring (number - number / 16 * 16) 1 "0123456789ABCDEF";
    in
    (if number < 16 then "" else toHexString (number / 16)) + digit;

  # Quote words for a POSIX shell.
  escapeShellArg = word: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString word)}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;

  isDerivation = value: value.type or null == "derivation";
  # The path of a package's main program, or of the named one.
  getExe = package: getExe' package (package.meta.mainProgram or (builtins.parseDrvName package.name).name);
  getExe' = package: program: "${package}/bin/${program}";
  makeBinPath = concatMapStringsSep ":" (package: "${package}/bin");

  platforms.linux = [ "x86_64-linux" "aarch64-linux" ];

  # What a value is, in words for an error message; of sets and lists no more than a glimpse.
  describe =
    value:
    let
      kind = builtins.typeOf value;
      names = attrNames value;
      glimpse = name: "${name} = ${if isAttrs value.${name} then "{ … }" else describe value.${name}};";
    in
    if kind == "set" then
      if isDerivation value then
        "the package ${value.name}"
      else if length names > 3 then
        "an attribute set of ${toString (length names)}"
      else
        "{ ${concatMapStringsSep " " glimpse names} }"
    else if kind == "lambda" then
      "a function"
    else if kind == "list" then
      "a list"
    else if kind == "null" then
      "null"
    else if kind == "string" then
      "the string ${builtins.toJSON value}"
    else if kind == "path" then
      "the path ${toString value}"
    else
      "${kind} ${builtins.toJSON value}";
}
