# Hard: one line of Python from several lines of Nix, with a text between that is no Python at all.
{ pkgs, lib, ... }:

let
  batch = name: text: builtins.toFile name text;
in
{
  name = "transfer";
  nodes = { };
  testScript = ''
    sent = []

    with subtest("a batch of commands"):
        sent.append("client --batch ${ # @stop
          batch "commands" ''
            put file
            print("this is no line of the script")
            bye
          ''
        } alice@server")
        assert sent[0].endswith("server")  # @stop

    with subtest("another"):
        sent.append("${ # @stop
          lib.concatStringsSep " " [
            "client"
            "bob@server"
          ]
        }")
    assert len(sent) == 2  # @stop
  '';
}
