"""What starts and ends a curtailment by itself: a price above or below a threshold."""
