"""The gate's sync process: journal up, registry down, commands. The only user of MQTT's library on a gate."""
