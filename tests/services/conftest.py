"""Real servers: each is started once for all tests that ask for it."""

import shutil

import pytest
from kafka_broker import JARS, KafkaBroker


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    if not JARS.is_dir() or shutil.which("java") is None:
        pytest.skip("there is no Kafka in .deps/kafka: tools/setup.sh kafka installs it")
    kafka = KafkaBroker(tmp_path_factory.mktemp("kafka") / "broker", secured=True)
    kafka.start()
    yield kafka
    kafka.stop()
