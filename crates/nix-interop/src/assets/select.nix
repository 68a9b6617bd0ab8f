# What the debugger needs to know of a test, in one value that holds only texts: nothing here is called `outPath` or
# `drvPath`, because Nix writes a set with an `outPath` as that text alone.
#
# `wanted` is "driver" or "driverInteractive"; `value` is anything at all.
wanted: value:
let
  type = builtins.typeOf value;
  isSet = type == "set";

  # Never more than a message can show.
  some = names: builtins.genList (builtins.elemAt names) (
    if builtins.length names > 200 then 200 else builtins.length names
  );

  optionalText =
    text:
    let
      result = builtins.tryEval text;
    in
    if result.success && builtins.isString result.value then result.value else null;

  isTest = isSet && value ? driver && value ? config && value.config ? testScriptString;

  driver = if value ? ${wanted} then value.${wanted} else value.driver;
in
if isTest then
  {
    kind = "test";
    name = value.config.name or "unnamed";
    driverDerivation = driver.drvPath;
    driverOutput = driver.outPath;
    mainProgram = optionalText (driver.meta.mainProgram or null);
    script = value.config.testScriptString;
    position = optionalText (value.meta.position or null);
  }
else
  {
    kind = "other";
    inherit type;
    derivation = if isSet && (value.type or null) == "derivation" then optionalText (value.name or null) else null;
    names = if isSet then some (builtins.attrNames value) else [ ];
    arguments = if builtins.isFunction value then builtins.attrNames (builtins.functionArgs value) else [ ];
  }
