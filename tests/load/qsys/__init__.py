"""What the Q-SYS part costs and how fast it is: each part a module that runs alone."""
