"""Countries of the Partnership: standing under section 1253(d), and participation in the forum as reported."""
