"""The parts of the benchmark rig; bench/run.py puts them together, bench/README.md explains them."""
