# The gateway from a release, in an account that Terraform looks after: CloudFormation makes it, Terraform holds the stack.
#
#   module "inbound_sms" {
#     source           = "./terraform"
#     name             = "inbound-sms-prod"
#     artifacts_bucket = "inbound-sms-acme"
#     release          = "inbound-sms-gateway-0.1.0"
#     parameters       = { Providers = "Twilio", Stage = "prod", OperationsEmail = "ops@acme.example" }
#   }

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "name" {
  type        = string
  description = "The stack's name"
}

variable "artifacts_bucket" {
  type        = string
  description = "Bucket in this region that the release was copied into"
}

variable "release" {
  type        = string
  description = "The release's folder in the bucket, such as inbound-sms-gateway-0.1.0"
}

variable "parameters" {
  type        = map(string)
  description = "Parameters of template.yaml; Providers has no default"
}

data "aws_s3_bucket" "artifacts" {
  bucket = var.artifacts_bucket
}

resource "aws_cloudformation_stack" "gateway" {
  name         = var.name
  template_url = "https://${data.aws_s3_bucket.artifacts.bucket_regional_domain_name}/${var.release}/template.yaml"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  parameters = merge(var.parameters, {
    ArtifactsBucket = var.artifacts_bucket
    ArtifactsPrefix = "${var.release}/artifacts/"
  })
}

output "outputs" {
  description = "The stack's outputs: MessagesTopicArn, TwilioWebhookUrl and so on"
  value       = aws_cloudformation_stack.gateway.outputs
}
