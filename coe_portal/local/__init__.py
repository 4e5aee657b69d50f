"""The portal on one machine: the embedded servers and the commands `demo`, `demo_reset` and `test`."""
