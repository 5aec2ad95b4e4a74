"""An alert for every run that fails: one sentence, posted to a webhook.

Charter: what is said of a failed run, and to whom. The address is a secret, for whoever
knows it may post there: it is read when it is needed, and shown nowhere.
"""

import dagster as dg

from shopify_assets.addresses import refuse_unsafe
from shopify_assets.defs.launch import failure_of
from shopify_assets.defs.names import PARTITION_TAG
from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.foreign import told_as
from shopify_assets.redaction import shown
from shopify_assets.settings import Secret, Settings, load_settings

_PATIENCE = 10.0  # seconds for a webhook to answer
_LONGEST = 2_000  # characters; Slack cuts a message at 4,000, Discord refuses it


def alert_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor; it is on if an address is set, and can be turned off in the UI."""
    on, off = dg.DefaultSensorStatus.RUNNING, dg.DefaultSensorStatus.STOPPED

    @dg.run_failure_sensor(
        name="alert_on_failure",
        default_status=on if settings.alerts else off,
        description="Posts a sentence on every failed run to SHOPIFY_ASSETS_ALERT_URL.",
    )
    def alert(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        url = load_settings().alerts
        if url is None:
            return dg.SkipReason("SHOPIFY_ASSETS_ALERT_URL is not set")
        run = context.dagster_run
        why = failure_of([*context.get_step_failure_events(), context.failure_event])
        post(url, sentence(run, why or context.failure_event.message or "no reason"))
        return None

    return alert


def sentence(run: dg.DagsterRun, why: str) -> str:
    """What is said of a failed run; its reason is cut where it is too long."""
    shop = run.tags.get(PARTITION_TAG)
    what = f"{run.job_name} of {shop}" if shop else run.job_name
    text = shown(f"{what} failed (run {run.run_id}): {why}", lines=True)
    text = text.translate(_HARMLESS)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


# A shop's words call nobody (`<!channel>`, `@everyone`), and make no link or picture.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "[": "［", "]": "］"})


def post(url: Secret, text: str) -> None:
    """Post a sentence, as Slack, Mattermost, Teams and most others take it.

    Raises:
        ConfigurationError: the address is none, or the webhook does not take it.
        Unavailable: it did not answer.
    """
    import requests  # noqa: PLC0415 -- alerts are rare, definitions loaded often

    refuse_unsafe(url.reveal(), name="SHOPIFY_ASSETS_ALERT_URL")
    with told_as(_not_sent, OSError, ValueError):
        answer = requests.post(
            url.reveal(),
            json={"text": text},
            timeout=_PATIENCE,
            allow_redirects=False,
            stream=True,  # what it says, however much, is not read
        )
        answer.close()
    if not answer.ok or answer.is_redirect:
        message = (
            f"the alert was not taken: HTTP {answer.status_code}; check "
            "SHOPIFY_ASSETS_ALERT_URL"
        )
        raise ConfigurationError(message)


def _not_sent(error: Exception) -> Unavailable:
    return Unavailable(f"the alert was not sent: {type(error).__name__}")
