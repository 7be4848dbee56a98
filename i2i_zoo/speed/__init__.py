"""The same numbers in less time: what is applied to finished networks, and to how they are computed."""
