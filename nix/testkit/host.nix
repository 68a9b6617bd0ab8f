# Derivations whose builders are the host distribution's own tools.
{ lib, system }:

rec {
  # A file of the testkit in the store, under its own name, so that its path is the same from a checkout and a flake.
  file = path: builtins.path { inherit path; name = baseNameOf path; };

  # A file or folder of the user, whatever it is called.
  path = path: builtins.path { inherit path; name = "file"; };

  # Some of the testkit's files, as one folder of that name.
  files =
    name: folder: wanted:
    builtins.path {
      path = folder;
      inherit name;
      filter = path: _type: lib.elem (baseNameOf path) wanted;
    };

  # name: of the derivation; script: a builder, see builders/enter.sh; environment: its variables.
  derive =
    name: script: environment:
    if system != "x86_64-linux" then
      throw "testkit: guests exist for the system 'x86_64-linux' only, not for '${system}'"
    else
      derivation (
        environment
        // {
          inherit name system;
          builder = "/bin/sh";
          args = [ (file ./builders/enter.sh) (file script) ];
          hostFunctions = file ./builders/host-functions.sh;
          PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
          # Lets `sandbox = relaxed` do; with `sandbox = true` Nix refuses in its own words.
          __noChroot = true;
          preferLocalBuild = true;
          allowSubstitutes = false;
        }
      );

  # A file in the store. Without references to other store paths it needs no build.
  writeText =
    name: text:
    if builtins.hasContext text then
      derive name ./builders/write-text.sh { inherit text; passAsFile = [ "text" ]; }
    else
      builtins.toFile name text;
}
