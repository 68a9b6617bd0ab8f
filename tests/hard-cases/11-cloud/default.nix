# Hard: the script is merged by the module system from several files, and one of its pieces is an option's value, which
# modules set to a text or to a function.
{ runTest }:

{
  small = runTest {
    name = "cloud-small";
    imports = [ ./base.nix ];
    passthru.helpers.extraTests = ''
      uploads.append("by text")
      assert len(uploads) == 2
    '';
  };

  database = runTest {
    imports = [
      ./base.nix
      ./with-database.nix
    ];
  };
}
