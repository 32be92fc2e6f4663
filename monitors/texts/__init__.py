"""Every sentence that people read in Slack; the blocks around it are in `monitors.blocks`."""
