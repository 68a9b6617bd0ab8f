# A web server, a visitor, and a tiny machine between them, on one network.
{
  name = "systemd-site";

  nodes.server =
    { config, ... }:
    {
      networking.firewall.allowedTCPPorts = [ 80 ];
      services.nginx = {
        enable = true;
        virtualHosts."server" = {
          locations."/answer".return = "200 forty-two";
          locations."/gone".return = 410;
        };
      };
    };

  nodes.visitor =
    { pkgs, ... }:
    {
      environment.systemPackages = with pkgs; [ wget ];
    };

  nodes.tiny.testkit.guest = "tiny";

  testScript = ''
    start_all()
    server.wait_for_unit("default.target")
    server.wait_for_unit("nginx.service")
    server.wait_for_open_port(80)

    with subtest("pages come over the network"):
        visitor.succeed("wget --quiet --output-document=- http://server/ | grep --only-matching 'Welcome to nginx!'")
        t.assertEqual(visitor.succeed("curl --silent http://server/answer"), "forty-two")
        t.assertEqual(visitor.succeed("curl --silent --output /dev/null --write-out '%{http_code}' http://server/gone"), "410")

    with subtest("all three know each other, by both kinds of addresses"):
        for machine in machines:
            for other in machines:
                if machine is not other:
                    machine.succeed(f"ping -c 1 {other.name}", f"ping -6 -c 1 {other.name}")

    with subtest("an unplugged machine is alone"):
        visitor.block()
        visitor.fail("curl --silent --max-time 3 http://server/")
        visitor.unblock()
        visitor.wait_until_succeeds("curl --silent --max-time 10 http://server/answer", timeout=60)
  '';
}
