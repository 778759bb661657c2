#!/bin/sh
# The hardware of a gate, before the gate starts: a Raspberry Pi 4's header, a camera, an I2C bus.
# Wired as firmware_config/boards/raspberry-pi-4.toml draws it: door shut, no fire, no tampering, buttons released.
set -eu

header=/sys/kernel/config/gpio-sim/header
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
mkdir -p $header/bank0
echo 58 >$header/bank0/num_lines
echo pinctrl-bcm2711 >$header/bank0/label
echo 1 >$header/live
lines=/sys/devices/platform/$(cat $header/dev_name)/$(cat $header/bank0/chip_name)
ln -sfn "$lines" /run/header

# Buttons idle high against the pull-up; the contacts of door, cover and fire panel are held by watch.py from then on.
for line in 5 6; do echo pull-up >$lines/sim_gpio$line/pull; done
for line in 13 16 26; do echo pull-down >$lines/sim_gpio$line/pull; done

modprobe v4l2loopback devices=1 video_nr=0 card_label=lab exclusive_caps=1 max_buffers=4 || true
modprobe i2c-stub chip_addr=0x5a,0x20 || true
