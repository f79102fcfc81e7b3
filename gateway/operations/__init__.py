"""What an operator does to an installation, local or in AWS: secrets, quarantine, dead letters, checks."""
