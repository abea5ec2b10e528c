"""Technical assistance and capacity-building under 1253(e)(3), each by the authority that carries it."""
