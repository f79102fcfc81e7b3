"""httpSMS."""
