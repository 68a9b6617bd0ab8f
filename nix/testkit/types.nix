# Types of options: what a definition may be, and how several definitions become one value.
#
# A type is { expected; check = value: bool; merge = name: [value]: value; }. `merge` gets at least one value, and
# `name` is the option with its test or node, for messages.
{ lib }:

let
  once =
    expected: check: {
      inherit expected check;
      merge =
        name: values:
        if lib.length values == 1 then
          builtins.head values
        else
          throw "${name} has ${toString (lib.length values)} definitions: leave one, or mark the one that counts with 'lib.mkForce'";
    };

  matches = pattern: value: lib.isString value && builtins.match pattern value != null;
in
rec {
  str = once "a string" lib.isString;
  bool = once "true or false" lib.isBool;
  positiveInt = once "a whole number above zero" (value: lib.isInt value && value > 0);
  strMatching = expected: pattern: once expected (matches pattern);

  # Text, several definitions of which follow each other, each on its own lines.
  lines = {
    expected = "a string";
    check = lib.isString;
    merge = _name: lib.concatStringsSep "\n";
  };

  # A script: text, or a function from { nodes, ... } to text. The result is a function in all cases.
  script = {
    expected = "a string, or a function of '{ nodes, ... }' to a string";
    check = value: lib.isString value || lib.isFunction value;
    merge =
      name: values: arguments:
      lib.concatMapSep "\n" (
        value:
        let
          text = if lib.isFunction value then value arguments else value;
        in
        if lib.isString text then text else throw "${name} is a function that gives ${lib.describe text}, not a string"
      ) values;
  };

  listOfStr = {
    expected = "a list of strings";
    check = value: lib.isList value && builtins.all lib.isString value;
    merge = _name: builtins.concatLists;
  };

  # Attributes of any shape; the last definition of an attribute counts.
  attrs = {
    expected = "an attribute set";
    check = lib.isAttrs;
    merge = _name: builtins.foldl' (all: more: all // more) { };
  };

  # A module that is evaluated later: the definitions as a list.
  module = {
    expected = "an attribute set, a function or a file";
    check = value: lib.isAttrs value || lib.isFunction value || lib.isPath value;
    merge = _name: values: values;
  };

  # Attributes that are all of type `element`, merged each by itself.
  attrsOf =
    element: {
      expected = "an attribute set, each of whose values is ${element.expected}";
      check = value: lib.isAttrs value && builtins.all element.check (builtins.attrValues value);
      merge = name: values: builtins.mapAttrs (attribute: element.merge "${name}.${attribute}") (builtins.zipAttrsWith (_attribute: all: all) values);
    };

  # Attributes by the names of `fields`, { field = type; }, all of them required.
  record = fields: {
    expected = "{ ${lib.concatMapSep " " (field: "${field} = ${fields.${field}.expected};") (lib.attrNames fields)} }";
    check =
      value:
      lib.isAttrs value
      && lib.attrNames value == lib.attrNames fields
      && builtins.all (field: fields.${field}.check value.${field}) (lib.attrNames fields);
    merge = name: values: builtins.mapAttrs (field: type: type.merge "${name}.${field}" (map (value: value.${field}) values)) fields;
  };
}
