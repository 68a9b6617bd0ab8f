# A picture of the screen is a PNG: a bare name lies in the output directory and gets an ending.
machine.start()
machine.screenshot("first")
machine.screenshot("second.png")
machine.screenshot(f"{driver.out_dir}/third.png")
