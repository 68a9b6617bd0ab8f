# A small module system: definitions from several modules become one checked configuration.
#
# It knows what tests need of NixOS modules: attribute sets, functions and files, `imports`, `config`, options by dotted
# path, and the marks mkForce, mkDefault, mkBefore, mkAfter, mkIf and mkMerge at any depth. Definitions meet in the order
# in which they do in NixOS. Modules cannot declare options.
#
# Options are { "dotted.path" = { type; default?; apply?; }; }. `apply` makes of the merged value what others see.
{ lib }:

let
  suggest = import ./suggest.nix { inherit lib; };

  # What a module defines: the file is read, the function called.
  attributesOf =
    { where, arguments, ... }:
    module:
    let
      isFile = lib.isPath module || (lib.isString module && lib.hasPrefix "/" module);
      value = if isFile then import module else module;
      attributes = if lib.isFunction value then value arguments else value;
    in
    if !lib.isAttrs attributes then
      throw "${where}: a module must be an attribute set, a function or a file, not ${lib.describe attributes}"
    else if attributes ? options then
      throw "${where}: a module declares options, and modules of the testkit can only define those it has: remove 'options'"
    else
      attributes;

  # All modules that `modules` lead to by `imports`: first those given, then what they import, level by level, and a
  # file once. `key` tells files apart, and gives every other module a name of its own.
  closure =
    context: modules:
    let
      node = parent: index: module: rec {
        key = if lib.isPath module || lib.isString module then toString module else "${parent}/${toString index}";
        attributes = attributesOf context module;
        imports = lib.imap0 (node key) (attributes.imports or [ ]);
      };
    in
    map (found: found.attributes) (
      builtins.genericClosure {
        startSet = lib.imap0 (node "") modules;
        operator = found: found.imports;
      }
    );

  # The part of a module that defines options.
  configOf =
    attributes:
    attributes.config or (removeAttrs attributes [
      "imports"
      "_class"
      "_file"
      "key"
    ]);

  # [{ path = "a.b"; value; }] of all that `value` defines below `prefix`. A path that is an option ends the descent, so
  # that its value stays unevaluated. A mark on a set of options goes down to each of them.
  definitions =
    { where, options, shown, ... }@context:
    prefix: value:
    let
      marked = content: mark: map (definition: definition // { value = mark definition.value; }) (definitions context prefix content);
      below =
        name:
        let
          path = "${prefix}${name}";
        in
        if options ? ${path} then
          [
            {
              inherit path;
              value = value.${name};
            }
          ]
        else if isPrefix context path then
          definitions context "${path}." value.${name}
        else
          throw "${where}: there is no option '${shown path}': ${suggest (shown path) (map shown (lib.attrNames options))}";
    in
    if !lib.isAttrs value then
      throw "${where}: '${shown (lib.removeSuffix "." prefix)}' is a group of options and must be an attribute set, not ${lib.describe value}"
    else if value._type or null == "merge" then
      lib.concatMap (definitions context prefix) value.contents
    else if value._type or null == "if" then
      marked value.content (content: lib.mkIf value.condition content)
    else if value._type or null == "override" then
      marked value.content (lib.mkOverride value.priority)
    else if value._type or null == "order" then
      marked value.content (lib.mkOrder value.order)
    else
      lib.concatMap below (lib.attrNames value);

  isPrefix = { options, ... }: path: lib.any (lib.hasPrefix "${path}.") (lib.attrNames options);

  # [{ value; priority; order; }] of a definition, its marks taken off.
  unmark =
    { priority, order }@marks:
    value:
    let
      kind = if lib.isAttrs value then value._type or null else null;
    in
    if kind == "if" then
      lib.optionals value.condition (unmark marks value.content)
    else if kind == "merge" then
      lib.concatMap (unmark marks) value.contents
    else if kind == "override" then
      unmark (marks // { inherit (value) priority; }) value.content
    else if kind == "order" then
      unmark (marks // { inherit (value) order; }) value.content
    else
      [ { inherit value priority order; } ];

in
rec {
  # The definitions that count among `values`, as [{ value; priority; order; }].
  discharge = lib.concatMap (unmark {
    priority = 100;
    order = 1000;
  });

  # One value out of discharged definitions: those of the strongest priority, in order, checked and merged.
  # place: { where; path; name; }, words for messages, the option's full path, and the attribute that it is there.
  mergeDischarged =
    place: type: all:
    let
      strongest = lib.foldl' (least: definition: lib.min least definition.priority) (lib.head all).priority all;
      chosen = lib.filter (definition: definition.priority == strongest) all;
      values = map (definition: definition.value) (lib.sort (a: b: a.order < b.order) chosen);
      wrong = lib.filter (value: !type.check value) values;
    in
    if wrong != [ ] then
      throw "${place.where}: the option '${place.path}' must be ${type.expected}, not ${lib.describe (lib.head wrong)}"
    else
      type.merge place values;

  # { attribute = value; } out of sets of definitions, each attribute merged by itself. One that only a false `mkIf`
  # defines is not there.
  mergeAttributes =
    place: type: sets:
    let
      discharged = lib.mapAttrs (_name: discharge) (builtins.zipAttrsWith (_name: values: values) sets);
    in
    lib.mapAttrs (name: mergeDischarged (place // { path = "${place.path}.${name}"; inherit name; }) type) (
      lib.filterAttrs (_name: all: all != [ ]) discharged
    );

  # where: words for messages; prefix: what stands before the options' paths in messages; options: see above;
  # modules: in order; base: modules before them that are not the user's; arguments: what module functions are called
  # with. Gives { config; isDefined; }, the latter a function of an option's path: whether the user's modules define it.
  evaluate =
    { where, prefix ? "", options, modules, base ? [ ], arguments }:
    let
      shown = path: "${prefix}${path}";
      context = { inherit where options arguments shown; };
      # The order of NixOS: of two modules side by side the later comes first, and imports before what imports them.
      byPath =
        modules:
        lib.groupBy (definition: definition.path) (
          lib.concatMap (definitions context "") (map configOf (lib.reverseList (closure context modules)))
        );
      own = byPath modules;
      given = byPath base;
      values = definitions: map (definition: definition.value) definitions;
      ownOf = path: values (own.${path} or [ ]);
      givenOf = path: values (given.${path} or [ ]);

      valueOf =
        path: option:
        let
          all = discharge (ownOf path ++ givenOf path);
          value =
            if all == [ ] then
              option.default or (throw "${where}: the option '${shown path}' is missing: set it to ${option.type.expected}")
            else
              mergeDischarged { inherit where; path = shown path; name = path; } option.type all;
        in
        (option.apply or lib.id) value;
    in
    {
      config = nest (lib.mapAttrs valueOf options);
      isDefined = path: discharge (ownOf path) != [ ];
    };

  # { "a.b" = 1; } as { a.b = 1; }.
  nest =
    flat:
    let
      items = lib.mapAttrsToList (path: value: {
        names = lib.splitString "." path;
        inherit value;
      }) flat;
      go =
        depth: items:
        lib.mapAttrs (
          _name: same:
          let
            first = lib.head same;
          in
          if lib.length first.names == depth + 1 then first.value else go (depth + 1) same
        ) (lib.groupBy (item: lib.elemAt item.names depth) items);
    in
    go 0 items;
}
