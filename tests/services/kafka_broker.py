"""A real broker of Apache Kafka on loopback: KRaft, one node, a folder and ports of its own.

The jars lie in .deps/kafka (tools/setup.sh kafka). A broker that is stopped or killed keeps its log, and can be started
again at the same address.
"""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

JARS = Path(__file__).resolve().parents[2] / ".deps/kafka"
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"  # 16 bytes as base64: any will do
START_S = 60
PASSWORD = "open-sesame"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class KafkaBroker:
    def __init__(self, folder: Path, secured=False):
        """`secured`: also at secure_address, by TLS (folder/ca.pem) for the user `shop`."""
        self.folder = folder
        self.port, controller, secure_port = free_port(), free_port(), free_port()
        self.address, self.secure_address = f"127.0.0.1:{self.port}", f"127.0.0.1:{secure_port}"
        self.process = None
        folder.mkdir(parents=True)
        self.properties = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": folder / "data",
            "auto.create.topics.enable": "false",
            "default.replication.factor": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "group.initial.rebalance.delay.ms": 0,
            "log.cleaner.dedupe.buffer.size": 8 << 20,
        }
        if secured:
            self.secure()
        self.configuration = folder / "server.properties"
        self.configuration.write_text("".join(f"{name}={value}\n" for name, value in self.properties.items()))
        (folder / "log4j.properties").write_text(
            "log4j.rootLogger=WARN, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n"
            "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"
            "log4j.appender.out.layout.ConversionPattern=%d %p %c: %m%n\n"
        )
        scram = ["--add-scram", f"SCRAM-SHA-256=[name=shop,password={PASSWORD}]"] if secured else []
        self.java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self.configuration), *scram)

    def secure(self):
        store = self.folder / "broker.p12"
        keytool = ["keytool", "-keystore", str(store), "-storepass", "storepass", "-alias", "broker"]
        subprocess.run([*keytool, "-genkeypair", "-storetype", "PKCS12", "-keyalg", "RSA", "-keysize", "2048",
                        "-dname", "CN=127.0.0.1", "-ext", "SAN=ip:127.0.0.1", "-ext", "bc=ca:true", "-validity", "2"],
                       check=True, capture_output=True)  # fmt: skip
        subprocess.run([*keytool, "-exportcert", "-rfc", "-file", str(self.folder / "ca.pem")],
                       check=True, capture_output=True)  # fmt: skip
        plain, scram = "org.apache.kafka.common.security.plain.PlainLoginModule", \
            "org.apache.kafka.common.security.scram.ScramLoginModule"  # fmt: skip
        added = f",SECURE://{self.secure_address}"
        self.properties["listeners"] += added
        self.properties["advertised.listeners"] += added
        self.properties["listener.security.protocol.map"] += ",SECURE:SASL_SSL"
        self.properties |= {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
            "listener.name.secure.plain.sasl.jaas.config": f'{plain} required user_shop="{PASSWORD}";',
            "listener.name.secure.scram-sha-256.sasl.jaas.config": f"{scram} required;",
            "ssl.keystore.location": store,
            "ssl.keystore.password": "storepass",
        }

    def command(self, heap: str, name: str, *arguments: str) -> list[str]:
        log4j = f"-Dlog4j.configuration=file:{self.folder}/log4j.properties"
        return ["java", "-Xms64m", f"-Xmx{heap}", "-XX:+UseSerialGC", log4j, "-cp", f"{JARS}/*", name, *arguments]

    def java(self, name: str, *arguments: str) -> str:
        done = subprocess.run(self.command("128m", name, *arguments), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{name} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def topics(self, *arguments: str) -> str:
        return self.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.address, *arguments)

    def create_topic(self, name: str, partitions: int = 3, **configuration):
        settings = [f"--config={key.replace('_', '.')}={value}" for key, value in configuration.items()]
        self.topics("--create", "--topic", name, "--partitions", str(partitions), *settings)

    def delete_records(self, topic: str, partition: int, before: int):
        """As retention would."""
        file = self.folder / "delete.json"
        file.write_text(
            f'{{"partitions":[{{"topic":"{topic}","partition":{partition},"offset":{before}}}],"version":1}}'
        )
        self.java("org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", self.address,
                  "--offset-json-file", str(file))  # fmt: skip

    def lag_of(self, group: str) -> dict[int, int]:
        """Of each partition, as the broker's own tool says."""
        lines = self.java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server",
                          self.address, "--describe", "--group", group).split("\n")  # fmt: skip
        cells = [line.split() for line in lines if line.startswith(group)]
        return {int(cell[2]): int(cell[5]) for cell in cells}

    def produce(self, topic: str, lines: list[str]):
        """Lines of a key, a tab and a value; NULL stands for none."""
        command = self.command("128m", "kafka.tools.ConsoleProducer", "--bootstrap-server", self.address, "--topic",
                               topic, "--property", "parse.key=true", "--property", "null.marker=NULL")  # fmt: skip
        done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    def start(self):
        with open(self.folder / "broker.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command("512m", "kafka.Kafka", str(self.configuration)),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "broker.log").read_text()[-3000:]
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"the broker did not start in {START_S} s")

    def stop(self, with_signal=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, with_signal)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
