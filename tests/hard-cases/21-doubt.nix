# Hard: two values that only an evaluation knows, around a line that the second value has too. Where that line and what is
# between came from is in doubt, and has to be said to be so.
{ config, lib, ... }:

{
  name = "doubt";
  nodes = { };

  passthru.first = ''
    print("first")
  '';
  passthru.second = ''
    print("second")
    print("between")
    print("third")
  '';

  testScript = ''
    print("begin")  # @stop
    ${config.passthru.first}
    print("between")
    ${config.passthru.second}
    print("end")  # @stop
  '';
}
