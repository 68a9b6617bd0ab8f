# A test in a file of its own.
{
  name = "in-a-file";
  meta.description = "a test in a file";
  meta.timeout = 60;
  testScript = "pass";
}
