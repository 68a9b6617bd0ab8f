# Words of a failure may be in any language.
# versions: 25.05..
t.fail("größer als ✓\n\tzweite Zeile")
