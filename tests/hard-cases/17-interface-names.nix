# Hard: which method is called is decided by Nix, and the tests are all combinations of several switches.
{ makeTest, pkgs, lib }:

let
  combinations = lib.concatMap (predictable: map (networkd: { inherit predictable networkd; }) [ true false ]) [ true false ];

  nameOf = { predictable, networkd }: (if predictable then "predictable" else "plain") + lib.optionalString networkd "Networkd";
in
lib.listToAttrs (
  map (
    combination@{ predictable, networkd }:
    lib.nameValuePair (nameOf combination) (makeTest {
      name = "names-${nameOf combination}";
      nodes = { };
      testScript = ''
        interfaces = ["${if predictable then "ens3" else "eth0"}"]  # @stop
        interfaces.${if networkd then "append" else "remove"}(interfaces[0])  # @stop
        assert ${if predictable then "not " else ""}any(n.startswith("eth") for n in ["lo"] + interfaces) ${ # @stop
          lib.optionalString (!predictable && !networkd) "or not interfaces"
        }
        print(len(interfaces))  # @stop
      '';
    })
  ) combinations
)
