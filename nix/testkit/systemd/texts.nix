# Files made of text, by the names that nixpkgs gives the functions.
{ lib, host }:

let
  # A folder or file with one text in it.
  write =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      meta ? { },
    }:
    host.derive name ./builders/write-file.sh {
      inherit text destination;
      executable = lib.optionalString executable "yes";
      passAsFile = [ "text" ];
    }
    // lib.optionalAttrs (meta != { }) { inherit meta; };

  shell = "#!/bin/bash\n";
in
{
  writeTextFile = write;
  writeText = name: text: write { inherit name text; };
  writeTextDir =
    path: text:
    write {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    write {
      inherit name text;
      executable = true;
    };
  writeScriptBin =
    name: text:
    write {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellScript =
    name: text:
    write {
      inherit name;
      text = shell + text;
      executable = true;
    };
  writeShellScriptBin =
    name: text:
    write {
      inherit name;
      text = shell + text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  # A program that finds those of `runtimeInputs` and stops at the first command that fails.
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? { },
    }:
    let
      variable = key: value: "export ${key}=${lib.escapeShellArg value}\n";
      path = lib.optionalString (runtimeInputs != [ ]) ''
        export PATH="${lib.makeBinPath runtimeInputs}:$PATH"
      '';
    in
    write {
      inherit name;
      text = "${shell}set -o errexit\nset -o nounset\nset -o pipefail\n${lib.concatMapAttrsStringSep "" variable runtimeEnv}${path}\n${text}";
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
}
