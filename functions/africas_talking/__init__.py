"""Africa's Talking."""
