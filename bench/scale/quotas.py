"""AWS's default quotas, by kind of region. Sources and dates: docs/scale.md. All can be raised but where it says so."""

from dataclasses import dataclass

# Lambda polls a standard queue (developer guide, "Configuring scaling behavior for SQS event source mappings").
INITIAL_CONCURRENCY = 5.0
CONCURRENCY_PER_SECOND = 300 / 60
MAXIMUM_CONCURRENCY = 1_250  # of one event source; support can raise it
# The same in provisioned mode: a poller makes ten calls of ten messages a second, for up to ten invocations.
POLLER_CONCURRENCY = 10
POLLER_CALLS_PER_SECOND = 10.0
PROVISIONED_CONCURRENCY_PER_SECOND = 1_000 / 60
MESSAGES_PER_CALL = 10  # SQS: ReceiveMessage; can't be raised

IN_FLIGHT = 120_000  # SQS, a standard queue
REQUESTS_PER_CONCURRENCY = 10  # Lambda: synchronous requests per second, for each unit of the account's concurrency

# Parameter Store: GetParameter a second, of all of an account in a region; and with higher throughput switched on.
PARAMETER_READS = 40
PARAMETER_READS_RAISED = 10_000

# DynamoDB on demand.
TABLE_WRITES_INITIAL = 4_000
TABLE_WRITES = 40_000
WRITES_OF_A_MESSAGE = 2  # the claim and the completion, each under 1 KB
RAMP_SECONDS = 30 * 60  # up to twice the highest peak from before that


@dataclass(frozen=True, slots=True)
class Quotas:
    """What one account may do in one region."""

    name: str
    regions: str
    sns_rate: float  # messages per second; PublishBatch counts each of its messages
    api_rate: float  # requests per second, all APIs together
    api_burst: float
    lambda_concurrency: int = 1_000
    table_writes: float = TABLE_WRITES


_SMALL_API = (
    "Cape Town, Jakarta, Hyderabad, Melbourne, Malaysia, Thailand, Milan, Spain, Zurich, Tel Aviv, UAE, Calgary, Mexico"
)

REGIONS = (
    Quotas("us-east-1", "N. Virginia", 30_000, 10_000, 5_000),
    Quotas("eu-west-1", "Ireland, Oregon", 9_000, 10_000, 5_000),
    Quotas(
        "eu-central-1",
        "Frankfurt, Ohio, N. California, Mumbai, Seoul, Singapore, Sydney, Tokyo",
        1_500,
        10_000,
        5_000,
    ),
    Quotas("eu-west-2", "London and all others but those below", 300, 10_000, 5_000),
    Quotas("eu-south-1", _SMALL_API, 300, 2_500, 1_250),
)
BY_NAME = {quotas.name: quotas for quotas in REGIONS}
