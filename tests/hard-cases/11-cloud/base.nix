# What all tests of the cloud share.
{ config, lib, ... }:

let
  inherit (config.passthru) helpers;
in
{
  nodes.cloud = { };

  passthru.adminName = "root";

  testScript = arguments: ''
    uploads = []

    def upload(name):
        uploads.append(name)  # @stop
        return len(uploads)

    assert upload("${config.passthru.adminName}") == 1  # @stop
    ${ # @stop
      if lib.isFunction helpers.extraTests then helpers.extraTests arguments else helpers.extraTests
    }
    assert cloud.name == "cloud"  # @stop
  '';
}
