"""A CDK app with the gateway from a release, and a queue that gets its messages.

    pip install aws-cdk-lib
    npx aws-cdk deploy --method=direct --context bucket=inbound-sms-acme --context release=inbound-sms-gateway-0.1.0

The CDK deploys by a change set, unless told otherwise. With a nested stack whose template has macros, CloudFormation
wants CreateStack and UpdateStack (its API reference, `Capabilities`): hence `--method=direct`. Not tried on AWS.

The release's folder has to be in the bucket, in the same region. The gateway is a stack inside of this one: its
template has SAM's loops and references, which CfnInclude doesn't read. `gateway ... --stack` takes the output
GatewayStack.
"""

from aws_cdk import App, CfnOutput, CfnStack, Fn, Stack
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import SqsSubscription
from aws_cdk.aws_sqs import DeadLetterQueue, Queue, QueueEncryption

PARAMETERS = {"Providers": "Twilio", "Stage": "prod", "OperationsEmail": "ops@acme.example"}

app = App()
bucket, release = app.node.get_context("bucket"), app.node.get_context("release")
stack = Stack(app, "InboundSms", stack_name="inbound-sms-prod")

gateway = CfnStack(
    stack,
    "Gateway",
    template_url=f"https://{bucket}.s3.{stack.region}.{stack.url_suffix}/{release}/template.yaml",
    parameters=PARAMETERS | {"ArtifactsBucket": bucket, "ArtifactsPrefix": f"{release}/artifacts/"},
)
CfnOutput(stack, "GatewayStack", value=Fn.select(1, Fn.split("/", gateway.ref)))
CfnOutput(stack, "WebhookUrl", value=gateway.get_att("Outputs.TwilioWebhookUrl").to_string())

dead_letters = Queue(stack, "DeadLetters", encryption=QueueEncryption.SQS_MANAGED)
messages = Queue(
    stack,
    "Messages",
    encryption=QueueEncryption.SQS_MANAGED,
    dead_letter_queue=DeadLetterQueue(queue=dead_letters, max_receive_count=5),
)
topic = Topic.from_topic_arn(stack, "MessagesTopic", gateway.get_att("Outputs.MessagesTopicArn").to_string())
topic.add_subscription(SqsSubscription(messages, raw_message_delivery=True, dead_letter_queue=dead_letters))

app.synth()
