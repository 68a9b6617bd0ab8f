# `t` has the assertions of unittest; the first that fails ends the test.
# versions: 25.05..
t.assertEqual(1, 1)
t.assertIn("a", "abc")
with t.assertRaises(ValueError):
    int("x")


def check():
    t.assertEqual([1, 2], [1, 3], "lists")


check()
