"""What of a Core has a status, for how long, and how it adds up to Core, place and fleet."""
