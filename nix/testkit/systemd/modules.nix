# Services by the options of NixOS: modules that say in other options what the few things that a test wants from them are.
[
  ./services/openssh.nix
  ./services/nginx.nix
  ./services/system.nix
]
