"""Technical assistance and capacity building, always under an authority of title 10 with its own conditions."""
