# Hard: the script is a function of many arguments, most of which are pieces of Python that stand in other attributes.
{
  makeTest,
  pkgs,
  lib,
  initSystem ? "scripted",
  selected ? null,
}:

let
  testScriptFun =
    {
      bootLoader,
      createPartitions,
      postInstallCommands,
      preBootCommands,
      postBootCommands,
      device,
      formats,
      withSwap,
    }:
    ''
      steps = []

      def step(text):
          steps.append(text)
          return len(steps)

      with subtest("Prepare the disk"):
          step("${bootLoader} on ${device}")  # @stop

      ${createPartitions}

      with subtest("Install"):
          for attempt in range(${if withSwap then "2" else "1"}):
              step("install")
          ${lib.optionalString (initSystem == "stage1") ''step("initrd by systemd")  # @stop installerStage1.simple''}

      ${postInstallCommands}
    ''
    + lib.optionalString (bootLoader == "menu") ''
      assert step("a menu") > 2  # @stop encrypted
    ''
    + ''

      ${preBootCommands}
      step("boot")  # @stop
      ${postBootCommands}
      print("${lib.concatStringsSep " " formats}", len(steps))  # @stop
    '';

  makeInstallerTest =
    name:
    {
      createPartitions,
      postInstallCommands ? "",
      preBootCommands ? "",
      postBootCommands ? "",
      bootLoader ? "menu",
      device ? "/dev/vda",
      formats ? [ "ext4" ],
      withSwap ? true,
    }:
    makeTest {
      name = "installer-" + name;
      nodes = { };
      testScript = testScriptFun {
        inherit
          bootLoader
          createPartitions
          postInstallCommands
          preBootCommands
          postBootCommands
          device
          formats
          withSwap
          ;
      };
    };

  plainPartitions = ''
    for size in [100, 200]:
        step(f"partition of {size}")  # @stop x2 simple
    assert len(steps) == 3
  '';

  tests = {
    simple = makeInstallerTest "simple" {
      bootLoader = "stub";
      createPartitions = plainPartitions;
    };

    encrypted = makeInstallerTest "encrypted" {
      formats = [ "crypt" "ext4" ];
      createPartitions = ''
        step("format the container")  # @stop encrypted
        step("open the container")
      '';
      preBootCommands = ''
        def enter_passphrase(machine):
            return machine + " opens"  # @stop encrypted
      '';
      postBootCommands = ''
        assert enter_passphrase("menu") == "menu opens"  # @stop encrypted
      '';
      withSwap = false;
    };
  };
in
if selected == null then tests else lib.getAttr selected tests
