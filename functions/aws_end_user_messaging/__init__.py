"""AWS End User Messaging."""
