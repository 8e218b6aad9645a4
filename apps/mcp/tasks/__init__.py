"""The Tasks extension: long work answers with a task, which is one of our jobs by its own id."""
