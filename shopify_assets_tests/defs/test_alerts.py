"""Alerts of failed runs: a real run that fails, a real server that is told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest

from shopify_assets.defs.alerts import alert_sensor, post
from shopify_assets.errors import ConfigurationError, Unavailable
from shopify_assets.settings import Secret, load_settings

SECRET_PATH = "/services/T0/B1/sesame"
WHY = "ember.myshopify.com: 1 of 134 streams failed, 133 did not: orders: no scope"


@dataclass
class Webhook:
    """A server that takes messages, and what it was sent."""

    status: int = 200
    received: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    taken = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.received.append(json.loads(body))
            self.send_response(taken.status)
            self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: pytest's output is for results."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        taken.url = f"http://127.0.0.1:{server.server_port}{SECRET_PATH}"
        yield taken
        server.shutdown()
        thread.join()


@dg.op
def failing() -> None:
    raise dg.Failure(description=f"{WHY} shpat_0123456789abcdef", allow_retries=False)


FAILS_BY_A_SECRET = pytest.mark.shows_secrets("the job of these tests fails by one")


@dg.job
def sync() -> None:
    failing()


def evaluate(sensor: dg.SensorDefinition) -> tuple[object, str]:
    """What the sensor makes of a run that failed, and the run."""
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {"dagster/partition": "ember.myshopify.com"}
        ran = sync.execute_in_process(
            instance=instance, raise_on_error=False, tags=tags
        )
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor.name,
            dagster_event=ran.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=ran.dagster_run,
        )
        return sensor(context.for_run_failure()), ran.run_id


@FAILS_BY_A_SECRET
def test_a_failed_run_is_told_in_one_sentence_without_its_secrets(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPIFY_ASSETS_ALERT_URL", webhook.url)
    _, run_id = evaluate(alert_sensor(load_settings()))
    assert webhook.received == [
        {
            "text": f"sync of ember.myshopify.com failed (run {run_id}): {WHY} ***",
        }
    ]


@FAILS_BY_A_SECRET
def test_without_an_address_no_one_is_told_and_the_sensor_is_off() -> None:
    sensor = alert_sensor(load_settings({}))
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    result, _ = evaluate(sensor)
    assert isinstance(result, dg.SkipReason)
    assert result.skip_message == "SHOPIFY_ASSETS_ALERT_URL is not set"


def test_with_an_address_the_sensor_is_on(webhook: Webhook) -> None:
    settings = load_settings({"SHOPIFY_ASSETS_ALERT_URL": webhook.url})
    assert alert_sensor(settings).default_status is dg.DefaultSensorStatus.RUNNING


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_webhook_that_takes_nothing_is_told_without_its_address(
    webhook: Webhook, status: int
) -> None:
    webhook.status = status
    with pytest.raises(ConfigurationError, match=f"HTTP {status}") as refused:
        post(Secret(webhook.url), "text")
    assert "sesame" not in str(refused.value)
    assert len(webhook.received) == 1


def test_a_webhook_that_is_away_is_told_without_its_address() -> None:
    with pytest.raises(Unavailable, match="not sent: ConnectionError") as away:
        post(Secret("http://127.0.0.1:1/sesame"), "text")
    assert "sesame" not in str(away.value)
    assert away.value.__cause__ is None


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must look like https://host"):
        post(Secret("hooks.example/sesame"), "text")
