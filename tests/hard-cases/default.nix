# The hard cases as tests, for `nix-build -A installer.simple` and the like. Each file says what is hard about it.
{
  testing ? import ./testing.nix { },
}:

let
  inherit (testing) makeTest runTest pkgs lib;
in
{
  exporters = import ./01-exporters.nix { inherit makeTest pkgs lib; };
  library = import ./02-library-server.nix { inherit makeTest pkgs lib; };
  installer = import ./03-installer.nix { inherit makeTest pkgs lib; };
  installerStage1 = import ./04-installer-stage-1.nix { inherit makeTest pkgs lib; };
  boot = import ./05-boot.nix { inherit makeTest pkgs lib; };
  cluster = import ./06-storage-cluster.nix;
  switch = import ./07-switch.nix;
  boxes = import ./08-virtual-boxes.nix { inherit makeTest pkgs lib; };
  syncing = import ./09-syncing-devices.nix;
  volumes = import ./10-volumes { inherit makeTest pkgs lib; };
  cloud = import ./11-cloud { inherit runTest; };
  rules = runTest ./12-rules/default.nix;
  logging = runTest ./13-logging/default.nix;
  monitor = import ./14-monitor.nix { inherit makeTest pkgs lib; };
  grow = import ./15-grow.nix;
  loader = runTest ./16-loader.nix;
  names = import ./17-interface-names.nix { inherit makeTest pkgs lib; };
  transfer = runTest ./18-transfer.nix;
  images = import ./19-images.nix;
  metadata = import ./20-metadata { inherit makeTest pkgs lib; };
  doubt = runTest ./21-doubt.nix;
}
