"""The back end: one greeting. HOST is the address to listen on, INSTANCE the name its answers carry."""

import os
import socket

from flask import Flask

app = Flask(__name__)


@app.route("/api/hello")
def hello():
    """What the page puts into #dynamic-content."""
    instance = os.environ.get("INSTANCE", socket.gethostname())
    return "Hello, World!", 200, {"Content-Type": "text/plain", "X-Instance": instance}


if __name__ == "__main__":
    app.run(host=os.environ.get("HOST", "0.0.0.0"), port=5252)
