# Things with a path in the store that need no build, for a test that names many of them.
let
  image =
    name: entry:
    {
      imageName = name;
      imageTag = "v1";
      outPath = builtins.toFile "${name}.tar" entry;
    };
in
{
  buildImage = { name, entry }: image name entry;
  examples = {
    bash = image "bash" "/bin/bash\n";
    editors = image "editors" "/bin/ed\n";
    layered = image "layered" "/bin/layers\n";
    nested = image "nested" "/bin/nested\n";
    redis = image "redis" "/bin/redis\n";
  };
}
