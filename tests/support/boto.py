"""What tests over moto have in common; there, aws_client.boto3_clients replaces the functions' own client."""

REGION = "eu-west-1"
