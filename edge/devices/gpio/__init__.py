"""The pins of a computer's header through the kernel's own interface (libgpiod 2), as gpiozero's pins.

Not pure: it opens /dev/gpiochip* and runs a thread. Enter by `edge.devices.pins.gpio_pins`, which imports it
late, since `gpiod` exists on Linux alone. Nothing else imports `gpiod`.
"""
