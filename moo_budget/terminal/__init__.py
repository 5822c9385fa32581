"""What a terminal shows of what a verb has found: a module a verb, each loaded by its verb only."""
