# The functions of nixpkgs' lib that nix/*.nix use, with the same meaning.
{
  genAttrs =
    names: value:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = value name;
      }) names
    );

  importTOML = path: fromTOML (builtins.readFile path);

  # A set of files is here the list of its paths, each of which must exist; a source is a text that names them, so
  # that evaluating copies nothing.
  fileset = {
    unions = paths: map (path: assert builtins.pathExists path; baseNameOf path) paths;
    toSource = { root, fileset }: assert builtins.pathExists root; toString fileset;
  };

  licenses = {
    mit.spdxId = "MIT";
    asl20.spdxId = "Apache-2.0";
  };

  platforms.linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
}
