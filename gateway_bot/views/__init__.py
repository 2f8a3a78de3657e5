"""Messages in, components out. No calls and no rules here."""
