# Hard: a pipe that walks a nested set and keeps its strings, between two other texts.
import ./make-test-python.nix (
  { pkgs, lib, ... }:
  let
    settings = {
      folders.photos = {
        path = "/photos";
        devices = [ "laptop" "phone" ];
        versioning = {
          type = "simple";
          keep = "3";
        };
      };
      options.relays = false;
      options.region = "nowhere";
    };

    checkSettings =
      set:
      lib.pipe set [
        (lib.mapAttrsRecursive (
          path: value:
          if lib.isString value then
            ''
              assert settings["${lib.concatStringsSep "." path}"] == "${value}"  # @stop x4
            ''
          else
            null
        ))
        (lib.collect lib.isString)
        lib.concatStrings
      ];
  in
  {
    name = "syncing-devices";
    nodes = { };
    testScript = ''
      settings = {"folders.photos.path": "/photos"}
      settings["folders.photos.versioning.type"] = "simple"  # @stop
      settings |= {"folders.photos.versioning.keep": "3", "options.region": "nowhere"}
    ''
    + checkSettings settings
    + ''
      print("in sync")  # @stop
    '';
  }
)
