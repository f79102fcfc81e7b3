"""What the template has for Sinch alone: the topic that it may publish to, and what is behind it."""

from tests.support.template import decided, resources

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def test_what_holds_its_callbacks_keeps_its_name() -> None:
    """A name that goes from this list is a queue that is left behind, full, by the next deployment."""
    conditional = {
        name
        for type_ in ("AWS::SQS::Queue", "AWS::SNS::Topic")
        for name, it in resources(type_).items()
        if it.get("Condition") == "SinchSnsEnabled"
    }
    assert conditional == {"SinchTopic", "SinchTopicQueue", "SinchTopicDeadLetters"}


def test_whoever_publishes_for_sinch_may_use_the_key_through_sns_and_for_nothing_else() -> None:
    document = resources("AWS::IAM::ManagedPolicy")["SinchPublishPolicy"]["Properties"]["PolicyDocument"]
    [publish] = decided(document["Statement"])
    assert publish["Action"] == "sns:Publish"

    _, key = decided(document["Statement"], KmsKeyArn=KEY)
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert key["Resource"] == {"Ref": "KmsKeyArn"}
    assert key["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "sns.${AWS::Region}.*"}}}
