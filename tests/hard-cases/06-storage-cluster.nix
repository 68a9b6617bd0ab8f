# Hard: the script is a function that a `let` binds under another name, with the addresses of a set beside it.
import ./make-test-python.nix (
  { pkgs, lib, ... }:
  let
    cfg = {
      clusterId = "066ae264-2a5d-4729-8001-6ad265f50b03";
      monitor = {
        name = "a";
        ip = "192.168.1.1";
      };
      stores = lib.genAttrs [ "store0" "store1" ] (name: {
        inherit name;
        key = "key-of-${name}";
      });
    };

    machine = address: { networking.hostName = "cluster-${address.name}"; };

    testscript =
      { nodes, ... }:
      ''
        hosts = {"${nodes.mon.networking.hostName}": "${cfg.monitor.ip}"}  # @stop
        assert "cluster-${cfg.monitor.name}" in hosts

        with subtest("stores join"):
            keys = ["${cfg.stores.store0.key}", "${cfg.stores.store1.key}"]  # @stop
            for key in keys:
                hosts[key] = "${cfg.clusterId}"  # @stop x2

        assert mon.name == "mon" and len(hosts) == 3  # @stop
      '';
  in
  {
    name = "storage-cluster";
    nodes.mon = machine cfg.monitor;
    testScript = testscript;
  }
)
