"""The program of the stand-in drivers."""

from test_driver.driver import main

main()
