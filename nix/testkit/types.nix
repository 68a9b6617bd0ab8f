# Types of options: what a definition may be, and how several definitions become one value.
#
# A type is { expected; check = value: bool; merge = place: [value]: value; }. `merge` gets at least one value, all of
# them checked and in order. `place` is { where; path; name; }: words for messages, the option's path, and the attribute
# that is merged.
{ lib, modules }:

let
  # Several definitions are fine as long as they say the same.
  same =
    place: values:
    if lib.all (value: value == lib.head values) values then
      lib.head values
    else
      throw "${place.where}: the option '${place.path}' has ${toString (lib.length values)} different definitions: leave one, or mark the one that counts with 'lib.mkForce'";

  scalar = expected: check: {
    inherit expected check;
    merge = same;
  };

  # For what cannot be compared, such as functions.
  once = expected: check: {
    inherit expected check;
    merge =
      place: values:
      if lib.length values == 1 then
        lib.head values
      else
        throw "${place.where}: the option '${place.path}' has ${toString (lib.length values)} definitions: leave one, or mark the one that counts with 'lib.mkForce'";
  };

  isPathLike = value: lib.isPath value || (lib.isString value && lib.hasPrefix "/" value) || (lib.isAttrs value && value ? outPath);

  # Types of `list` of which the values are all of; null if there is none, and then nothing was checked.
  commonType = list: values: lib.findFirst (type: lib.all type.check values) (lib.head list) list;
in
rec {
  str = scalar "a string" lib.isString;
  bool = scalar "true or false" lib.isBool;
  int = scalar "a whole number" lib.isInt;
  unsigned = numberThat "a whole number from zero up" (value: value >= 0);
  positiveInt = numberThat "a whole number above zero" (value: value > 0);
  port = numberThat "a port, 0 to 65535" (value: value >= 0 && value < 65536);
  strMatching = expected: pattern: scalar expected (value: lib.isString value && builtins.match pattern value != null);
  numberThat = expected: check: scalar expected (value: lib.isInt value && check value);
  enum = allowed: scalar "one of ${lib.concatMapStringsSep ", " lib.toJSON allowed}" (value: lib.elem value allowed);
  # A path, or a string that begins with a slash, or a package.
  path = once "a path" isPathLike;
  package = once "a package" (value: lib.isDerivation value || (lib.isAttrs value && value ? outPath));
  # Whatever it is, once.
  anything = once "anything" (_value: true);

  # Text, several definitions of which follow each other, each on its own lines.
  lines = {
    expected = "a string";
    check = lib.isString;
    merge = _place: lib.concatStringsSep "\n";
  };

  # A script: text, or a function from { nodes, ... } to text. The result is a function in all cases.
  script = {
    expected = "a string, or a function of '{ nodes, ... }' to a string";
    check = value: lib.isString value || lib.isFunction value;
    merge =
      place: values: arguments:
      let
        # A function gets those arguments that it names, as in NixOS.
        call = f: f (if lib.functionArgs f == { } then arguments else lib.intersectAttrs (lib.functionArgs f) arguments);
        textOf =
          value:
          let
            text = if lib.isFunction value then call value else value;
          in
          if lib.isString text then
            text
          else
            throw "${place.where}: the option '${place.path}' is a function that gives ${lib.describe text}, not a string";
      in
      lib.concatMapStringsSep "\n" textOf values;
  };

  # Definitions follow each other; elements are merged like options, so they may bear marks.
  listOf = element: {
    expected = "a list, each element of which is ${element.expected}";
    check = lib.isList;
    merge =
      place: lists:
      let
        mergeElement =
          index: value:
          let
            all = modules.discharge [ value ];
          in
          lib.optional (all != [ ]) (
            modules.mergeDischarged (place // { path = "${place.path}.${toString index}"; }) element all
          );
      in
      lib.concatLists (lib.imap1 mergeElement (lib.concatLists lists));
  };

  # Attributes of any shape; the first definition of an attribute counts, which is that of the last module.
  attrs = {
    expected = "an attribute set";
    check = lib.isAttrs;
    merge = _place: lib.foldl' (all: more: more // all) { };
  };

  # Attributes that are all of type `element`, merged each by itself.
  attrsOf = element: {
    expected = "an attribute set, each attribute of which is ${element.expected}";
    check = lib.isAttrs;
    merge = place: modules.mergeAttributes place element;
  };

  nullOr = type: {
    expected = "null or ${type.expected}";
    check = value: value == null || type.check value;
    merge = place: values: if lib.all (value: value == null) values then null else type.merge place (lib.remove null values);
  };

  # `first` wins where a value is of both types. All definitions of an option must be of one of them.
  either = first: second: {
    expected = "${first.expected}, or ${second.expected}";
    check = value: first.check value || second.check value;
    merge = place: values: (commonType [ first second ] values).merge place values;
  };

  # `from` is accepted and made a `to` by the function.
  coercedTo = from: coerce: to: {
    expected = "${to.expected}, or ${from.expected}";
    check = value: from.check value || to.check value;
    merge = place: values: to.merge place (map (value: if from.check value then coerce value else value) values);
  };

  # A module that is evaluated later: the definitions as a list.
  module = {
    expected = "an attribute set, a function or a file";
    check = value: lib.isAttrs value || lib.isFunction value || lib.isPath value;
    merge = _place: values: values;
  };

  # A set of options of its own, by their paths. The definitions are modules.
  submodule = options: submoduleWith (_name: options);

  # The same, with `options` a function of the attribute's name.
  submoduleWith = options: {
    expected = "an attribute set of options";
    check = module.check;
    merge =
      place: values:
      let
        evaluated = modules.evaluate {
          inherit (place) where;
          prefix = "${place.path}.";
          options = options place.name;
          modules = values;
          arguments = {
            inherit lib;
            inherit (place) name;
            inherit (evaluated) config;
          };
        };
      in
      evaluated.config;
  };
}
