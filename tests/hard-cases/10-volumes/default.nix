# Hard: the Python that prepares the disks is an argument of many lines, which this file hands to another; see stage-1.nix.
{ makeTest, pkgs, lib }:

let
  prepared = {
    thin = {
      flavour = "thin";
      preparationCode = ''
        pool = ["vdb", "vdc"]  # @stop thin
        assert len(pool) == 2
      '';
    };
    mirror = {
      flavour = "mirror";
      preparationCode = ''
        for disk in ["vdb", "vdc"]:
            print("mirrored", disk)  # @stop x2 mirror
      '';
      testCode = ''
        print("both disks have it")  # @stop mirror
      '';
    };
  };
in
lib.mapAttrs (_name: arguments: import ./stage-1.nix ({ inherit makeTest lib; } // arguments)) prepared
