# One machine, the whole of a small test: a greeting that Nix knows is what the machine says.
{
  name = "hello";

  nodes.machine = {
    networking.hostName = "greeter";
    environment.etc."greeting".text = "hello from Nix";
  };

  testScript =
    { nodes, ... }:
    ''
      def words(path):
          text = machine.succeed(f"cat {path}")
          return text.split()

      start_all()

      with subtest("the machine knows its name"):
          name = machine.succeed("hostname").strip()
          assert name == "${nodes.machine.networking.hostName}", name

      with subtest("the greeting arrives"):
          greeting = words("/etc/greeting")
          lengths = [len(word) for word in greeting]
          longest = max(greeting, key=lambda word: len(word))
          assert greeting[0] == "hello", greeting  # @demo
          assert longest == "hello" and sum(lengths) == 12

      machine.succeed("echo done > /tmp/state")
      machine.wait_for_file("/tmp/state")
      machine.fail("grep failed /tmp/state")
    '';
}
