# A report in the form of JUnit, of a test that failed.
# arguments: --junit-xml report.xml
# versions: 25.05..26.05
with subtest("good"):
    pass
with subtest("bad"):
    t.assertEqual(1, 2)
