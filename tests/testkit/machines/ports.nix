# The host reaches the machine by each of the three ways there are. The ports come from ../machines.py.
{
  name = "ports";

  nodes.machine = { };

  testScript = ''
    from urllib.request import urlopen

    def page(port):
        with urlopen(f"http://127.0.0.1:{port}/page", timeout=30) as answer:
            return answer.read()

    machine.succeed("echo served > /srv/page; httpd -p 80 -h /srv")
    machine.wait_for_open_port(80)

    with subtest("by virtualisation.forwardPorts"):
        assert page(int(os.environ["FORWARDED_PORT"])) == b"served\n"

    with subtest("by QEMU_NET_OPTS"):
        assert page(int(os.environ["OPTION_PORT"])) == b"served\n"

    with subtest("by forward_port"):
        machine.forward_port(int(os.environ["RUNTIME_PORT"]), 80)
        assert page(int(os.environ["RUNTIME_PORT"])) == b"served\n"

    with subtest("the machine reaches the host"):
        machine.succeed("ping -c 1 10.0.2.2")
  '';
}
