"""Foreign disclosure: what must stand before anything reaches a partner, and what reached one."""
