"""What MIST is trained on: joint laws of known information, drawn at random."""
