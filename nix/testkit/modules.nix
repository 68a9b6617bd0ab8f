# A small module system: definitions from several modules become one checked configuration.
#
# It knows what tests need of NixOS modules and no more: attribute sets, functions and files, `imports`, options by
# dotted path, `mkForce`, `mkDefault` and `mkIf`. Options are { "dotted.path" = { type; default?; }; }.
{ lib }:

let
  # What a module defines: the file is read, the function called.
  attributesOf =
    { where, arguments }:
    module:
    let
      isFile = lib.isPath module || (lib.isString module && builtins.substring 0 1 module == "/");
      value = if isFile then import module else module;
      attributes = if lib.isFunction value then value arguments else value;
    in
    if lib.isAttrs attributes then
      attributes
    else
      throw "${where}: a module must be an attribute set, a function or a file, not ${lib.describe attributes}";

  # The definitions of one module in order, `imports` before the module itself.
  flatten =
    context: module:
    let
      attributes = attributesOf context module;
    in
    builtins.concatLists (map (flatten context) (attributes.imports or [ ])) ++ [ (removeAttrs attributes [ "imports" ]) ];

  # [{ path = "a.b"; value; priority; }] of all that `attributes` defines. A path that is an option ends the descent.
  definitions =
    { where, options }@context:
    prefix: attributes:
    let
      define =
        path: priority: value:
        if lib.isAttrs value && value._type or null == "if" then
          (if value.condition then define path priority value.content else [ ])
        else if lib.isAttrs value && value._type or null == "override" then
          define path value.priority value.content
        else if options ? ${path} then
          [ { inherit path value priority; } ]
        else if lib.isAttrs value && isPrefix options path then
          definitions context "${path}." value
        else
          throw "${where}: there is no option '${path}': the testkit has ${lib.concatMapSep ", " (name: "'${name}'") (lib.attrNames options)}";
    in
    builtins.concatLists (map (name: define "${prefix}${name}" 100 attributes.${name}) (lib.attrNames attributes));

  isPrefix = options: path: builtins.any (option: builtins.substring 0 (builtins.stringLength path + 1) option == "${path}.") (lib.attrNames options);

  # One option's value out of all its definitions: those of the strongest priority, checked and merged.
  optionValue =
    where: path: option: all:
    let
      strongest = builtins.foldl' (least: definition: if definition.priority < least then definition.priority else least) 10000 all;
      values = map (definition: definition.value) (lib.filter (definition: definition.priority == strongest) all);
      wrong = lib.filter (value: !option.type.check value) values;
    in
    if all == [ ] then
      option.default or (throw "${where}: the option '${path}' is missing: set it to ${option.type.expected}")
    else if wrong != [ ] then
      throw "${where}: the option '${path}' must be ${option.type.expected}, not ${lib.describe (builtins.head wrong)}"
    else
      option.type.merge "${where}: the option '${path}'" values;

  # { "a.b" = 1; } as { a.b = 1; }.
  nest =
    flat:
    let
      split = path: lib.filter lib.isString (builtins.split "\\." path);
      go =
        items:
        builtins.mapAttrs (
          _name: same: if (builtins.head same).path == [ ] then (builtins.head same).value else go same
        ) (builtins.zipAttrsWith (_name: values: values) (map (item: { ${builtins.head item.path} = { path = builtins.tail item.path; inherit (item) value; }; }) items));
    in
    go (map (path: { path = split path; value = flat.${path}; }) (lib.attrNames flat));
in
{
  # where: words for messages; options: see above; modules: in order; arguments: what module functions are called with.
  evaluate =
    { where, options, modules, arguments }:
    let
      sets = builtins.concatLists (map (flatten { inherit where arguments; }) modules);
      all = builtins.concatLists (map (definitions { inherit where options; } "") sets);
      byPath = builtins.groupBy (definition: definition.path) all;
    in
    nest (builtins.mapAttrs (path: option: optionValue where path option (byPath.${path} or [ ])) options);
}
