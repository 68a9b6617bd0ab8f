# Hard: many interpolations, most of them names from a `with` of a package set, so that Nix alone knows what they are.
import ./make-test-python.nix (
  { pkgs, lib, ... }:
  {
    name = "images";
    nodes = { };
    testScript =
      with pkgs.imageTools;
      let
        loaded = [ "bash" "layered" "redis" ];
      in
      ''
        loaded = []

        def load(path, name, tag="latest"):
            loaded.append(f"{name}:{tag}")
            return path

        with subtest("images load"):
            load("${examples.bash}", "${examples.bash.imageName}")  # @stop
            load("${examples.editors}", "${examples.editors.imageName}", tag="${examples.editors.imageTag}")
            assert load("${examples.nested}", "nested").endswith("-${examples.nested.imageName}.tar")  # @stop

        with subtest("layers"):
            for path in ["${examples.layered}", "${examples.redis}"]:
                load(path, "${examples.layered.imageName}-${examples.redis.imageName}")  # @stop x2
            load("${ # @stop
              buildImage {
                name = "own";
                entry = "print('no line of the script')\n";
              }
            }", "own")

        ${lib.concatMapStrings (name: ''
          assert load("${examples.${name}}", "${name}") and "${examples.${name}.imageName}" == "${name}"  # @stop x3
        '') loaded}
        image, tag, name = "${examples.redis}", "${examples.redis.imageTag}", "${examples.redis.imageName}"  # @stop
        assert f"{name}:{tag}" == "${examples.redis.imageName}:${examples.redis.imageTag}"
        assert "${examples.bash}" != "${examples.redis}" != "${examples.nested}" != "${examples.layered}"
        print(len(loaded), "${examples.bash}", "${examples.editors}", image)  # @stop
      '';
  }
)
