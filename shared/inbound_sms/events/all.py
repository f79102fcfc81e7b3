"""Every type of event, for those who read them all: subscribers and schemas."""

from inbound_sms.events import ConsentChange, Data, DeliveryReport, LinkClick, Message, SurveyAnswers, Unknown
from inbound_sms.events.media import MediaFailed, MediaStored

EVENT_DATA: tuple[type[Data], ...] = (
    *(Message, DeliveryReport, LinkClick, SurveyAnswers, ConsentChange, Unknown),
    *(MediaStored, MediaFailed),
)
