"""What starts, tests and installs Pocket Hospital; nothing here is imported by the portal."""
