"""The application: says which instance answered, what it was asked with, and redirects by its upstream's name."""

import argparse

from flask import Flask, jsonify, redirect, request

app = Flask(__name__)


@app.route("/")
def index():
    """Names the instance."""
    return f"Hello Flask! (host={app.config['HOST']}, port={app.config['PORT']})"


@app.route("/headers")
def headers():
    """The fields of the request as the application sees them."""
    return jsonify(dict(request.headers))


@app.route("/moved")
def moved():
    """A redirect that only means something inside: the gateway has to rewrite it."""
    return redirect("http://my_servers/x")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=5000)
    options = arguments.parse_args()
    app.config.update(HOST=options.host, PORT=options.port)
    app.run(host=options.host, port=options.port)
