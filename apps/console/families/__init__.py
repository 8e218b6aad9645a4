"""How each family of devices is shown: its readings and its history."""
