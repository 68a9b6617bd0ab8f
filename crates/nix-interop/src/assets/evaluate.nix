# Walks from a file to the value that an attribute path names, the way `nix-build FILE -A PATH` walks, and describes
# where the path leaves the road instead of failing, so that the message can name what is there.
#
# `file` is an absolute path; `attributes` is a JSON list of names, so that no name needs Nix's escapes; `select` is
# the function in select.nix, with its first argument.
{
  file,
  attributes,
  select,
}:
let
  # A function is called with no arguments if it takes a set and every attribute of it has a default.
  call =
    value:
    if builtins.isAttrs value && value ? __functor then
      call (value.__functor value)
    else if builtins.isFunction value && takesSet value && builtins.all (hasDefault: hasDefault) (defaults value) then
      call (value { })
    else
      value;

  defaults = function: builtins.attrValues (builtins.functionArgs function);

  # `{ }: …` and `{ ... }: …` have no named arguments, like `x: …`; only the XML form tells them apart.
  takesSet =
    function:
    builtins.functionArgs function != { }
    || builtins.length (builtins.split "<attrspat" (builtins.toXML function)) > 1;

  step =
    state: name:
    let
      value = call state.value;
      inside = state.inside ++ [ name ];
      index = builtins.fromJSON name;
    in
    if state ? missing then
      state
    else if builtins.isAttrs value && value ? ${name} then
      {
        inherit inside;
        value = value.${name};
      }
    else if
      builtins.isList value && builtins.match "0|[1-9][0-9]{0,8}" name != null && index < builtins.length value
    then
      {
        inherit inside;
        value = builtins.elemAt value index;
      }
    else
      {
        inherit (state) inside;
        missing = name;
        found = select value;
      };

  end = builtins.foldl' step {
    value = import (/. + file);
    inside = [ ];
  } (builtins.fromJSON attributes);
in
if end ? missing then
  {
    kind = "missing";
    inherit (end) missing inside found;
  }
else
  select (call end.value)
