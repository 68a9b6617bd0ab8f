# The course of a failed test as XML.
# environment: LOGFILE=$DIR/log.xml
# versions: 25.05..
machine.connect()
with subtest("greeting"):
    t.assertEqual(1, 2)
