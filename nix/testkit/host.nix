# Derivations whose builders are the host distribution's own tools.
{ system }:

rec {
  # A file of the testkit in the store, under its own name, so that its path is the same from a checkout and a flake.
  file = path: builtins.path { inherit path; name = baseNameOf path; };

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

  writeText = name: text: derive name ./builders/write-text.sh { inherit text; passAsFile = [ "text" ]; };
}
