"""The pins of a computer's header over the kernel's own interface (libgpiod 2), as gpiozero's pins. The only
user of gpiod. Enter by `factory`, `chips` and `header`.
"""
