# A module in a file of its own.
{ boot.kernelParams = [ "from-a-file" ]; }
