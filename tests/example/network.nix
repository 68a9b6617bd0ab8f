# Two machines on one network: a page that one serves is what the other reads, unless the cable is pulled.
{
  name = "network";

  nodes.server =
    { lib, ... }:
    {
      environment.etc."greeting".text = lib.mkDefault "hello over the network\n";
      networking.firewall.allowedTCPPorts = [ 80 ];
    };
  nodes.client = { };

  testScript =
    { nodes, ... }:
    ''
      start_all()
      server.succeed("httpd -p 80 -h /etc")
      server.wait_for_open_port(80)

      with subtest("machines know each other by name"):
          client.succeed("ping -c 1 server")
          server.succeed("ping -c 1 ${nodes.client.networking.primaryIPAddress}")

      with subtest("the page arrives"):
          page = client.succeed("wget -q -O - http://server/greeting")
          assert page == server.succeed("cat /etc/greeting"), page

      with subtest("without the cable it does not"):
          client.block()
          client.fail("timeout 2 wget -q -O - http://server/greeting")
          client.unblock()
          client.wait_until_succeeds("timeout 2 wget -q -O - http://server/greeting")
    '';
}
