# The example as a flake, whose tests are its checks.
{
  description = "A project with one VM test, made with the testkit";

  # No inputs: the testkit is a folder of the same repository, and a flake may read all of the repository it lies in.
  # So this flake works as `git+file:///…?dir=tests/example` or as `.#hello` inside the checkout, not as a lone copy.
  outputs =
    { self }:
    let
      system = "x86_64-linux";
    in
    {
      checks.${system} = import ./default.nix { inherit system; };
    };
}
