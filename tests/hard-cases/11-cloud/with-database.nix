# A module that gives its tests as a function of the nodes, and sets up something before all others.
{ lib, ... }:

{
  name = "cloud-database";
  nodes.database.networking.hostName = "tables";

  testScript = lib.mkBefore ''
    tables = []  # @stop database
  '';

  passthru.helpers.extraTests =
    { nodes, ... }:
    ''
      tables.append("${nodes.database.networking.hostName}")
      assert tables == ["tables"] and database.name == "database"
    '';
}
