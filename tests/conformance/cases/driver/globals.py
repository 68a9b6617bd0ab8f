# A script is no module: it has no name and no file, and its functions see what its lines define.
import sys

print("__name__" in globals(), "__file__" in globals())


def where():
    frame = sys._getframe()
    return frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno, sys._getframe(1).f_code.co_name


print(where())
print(sys._getframe().f_locals is globals())
