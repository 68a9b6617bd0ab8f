# What one needs to work on nixtest-dap: `nix develop`. Called by `callPackage` with the package of the flake.
{
  mkShell,
  nixtest-dap,
  # Rust
  cargo-deny,
  clippy,
  rust-analyzer,
  rustfmt,
  # the agent and the driver
  mypy,
  python3,
  ruff,
  # the machines
  lz4,
  qemu,
  zstd,
  # editors, scripts
  neovim,
  nodejs,
  shellcheck,
}:

mkShell {
  inputsFrom = [ nixtest-dap ];
  packages = [
    cargo-deny
    clippy
    lz4
    mypy
    neovim
    nodejs
    python3
    qemu
    ruff
    rust-analyzer
    rustfmt
    shellcheck
    zstd
  ];
}
