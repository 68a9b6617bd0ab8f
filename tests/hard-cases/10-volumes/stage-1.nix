# Hard: both values that make the script are the caller's, and begin in the middle of nowhere.
{
  makeTest,
  lib,
  flavour,
  preparationCode ? "",
  testCode ? "",
}:

makeTest {
  name = "volumes-${flavour}";
  nodes = { };
  testScript = ''
    flavour = "${flavour}"  # @stop
    ${preparationCode}
    if flavour:
        print("reboot")  # @stop
    ${testCode}
    print("done")
  '';
}
