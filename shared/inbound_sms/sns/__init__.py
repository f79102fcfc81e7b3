"""What SNS posts to an HTTPS endpoint, and whether SNS posted it: for subscribers, and for whom SNS is a provider."""
