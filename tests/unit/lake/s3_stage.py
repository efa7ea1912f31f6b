"""A real S3 server on loopback, and a lake whose home is there."""

import http.client
import logging

from moto.server import ThreadedMotoServer
from writing_stage import Shore

from headwater.lake.depot import place
from headwater.lake.depot.objects import Objects

HOST = "127.0.0.1"


class S3:
    """A server in a thread of this process. Nothing is in it at first."""

    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it tells standard error of each request
        self._server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def place(self, bucket, *, cache_bytes=10**9):
        self._ask("PUT", f"/{bucket}")
        environ = {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self.port}",
            "AWS_ACCESS_KEY_ID": "ada",
            "AWS_SECRET_ACCESS_KEY": "hidden",
            "AWS_REGION": "eu-central-1",
        }
        return place.place(f"s3://{bucket}/team/lake", environ=environ, cache_bytes=cache_bytes)

    def stop(self):
        self._server.stop()

    def _ask(self, method, path):
        connection = http.client.HTTPConnection(HOST, self.port)
        connection.request(method, path)
        assert connection.getresponse().status in {200, 409}
        connection.close()


class FarShore(Shore):
    """A log here, and a lake there."""

    def __init__(self, folder, place, **limits):
        super().__init__(folder, **limits)
        self.place = place

    def orders(self, **changes):
        return super().orders(**{"place": self.place, **changes})

    def objects(self):
        return Objects(self.place).paths("")

    def stored_there(self):
        """Return what is there of tables, archive and ids."""
        return {path for path in self.objects() if path.startswith(("data/", "archive/", "ids/"))}
