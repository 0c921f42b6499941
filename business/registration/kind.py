"""The code under which registrations are known to payments."""

KIND = "registration"
