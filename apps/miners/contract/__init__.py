"""The wire contract of Braiins OS miners: our own description and what is generated from it."""
