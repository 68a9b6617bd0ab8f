# Two machines with two networks between them, plugged in crosswise, and names that are no Python identifiers.
{
  name = "networks";

  defaults.virtualisation.memorySize = 128;
  nodes."1st" = {
    virtualisation.vlans = [ 2 1 ];
    networking.interfaces.eth2.ipv4.routes = [
      { address = "10.9.0.0"; prefixLength = 24; via = "192.168.1.2"; }
    ];
  };
  nodes."web-1" = {
    virtualisation.vlans = [ 1 2 ];
    networking.domain = "example.org";
    networking.interfaces.eth2.ipv4.addresses = [ { address = "10.9.0.1"; prefixLength = 24; } ];
    networking.extraHosts = "192.168.2.1 other-name";
    boot.kernel.sysctl."net.ipv4.ip_forward" = true;
  };

  testScript = ''
    start_all()
    first, web = machines
    assert (first.name, web.name) == ("1st", "web-1")
    assert first is _st and web is web_1

    with subtest("every address is where the rule puts it"):
        for machine, card, address in (
            (first, "eth1", "192.168.2.1/24"),
            (first, "eth2", "192.168.1.1/24"),
            (first, "eth1", "2001:db8:2::1/64"),
            (web, "eth1", "192.168.1.2/24"),
            (web, "eth2", "192.168.2.2/24"),
            (web, "eth0", "10.0.2.15/24"),
        ):
            assert f" {address} " in machine.succeed(f"ip address show {card}"), (machine.name, card, address)
        assert first.succeed("cat /sys/class/net/eth1/address") == "52:54:00:12:02:01\n"

    with subtest("names resolve, in both directions and families"):
        first.succeed("ping -c 1 web-1", "ping -c 1 web-1.example.org", "ping6 -c 1 web-1")
        web.succeed("ping -c 1 1st", "ping6 -c 1 1st", "ping -c 1 other-name")
        assert "(192.168.1.2)" in first.succeed("ping -c 1 web-1")

    with subtest("a route leads to a network that is not the machine's own"):
        first.succeed("ping -c 1 10.9.0.1")

    with subtest("what is served on one network is had there"):
        web.succeed("mkdir /srv/www", "echo served > /srv/www/page", "httpd -p 192.168.1.2:80 -h /srv/www")
        web.wait_for_open_port(80, "192.168.1.2")
        first.wait_for_open_port(80, "web-1")
        assert first.succeed("wget -q -O - http://web-1/page") == "served\n"
        first.fail("nc -z 192.168.2.2 80")

    with subtest("a machine without its first cable keeps the second"):
        web.block()
        first.fail("ping -c 1 -W 1 192.168.1.2")
        first.succeed("ping -c 1 192.168.2.2")
        web.unblock()
        first.wait_until_succeeds("ping -c 1 -W 1 192.168.1.2")

    assert web.succeed("cat /proc/sys/net/ipv4/ip_forward") == "1\n"
  '';
}
